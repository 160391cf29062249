"""A drill goes through the inbox and the same facts, by its own clock, in the training world alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.drills.test_scenario import QUAKE
from tests.incidents.conftest import CASES, RULES, SAMPLES, TOHOKU, rule
from tomoshibi.drills.running import play
from tomoshibi.drills.scenario import load
from tomoshibi.incidents import inbox, timeline
from tomoshibi.incidents.deciding import Case
from tomoshibi.incidents.facts import IncidentClosed, IncidentOpened, TableApproved, TableProposed
from tomoshibi.incidents.lined import FileError
from tomoshibi.incidents.models import IncidentRow, NoteRow
from tomoshibi.incidents.subjects import TABLE, Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import nodes, ticking, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow, TaskRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.ticking import driving
from tomoshibi.journal.verifying import verify
from tomoshibi.people.facts import RuleDescribed, SectionDescribed, StaffDescribed
from tomoshibi.people.models import CallRow
from tomoshibi.people.subjects import Rule, Section, Staff
from tomoshibi.people.words import Members
from tomoshibi.places.facts import AreaDescribed, MunicipalityDescribed
from tomoshibi.places.subjects import Area, AreaKind, Municipality
from tomoshibi.publishing.models import NoticeRow, OrderRow
from tomoshibi.vocabulary.clock import JAPAN

SCENARIO = f"""title = {{ ja = "試し", en = "A try" }}
origin = 2026-11-22T14:30:00+09:00
{QUAKE}
[[step]]
at = "0:03"
telegram = "quake"
[[step]]
at = "0:04"
answers = {{ coming = 2, cannot = 1 }}
[[step]]
at = "0:06"
fact = "incidents.note_recorded"
as = "hurt"
by = "地区班"
fields = {{ what = "けが2人", where = "平" }}
[[step]]
at = "0:08"
fact = "incidents.note_corrected"
of = "hurt"
fields = {{ corrects = "@hurt", what = "けが1人" }}
[[step]]
at = "0:20"
arrive = 5
[[step]]
at = "0:30"
say = "終わり"
"""


@pytest.fixture
def home(tmp_path: Path, settings: object) -> Iterator[Path]:
    settings.TOMOSHIBI_HOME = tmp_path / "home"
    (tmp_path / "home").mkdir()
    yield tmp_path / "home"
    inbox._seen.clear()


@pytest.fixture
def trained(home: Path, db: None) -> None:
    """A training world with a town of five people, of whom everybody is called at 5強."""
    nodes.found("real")
    call = rule("招集", "intensity >= 5強", "call_out", rule="全職員")
    cases = tuple(
        Case(
            name=c.name,
            readings=c.readings,
            fires=(*c.fires, *(["招集"] if c.name == "6弱" else [])),
            asks=(*c.asks, *(["招集"] if c.asks else [])),
        )
        for c in CASES
    )
    with worlds.inhabit(worlds.TRAINING):
        nodes.found("training")
        me = system("setup")
        record(Draft(MunicipalityDescribed(name="いわき市", ours=True), Municipality.ref("07204")), me)
        record(Draft(SectionDescribed(code="1", name="危機管理課"), Section.ref("s")), me)
        for n in range(5):
            fact = StaffDescribed(number=f"{n}", name=f"職員{n}", section=Section.ref("s"), email=f"{n}@town.example")
            record(Draft(fact, Staff.ref(str(n))), me)
        described = RuleDescribed(name="全職員", members=Members.EVERYONE, remind_minutes=10, escalate_minutes=15)
        record(Draft(described, Rule.ref("all")), me)
        (table,) = record(Draft(TableProposed(name="地震", rules=(*RULES, call), cases=cases), TABLE), system("one"))
        record(Draft(TableApproved(revision=table.id), TABLE), system("two"))


def written(folder: Path, text: str = SCENARIO) -> Path:
    path = folder / "try.toml"
    path.write_text(text, encoding="utf-8")
    return path


both = pytest.mark.django_db(databases=["default", "training"])


@both
def test_a_drill_runs_through_the_inbox_by_its_own_clock(trained: None, tmp_path: Path) -> None:
    said: list[str] = []
    out = tmp_path / "out"
    report = play(
        load(written(tmp_path)), out, tell=lambda at, what: said.append(f"{at.astimezone(JAPAN):%H:%M} {what.ja}")
    )
    assert (report.called, report.answered, report.arrived) == (5, 3, 2)
    assert (report.posture, report.broken) == ("third", 0)
    assert report.median_answer_minutes == 1.0
    assert report.shortfalls[0][1].ja.startswith("到着する人が 3 人足りません")
    assert said[0].startswith("14:33 電文")
    assert said[-1] == "15:00 終わり"
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["called"] == 5
    assert (out / "timeline.pdf").read_bytes().startswith(b"%PDF")
    rows = list(csv.reader((out / "timeline.csv").read_text(encoding="utf-8-sig").splitlines()))
    at = {row[2]: row[0] for row in rows}
    assert at["けが2人"] == "2026-11-22 14:36:00"
    assert {row[5] for row in rows} >= {"訂正前", "訂正"}
    # reminders came by the drill's clock: ten and twenty minutes after the call, to those who had not answered
    reminded = [row[0] for row in rows if "再送" in row[2]]
    assert reminded == ["2026-11-22 14:43:00"] * 2 + ["2026-11-22 14:53:00"] * 2
    with worlds.inhabit(worlds.TRAINING):
        assert verify().breaks == []
        before = contents()
        rebuild()
        assert contents() == before
        assert NoteRow.objects.get().what == "けが1人"
        incident = IncidentRow.objects.get()
        assert not incident.is_open
        taken = list((inbox.folder() / "taken").rglob("*.xml"))
        assert len(taken) == 1
        assert "<Status>訓練</Status>" in taken[0].read_text(encoding="utf-8")
    assert not EntryRow.objects.exists()  # nothing real was touched


@both
def test_messages_go_into_files_and_are_marked(trained: None, tmp_path: Path, mailoutbox: list[object]) -> None:
    play(load(written(tmp_path)), tmp_path / "out")
    assert mailoutbox == []
    texts = [p.read_bytes() for p in (tmp_path / "out" / "messages").iterdir()]
    assert texts
    assert all("訓練" in str(message_from_bytes(t, policy=policy.default)["Subject"]) for t in texts)


@both
def test_every_run_is_a_fresh_one(trained: None, tmp_path: Path) -> None:
    scenario = load(written(tmp_path))
    first, second = play(scenario, tmp_path / "1"), play(scenario, tmp_path / "2")
    assert first.incident != second.incident
    assert (first.called, second.called) == (5, 5)
    with worlds.inhabit(worlds.TRAINING):
        assert IncidentRow.objects.count() == 2
        assert len(timeline.lines_of(second.incident)) == second.entries


@both
def test_what_a_crash_left_open_is_ended_by_the_next(
    trained: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    scenario = load(written(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr("tomoshibi.drills.ending.end", lambda *_: None)
        patch.setattr("tomoshibi.drills.running._Run.arrive", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            play(scenario, tmp_path / "1")
    with worlds.inhabit(worlds.TRAINING):
        assert IncidentRow.objects.get().is_open
    assert play(scenario, tmp_path / "2").called == 5
    with worlds.inhabit(worlds.TRAINING):
        assert [r.is_open for r in IncidentRow.objects.all()] == [False, False]


@both
def test_what_a_drill_published_does_not_stand_after_it(trained: None, tmp_path: Path) -> None:
    with worlds.inhabit(worlds.TRAINING):
        record(Draft(AreaDescribed(name="浜地区", area_kind=AreaKind.DISTRICT), Area.ref("coast")), system("setup"))
    steps = "".join(
        f"""
[[step]]
at = "0:{minute}"
fact = "publishing.{fact}"
{"as" if "proposed" in fact and name else "of"} = "{name or of}"
by = "{by}"
role = "{role}"
fields = {{ {fields} }}
"""
        for minute, fact, name, of, by, role, fields in (
            ("31", "order_proposed", "held", "", "統括班", "headquarters",
             'level = 4, danger = "tsunami", areas = ["places.area:coast"], where = "浜", reason = "津波"'),
            ("32", "order_approved", "", "held", "危機管理監", "approver", 'proposal = "@held"'),
            ("33", "order_proposed", "asked", "", "統括班", "headquarters",
             'level = 3, danger = "flood", areas = ["places.area:coast"], where = "浜", reason = "大雨"'),
            ("34", "notice_proposed", "told", "", "統括班", "headquarters", 'title = "給水", body = "浜公園で。"'),
            ("35", "notice_published", "", "told", "危機管理監", "approver", 'proposal = "@told"'),
            ("36", "notice_proposed", "draft", "", "統括班", "headquarters", 'title = "炊き出し", body = "同じ。"'),
        )
    )  # fmt: skip
    play(load(written(tmp_path, SCENARIO + steps)), tmp_path / "out")
    with worlds.inhabit(worlds.TRAINING):
        assert sorted((row.state, row.waiting) for row in OrderRow.objects.all()) == [("lifted", ""), ("proposed", "")]
        assert sorted(row.state for row in NoticeRow.objects.all()) == ["proposed", "withdrawn"]
        assert not any(row.waits for row in NoticeRow.objects.all())
        assert not TaskRow.objects.filter(handler__startswith="publishing.", done_at="").exists()


@both
def test_a_step_that_is_refused_is_named_with_its_line(trained: None, tmp_path: Path) -> None:
    text = SCENARIO + '[[step]]\nat = "0:40"\nfact = "incidents.reopened"\n'
    with pytest.raises(FileError) as error:
        play(load(written(tmp_path, text)), tmp_path / "out")
    assert error.value.problems[0][0] == text.splitlines().index('at = "0:40"')
    with worlds.inhabit(worlds.TRAINING):
        assert not IncidentRow.objects.get().is_open


TAKEN = 'households = ["1 of 平"]'


@both
@pytest.mark.parametrize(
    ("more", "line", "said"),
    [
        ('[[step]]\nat = "0:40"\nfact = "incidents.closed"\nby = "受付"\nrole = "clerk"', 2, "権限がありません"),
        (f'[[step]]\nat = "0:40"\n\n[step.apply]\n{TAKEN}', 2, "平 の世帯は 0"),
        (f'[[step]]\nat = "0:40"\ncheck_in = {{ shelter = "places.site:x", {TAKEN} }}', 2, "避難所はありません"),
        ('[[step]]\nat = "0:40"\ncount = { facility = "places.site:x", phase = "out" }', 2, "登録されていません"),
        ('[names]\nhome = "residents.household:3 of 平"', 2, "平 の世帯は 0"),
        ('[names]\nhome = "places.site:ない学校"', 2, "ない学校"),
    ],
)
def test_what_cannot_be_done_is_named_with_its_line(
    trained: None, tmp_path: Path, more: str, line: int, said: str
) -> None:
    text = f"{SCENARIO}{more}\n"
    with pytest.raises(FileError) as error:
        play(load(written(tmp_path, text)), tmp_path / "out")
    ((found, what),) = error.value.problems
    assert said in what.ja
    if more.startswith("[[step]]"):
        line -= 1  # a step is named by its head
    assert found == len(SCENARIO.splitlines()) + line


@both
def test_an_aftershock_weeks_later_is_an_incident_that_can_be_merged(trained: None, tmp_path: Path) -> None:
    later = QUAKE.replace("telegram.quake", "telegram.later").replace("depth_km", 'shook = "745:00"\ndepth_km')
    text = f"""{SCENARIO}{later}
[[step]]
at = "745:03"
telegram = "later"
as = "later"
[[step]]
at = "745:04"
answers = {{ coming = 3 }}
[[step]]
at = "745:10"
fact = "incidents.merged"
of = "later"
by = "統括班"
role = "headquarters"
fields = {{ into = "&incident" }}
"""
    report = play(load(written(tmp_path, text)), tmp_path / "out")
    with worlds.inhabit(worlds.TRAINING):
        first, second = IncidentRow.objects.order_by("opened")
        assert (second.merged_into, first.is_open, second.is_open) == (first.subject, False, False)
        assert second.began is not None
        assert (second.began - first.began).days == 31
        assert (report.incident, report.called, report.answered) == (first.subject, 10, 6)
        merged = EntryRow.objects.get(kind="incidents.merged")
        assert merged.actor == "drill:統括班 統括班"
        assert report.entries == len(timeline.lines_of(first.subject))


@both
def test_only_one_drill_at_a_time(trained: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = ticking._taken
    monkeypatch.setattr(ticking, "_taken", lambda file, seconds: taken(file, 0))
    with worlds.inhabit(worlds.TRAINING), driving(), pytest.raises(Refused, match="別の訓練"):
        play(load(written(tmp_path)), tmp_path / "out")


@both
def test_a_drill_does_not_run_into_an_incident_that_people_work_on(trained: None, tmp_path: Path) -> None:
    """Its telegram would join that one, and every later step speak of an incident that is not there."""
    theirs = Incident.ref("theirs")
    with worlds.inhabit(worlds.TRAINING):
        record(
            Draft(IncidentOpened(name="手で始めた訓練", hazard=Hazard.EARTHQUAKE), theirs, incident=theirs),
            system("me"),
        )
    with pytest.raises(Refused, match="手で始めた訓練"):
        play(load(written(tmp_path)), tmp_path / "out")
    with worlds.inhabit(worlds.TRAINING):
        assert not EntryRow.objects.filter(kind="drills.begun").exists()
        assert IncidentRow.objects.get().is_open
        record(Draft(IncidentClosed(), theirs, incident=theirs), system("me"))
    assert play(load(written(tmp_path)), tmp_path / "out").incident != theirs


@both
def test_a_slow_drill_takes_its_time(trained: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    clock = [1000.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("tomoshibi.drills.running.time.sleep", sleep)
    monkeypatch.setattr("tomoshibi.drills.running.time.monotonic", lambda: clock[0])
    told: list[tuple[datetime, float]] = []
    monkeypatch.setattr("tomoshibi.drills.running.clocks.tell", lambda at, speed: told.append((at, speed)))
    report = play(load(written(tmp_path)), tmp_path / "out", speed=600)
    assert report.called == 5
    moments = [at for at, _ in told]
    assert moments == sorted(moments)
    assert {speed for _, speed in told} == {0.0, 600.0}, "the clock stands while a step is done"
    assert sum(slept) == pytest.approx(3.0, abs=0.3)  # 30 minutes at 600 times


@both
def test_a_recorded_telegram_is_played_as_this_runs_own(
    trained: None, tmp_path: Path, sample_bytes: Callable[[], bytes]
) -> None:
    (tmp_path / "VXSE53.xml").write_bytes(sample_bytes())
    text = (
        'title = "2011"\n[[step]]\nat = "0:01"\nfile = "VXSE53.xml"\n[[step]]\nat = "0:02"\nanswers = { coming = 1 }\n'
    )
    scenario = load(written(tmp_path, text))
    first, second = play(scenario, tmp_path / "1"), play(scenario, tmp_path / "2")
    assert (first.called, second.called, first.answered) == (5, 5, 1)
    assert first.incident != second.incident
    with worlds.inhabit(worlds.TRAINING):
        assert CallRow.objects.count() == 10


@pytest.fixture
def sample_bytes() -> Callable[[], bytes]:
    if not SAMPLES.is_file():
        pytest.skip("JMA's official samples are not at ../shared/data/bulletins")
    import zipfile

    def read() -> bytes:
        with zipfile.ZipFile(SAMPLES) as archive:
            return archive.read(TOHOKU)

    return read
