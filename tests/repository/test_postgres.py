"""The run's own PostgreSQL: it ends with whoever started it, whatever their end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from scripts.postgres import NoServerError, Server, programs

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def needs_postgres() -> None:
    try:
        programs()
    except NoServerError as none:
        pytest.skip(str(none))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_starter(end: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-m", "scripts.postgres"], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        url = starter.stdout.readline().strip().removeprefix("DATABASE_URL=")
        with psycopg.connect(url) as connection:
            data = Path(connection.execute("show data_directory").fetchone()[0])  # type: ignore[index]
        starter.send_signal(end)
    deadline = time.monotonic() + 20
    while data.parent.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not data.parent.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_strangers_need_the_password(postgres_server: Server) -> None:
    address = urlsplit(postgres_server.url())
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgres://{address.username}:guess@127.0.0.1:{address.port}/postgres")


def test_a_database_is_made_empty_again(postgres_server: Server, worker_id: str) -> None:
    name = f"again_{worker_id}"
    with psycopg.connect(postgres_server.create(name)) as connection:
        connection.execute("CREATE TABLE left_behind (i int)")
    with psycopg.connect(postgres_server.create(name)) as connection:
        assert connection.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)
    postgres_server.drop(name)
