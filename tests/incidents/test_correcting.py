"""A station graded D or E, or left out afterwards: what telegrams say without it, what is done, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.incidents.conftest import IWATE, TOHOKU
from tests.incidents.test_aftershocks import staffed  # noqa: F401
from tests.incidents.test_inbox import drop, work
from tomoshibi.bulletins import Area, Bulletin, Info, Kind, Station, Status, read
from tomoshibi.bulletins.model import MUNICIPALITY
from tomoshibi.bulletins.seismic import PREFECTURES
from tomoshibi.bulletins.without import without
from tomoshibi.incidents import correcting, felt, queries, timeline
from tomoshibi.incidents.models import BulletinRow, IncidentRow, StationRow
from tomoshibi.incidents.station_facts import StationDescribed, StationExcluded, StationPutBack, StationSited
from tomoshibi.incidents.subjects import Station as Sited
from tomoshibi.incidents.words import SitingGrade
from tomoshibi.journal import access, tasks, worlds
from tomoshibi.journal.entries import moment
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow, SubjectRow, TaskRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people.models import CallRow
from tomoshibi.vocabulary import IntensityClass

ME = access.system("seismologist")
KNOWN = [k for k in IntensityClass if k.known]
IWAKI = "0720400"


def of_iwaki(raw: bytes) -> list[Station]:
    (said,) = read(raw, TOHOKU)
    return sorted((s for s in said.stations if s.code[:5] == "07204"), key=lambda s: -s.intensity.order)


def leave_out(*codes: str, why: str = "工事の振動", **more: object) -> None:
    record([Draft(StationExcluded(code=c, name=c, why=why, **more), Sited.coded(c)) for c in codes], ME)
    tasks.tick(only="incidents.correct")


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(KNOWN)), min_size=1, max_size=12), st.data())
def test_a_figure_is_the_strongest_of_the_stations_that_count(readings: list, data: st.DataObject) -> None:
    stations = tuple(Station(f"072{town:02}{n:02}", f"s{n}", klass) for n, (town, klass) in enumerate(readings))
    out = data.draw(st.sets(st.sampled_from([s.code for s in stations])))

    def strongest(codes: object, prefix: str) -> IntensityClass | None:
        return max((s.intensity for s in stations if s.code.startswith(prefix) and s.code in codes), default=None)

    every = {s.code for s in stations}
    towns = tuple(
        Area(code + "00", code, MUNICIPALITY, intensity=strongest(every, code))
        for code in {s.code[:5] for s in stations}
    )
    prefecture = Area("07", "福島県", PREFECTURES, intensity=strongest(every, "07"))
    said = Bulletin(
        type="VXSE53", kind=Kind.EARTHQUAKE, status=Status.NORMAL, info=Info.ISSUED, name="", title="", event="1",
        serial=1, reported=datetime(2026, 1, 1, tzinfo=UTC), areas=(prefecture,), municipalities=towns,
        stations=stations, max_intensity=strongest(every, "07"),
    )  # fmt: skip
    left = without(said, out)
    assert left.max_intensity == strongest(every - out, "07") == left.areas[0].intensity
    assert {a.code: a.intensity for a in left.municipalities} == {
        t.code: strongest(every - out, t.code[:5]) for t in towns
    }
    assert without(said, set()) is said
    assert without(left, out) is left


def test_what_is_not_in_yet_stays_at_least_five_lower(sample: Callable[[str], bytes]) -> None:
    (said,) = read(sample(IWATE), IWATE)
    silent = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED
    town = next(a for a in said.municipalities if a.intensity is silent and a.reported is not None)
    reported = {s.code for s in said.stations if s.code[:5] == town.code[:5] and s.intensity is not silent}
    left = next(a for a in without(said, reported).municipalities if a.code == town.code)
    assert left.intensity is silent


def test_leaving_a_station_out_corrects_the_maximum_and_tells_who_was_called(
    staffed: None,  # noqa: F811
    sample: Callable[[str], bytes],
    mailoutbox: list,
) -> None:
    raw = sample(TOHOKU)
    drop(raw)
    work()
    tasks.tick(only="people.send")
    mailoutbox.clear()
    row, incident = BulletinRow.objects.get(), IncidentRow.objects.get()
    posture = incident.posture
    strong = [s for s in of_iwaki(raw) if s.intensity is IntensityClass.SIX_LOWER]
    leave_out(*(s.code for s in strong))
    row = BulletinRow.objects.get()
    assert row.max_intensity == "7", "what was said stays"
    assert {s["code"] for s in row.correction["stations"]} == {s.code for s in strong}
    ours = next(f for f in row.correction["here"] if f["code"] == IWAKI)
    assert (ours["before"], ours["after"]) == ("6弱", "5強")
    assert felt.strongest(incident.subject).intensity is IntensityClass.FIVE_UPPER
    shown = {f.name: f.excluded for f in felt.felt(incident.subject) if f.station}
    assert {name for name, out in shown.items() if out} == {s.name.rstrip("＊") for s in strong}, "and stay in sight"
    assert IncidentRow.objects.get().posture == posture, "people lower a posture, programs do not"
    assert row.alerts == 1, "somebody has to look at what was done on those figures"
    lines = [line.what.ja for line in timeline.lines_of(incident.subject)]
    assert any("震度を訂正" in line and "工事の振動" in line for line in lines)
    tasks.tick(only="people.send")
    # told once for each station that was left out, as long as it changed something
    assert mailoutbox and all("訂正" in mail.subject for mail in mailoutbox)
    assert "6弱 → 5強" in mailoutbox[-1].body and "取り消されていません" in mailoutbox[-1].body
    assert CallRow.objects.count() == 1
    # done again after a crash, it records nothing twice
    count = EntryRow.objects.count()
    TaskRow.objects.filter(handler="incidents.correct").update(done_at="", claimed_until="")
    tasks.tick(only="incidents.correct")
    assert EntryRow.objects.count() == count
    # put back, all is as it was said, and who was told is told
    mailoutbox.clear()
    for s in strong:
        record(Draft(StationPutBack(why="確認して問題なし"), Sited.coded(s.code)), ME)
    tasks.tick(only="incidents.correct")
    row = BulletinRow.objects.get()
    assert (row.correction, row.alerts) == ({}, 0)
    assert SubjectRow.objects.get(subject=row.subject).disputes == [], "a later correction knows the earlier one"
    assert felt.strongest(incident.subject).intensity is IntensityClass.SIX_LOWER
    tasks.tick(only="people.send")
    assert "発表どおり" in mailoutbox[-1].body
    before = contents()
    rebuild()
    assert contents() == before


def test_a_correction_that_was_cut_off_is_told_when_it_is_done_again(
    staffed: None,  # noqa: F811
    sample: Callable[[str], bytes],
    mailoutbox: list,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = sample(TOHOKU)
    drop(raw)
    work()
    tasks.tick(only="people.send")
    mailoutbox.clear()
    strong = [s.code for s in of_iwaki(raw) if s.intensity is IntensityClass.SIX_LOWER]

    def cut_off(*_: object) -> list[Draft]:
        raise OSError("no power")

    with monkeypatch.context() as broken:
        broken.setattr(correcting.calling, "correct", cut_off)
        leave_out(*strong)
    assert BulletinRow.objects.get().correction == {}, "figures and message come together, or not at all"
    TaskRow.objects.filter(handler="incidents.correct").update(due_at=moment(worlds.now()))
    tasks.tick(only="incidents.correct")
    assert {s["code"] for s in BulletinRow.objects.get().correction["stations"]} == set(strong)
    tasks.tick(only="people.send")
    (mail,) = mailoutbox
    assert "6弱 → 5強" in mail.body


def test_a_station_of_grade_d_reaches_no_trigger(town: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    poor = [s.code for s in of_iwaki(raw) if s.intensity is IntensityClass.SIX_LOWER]
    record([Draft(StationSited(code=c, grade=SitingGrade.D), Sited.coded(c)) for c in poor], ME)
    drop(raw)
    work()
    row = BulletinRow.objects.get()
    ours = next(f for f in row.correction["here"] if f["code"] == IWAKI)
    assert (ours["before"], ours["after"]) == ("6弱", "5強")
    conditions = [c for step in row.evaluation["trace"] for c in step["conditions"]]
    assert {value for _, value, _ in conditions} == {"5強"}, "the table was asked about what counts"
    # a better grade is of the readings to come: nothing that was decided is decided otherwise by it
    record([Draft(StationSited(grade=SitingGrade.B), Sited.coded(c)) for c in poor], ME)
    assert correcting.ruled_out(row.reported) == frozenset()


def grade(code: str, letter: SitingGrade, **more: object) -> None:
    record(Draft(StationSited(code=code, grade=letter, **more), Sited.coded(code)), ME)
    tasks.tick(only="incidents.correct")


def out_now() -> set[str]:
    return {s["code"] for s in BulletinRow.objects.get().correction.get("stations", ())}


@pytest.mark.parametrize("later", [SitingGrade.B, SitingGrade.E])
def test_another_stations_correction_leaves_what_grades_decided_as_it_was(
    town: None, sample: Callable[[str], bytes], later: SitingGrade
) -> None:
    raw = sample(TOHOKU)
    poor, fine, other = (s.code for s in of_iwaki(raw)[:3])
    grade(poor, SitingGrade.D)
    drop(raw)
    work()
    assert out_now() == {poor}
    grade(poor, later)
    grade(fine, SitingGrade.D)
    leave_out(other)
    assert out_now() == {poor, other}, "the grade as it was known when the telegram came"
    assert (poor in correcting.ruled_out(worlds.now())) is (later is SitingGrade.E)


def test_a_grade_with_a_moment_corrects_the_past_and_is_taken_back_by_another(
    staffed: None,  # noqa: F811
    sample: Callable[[str], bytes],
    mailoutbox: list,
) -> None:
    raw = sample(TOHOKU)
    drop(raw)
    work()
    tasks.tick(only="people.send")
    mailoutbox.clear()
    reported = queries.bulletins().get().reported
    code, *_ = strong = [s.code for s in of_iwaki(raw) if s.intensity is IntensityClass.SIX_LOWER]
    grade(code, SitingGrade.D, since=reported + timedelta(hours=1))
    assert out_now() == set(), "readings before that moment count"
    for each in strong:
        grade(each, SitingGrade.D, since=reported - timedelta(days=30), reason="崖の上")
    assert out_now() == set(strong)
    tasks.tick(only="people.send")
    assert "6弱 → 5強" in mailoutbox[-1].body and "崖の上" in mailoutbox[-1].body
    grade(code, SitingGrade.B)
    assert out_now() == set(strong), "without a moment it is of readings to come"
    # only the moment is given: the grade is the one in force
    record(Draft(StationSited(since=reported), Sited.coded(code)), ME)
    tasks.tick(only="incidents.correct")
    assert out_now() == set(strong) - {code}
    said = StationSited(grade=SitingGrade.D, since=datetime(2026, 9, 30, 15, tzinfo=UTC)).tell()
    assert "D 影響大" in said.ja and "2026-10-01 00:00 の読みから" in said.ja
    with pytest.raises(Refused):
        grade(code, SitingGrade.D, since=worlds.now() + timedelta(days=1))
    before = contents()
    rebuild()
    assert contents() == before


def test_whether_a_station_counts_now_is_one_rule(town: None) -> None:
    now = worlds.now()
    hour = timedelta(hours=1)
    leave_out("1", since=now - 2 * hour, until=now - hour)
    leave_out("2", since=now - hour)
    leave_out("3", since=now + hour)
    grade("4", SitingGrade.E)
    grade("5", SitingGrade.C)
    rows = {row.code: row for row in StationRow.objects.all()}
    assert {code for code, row in rows.items() if row.left_out} == {"2"}
    assert {code: row.counts for code, row in rows.items()} == correcting.counting()
    assert {code for code, row in rows.items() if not row.counts} == {"2", "4"} == correcting.ruled_out(now)


def test_where_no_station_is_left_a_person_is_asked(town: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    leave_out(*(s.code for s in of_iwaki(raw)))
    drop(raw)
    work()
    row = BulletinRow.objects.get()
    assert (row.outcome, row.alerts) == ("asked", 3), "not known is not zero"


def test_readings_of_other_times_count(town: None, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU)
    drop(raw)
    work()
    reported = queries.bulletins().get().reported
    code = of_iwaki(raw)[0].code
    leave_out(code, since=reported + timedelta(hours=1))
    assert BulletinRow.objects.get().correction == {}
    assert correcting.ruled_out(reported + timedelta(hours=2)) == {code}


def test_what_is_asked_wrongly_is_refused(town: None) -> None:
    with pytest.raises(Refused):
        record(Draft(StationDescribed(name="番号なし"), Sited.coded("1")), ME)
    with pytest.raises(Refused):
        record(Draft(StationSited(code="1"), Sited.coded("1")), ME)
    with pytest.raises(Refused):
        record(Draft(StationPutBack(why="x"), Sited.coded("1")), ME)
    record(Draft(StationDescribed(code="１", name="平"), Sited.coded("1")), ME)
    with pytest.raises(Refused):
        record(Draft(StationDescribed(code="2"), Sited.coded("1")), ME)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(Refused):
        record(Draft(StationExcluded(why="x", since=at, until=at), Sited.coded("1")), ME)
    assert StationRow.objects.get().counts
