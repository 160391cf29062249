"""setup, user, tls and work as commands on a home of their own."""

from __future__ import annotations

import json
import re
import signal
import ssl
import stat
import subprocess
import sys
import time
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests import warm
from tests.live import PASSWORD, ROOT, Live
from tomoshibi.cli.serve import for_phones


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    server = Live(tmp_path_factory.mktemp("commands"))
    yield server
    server.close()


def failed(live, *arguments: str) -> str:
    """Standard error of a command that ends with exit code 1 and no traceback."""
    done = warm.run(warm.PROGRAM, *arguments, environ=live.environ)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def test_setup_makes_both_worlds_and_is_quick_the_second_time(live):
    nodes = """
from tomoshibi.journal import nodes, worlds
for world in ("default", "training"):
    with worlds.inhabit(world):
        print(nodes.identity().node, nodes.identity().name)
"""
    first = live.python(nodes)
    assert re.fullmatch(r"n\w{16} 本庁\nt\w{16} 本庁\n", first)
    assert "準備済み" in live.run("setup", "--no-demo")
    assert live.python(nodes) == first
    secret = live.home / "secret.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_command_in_a_mistyped_home_says_so_and_leaves_nothing_there(live, tmp_path):
    home = tmp_path / "typo"
    environ = {**live.environ, "TOMOSHIBI_HOME": str(home)}
    for command in (["journal", "verify"], ["serve", "--port", "0"], ["incident", "list"]):
        done = warm.run(warm.PROGRAM, *command, environ=environ)
        assert (done.returncode, "tomoshibi setup" in done.stderr) == (1, True), done.stderr
    assert not home.exists()


def test_accounts_are_given_changed_and_closed(live):
    added, _, listed, _, renewed, _, closed, *refused = live.run_all(
        ("user", "add", "sato", "--name", "佐藤 次郎", "--role", "clerk"),
        ("user", "grant", "sato", "shelter", "--site", "places.site:1"),
        ("user", "list", "--json"),
        ("user", "grant", "sato", "clerk", "--remove"),
        ("user", "password", "sato"),
        ("user", "close", "sato"),
        ("user", "list"),
        ("user", "add", "sato"),
        ("user", "password", "nobody"),
        ("user", "grant", "sato", "mayor"),
        ("user", "grant", "sato", "clerk", "--remove"),
    )
    login, password = added.said.split()
    assert login == "sato" and len(password) == 19
    rows = {row["login"]: row for row in json.loads(listed.said)}
    assert rows["sato"] == {
        "login": "sato",
        "name": "佐藤 次郎",
        "grants": [{"role": "clerk", "site": ""}, {"role": "shelter", "site": "places.site:1"}],
        "open": True,
    }
    assert renewed.said.split()[1] != password
    assert "佐藤 次郎（停止）" in closed.said
    for result, word in zip(refused, ("sato", "いません", "administrator", "持っていません"), strict=True):
        assert result.code and word in result.complained, result


def test_passwords_are_not_kept_and_a_new_one_ends_sessions(live):
    live.start(from_nothing=True)
    visitor = live.visitor("madoguchi")
    assert "/accounts/login/" not in visitor.ask("/conflicts/").url
    live.run("user", "password", "madoguchi")
    assert "/accounts/login/" in visitor.ask("/conflicts/").url
    live.stop()
    for file in live.home.glob("*.sqlite3*"):
        assert PASSWORD.encode() not in file.read_bytes()


def test_a_town_ca_lets_a_phone_trust_the_server(live):
    said = live.run("tls", "bosai.example", "127.0.0.1")
    folder = live.home / "tls"
    ca = x509.load_pem_x509_certificate((folder / "town-ca.pem").read_bytes())
    server = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    server.verify_directly_issued_by(ca)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "bosai.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert isinstance(ca.public_key(), ec.EllipticCurvePublicKey)
    for key in ("town-ca.key", "server.key"):
        assert stat.S_IMODE((folder / key).stat().st_mode) == 0o600
    assert re.search(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", said)
    before = (folder / "town-ca.pem").read_bytes()
    live.run("tls", "other.example")
    assert (folder / "town-ca.pem").read_bytes() == before  # devices that trust it go on trusting it
    assert "端末の名前" in failed(live, "tls", "not a name")
    live.start("--tls")
    trusting = ssl.create_default_context(cafile=str(folder / "town-ca.pem"))
    with urllib.request.urlopen(live.url("/accounts/login/"), context=trusting) as answer:
        cookies = answer.headers.get_all("Set-Cookie")
        assert answer.status == 200 and cookies and all("Secure" in c for c in cookies)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(live.url("/"), context=ssl.create_default_context())
    live.stop()


def test_the_worker_alone_does_what_is_due_and_ends_when_told(live):
    worker = subprocess.Popen(
        [sys.executable, "-m", "tomoshibi", "work"], cwd=ROOT, env=live.environ, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout.readline()
        live.python(
            "from tomoshibi.journal import tasks, worlds\n"
            "tasks.put([tasks.Task('nobody.does_this', 'worked', worlds.now())])"
        )
        look = "from tomoshibi.journal.models import TaskRow\nprint(TaskRow.objects.get().attempts)"
        until = time.monotonic() + 15
        while live.python(look) == "0\n":
            assert time.monotonic() < until
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(5) == 0
    finally:
        worker.kill()


def test_djangos_own_commands_are_there_for_those_who_work_on_the_program(live):
    assert "No changes detected" in live.run("manage", "makemigrations", "--check", "access", "journal")
    assert (live.home / "real.sqlite3").exists()


@pytest.mark.parametrize(
    ("names", "tls", "address"),
    [
        (["localhost"], False, "http://localhost:8741"),
        (["localhost", "bosai.example", "127.0.0.1"], True, "https://bosai.example:8741"),
        (["127.0.0.1", "[::1]"], False, "http://127.0.0.1:8741"),
        (["town-hall", "192.0.2.7"], False, "http://town-hall:8741"),
    ],
)
def test_links_in_messages_lead_to_where_the_server_is(names: list[str], tls: bool, address: str) -> None:
    assert for_phones(names, 8741, tls) == address


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://host/name", "write DATABASE_URL as postgres://"),
        ("DATABASE_URL", "postgres://host:abc/name", "write DATABASE_URL as postgres://"),
        ("TOMOSHIBI_SMTP", "smtp://", "write TOMOSHIBI_SMTP as smtp://"),
        ("TOMOSHIBI_HOME", __file__, "test_commands.py"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(live, name, value, says):
    environ = {**live.environ, "LC_ALL": "C.UTF-8", name: value}
    done = subprocess.run(
        [sys.executable, "-m", "tomoshibi", "journal", "verify"], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_database_server_that_is_away_is_not_taken_for_a_missing_setup(live):
    environ = {**live.environ, "LC_ALL": "C.UTF-8", "DATABASE_URL": "postgres://user@127.0.0.1:1/name"}
    done = warm.run(warm.PROGRAM, "serve", "--port", "0", environ=environ)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "connection" in done.stderr and "setup" not in done.stderr


def test_a_picture_that_cannot_be_written_is_a_sentence(live, tmp_path):
    record = tmp_path / "record.csv"
    head = (
        "SITE CODE= AA0 town,35,133,9,7,1,2,3\n LAT.= 35.0\n LON.= 133.0\n SAMPLING RATE= 100Hz\n"
        " UNIT  = gal(cm/s/s)\nINITIAL TIME = 2000 10 06 13 30 10\n NS,EW,UD\n"
    )
    record.write_text(head + "".join(f"{0.5 * (i % 50)},0,0.1\n" for i in range(3000)))
    said = failed(live, "intensity", "--plot", str(tmp_path / "nowhere" / "a.png"), str(record))
    assert str(tmp_path / "nowhere" / "a.png") in said
