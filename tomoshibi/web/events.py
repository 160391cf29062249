"""Live updates: one bare ASGI endpoint of Server-Sent Events, one shared poller a world.

``/events`` (and ``/training/events``) tells who listens that the journal grew: ``event: journal`` with the entry's
``pos`` as id and ``{"pos", "types", "incidents"}`` as data, then one event named after each subject type touched and
``incident:<id>`` for each incident, so that a page fetches just the partials that may have changed. What is polled is
the table itself, so that it works across processes and on both databases. A browser that comes back says where it
stood (``Last-Event-ID``), and is told what it missed; nothing here says *what* was recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.cookie import parse_cookie

from tomoshibi.journal import links, sql, worlds

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATHS = {"/events": worlds.REAL, "/training/events": worlds.TRAINING}
#: seconds between two looks at the table while anybody listens
POLL = 0.2
#: seconds between two tellings: in a burst pages fetch their parts this often, and what comes last is told for certain
PACE = 1.0
#: seconds of silence after which a comment keeps proxies and browsers from giving up
HEARTBEAT = 15.0
#: milliseconds after which a browser connects again
RETRY = 1000
#: entries looked at to say which types and incidents were touched; beyond it, every page is told
DETAIL = 2000


@dataclass(frozen=True)
class News:
    """The journal grew to ``pos``; what was touched on the way."""

    pos: int
    types: tuple[str, ...]
    incidents: tuple[str, ...]

    def text(self) -> bytes:
        """As the stream says it."""
        data = json.dumps({"pos": self.pos, "types": self.types, "incidents": self.incidents}, ensure_ascii=False)
        names = ["journal", *self.types, *(f"incident:{i}" for i in self.incidents)]
        return "".join(f"id: {self.pos}\nevent: {name}\ndata: {data}\n\n" for name in names).encode()


def newest() -> int:
    """Position of the newest entry of the world that we are in."""
    with sql.cursor() as cursor:
        cursor.execute("SELECT max(pos) FROM journal_entry")
        return cursor.fetchone()[0] or 0


def news_since(pos: int, upto: int) -> News:
    """What was touched by the entries after ``pos`` up to ``upto``."""
    with sql.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT subject, incident FROM journal_entry WHERE pos > %s AND pos <= %s",
            (max(pos, upto - DETAIL), upto),
        )
        rows = cursor.fetchall()
    types = sorted({subject.partition(":")[0] for subject, _ in rows})
    return News(upto, tuple(types), tuple(sorted({incident for _, incident in rows if incident})))


class Stream:
    """The endpoint. ``close`` ends every open stream at once, so that the server can end."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[News | None]]] = {alias: set() for alias in PATHS.values()}
        self._pollers: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        # one thread does every query of every stream: listeners cost no thread and no connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="events")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        alias = PATHS[scope["path"]]
        headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope["headers"]}
        query = parse_qs(scope.get("query_string", b"").decode("latin1"))
        if scope["method"] != "GET":
            return await _refuse(send, 405)
        if self._closing:
            return await _refuse(send, 503)
        if not await self._ask(alias, _may_listen, headers, query):
            return await _refuse(send, 401)
        await self._tell(alias, _start(headers, query), receive, send)
        return None

    def close(self) -> None:
        """End every stream. Call from the loop's thread."""
        self._closing = True
        for listeners in self._listeners.values():
            for queue in listeners:
                queue.put_nowait(None)
        for poller in self._pollers.values():
            poller.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ask[R](self, alias: str, question: Callable[..., R], *args: Any) -> R:
        def asked() -> R:
            close_old_connections()
            with worlds.inhabit(alias):
                return question(*args)

        return await asyncio.get_running_loop().run_in_executor(self._thread, asked)

    async def _tell(self, alias: str, start: int | None, receive: Receive, send: Send) -> None:
        queue: asyncio.Queue[News | None] = asyncio.Queue()
        self._listeners[alias].add(queue)
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await _write(send, f"retry: {RETRY}\n\n".encode())
            here = await self._ask(alias, newest)
            if start is not None and start != here:  # missed some, or stands on another journal than this one
                await _write(send, (await self._ask(alias, news_since, min(start, here), here)).text())
            else:
                await _write(send, f"id: {here}\n: here\n\n".encode())
            if alias not in self._pollers or self._pollers[alias].done():
                self._pollers[alias] = asyncio.ensure_future(self._poll(alias, here))
            while not gone.done():
                news = asyncio.ensure_future(queue.get())
                done, _ = await asyncio.wait({news, gone}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                if news not in done:
                    news.cancel()
                    if not gone.done():
                        await _write(send, b": \n\n")
                elif (said := news.result()) is None:
                    break
                else:
                    await _write(send, said.text())
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._listeners[alias].discard(queue)
            gone.cancel()

    async def _poll(self, alias: str, pos: int) -> None:
        """Look for new entries while anybody listens; a database that is away for a while is waited for."""
        while self._listeners[alias]:
            pause = POLL
            try:
                here = await self._ask(alias, newest)
                if here != pos:
                    news = await self._ask(alias, news_since, min(pos, here), here)
                    pos, pause = here, PACE
                    for queue in self._listeners[alias]:
                        queue.put_nowait(news)
            except Exception:
                log.exception("live updates of %s: the journal cannot be read; trying again", alias)
                await asyncio.sleep(2)
            await asyncio.sleep(pause)


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b""})


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _start(headers: dict[str, str], query: dict[str, list[str]]) -> int | None:
    """The position from which the browser wants to be told; None: from now on."""
    for text in (headers.get("last-event-id", ""), *query.get("after", ())):
        if text.isascii() and text.isdigit() and len(text) < 16:
            return int(text)
    return None


def _may_listen(headers: dict[str, str], query: dict[str, list[str]]) -> bool:
    """Whether a session of this machine, or a signed link of this world, asks."""
    if any(links.read(token) for token in query.get("token", ())):
        return True
    key = parse_cookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request = HttpRequest()
    request.session = SessionStore(key)
    return bool(auth.get_user(request).is_authenticated)
