"""Files of a folder become the register by night, with nobody there: taken, held, told again, missed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from tests.clients import client_of
from tests.residents import register_of
from tests.residents.register_of import CLERK, ME, PEOPLE, person
from tomoshibi.cli import main
from tomoshibi.incidents import panels
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import intake, naming, queries, status, thinning, ticks
from tomoshibi.residents.intake_facts import OURS, IntakeDescribed, LayoutMapped, NightMissed, day_of
from tomoshibi.residents.layouts import CHANGE_ITEMS
from tomoshibi.residents.models import DeliveryRow, PersonRow
from tomoshibi.residents.register import ITEMS
from tomoshibi.residents.taking import take
from tomoshibi.residents.words import FileKind

pytestmark = pytest.mark.django_db
ICT = Actor("user:ict", "情報", (("ict", ""),))
CHANGES = [*ITEMS, *CHANGE_ITEMS.values()]
NOW = dt.datetime(2026, 11, 21, 21, 30, tzinfo=dt.UTC)  # 06:30 in Japan


def csv_of(rows: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode(encoding)


def moved(number: str, why: str, on: str, sequence: str = "1", **more: str) -> list[str]:
    base = next((p for p in PEOPLE if p.number == number), PEOPLE[0]._replace(number=number, household="N"))
    return [*base._replace(moved_on=on, moved_why=why, **more), on, "2026-11-20", sequence]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(intake, "SETTLED", -1.0)
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    path = tmp_path / "juki"
    path.mkdir()
    with worlds.at(NOW - dt.timedelta(days=10)):
        register_of.build()
        record(Draft(IntakeDescribed(folder=str(path), due="06:00"), OURS), ICT)
    return path


@pytest.fixture(autouse=True)
def _tonight(folder: Path):
    with worlds.at(NOW):
        yield


def outcomes() -> dict[str, str]:
    return dict(DeliveryRow.objects.values_list("name", "outcome"))


def names(words: str, **more) -> list[str]:
    return [h.head.name for h in queries.search(words, CLERK, **more)]


def test_full_file_and_changes_in_one_night(folder: Path) -> None:
    (folder / "juki_20261115.csv").write_bytes(csv_of([list(ITEMS), *map(list, PEOPLE)]))
    late = [
        CHANGES,
        moved("1", "転居", "2026-11-18", town="港町"),
        moved("21", "転入", "2026-11-09", "2", name="海野　凪"),
    ]
    (folder / "ido-2026-11-20.csv").write_bytes(csv_of(late))
    (folder / "still.csv.part").write_bytes(b"x")
    done = intake.run()
    assert [(d.name, d.row.kind, d.row.outcome, d.row.count) for d in done] == [
        ("juki_20261115.csv", "full", "taken", 6),
        ("ido-2026-11-20.csv", "changes", "taken", 2),
    ]
    assert names("海野", as_of=dt.date(2026, 11, 19)) == ["海野　凪"]
    assert names("海野", as_of=dt.date(2026, 11, 11)) == ["海野　凪"]  # by the full file of the 1st, and notified late
    assert names("海野", as_of=dt.date(2026, 11, 8)) == []
    assert names("花子 港町") == ["髙橋　花子"]
    left = sorted(p.name.partition(".")[2] for p in folder.rglob("*") if p.is_file() and "lock" not in p.name)
    assert left == [
        "csv.part",
        "ido-2026-11-20.csv",
        "ido-2026-11-20.csv.result.txt",
        "juki_20261115.csv",
        "juki_20261115.csv.result.txt",
    ]
    assert "取り込んだ 6件" in next(folder.rglob("*juki*.result.txt")).read_text(encoding="utf-8")
    row = DeliveryRow.objects.get(name="juki_20261115.csv")
    assert (row.more, row.fewer) == (0, 0)


def test_in_cp932_and_in_excel(folder: Path) -> None:
    plain = [p._replace(name=p.name.replace("\U000e0102", "")) for p in PEOPLE]
    (folder / "a20261116.csv").write_bytes(csv_of([list(ITEMS), *map(list, plain)], "cp932"))
    book = openpyxl.Workbook()
    book.active.append(CHANGES)
    book.active.append(moved("1", "死亡", "2026-11-17"))
    book.save(folder / "b20261120.xlsx")
    assert [d.row.outcome for d in intake.run()] == ["taken", "taken"]
    gone = queries.person(person("1"), CLERK)
    assert gone is not None
    assert (gone.left_on, str(gone.left_why)) == (dt.date(2026, 11, 17), "死亡")


def test_the_same_file_twice_is_nothing_new(folder: Path) -> None:
    data = csv_of([CHANGES, moved("1", "転出", "2026-11-18")])
    (folder / "i20261120.csv").write_bytes(data)
    intake.run()
    before = EntryRow.objects.count()
    (folder / "i20261120.csv").write_bytes(data)
    (folder / "copy20261120.csv").write_bytes(data)
    assert [d.again for d in intake.run()] == [True, True]
    assert EntryRow.objects.count() == before
    assert [p.name for p in folder.iterdir() if p.suffix == ".csv"] == []


def test_changes_in_whatever_order_the_files_come(folder: Path) -> None:
    first = csv_of([CHANGES, moved("1", "転居", "2026-11-17", town="松浦")])
    second = csv_of([CHANGES, [*moved("1", "転居", "2026-11-18", town="港町")[:-2], "2026-11-21", "1"]])
    (folder / "i20261121.csv").write_bytes(second)
    intake.run()
    (folder / "i20261120.csv").write_bytes(first)
    intake.run()
    assert [queries.person(person("1"), CLERK, dt.date(2026, 11, d)).area for d in (16, 17, 18)] == [
        "本町二丁目",
        "松浦",
        "港町",
    ]


class TestHeld:
    """What is not wholly good waits, loads nothing, and says why by row, item and nothing else."""

    def test_bad_rows_until_told_to(self, folder: Path) -> None:
        secret = "きのうの夕方"
        rows = [CHANGES, moved("1", "転出", "2026-11-18"), [*moved("2", "転居", "2026-11-18")], moved("3", "?", "")]
        rows[2][5] = secret
        (folder / "i20261120.csv").write_bytes(csv_of(rows))
        (done,) = intake.run()
        assert (done.row.outcome, done.row.count, done.row.left_out) == ("held", 1, 2)
        told = [(r["row"], r["item"]) for r in json.loads(done.row.reasons)]
        assert told == [(3, "生年月日"), (4, "異動日"), (4, "異動事由")]
        assert queries.person(person("1"), CLERK).left_on is None
        held = next((folder / "held").glob("*.csv"))
        reason = held.with_name(held.name + ".reason.txt").read_text(encoding="utf-8")
        assert "3行 生年月日" in reason
        assert secret not in reason + "".join(EntryRow.objects.values_list("payload", flat=True))
        assert intake.run() == []
        assert "保留" in str(status.register_comes_in().text)

        (row,) = intake.held()
        with pytest.raises(Forbidden):
            intake.release(row, CLERK)
        assert intake.release(row, ICT).row.outcome == "taken"
        assert queries.person(person("1"), CLERK).left_on == dt.date(2026, 11, 18)
        assert not intake.held()
        assert list((folder / "held").iterdir()) == []

    @pytest.mark.parametrize(
        ("name", "data", "why"),
        [
            ("x20261120.csv", b"\x00\x01\x02", "見出し"),
            ("x20261120.xlsx", b"PK\x03\x04broken", "Excel"),
            ("nodate.csv", csv_of([list(ITEMS), *map(list, PEOPLE)]), "日付"),
            ("x20261120.csv", csv_of([list(ITEMS), list(PEOPLE[0])]), "切れた"),
            ("x20261120.csv", csv_of([list(ITEMS)]), ""),
        ],
    )
    def test_what_cannot_be_the_register(self, folder: Path, name: str, data: bytes, why: str) -> None:
        (folder / name).write_bytes(data)
        (done,) = intake.run()
        assert done.row.outcome == "held"
        assert why in json.loads(done.row.reasons)[0]["ja"]
        assert queries.snapshots().count() == 1
        assert len(queries.search("花子", CLERK)) == 2

    def test_a_file_without_a_day_is_taken_as_of_the_day_that_somebody_says(self, folder: Path) -> None:
        (folder / "nodate.csv").write_bytes(csv_of([list(ITEMS), *map(list, PEOPLE)]))
        intake.run()
        told = CliRunner().invoke(main, ["residents", "held"])
        assert "nodate.csv" in told.output
        done = CliRunner().invoke(main, ["residents", "release", "nodate.csv", "--as-of", "2026-11-19"])
        assert done.exit_code == 0, done.output
        assert queries.snapshot().as_of == dt.date(2026, 11, 19)

    def test_discarded(self, folder: Path) -> None:
        (folder / "x20261120.csv").write_bytes(b"\x00\x01")
        intake.run()
        done = CliRunner().invoke(main, ["residents", "release", "x20261120.csv", "--discard", "試しの送信"])
        assert done.exit_code == 0, done.output
        assert outcomes() == {"x20261120.csv": "discarded"}
        assert CliRunner().invoke(main, ["residents", "release", "x20261120.csv"]).exit_code == 1


class TestLayout:
    """Headings that nobody knows are asked about once."""

    HEADS = ("ID", "SETAI", "SHIMEI", "MACHI", "IDOBI", "JIYU", "SHORI")
    ROW = ("1", "A", "髙橋　花子", "港町", "20261118", "07", "20261120")

    def file(self, folder: Path, name: str, row: tuple[str, ...] = ROW) -> None:
        (folder / name).write_bytes(csv_of([list(self.HEADS), list(row)]))

    def test_asked_once_and_used_unattended(self, folder: Path) -> None:
        self.file(folder, "i20261120.csv")
        (done,) = intake.run()
        assert (done.row.outcome, json.loads(done.row.headings)) == ("held", list(self.HEADS))
        path = folder / "held" / f"{done.row.subject.partition(':')[2][:8]}.i20261120.csv"
        pairs = (
            "宛名番号=ID",
            "household=SETAI",
            "氏名=SHIMEI",
            "町字=MACHI",
            "異動日=IDOBI",
            "異動事由=JIYU",
            "処理日=SHORI",
        )
        said = [option for pair in pairs for option in ("--map", pair)]
        told = CliRunner().invoke(
            main, ["residents", "layout", str(path), "--kind", "changes", "--why", "07=転居", *said]
        )
        assert told.exit_code == 0, told.output
        assert [d.row.outcome for d in intake.run()] == ["taken"]
        assert queries.person(person("1"), CLERK).area == "港町"
        self.file(folder, "i20261121.csv", (*self.ROW[:3], "松浦", "20261120", "07", "20261121"))
        assert [d.row.outcome for d in intake.run()] == ["taken"]
        assert queries.person(person("1"), CLERK).area == "松浦"

    def test_what_is_not_whole_is_refused(self) -> None:
        whole = {"number": "ID", "household": "SETAI", "name": "SHIMEI", "town": "MACHI"}
        for kind, mapping, whys in (
            (FileKind.CHANGES, whole, {}),
            (FileKind.FULL, {**whole, "town": "どこ"}, {}),
            (FileKind.FULL, {**whole, "town": "ID"}, {}),
            (FileKind.FULL, {**whole, "shoe": "JIYU"}, {}),
            (FileKind.FULL, {"number": "ID"}, {}),
            (FileKind.FULL, whole, {"01": "飛"}),
        ):
            with pytest.raises(Refused):
                naming.remember(self.HEADS, kind, mapping, whys, ICT)
        naming.remember(self.HEADS, FileKind.FULL, whole, {"01": "in"}, ICT)
        for pair in ("宛名番号", "靴=ID", "宛名番号="):
            with pytest.raises(Refused):
                naming.items([pair])
        with pytest.raises(Refused):
            naming.movements(["01=飛"])

    def test_standard_headings_need_nobody(self, folder: Path) -> None:
        heads = [
            "宛名番号",
            "世帯番号",
            "氏名_漢字",
            "氏名の振り仮名",
            "現住所_町字",
            "現住所_番地号表記",
            "異動年月日",
            "異動事由",
            "届出年月日",
        ]
        row = ["31", "Z", "潮　渚", "ウシオ　ナギサ", "港町", "5番", "令和8年11月10日", "転入", "R8.11.19"]
        (folder / "juki_ido_20261120.csv").write_bytes(csv_of([heads, row]))
        assert [d.row.outcome for d in intake.run()] == ["taken"]
        assert names("うしお", as_of=dt.date(2026, 11, 10)) == ["潮　渚"]
        assert EntryRow.objects.filter(kind=LayoutMapped.kind).count() == 0


class TestMissedNights:
    def test_a_night_without_a_file_is_told_once_on_every_page(self) -> None:
        assert intake.missed() == dt.date(2026, 11, 22)
        ticks.watch_the_nights()
        ticks.watch_the_nights()
        assert EntryRow.objects.filter(kind=NightMissed.kind).count() == 1
        assert "2026-11-22" in str(status.register_comes_in().text)
        assert "住民の名簿が届いていません" in client_of("staff").get("/", follow=True).content.decode()
        assert any("名簿" in line.text.ja for line in panels.told("next", "", ICT))

    def test_a_file_ends_the_silence(self, folder: Path) -> None:
        (folder / "i20261121.csv").write_bytes(csv_of([CHANGES]))  # a day without any change
        (done,) = intake.run()
        assert (done.row.outcome, done.row.count) == ("taken", 0)
        assert intake.missed() is None
        assert status.register_comes_in() is None
        with worlds.at(NOW + dt.timedelta(hours=23)):
            assert intake.missed() is None
        with worlds.at(NOW + dt.timedelta(hours=24)):
            assert intake.missed() == dt.date(2026, 11, 23)

    def test_days_off_are_not_missed_where_files_come_after_working_days(self) -> None:
        record(Draft(IntakeDescribed(workdays=True), OURS), ICT)
        with worlds.at(NOW + dt.timedelta(days=1)):  # Monday morning: the last working night ended on Saturday
            assert intake.missed() == dt.date(2026, 11, 21)
        record(Draft(IntakeDescribed(nightly=False), OURS), ICT)
        assert intake.missed() is None

    def test_what_was_set_up_today_has_its_night_first(self, folder: Path) -> None:
        record(Draft(IntakeDescribed(folder=str(folder)), OURS), ICT)
        assert intake.missed() is None

    def test_only_those_who_keep_the_systems_set_it_up(self) -> None:
        with pytest.raises(Forbidden):
            record(Draft(IntakeDescribed(folder="/srv/x"), OURS), CLERK)
        for wrong in ("srv/x", ""):
            with pytest.raises(Refused):
                record(Draft(IntakeDescribed(folder=wrong), "residents.intake:other"), ICT)


def test_the_server_takes_small_files_itself_and_leaves_a_city_to_another_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks.take_the_register()
    (folder / "i20261120.csv").write_bytes(csv_of([CHANGES, moved("1", "転出", "2026-11-18")]))
    ticks.take_the_register()
    assert outcomes() == {"i20261120.csv": "taken"}
    started = []

    class Child:
        pid = 0

        def __init__(self, command: list[str], env: dict[str, str]) -> None:
            started.append((command[1:], env["TOMOSHIBI_HOME"]))

        def __enter__(self) -> Child:
            return self

        def __exit__(self, *of: object) -> None: ...

    monkeypatch.setattr(ticks.subprocess, "Popen", Child)
    monkeypatch.setattr(ticks.os, "setpriority", lambda *of: None)
    monkeypatch.setattr(ticks, "APART", 10)
    (folder / "i20261121.csv").write_bytes(csv_of([CHANGES, moved("2", "転出", "2026-11-19")]))
    ticks.take_the_register()
    assert [c for c, _ in started] == [["-m", "tomoshibi", "residents", "intake"]]
    assert "i20261121.csv" not in outcomes()
    done = CliRunner().invoke(main, ["residents", "intake"])
    assert "i20261121.csv: 取り込んだ 1件" in done.output


def test_two_processes_do_not_take_one_file_at_once(folder: Path) -> None:
    (folder / "i20261120.csv").write_bytes(csv_of([CHANGES]))
    with intake._alone(folder) as free:
        assert free
        assert intake.run() == []
    assert len(intake.run()) == 1


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("juki_20261122.csv", dt.date(2026, 11, 22)),
        ("JUKI20261122013000.csv", dt.date(2026, 11, 22)),
        ("全件 2026-11-22.xlsx", dt.date(2026, 11, 22)),
        ("juki_20261399_20261122.csv", dt.date(2026, 11, 22)),
        ("juki.csv", None),
        ("120261122.csv", None),
    ],
)
def test_the_day_in_a_files_name(name: str, day: dt.date | None) -> None:
    assert day_of(name) == day


class TestThinning:
    def test_old_files_leave_the_tables_and_never_one_that_an_incident_uses(self) -> None:
        began = dt.datetime(2026, 11, 3, tzinfo=dt.UTC)
        record(Draft(IncidentOpened(name="地震", began=began), Incident.ref("quake")), ME)
        for day in (5, 6, 7):
            take([*PEOPLE[:5], PEOPLE[5]._replace(block=str(day))], dt.date(2026, 11, day), ME)
        assert [t.as_of.day for t in thinning.thin(1)] == [5, 6]
        assert PersonRow.objects.values("snapshot").distinct().count() == 2
        assert names("花子", as_of=dt.date(2026, 11, 4)) != []
        with pytest.raises(Refused, match="2026-11-06"):
            queries.search("花子", CLERK, as_of=dt.date(2026, 11, 6))
        done = CliRunner().invoke(main, ["residents", "load", "2026-11-06"])
        assert done.exit_code == 0, done.output
        assert names("花子", as_of=dt.date(2026, 11, 6)) != []
        assert thinning.thin(2) == []
        told = CliRunner().invoke(main, ["residents", "thin", "--keep", "1"])
        assert "2026-11-06" in told.output
        with pytest.raises(ValueError, match="at least one"):
            thinning.thin(0)
