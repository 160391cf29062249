"""Plain text and Atom: what is written reads back equal, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from tests.bulletins.alerts import alerts, feeds
from tomoshibi.bulletins import BulletinError
from tomoshibi.bulletins.atom import Entry, Feed, read_feed, write_feed
from tomoshibi.bulletins.cap import Alert, Info, Place
from tomoshibi.bulletins.plain import read_plain, write_plain
from tomoshibi.vocabulary import speak


@settings(max_examples=300)
@given(alerts)
def test_plain_text_reads_back_equal(alert: Alert) -> None:
    assert read_plain(write_plain(alert), "x") == alert
    with speak("en"):
        text = write_plain(alert)
    assert read_plain(text, "x") == alert


def test_plain_text_reads_like_a_notice() -> None:
    place = Place(description="川沿いの地区")
    info = Info(event="避難指示", headline="避難してください", description="川があふれます。\nすぐに。", areas=(place,))
    alert = Alert(identifier="A1", sender="town@example.jp", sent=datetime(2026, 11, 22, tzinfo=UTC), infos=(info,))
    assert "本文: 川があふれます。\n  すぐに。\n" in write_plain(alert)
    assert "■ 区域\n区域名: 川沿いの地区\n" in write_plain(alert)
    with speak("en"):
        assert "Event: 避難指示\n" in write_plain(alert)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("識別: A\n変な行: x\n", "2行目"),
        ("識別: A\n送信者: B\n送信時刻: きのう\n", "3行目"),
        ("識別: A\n", "必要な行"),
        ("■ 区域\n", "必要"),
    ],
)
def test_broken_plain_text_is_named_by_line(text: str, line: str) -> None:
    with pytest.raises(BulletinError, match=line):
        read_plain(text, "notice.txt")


@settings(max_examples=200)
@given(feeds)
def test_feeds_read_back_equal(feed: Feed) -> None:
    assert read_feed(write_feed(feed), "x") == feed


def test_entries_without_an_id_are_left_out_and_other_xml_is_refused() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    feed = Feed(id="f", title="t", updated=now, entries=(Entry(id="", title="x", updated=now),))
    assert read_feed(write_feed(feed), "x").entries == ()
    with pytest.raises(BulletinError, match="Atom"):
        read_feed(b"<rss/>", "x")
    with pytest.raises(BulletinError, match="control"), speak("en"):
        write_feed(Feed(id="f", title="bell \x07", updated=now))
