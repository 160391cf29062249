"""A telegram that is dropped is recorded once, whatever happens to the program in between."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.incidents.conftest import IWATE, TOHOKU, found_town
from tomoshibi.bulletins import read
from tomoshibi.incidents import inbox, queries, timeline
from tomoshibi.incidents.models import BulletinRow, IncidentRow, RejectedRow
from tomoshibi.journal import datasets, tasks, worlds
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.journal.verifying import verify

CANCELLED = "32-35_06_06_100915_VXSE53.xml"


def drop(data: bytes, name: str = "quake.xml", age: float = 5.0) -> Path:
    """Put a file into the inbox as if it had been there for ``age`` seconds."""
    path = inbox.folder() / name
    path.write_bytes(data)
    at = time.time() - age
    os.utime(path, (at, at))
    return path


def work() -> None:
    inbox.scan()
    tasks.tick()


def test_a_telegram_opens_an_incident(town: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    path = drop(raw, TOHOKU)
    work()
    row = BulletinRow.objects.get()
    assert (row.type, row.event, row.max_intensity, row.outcome) == ("VXSE53", "20110311144640", "7", "fired")
    assert {a["name"]: a["intensity"] for a in row.of_us} == {"いわき市": "6弱", "福島県浜通り": "6強"}
    incident = IncidentRow.objects.get()
    assert row.incident == incident.subject
    assert (incident.hazard, incident.posture, incident.is_open) == ("earthquake", "third", True)
    assert "三陸沖" in incident.title
    assert incident.began.isoformat() == "2011-03-11T05:46:00+00:00"
    assert not path.exists()
    assert [p.read_bytes() for p in (inbox.folder() / "taken").rglob("*.xml")] == [raw]
    assert datasets.require(row.digest).read_bytes() == raw
    assert verify().breaks == []


def test_what_follows_is_a_reading_of_the_journal(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU))
    work()
    before = contents()
    rebuild()
    assert contents() == before


def test_twice_is_once(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU), "a.xml")
    work()
    entries = EntryRow.objects.count()
    drop(sample(TOHOKU), "b.xml")
    work()
    assert EntryRow.objects.count() == entries
    assert sorted(p.name for p in (inbox.folder() / "taken").rglob("*.xml")) == ["a.xml", "b.xml"]


@pytest.mark.parametrize("moment", ["receive", "replace"])
def test_a_crash_between_recording_and_moving_loses_nothing(
    town: None, sample: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    class Killed(BaseException):
        pass

    drop(sample(TOHOKU))
    with monkeypatch.context() as patch:
        if moment == "receive":  # recorded, not moved
            real = inbox.receive

            def receive(*args: object, **named: object) -> None:
                real(*args, **named)
                raise Killed

            patch.setattr(inbox, "receive", receive)
        else:
            patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            inbox.scan()
    assert (inbox.folder() / "quake.xml").exists()
    inbox._seen.clear()  # a new process has seen nothing
    work()
    assert EntryRow.objects.filter(kind="incidents.bulletin_received").count() == 1
    assert IncidentRow.objects.count() == 1
    assert not (inbox.folder() / "quake.xml").exists()


def test_a_crash_before_deciding_decides_later(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU))
    inbox.scan()  # and the program is killed: the task is a row
    assert not IncidentRow.objects.exists()
    tasks.tick()
    assert IncidentRow.objects.count() == 1


def test_a_file_that_is_still_written_is_waited_for(town: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    path = inbox.folder() / "slow.xml"
    path.write_bytes(raw[:1000])
    assert inbox.scan() == 0  # seen for the first time
    path.write_bytes(raw[: len(raw) // 2])
    time.sleep(inbox.SETTLED + 0.05)
    assert inbox.scan() == 0  # it has grown
    time.sleep(inbox.SETTLED + 0.05)
    assert inbox.scan() == 0  # unchanged, unreadable, and young: waited for
    assert not RejectedRow.objects.exists()
    path.write_bytes(raw)
    inbox.scan()
    time.sleep(inbox.SETTLED + 0.05)
    assert inbox.scan() == 1
    assert BulletinRow.objects.count() == 1


@pytest.mark.parametrize("name", [".hidden.xml", "quake.xml.part", "quake.xml.tmp"])
def test_unfinished_names_are_left(town: None, name: str) -> None:
    path = drop(b"<Report", name)
    assert inbox.scan() == 0
    assert path.exists()


@pytest.mark.parametrize("data", [b"", b"not xml", b"<Report><", b"PK\x03\x04 cut short", "<a>灯</a>".encode()])
def test_an_unreadable_file_is_kept_with_its_reason(town: None, data: bytes) -> None:
    drop(data, "怪.xml")
    assert inbox.scan() == 1
    row = RejectedRow.objects.get()
    assert (row.name, row.size) == ("怪.xml", len(data))
    assert row.reason_ja and row.reason_en and row.reason_ja != row.reason_en
    assert "怪.xml" not in row.reason_ja, "its name stands beside it"
    (kept,) = list((inbox.folder() / "rejected").rglob("*.xml"))
    assert kept.read_bytes() == data
    assert row.reason_ja in kept.with_name("怪.xml.reason.txt").read_text(encoding="utf-8")
    assert datasets.require(row.digest).read_bytes() == data


def test_an_archive_gives_its_telegrams_and_says_which_are_bad(town: None, sample: Callable[[str], bytes]) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("good.xml", sample(TOHOKU))
        archive.writestr("bad.xml", b"<Report>")
    drop(held.getvalue(), "both.zip")
    work()
    assert BulletinRow.objects.get().event == "20110311144640"
    assert RejectedRow.objects.get().name == "both.zip/bad.xml"
    (kept,) = (inbox.folder() / "taken").rglob("*.zip")
    assert "bad.xml" in kept.with_name("both.zip.reason.txt").read_text(encoding="utf-8")


def test_when_the_database_refuses_the_file_stays(
    town: None, sample: Callable[[str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tomoshibi.vocabulary import T

    def full(*_: object) -> None:
        raise StoreFailed(T("空きがありません。", "The disk is full."))

    path = drop(sample(TOHOKU))
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "record", full)
        assert inbox.scan() == 0
    assert path.exists()
    assert inbox.scan() == 0  # left alone for a while
    inbox._seen[path].not_before = 0
    assert inbox.scan() == 1


@pytest.mark.django_db(databases=["default", "training"])
def test_training_telegrams_open_nothing_real(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample("32-35_01_03_240613_VXSE53.xml"))  # 訓練
    work()
    assert BulletinRow.objects.get().outcome == "shown"
    assert not IncidentRow.objects.exists()


@pytest.mark.django_db(databases=["default", "training"])
def test_training_telegrams_train(training_town: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU).replace("<Status>通常".encode(), "<Status>訓練".encode())
    drop(raw)
    work()
    assert IncidentRow.objects.count() == 1
    with worlds.inhabit(worlds.REAL):
        assert not IncidentRow.objects.exists()
        assert not EntryRow.objects.exists()


@pytest.mark.django_db(databases=["default", "training"])
def test_test_telegrams_open_nothing_anywhere(training_town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU).replace("<Status>通常".encode(), "<Status>試験".encode()))
    work()
    assert BulletinRow.objects.get().outcome == "shown"
    assert not IncidentRow.objects.exists()


def test_a_far_earthquake_opens_nothing(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample("32-39_05_01_100831_VXSE53.xml"))  # Chile
    work()
    assert BulletinRow.objects.get().outcome == "nothing"
    assert not IncidentRow.objects.exists()


def test_what_did_not_come_in_fires_as_at_least_and_asks_a_person(
    db: None, home: Path, sample: Callable[[str], bytes]
) -> None:
    raw = sample(IWATE)
    silent = next(m for m in read(raw, IWATE)[0].municipalities if m.intensity is not None and not m.intensity.known)
    found_town(silent.code[:5], silent.name)
    drop(raw)
    work()
    row = BulletinRow.objects.get()
    assert (row.outcome, row.alerts) == ("fired", 1)
    assert IncidentRow.objects.get().posture == "second"
    inbox._seen.clear()


def test_a_cancellation_is_told_and_closes_nothing(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU), "1.xml")
    work()
    cancelled = sample(CANCELLED).replace(b"20080614084350", b"20110311144640")
    drop(cancelled, "2.xml")
    work()
    row = BulletinRow.objects.get(info="cancelled")
    assert row.outcome == "cancelled"
    incident = IncidentRow.objects.get()
    assert incident.is_open
    assert queries.bulletins_of(incident.subject).count() == 2
    assert timeline.lines_of(incident.subject)[-1].what.ja.startswith("電文: 【取消】")
    assert queries.undecided().get() == row  # whether to close is a person's to decide


def test_a_stronger_report_raises_the_posture_and_a_weaker_one_never_lowers_it(
    town: None, sample: Callable[[str], bytes]
) -> None:
    raw = sample(TOHOKU).decode()
    weak = raw.replace("<Serial>1<", "<Serial>9<")
    assert weak != raw
    head, tail = weak.split("<Name>いわき市</Name>", 1) if weak.count("<Name>いわき市</Name>") == 1 else _city(weak)
    drop((head + "<Name>いわき市</Name>" + tail).encode(), "weak.xml")
    work()
    assert IncidentRow.objects.get().posture == "first"
    drop(raw.encode(), "strong.xml")
    work()
    assert IncidentRow.objects.get().posture == "third"
    drop(weak.replace("<Serial>9<", "<Serial>10<").encode(), "weak2.xml")
    work()
    assert IncidentRow.objects.get().posture == "third"
    assert IncidentRow.objects.count() == 1


def _city(text: str) -> tuple[str, str]:
    """Split at いわき市 of the observation, with its intensity turned into 4."""
    place = text.rindex("<Name>いわき市</Name>")
    head, tail = text[:place], text[place + len("<Name>いわき市</Name>") :]
    end = tail.index("</City>")
    city = tail[:end].replace("6-", "4").replace("5+", "4").replace("5-", "4").replace("6+", "4")
    return head, city + tail[end:]


def test_an_earthquake_elsewhere_is_no_part_of_our_incident(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU), "1.xml")
    work()
    drop(sample("32-39_05_01_100831_VXSE53.xml"), "2.xml")  # Chile
    work()
    incident = IncidentRow.objects.get()
    assert incident.bulletins == 1
    assert queries.bulletins_of(incident.subject).count() == 1


def test_a_strong_aftershock_joins_the_open_incident(town: None, sample: Callable[[str], bytes]) -> None:
    drop(sample(TOHOKU), "1.xml")
    work()
    drop(sample(TOHOKU).replace(b"20110311144640", b"20110311151530"), "2.xml")
    work()
    incident = IncidentRow.objects.get()
    assert (incident.event, incident.bulletins) == ("20110311144640", 2)


def test_a_file_that_is_too_large_is_rejected_unread(town: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "LIMIT", 10)
    drop(b"x" * 11, "large.bin")
    assert inbox.scan() == 1
    assert "11" in RejectedRow.objects.get().reason_en
    assert [p.name for p in (inbox.folder() / "rejected").rglob("large.bin")] == ["large.bin"]


def test_two_files_of_one_name_are_both_kept(town: None) -> None:
    for data in (b"one", b"two"):
        drop(data, "same.xml")
        inbox.scan()
    kept = [p.read_bytes() for p in (inbox.folder() / "rejected").rglob("*same.xml")]
    assert sorted(kept) == [b"one", b"two"]
