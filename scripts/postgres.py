"""A PostgreSQL server of one's own for a while: loopback, a free port, a password, nothing left behind.

``python -m scripts.postgres`` runs one until Ctrl-C and prints its ``DATABASE_URL``. The tests and the benchmark start
theirs through :class:`Server`. Settings are PostgreSQL's own, ``fsync`` among them: the kill tests are about what
reached the disk.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

USER = "tomoshibi"

# Ends the server when its standard input closes, that is when whoever started it ends, even by kill -9.
GUARD = """
cat >/dev/null
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -INT "$pid" 2>/dev/null
for _ in $(seq 100); do [ -e "$1/data/postmaster.pid" ] || break; sleep 0.05; done
rm -rf "$1"
"""


class NoServerError(Exception):
    """There is no PostgreSQL server program on this machine."""


def programs() -> Path:
    """The folder with ``initdb`` and ``postgres``, the newest version there is.

    :raises NoServerError: when there is none.
    """
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if debian:
        return debian[-1].parent
    if elsewhere := shutil.which("initdb"):
        return Path(elsewhere).parent
    raise NoServerError("no PostgreSQL server here: as root, run 'apt-get install postgresql'")


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


class Server:
    """One server in a folder of its own, started when first asked for its URL, ended with the process that made this.

    Several processes may share it: the others ask :meth:`url` of a ``Server(folder=...)`` on the same folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.guard: subprocess.Popen[bytes] | None = None
        if folder is None:
            programs()  # say at once when there is none
            folder = Path(tempfile.mkdtemp(prefix="tomoshibi-postgres-"))
            folder.chmod(0o711)  # PostgreSQL's own user reaches its data through here
            self.guard = subprocess.Popen(
                ["sh", "-c", GUARD, "guard", str(folder)],
                stdin=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us, not for it
            )
        self.folder = folder

    def url(self, database: str = "postgres") -> str:
        """``postgres://…`` of a database on this server; starts the server when nobody has yet."""
        with _locked(self.folder / "lock"):
            base = self.folder / "url"
            if not base.exists():
                started = self._start()
                base.touch(mode=0o600)
                base.write_text(started)
            return f"{base.read_text()}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database and give its URL; one of the same name is dropped first."""
        self.drop(database)
        with psycopg.connect(self.url(), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        with psycopg.connect(self.url(), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def stop(self) -> None:
        """End the server and remove its folder; the ones who merely share it do nothing."""
        if self.guard and self.guard.stdin:
            self.guard.stdin.close()
            self.guard.wait()

    def _start(self) -> str:
        """Make the data folder and start the server in it; gives the URL without a database."""
        password = secrets.token_urlsafe(16)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(password)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam("postgres")
            for path in (data, secret):
                os.chown(path, owner.pw_uid, owner.pw_gid)
            as_user = ["runuser", "-u", "postgres", "--"]
        initdb = [*as_user, str(programs() / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={secret}"]
        self._run([*initdb, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"])
        secret.unlink()
        for last_try in (False, False, True):
            port = free_port()  # somebody else may take it before we listen
            options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
            start = [*as_user, str(programs() / "pg_ctl"), "-D", str(data), "-w", "-t", "60", "-o", options]
            try:
                self._run([*start, "-l", str(data / "log"), "start"])
                break
            except subprocess.CalledProcessError:
                if last_try:
                    sys.stderr.write((data / "log").read_text())
                    raise
        return f"postgres://{USER}:{password}@127.0.0.1:{port}"

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Only one process at a time in this block (an advisory lock on ``path``)."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Run a server until Ctrl-C or SIGTERM."""
    try:
        server = Server()
    except NoServerError as none:
        sys.exit(str(none))
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job is born deaf to SIGINT
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        print(f"DATABASE_URL={server.url()}", flush=True)
        while True:
            time.sleep(3600)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
