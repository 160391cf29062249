"""The one process: Django as WSGI in a few threads, the live stream beside it as bare ASGI, the tick worker inside.

Ends within three seconds of SIGTERM with streams open: they are closed at once, what is being answered is waited for.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

from tomoshibi.journal.ticking import Worker
from tomoshibi.web.events import PATHS, Receive, Scope, Send, Stream

#: pages answered at the same time; SQLite takes one writer, and a laptop has few cores
THREADS = 8
#: seconds for what is being answered when the server is told to end
GRACE = 1


class Application:
    """ASGI: live streams by :class:`Stream`, everything else by Django."""

    def __init__(self, stream: Stream, threads: int = THREADS) -> None:
        self.stream = stream
        django: Any = get_wsgi_application()
        self.pages: Any = WSGIMiddleware(django, workers=threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in PATHS:
            await self.stream(scope, receive, send)
        else:
            await self.pages(scope, receive, send)


class Server(uvicorn.Server):
    """uvicorn's server, which closes the live streams as soon as it is told to end."""

    def __init__(self, config: uvicorn.Config, stream: Stream) -> None:
        super().__init__(config)
        self._stream = stream
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in order, with exit code 0; a second Ctrl-C waits for nobody."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stream.close)
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises :class:`OSError` where the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if host == "localhost":
        host = "127.0.0.1"
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    made.listen(256)  # whoever comes from now on is answered, if only in a moment
    return made


def serve(
    sock: socket.socket,
    greet: Callable[[], None],
    *,
    cert: Path | None = None,
    key: Path | None = None,
    work: bool = True,
    threads: int = THREADS,
) -> None:
    """Serve on ``sock`` until SIGINT or SIGTERM. Django must be set up.

    ``greet`` is called as soon as either signal ends the server in order: who reads the greeting may send one at once.
    """
    stream = Stream()
    config = uvicorn.Config(
        Application(stream, threads),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
        ssl_certfile=str(cert) if cert else None,
        ssl_keyfile=str(key) if key else None,
        server_header=False,
        http="h11",
    )
    server = Server(config, stream)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    greet()
    worker = Worker() if work else None
    if worker:
        worker.start()
    try:
        server.run(sockets=[sock])
    finally:
        if worker:
            worker.stop(0.5)
