"""The timeline: in the order of the world, corrections marked, crowds gathered, and always printable."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.incidents.test_facts import OPENED, SUBJECT
from tests.toys.facts import Box, BoxMoved
from tomoshibi.incidents import queries, timeline
from tomoshibi.incidents.facts import IncidentMerged, IncidentOpened, NoteCancelled, NoteCorrected, NoteRecorded
from tomoshibi.incidents.subjects import Incident, Note
from tomoshibi.incidents.timeline import Line, Wanted, gathered
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T, speak

ME = system("test")
NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def incident(db: None) -> None:
    nodes.found("test")
    with worlds.at(NOON):
        record(OPENED, ME)


def note(key: str, what: str, minutes: int = 0, **fields: str) -> str:
    at = NOON + timedelta(minutes=minutes)
    (entry,) = record(
        Draft(NoteRecorded(what=what, **fields), Note.ref(key), happened_at=at, incident=SUBJECT),
        Actor("system:x", "記録係"),
    )
    return entry.id


def test_it_stands_in_the_order_in_which_things_happened(incident: None) -> None:
    with worlds.at(NOON + timedelta(hours=1)):
        note("b", "後のこと", 30)
        note("a", "先のこと", 10, where="平")
    lines = timeline.lines_of(SUBJECT)
    assert [line.what.ja for line in lines] == ["事案を開設: 灯市沖の地震", "先のこと", "後のこと"]
    assert [line.mark for line in lines] == [None, "late", "late"]
    assert (lines[1].where, lines[1].who) == ("平", "記録係")


def test_corrections_and_cancellations_are_marked_on_both_sides(incident: None) -> None:
    with worlds.at(NOON):
        first, second = note("a", "けが2人"), note("b", "火災")
        (correction,) = record(
            Draft(NoteCorrected(corrects=first, what="けが1人"), Note.ref("a"), incident=SUBJECT), ME
        )
        (cancel,) = record(Draft(NoteCancelled(cancels=second, reason="誤報"), Note.ref("b"), incident=SUBJECT), ME)
    by_id = {line.id: line for line in timeline.lines_of(SUBJECT)}
    assert (by_id[first].mark, by_id[first].by, by_id[first].struck) == ("corrected", correction.id, True)
    assert (by_id[correction.id].mark, by_id[correction.id].about) == ("correction", first)
    assert (by_id[second].mark, by_id[second].by) == ("cancelled", cancel.id)
    newest, count = timeline.newest(SUBJECT, 2)
    assert [line.id for line in newest] == [cancel.id, correction.id]
    assert count == 5
    assert [line.mark for line in newest] == ["correction", "correction"]


def test_a_merged_incident_is_read_with_the_one_it_became_part_of(incident: None) -> None:
    other = Incident.ref("j")
    record(Draft(IncidentOpened(name="本体"), other, incident=other), ME)
    note("a", "片方の記録")
    record(Draft(IncidentMerged(into=other), SUBJECT, incident=SUBJECT), ME)
    assert "片方の記録" in [line.what.ja for line in timeline.lines_of(other)]


def test_the_newest_are_those_of_the_whole_gathered(incident: None) -> None:
    for n in range(30):
        at = NOON + timedelta(minutes=n // 6)
        record(Draft(BoxMoved(place=str(n)), Box.ref(str(n)), happened_at=at, incident=SUBJECT), ME)
        if n % 7 == 0:
            note(f"n{n}", f"記録{n}", n // 6)
    whole = gathered(timeline.lines_of(SUBJECT)[::-1])
    for number in (1, 3, 8, 99):
        newest, count = timeline.newest(SUBJECT, number)
        assert newest == whole[:number]
        assert count == 36
    assert any(line.others == 5 for line in whole)


def line(n: int, kind: str, minute: int) -> Line:
    at = NOON + timedelta(minutes=minute)
    return Line(str(n), at, at, "", T("x", "x"), "", "s", kind, "")


@given(
    st.lists(st.tuples(st.sampled_from(["people.called", "people.sent", "incidents.note_recorded"]), st.integers(0, 3)))
)
def test_gathering_loses_nobody(items: list[tuple[str, int]]) -> None:
    lines = [line(n, *item) for n, item in enumerate(items)]
    made = gathered(lines)
    assert sum(1 + one.others for one in made) == len(lines)
    assert [one.id for one in made] == sorted((one.id for one in made), key=int)
    assert all(one.others == 0 for one in made if one.kind.startswith("incidents."))


@given(st.text("x う", max_size=6))
def test_what_is_wanted_holds_every_word(words: str) -> None:
    lines = [line(n, "people.called", n) for n in range(3)]
    assert Wanted(words=words).filter(lines) == (lines[::-1] if set(words.split()) <= {"x"} else [])


def text_of(pdf: bytes, folder: Path) -> str:
    (folder / "t.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", folder / "t.pdf", "-"], capture_output=True, text=True, check=True)
    return done.stdout


def test_it_prints_in_both_languages_and_says_the_head_of_the_chain(incident: None, tmp_path: Path) -> None:
    note("a", "停電した", where="平")
    row = queries.incident(SUBJECT)
    assert row is not None
    for lang, said in (("ja", "時系列記録"), ("en", "Timeline")):
        with speak(lang):
            text = text_of(timeline.pdf(row, timeline.lines_of(SUBJECT)), tmp_path)
        assert said in text
        assert "停電した" in text
        assert timeline.head() in text


def test_a_character_that_no_font_has_never_stops_a_timeline(incident: None, tmp_path: Path) -> None:
    note("a", "𠀋を塚󠄀へ\U0001f9ff")
    row = queries.incident(SUBJECT)
    assert row is not None
    text = text_of(timeline.pdf(row, timeline.lines_of(SUBJECT)), tmp_path)
    assert "を塚へ" in text
    assert "〓" in text
    assert "U+1F9FF" in text


def test_spreadsheets_have_every_line(incident: None) -> None:
    for n in range(8):
        record(Draft(BoxMoved(place=str(n)), Box.ref(str(n)), incident=SUBJECT), ME)
    note("a", "=1+1")
    row = queries.incident(SUBJECT)
    assert row is not None
    lines = timeline.lines_of(SUBJECT)
    said = timeline.csv(row, lines).decode("utf-8-sig")
    assert len(said.strip().splitlines()) == 1 + 10
    assert "'=1+1" in said
    assert timeline.xlsx(row, lines).startswith(b"PK")
