"""Processes forked from a warm one are what those are that a town starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import warm

LOOK = """
import json, os, sys
from django.conf import settings
from django.db import connection
print(json.dumps([
    sys.argv[1:], dict(os.environ), str(settings.TOMOSHIBI_HOME), str(connection.settings_dict["NAME"]), settings.TLS
]))
print("灯", file=sys.stderr)
sys.exit(7)
"""


def environ(home: Path, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"DJANGO_SETTINGS_MODULE": "tomoshibi.web.settings", "TOMOSHIBI_HOME": str(home)} | more


def test_each_reads_its_own_environment_and_no_other(tmp_path: Path) -> None:
    for name, tls in (("north", "1"), ("south", "0")):
        given = environ(tmp_path / name, TOMOSHIBI_TLS=tls)
        done = warm.run(LOOK, "a", "b c", environ=given)
        arguments, found, home, database, secure = json.loads(done.stdout)
        assert (arguments, found, home) == (["a", "b c"], given, str(tmp_path / name))
        assert (database, secure) == (str(tmp_path / name / "real.sqlite3"), tls == "1")
        assert (done.returncode, done.stderr) == (7, "灯\n")


def test_it_fails_as_python_does(tmp_path: Path) -> None:
    done = warm.run("1 / 0", environ=environ(tmp_path))
    assert done.returncode == 1
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_is_killed_alone(tmp_path: Path, number: int) -> None:
    waits = "print(1, flush=True)\nimport time\ntime.sleep(60)"
    one, other = (warm.Started(waits, environ=environ(tmp_path)) for _ in range(2))
    assert one.stdout.readline() == other.stdout.readline() == "1\n"
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.01)
    one.send_signal(number)
    assert one.communicate() == ("", "")
    assert one.returncode == -number
    assert other.poll() is None
    other.kill()
    assert other.wait() == -signal.SIGKILL


def test_it_says_what_the_program_says_from_nothing(tmp_path: Path) -> None:
    given: dict[str, Any] = environ(tmp_path / "typo", LC_ALL="ja_JP.UTF-8", PYTHONPATH=str(warm.ROOT))
    command = ["journal", "verify"]
    here = warm.run(warm.PROGRAM, *command, environ=given)
    there = subprocess.run([sys.executable, "-m", "tomoshibi", *command], env=given, capture_output=True, text=True)
    assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)
    assert "tomoshibi setup" in here.stderr


ABANDON = """
import os, sys
from tests import warm
print(warm.Started("import time; time.sleep(60)", environ=dict(os.environ)).pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_nothing_is_left_where_whoever_started_it_is_killed(tmp_path: Path) -> None:
    given = environ(tmp_path, PYTHONPATH=str(warm.ROOT))
    done = subprocess.run([sys.executable, "-c", ABANDON], env=given, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while Path(f"/proc/{int(done.stdout)}").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
