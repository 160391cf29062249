"""A real ``tomoshibi serve`` process on a home of its own, for tests that need the whole program."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from tests import warm
from tests.warm import ROOT

PASSWORD = "lamp-in-the-dark"

MAKE_TABLES = """
from django.core.management import call_command
for alias in ("default", "training"):
    call_command("migrate", database=alias, verbosity=0, interactive=False, run_syncdb=True)
"""
MAKE_ACCOUNTS = f"""
from tomoshibi.journal.accounts import managing
for login, (name, role) in {{**managing.DEMO, "admin": ("システム管理者", "administrator")}}.items():
    if managing.exists(login):
        managing.set_password(login, {PASSWORD!r})
    else:
        managing.add(login, name, [role], password={PASSWORD!r})
"""
CLOSE_INCIDENT = """
from tomoshibi.incidents.facts import IncidentClosed
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
record(Draft(IncidentClosed(), Incident.ref("{key}")), system("test"))
"""


@functools.cache
def _run_folder() -> Path:
    """The folder of this run of tests, shared by its processes; outside of tests one of this process alone."""
    if "TOMOSHIBI_TESTS" in os.environ:
        return Path(os.environ["TOMOSHIBI_TESTS"])
    own = tempfile.TemporaryDirectory(prefix="tomoshibi-live-")
    atexit.register(own.cleanup)
    return Path(own.name)


class Result(NamedTuple):
    """What a command came to."""

    code: int
    said: str
    complained: str


class Live:
    """One node: its home, and its server while it runs. Accounts of every role have :data:`PASSWORD`."""

    def __init__(self, home: Path, *, demo: bool = False, environ: dict[str, str] | None = None) -> None:
        self.home = home
        self.environ = self._environ(home, environ or {})
        self.process: subprocess.Popen[bytes] | warm.Started | None = None
        self.port = 0
        self.log = home / "server.log"
        if "DATABASE_URL" in self.environ:
            home.mkdir(parents=True, exist_ok=True)
            self._make(demo=demo)
        else:
            shutil.copytree(self._prepared(demo), home, dirs_exist_ok=True)
            if not demo:
                self.run("setup", "--no-demo")

    @staticmethod
    def _environ(home: Path, environ: dict[str, str]) -> dict[str, str]:
        found = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "TOMOSHIBI_TLS", "TOMOSHIBI_HOSTS")},
            "TOMOSHIBI_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "tests.browser.live_settings",
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "ja_JP.UTF-8",
            "PYTHONUTF8": "1",
            **environ,
        }
        found.pop("TOMOSHIBI_SECRET_KEY", None)
        return found

    def _make(self, *, demo: bool) -> None:
        self.python(MAKE_TABLES)
        self.run("setup", "--demo" if demo else "--no-demo")
        self.python(MAKE_ACCOUNTS)

    @staticmethod
    def _prepared(demo: bool) -> Path:
        """A home that is made once a run, by whichever of its processes comes first, and copied by the others.

        The city's is whole, so its copies are one node and must not meet. The empty one has tables and accounts only:
        each copy becomes a node of its own.
        """
        folder = _run_folder() / "homes" / ("city" if demo else "empty")
        folder.parent.mkdir(exist_ok=True)
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                maker = object.__new__(Live)
                maker.home = folder.with_suffix(".part")
                maker.home.mkdir()
                maker.environ = Live._environ(maker.home, {})
                if demo:
                    maker._make(demo=True)
                else:
                    maker.python(MAKE_TABLES)
                    maker.python(MAKE_ACCOUNTS)
                    (maker.home / "secret.key").unlink(missing_ok=True)
                maker.home.rename(folder)
        return folder

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run a ``tomoshibi`` command on this home; its standard output."""
        done = warm.run(warm.PROGRAM, *arguments, environ=self.environ)
        if check and done.returncode:
            raise AssertionError(f"tomoshibi {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def run_all(self, *commands: tuple[str, ...]) -> list[Result]:
        """Run several commands on this home, one after the other in one process."""
        code = f"""
import json
from click.testing import CliRunner
from tomoshibi.cli import main
done = [CliRunner().invoke(main, command) for command in json.loads({json.dumps(json.dumps(commands))})]
print(json.dumps([(one.exit_code, one.stdout, one.stderr) for one in done]))
"""
        return [Result(*one) for one in json.loads(self.python(code))]

    def python(self, code: str) -> str:
        """Run Python with Django set up on this home, in a process of its own; its standard output."""
        done = warm.run(f"import django; django.setup()\n{code}", environ=self.environ)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close_incident(self, key: str) -> None:
        """Close a test's incident: the city is shared, and what comes after finds it in normal times."""
        self.python(CLOSE_INCIDENT.format(key=key))

    def start(self, *options: str, port: int = 0, from_nothing: bool = False) -> Live:
        """Start ``tomoshibi serve`` on ``port`` (0: a free one) and wait until it answers.

        ``from_nothing`` starts it as a town does; otherwise it comes out of a warm process, a second sooner.
        """
        command = ["serve", "--port", str(port), *options]
        with self.log.open("ab") as log:
            begin = log.tell()
            if from_nothing:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "tomoshibi", *command],
                    cwd=ROOT,
                    env=self.environ,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            else:
                self.process = warm.Started(warm.PROGRAM, *command, environ=self.environ, into=log)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            said = self.log.read_bytes()[begin:].decode()
            if found := re.search(r"(https?)://[^/\s]+:(\d+)/", said):
                self.scheme, self.port = found[1], int(found[2])
                return self
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended: {said}")
            time.sleep(0.02)
        raise AssertionError(f"the server does not answer: {self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM, within: float = 12) -> float:
        """End the server with a signal; the seconds it took. The process is gone afterwards in any case.

        Raises :class:`subprocess.TimeoutExpired` after ``within`` seconds: one that waits for its streams takes 15.
        """
        assert self.process
        begin = time.monotonic()
        self.process.send_signal(number)
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        return time.monotonic() - begin

    def close(self) -> None:
        """Leave nothing running."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"{self.scheme}://localhost:{self.port}{path}"

    def visitor(self, login: str = "") -> Visitor:
        """A browser without a screen, signed in as ``login`` where one is given."""
        visitor = Visitor(self)
        if login:
            visitor.sign_in(login)
        return visitor


class Visitor:
    """Asks for pages over HTTP, keeps cookies, follows redirects."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.jar = CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Answer:
        """GET, or POST of a form where ``data`` is given (with the CSRF token of this visitor)."""
        body = None
        if data is not None:
            token = next((c.value for c in self.jar if c.name == "tomoshibi_csrf"), "")
            body = urlencode({"csrfmiddlewaretoken": token, **data}).encode()
        request = urllib.request.Request(self.live.url(path), body, headers or {})
        try:
            with self._open.open(request, timeout=20) as answer:
                return Answer(answer.status, answer.url, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.url or "", error.read(), dict(error.headers))

    def sign_in(self, login: str) -> None:
        """Through the sign-in page, as anybody does."""
        self.ask("/accounts/login/")
        answer = self.ask("/accounts/login/", {"login": login, "password": PASSWORD})
        assert "/accounts/login/" not in answer.url, answer.text

    @property
    def cookie(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{c.name}={c.value}" for c in self.jar)


class Answer:
    """What came back."""

    def __init__(self, status: int, url: str, body: bytes, headers: dict[str, str]) -> None:
        self.status, self.url, self.body, self.headers = status, url, body, headers

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self):
        """The body as data."""
        return json.loads(self.body)
