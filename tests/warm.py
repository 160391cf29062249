"""Processes of the program that need not import it first: each is forked from one that has, and has done nothing else.

The tests start some hundred processes, and importing the house takes longer than most of them live. What is forked is
a process like another: it has its own environment, reads its settings from it, and is killed alone. That the program
also starts from nothing is tested by whoever uses :mod:`subprocess`.

``python -m tests.warm FD`` is the process that forks; it serves the one that started it, and
ends with it, as do all that it forked.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).parents[1]
PROGRAM = "from tomoshibi.cli import main\nmain()"
#: of an order, in bytes: its code, arguments and environment
LONGEST = 1 << 17


class Started:
    """A process that was started: what tests use of :class:`subprocess.Popen`. It has nothing to read."""

    def __init__(self, code: str, *arguments: str, environ: dict[str, str], into: BinaryIO | None = None) -> None:
        """``into``: the file that takes both its standard output and standard error."""
        order = json.dumps({"code": code, "arguments": arguments, "environ": environ}).encode()
        assert len(order) <= LONGEST, "too long an order"
        self._end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        forking = _forking(environ["DJANGO_SETTINGS_MODULE"], os.getpid())
        if into:
            descriptors = [into.fileno(), into.fileno()]
        else:
            read, write = os.pipe()
            self.stdout = os.fdopen(read)
            self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115  # a second pipe would have to be read at once
            descriptors = [write, self._stderr.fileno()]
        socket.send_fds(forking, [order], [*descriptors, theirs.fileno()])
        theirs.close()
        if not into:
            os.close(write)
        self.pid = int(self._end.recv(64))
        self.returncode: int | None = None

    def communicate(self) -> tuple[str, str]:
        """What it wrote to its standard output and standard error, when it has ended."""
        with self.stdout, self._stderr:
            said = self.stdout.read()
            self.wait()
            self._stderr.seek(0)
            return said, self._stderr.read()

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, as :class:`subprocess.Popen` gives it; :class:`subprocess.TimeoutExpired` where it runs on."""
        if self.returncode is None:
            self._end.settimeout(timeout)
            try:
                said = self._end.recv(64)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0) from None
            assert said, "whoever waited for the process is gone"
            self.returncode = int(said)
            self._end.close()
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """``kill -9``."""
        self.send_signal(signal.SIGKILL)


def run(code: str, *arguments: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python in a warm process to its end, as ``python -c`` would be run."""
    process = Started(code, *arguments, environ=environ)
    said, complained = process.communicate()
    return subprocess.CompletedProcess([code, *arguments], process.wait(), said, complained)


@functools.cache
def _forking(settings: str, _of: int) -> socket.socket:
    """The line to this process's own forking process for those settings, which is started when first asked for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "DJANGO_SETTINGS_MODULE": settings},
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C is for us, not for it
        )
    process.returncode = 0  # it ends when the line does; nobody waits for it
    return ours


def main() -> None:
    """Import everything; then fork for every order that comes, until nobody can give one any more."""
    line = socket.socket(fileno=int(sys.argv[1]))
    _import_everything()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how those ended who wait for the others
    while True:
        order, descriptors, _, _ = socket.recv_fds(line, LONGEST, 3)
        if not order:
            os.killpg(0, signal.SIGKILL)  # whoever started us is gone, and what we forked for it goes as well
        if os.fork() == 0:
            line.close()
            code = _forked(json.loads(order), *descriptors)
            break
        for descriptor in descriptors:
            os.close(descriptor)
    exec(compile(code, "<order>", "exec"), {"__name__": "__main__"})


def _forked(order: dict[str, Any], out: int, err: int, end: int) -> str:
    """Become the process that was ordered; gives its code. Another stays, to say when and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        os.close(out)
        os.close(err)
        with socket.socket(fileno=end) as told:
            told.send(str(pid).encode())
            _, status = os.waitpid(pid, 0)
            told.send(str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in (out, err, end):
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(order["environ"])
    time.tzset()
    sys.argv = ["-c", *order["arguments"]]
    return str(order["code"])


def _import_everything() -> None:
    """The whole house, with no settings read and no database opened: whoever is forked reads its own."""
    import django
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty

    from tomoshibi.cli import COMMANDS

    django.setup()
    for command in COMMANDS.values():
        importlib.import_module(command.partition(":")[0])
    importlib.import_module(settings.ROOT_URLCONF)
    for connection in connections.all(initialized_only=True):
        assert connection.connection is None, "something asked the database while it was imported"
        del connections[connection.alias]
    for name in {settings.SETTINGS_MODULE, "tomoshibi.web.settings"}:
        del sys.modules[name]
    settings._wrapped = empty
    connections._settings = None
    connections.__dict__.pop("settings", None)


if __name__ == "__main__":
    main()
