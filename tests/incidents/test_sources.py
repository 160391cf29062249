"""Feeds that are asked, receivers that send, sources that fall silent: everything that came is kept, once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from tests.incidents.conftest import TOHOKU
from tests.incidents.test_inbox import drop, work
from tests.incidents.test_pages import user
from tests.journal.case import FactCase
from tomoshibi.bulletins.atom import Entry, Feed, write_feed
from tomoshibi.incidents import inbox, polling, sources, status, ticks
from tomoshibi.incidents.models import BulletinRow, HeardRow, IncidentRow, RejectedRow, SourceRow
from tomoshibi.incidents.panels import told
from tomoshibi.incidents.source_facts import (
    SourceDescribed,
    SourceFellSilent,
    SourceHeardAgain,
    SourceTokenEnded,
    SourceTokenMade,
    SourceWithdrawn,
)
from tomoshibi.incidents.subjects import INBOX, Source
from tomoshibi.incidents.words import SourceKind
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.vocabulary import T

FEED, RECEIVER = Source.ref("feed"), Source.ref("receiver")
HONBU = Actor("user:honbu", "本部", (("headquarters", ""),))
ADMIN = Actor("user:admin", "管理者", (("administrator", ""),))
RECEIVED = SourceDescribed(name="衛星受信機", source_kind=SourceKind.POST, silent_min=30)


class TestDescribed(FactCase):
    fact = SourceDescribed(
        name="気象庁", source_kind=SourceKind.FEED, url="https://example.org/feed.xml", silent_min=10
    )
    subject = FEED
    actor = HONBU
    strangers = (Actor("user:x", "職員", (("staff", ""),)),)
    refused = (SourceDescribed(url="file:///etc/passwd"), SourceDescribed(url=""), SourceDescribed(name=""))

    def holds(self, state: object) -> None:
        assert SourceRow.objects.get().url == "https://example.org/feed.xml"


class TestTokenMade(FactCase):
    fact = SourceTokenMade(digest="a" * 64)
    subject = RECEIVER
    before = (Draft(RECEIVED, RECEIVER),)
    actor = ADMIN
    strangers = (HONBU,)

    def holds(self, state: object) -> None:
        assert SourceRow.objects.get().token == "a" * 64


class TestTokenEnded(FactCase):
    fact = SourceTokenEnded(reason="紛失")
    subject = RECEIVER
    before = (Draft(RECEIVED, RECEIVER), Draft(SourceTokenMade(digest="a" * 64), RECEIVER))
    actor = ADMIN
    strangers = (HONBU,)

    def holds(self, state: object) -> None:
        assert SourceRow.objects.get().token == ""


class TestWithdrawn(FactCase):
    fact = SourceWithdrawn(reason="廃止")
    subject = RECEIVER
    before = (Draft(RECEIVED, RECEIVER), Draft(SourceTokenMade(digest="a" * 64), RECEIVER))
    refused = (SourceWithdrawn(reason="もう一度"),)

    def holds(self, state: object) -> None:
        row = SourceRow.objects.get()
        assert (row.withdrawn, row.token) == (True, "")


class TestFellSilent(FactCase):
    fact = SourceFellSilent(name="衛星受信機", minutes=31)
    subject = RECEIVER
    before = (Draft(RECEIVED, RECEIVER),)
    strangers = (HONBU, ADMIN)

    def holds(self, state: object) -> None:
        assert SourceRow.objects.get().silent


class TestHeardAgain(FactCase):
    fact = SourceHeardAgain(name="衛星受信機")
    subject = RECEIVER
    before = (Draft(RECEIVED, RECEIVER), Draft(SourceFellSilent(name="衛星受信機", minutes=31), RECEIVER))
    strangers = (HONBU, ADMIN)

    def holds(self, state: object) -> None:
        assert not SourceRow.objects.get().silent


class Service:
    """A feed and its telegrams on a real server: what it serves, and what it was asked."""

    def __init__(self) -> None:
        self.telegrams: dict[str, bytes] = {}
        self.status = 200
        self.asked: list[tuple[str, str]] = []
        self.url = ""

    def answer(self, path: str, etag: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append((path, etag))
        if self.status != 200:
            return self.status, {"Retry-After": "600"}, b""
        if path != "/feed.xml":
            return 200, {}, self.telegrams[path[1:]]
        own = f'"{len(self.telegrams)}"'
        if etag == own:
            return 304, {}, b""
        at = datetime(2026, 11, 22, tzinfo=UTC)
        entries = tuple(Entry(id=n, title=n, updated=at, link=f"{self.url}/{n}") for n in self.telegrams)
        return 200, {"ETag": own}, write_feed(Feed(id="f", title="t", updated=at, entries=entries))


@pytest.fixture
def service(town: None) -> Iterator[Service]:
    """A local server, described as a source."""
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, headers, body = found.answer(self.path, self.headers.get("If-None-Match", ""))
            self.send_response(code)
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
    described = SourceDescribed(
        name="気象庁", source_kind=SourceKind.FEED, url=f"{found.url}/feed.xml", every_s=60, silent_min=10
    )
    record(Draft(described, FEED), system("test"))
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """``later(60)`` lets a minute pass by the clock of the world."""
    passed = [0.0]
    monkeypatch.setattr(worlds, "now", lambda: datetime.now(UTC) + timedelta(seconds=passed[0]))

    def pass_(seconds: float) -> None:
        passed[0] += seconds

    return pass_


def test_a_feed_brings_telegrams_once_and_politely(
    service: Service, sample: Callable[[str], bytes], later: Callable[[float], None]
) -> None:
    service.telegrams[TOHOKU] = sample(TOHOKU)
    ticks.ask_feeds()
    row = BulletinRow.objects.get()
    assert (row.via, row.source, row.outcome) == (FEED, TOHOKU, "fired")
    assert IncidentRow.objects.count() == 1
    asked = list(service.asked)
    ticks.ask_feeds()  # its time has not come
    assert service.asked == asked
    later(61)
    ticks.ask_feeds()
    assert service.asked[len(asked) :] == [("/feed.xml", '"1"')]  # 304: nothing else was asked for
    heard = HeardRow.objects.get(source=FEED)
    assert (heard.taken, heard.repeated, heard.failures) == (1, 0, 0)


def test_what_could_not_be_kept_is_fetched_again(
    service: Service, sample: Callable[[str], bytes], later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    service.telegrams[TOHOKU] = sample(TOHOKU)

    def full(*_: object, **__: object) -> None:
        raise StoreFailed(T("空きがありません。", "The disk is full."))

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "record", full)
        with pytest.raises(StoreFailed):
            polling.poll_due()
    assert not BulletinRow.objects.exists()
    assert polling.poll_due() == 0  # not at once
    later(31)
    assert polling.poll_due() == 1
    assert BulletinRow.objects.count() == 1


def test_two_processes_ask_one_feed_once(service: Service) -> None:
    HeardRow.objects.create(source=FEED, claimed_until=worlds.now() + timedelta(minutes=1))
    assert polling.poll_due() == 0
    assert service.asked == []


def test_what_a_feed_brings_that_is_no_telegram_is_kept(service: Service) -> None:
    service.telegrams["odd.xml"] = b"<html>"
    polling.poll_due()
    assert RejectedRow.objects.get().name == "odd.xml"
    assert HeardRow.objects.get(source=FEED).rejected == 1


def test_a_feed_that_fails_backs_off_and_falls_silent(service: Service, later: Callable[[float], None]) -> None:
    polling.poll_due()
    service.status = 503
    later(61)
    polling.poll_due()
    heard = HeardRow.objects.get(source=FEED)
    assert (heard.failures, "503" in heard.error_en) == (1, True)
    count = len(service.asked)
    later(300)
    polling.poll_due()
    assert len(service.asked) == count  # it was told to wait for 600 seconds
    assert sources.silent() == []
    later(400)
    (one,) = sources.silent()
    assert one.row.subject == FEED
    assert "気象庁" in status.silent_sources().text.ja
    assert [line.tone for line in told("next", "", HONBU) if "気象庁" in line.text.ja] == ["alert"]
    ticks.listen_for_silence()
    ticks.listen_for_silence()
    assert EntryRow.objects.filter(kind="incidents.source_fell_silent").count() == 1
    service.status = 200
    later(600)
    ticks.ask_feeds()
    ticks.listen_for_silence()
    assert EntryRow.objects.filter(kind="incidents.source_heard_again").count() == 1
    assert status.silent_sources() is None


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://localhost/x", "http://127.0.0.1:1/none"])
def test_only_the_web_is_asked(url: str) -> None:
    with pytest.raises(OSError, match=r".+"):
        polling.fetch(url, {})


def test_a_silent_source_is_red_and_described_anew_it_has_its_time_again(
    town: None, later: Callable[[float], None]
) -> None:
    record(Draft(RECEIVED, RECEIVER), system("test"))
    honbu = user("honbu", "headquarters")
    assert 'class="silent"' not in honbu.get("/incidents/inbox/").content.decode()
    said = honbu.get("/incidents/sources/").content.decode()
    assert "未確認" in said and "正常" not in said, "what was never heard is not known to be in order"
    later(31 * 60)
    for page in ("/incidents/inbox/", "/incidents/sources/"):
        shown = honbu.get(page).content.decode()
        assert 'class="silent"' in shown and "沈黙" in shown
    assert "情報源が沈黙" in honbu.get("/incidents/rules/").content.decode()  # every page says it
    record(Draft(SourceDescribed(silent_min=120), RECEIVER), system("test"))
    assert sources.silent() == []


@pytest.mark.django_db(databases=["default", "training"])
def test_the_training_world_asks_nobody(training_town: None) -> None:
    with worlds.inhabit(worlds.TRAINING):
        fact = SourceDescribed(name="f", source_kind=SourceKind.FEED, url="http://127.0.0.1:1/", silent_min=1)
        record(Draft(fact, FEED), system("test"))
        ticks.ask_feeds()
        assert not HeardRow.objects.exists()
        assert sources.silent() == []


@pytest.fixture
def token(town: None) -> str:
    record(Draft(RECEIVED, RECEIVER), system("test"))
    return sources.new_token(RECEIVER, ADMIN)


def post(data: bytes, token: str, **headers: str) -> tuple[int, dict[str, object]]:
    answer = Client().post(
        "/incidents/inbox/receive/",
        data=data,
        content_type="application/xml",
        headers={"Authorization": f"Bearer {token}", **headers},
    )
    return answer.status_code, json.loads(answer.content)


def test_a_receiver_sends_and_is_told_when_it_is_kept(token: str, sample: Callable[[str], bytes]) -> None:
    status_, said = post(sample(TOHOKU), token, **{"X-Filename": TOHOKU})
    assert status_ == 201
    row = BulletinRow.objects.get()
    assert (said["telegrams"][0]["digest"], said["telegrams"][0]["arrival"]) == (row.digest, "first")
    assert datasets.require(row.digest).read_bytes() == sample(TOHOKU)
    assert row.via == RECEIVER
    entries = EntryRow.objects.count()
    status_, said = post(sample(TOHOKU), token)
    assert (status_, said["telegrams"][0]["arrival"]) == (200, "duplicate")
    assert EntryRow.objects.count() == entries
    heard = HeardRow.objects.get(source=RECEIVER)
    assert (heard.taken, heard.repeated) == (1, 1)


def test_what_cannot_be_read_is_kept_and_said(token: str) -> None:
    status_, said = post(b"<broken", token)
    assert (status_, len(said["rejected"])) == (202, 1)
    assert RejectedRow.objects.count() == 1


@pytest.mark.parametrize("wrong", ["", "tmsr_wrong", "x"])
def test_without_its_token_nothing_is_kept(token: str, wrong: str, sample: Callable[[str], bytes]) -> None:
    assert post(sample(TOHOKU), wrong)[0] == 401
    assert not BulletinRow.objects.exists()
    assert token not in str(list(EntryRow.objects.values_list("payload", flat=True)))  # only its hash is kept


def test_a_token_ends_with_the_next_and_with_its_source(token: str, sample: Callable[[str], bytes]) -> None:
    newer = sources.new_token(RECEIVER, ADMIN)
    assert post(sample(TOHOKU), token)[0] == 401
    record(Draft(SourceWithdrawn(reason="廃止"), RECEIVER), system("test"))
    assert post(sample(TOHOKU), newer)[0] == 401


def test_too_large_empty_and_a_database_that_refuses(
    token: str, sample: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tomoshibi.incidents import source_views

    assert post(b"", token)[0] == 400
    monkeypatch.setattr(source_views, "MAX_BYTES", 1000)
    assert post(b"x" * 1001, token)[0] == 413
    monkeypatch.setattr(source_views, "MAX_BYTES", 1 << 25)

    def full(*_: object, **__: object) -> None:
        raise StoreFailed(T("空きがありません。", "The disk is full."))

    monkeypatch.setattr(inbox, "record", full)
    assert post(sample(TOHOKU), token)[0] == 503
    assert not BulletinRow.objects.exists()


def test_only_administrators_make_tokens(town: None) -> None:
    record(Draft(RECEIVED, RECEIVER), system("test"))
    with pytest.raises(Forbidden):
        sources.new_token(RECEIVER, HONBU)
    record(Draft(SourceDescribed(name="f", source_kind=SourceKind.INBOX), INBOX), system("test"))
    with pytest.raises(Refused):
        sources.new_token(INBOX, ADMIN)
    assert user("honbu", "headquarters").post("/incidents/sources/receiver/token/").status_code == 403
    shown = user("admin", "administrator").post("/incidents/sources/receiver/token/").content.decode()
    assert sources.PREFIX in shown


def test_the_folder_is_heard_too(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU))
    work()
    assert BulletinRow.objects.get().via == INBOX
    assert HeardRow.objects.get(source=INBOX).taken == 1
