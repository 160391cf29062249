"""Following a feed: conditional requests, back-off, nothing fetched twice and nothing lost; against a real server."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tomoshibi.bulletins.atom import Entry, Feed, write_feed
from tomoshibi.bulletins.feed import LONGEST, FeedState, Response, poll

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Service:
    """What the server serves, and what it was asked."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.url = ""

    @property
    def etag(self) -> str:
        return f'"{len(self.entries)}"'

    def answer(self, path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        if path != "/feed":
            return (500, {}, b"") if path in self.broken else (200, {}, f"telegram {path}".encode())
        if self.status != 200:
            return self.status, self.headers, b""
        if headers.get("If-None-Match") == self.etag:
            return 304, {}, b""
        entries = tuple(
            Entry(id=name, title=name, updated=NOW + i * MINUTE, link=f"{self.url}/{name}")
            for i, name in enumerate(self.entries)
        )
        return 200, {"ETag": self.etag}, write_feed(Feed(id="f", title="t", updated=NOW, entries=entries[::-1]))


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = found.answer(self.path, self.headers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


def fetch(url: str, headers: Mapping[str, str]) -> Response:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers)), timeout=5) as answer:
            return Response(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, dict(error.headers), error.read())


def test_new_entries_come_once_oldest_first(service: Service) -> None:
    service.entries = ["a", "b"]
    state, fetched, errors = poll(FeedState(f"{service.url}/feed"), NOW, fetch)
    assert ([f.id for f in fetched], errors) == (["a", "b"], ())
    assert fetched[0].data == b"telegram /a"
    service.asked.clear()
    state, fetched, _ = poll(state, NOW + MINUTE, fetch)
    assert (fetched, service.asked) == ((), ["/feed"])  # 304: nothing else was asked for
    assert state.heard_at == NOW + MINUTE
    service.entries.append("c")
    state, fetched, _ = poll(state, NOW + 2 * MINUTE, fetch)
    assert [f.id for f in fetched] == ["c"]


def test_it_does_not_ask_before_its_time(service: Service) -> None:
    state = poll(FeedState(f"{service.url}/feed"), NOW, fetch).state
    service.asked.clear()
    assert poll(state, NOW + timedelta(seconds=59), fetch).state is state
    assert service.asked == []


def test_an_entry_that_failed_is_tried_again(service: Service) -> None:
    service.entries, service.broken = ["a", "b"], {"/a"}
    state, fetched, errors = poll(FeedState(f"{service.url}/feed"), NOW, fetch)
    assert [f.id for f in fetched] == ["b"]
    assert "/a" in errors[0].en
    service.broken.clear()
    _, fetched, _ = poll(state, NOW + MINUTE, fetch)
    assert [f.id for f in fetched] == ["a"]


def test_it_backs_off_and_comes_back(service: Service) -> None:
    service.status = 503
    state = FeedState(f"{service.url}/feed")
    waits = []
    for _ in range(8):
        at = state.next_at or NOW
        state, _, errors = poll(state, at, fetch)
        assert errors
        assert state.next_at is not None
        waits.append(state.next_at - at)
    assert waits == sorted(waits)
    assert waits[0] == 2 * MINUTE
    assert waits[-1] == LONGEST
    assert state.silent(NOW + timedelta(hours=1), MINUTE)
    service.status, service.entries = 200, ["a"]
    state, fetched, _ = poll(state, state.next_at or NOW, fetch)
    assert (len(fetched), state.failures) == (1, 0)
    assert not state.silent(state.heard_at or NOW, MINUTE)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [("600", timedelta(minutes=10)), ("999999", LONGEST), ("Sun, 22 Nov 2026 10:15:00 GMT", timedelta(minutes=15))],
)
def test_retry_after_is_kept(service: Service, asked: str, wait: timedelta) -> None:
    service.status, service.headers = 429, {"Retry-After": asked}
    assert poll(FeedState(f"{service.url}/feed"), NOW, fetch).state.next_at == NOW + wait


def test_no_server_and_no_feed_are_errors_and_not_crashes(service: Service) -> None:
    gone = poll(FeedState("http://127.0.0.1:9/feed"), NOW, fetch)
    assert gone.errors
    assert gone.state.failures == 1
    assert poll(FeedState(f"{service.url}/other"), NOW, fetch).errors
