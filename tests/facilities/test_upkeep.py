"""Drills, stores and drawings: every fact, what is overdue, for how many days stores last, and reminders in time."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.clients import client_of
from tests.documents.test_pictures import photograph
from tests.facilities import home
from tests.facilities.home import CARER, HOME, HQ, INCIDENT, ME, SEA, STRANGER, SUN
from tests.facilities.test_pages import text
from tests.journal.case import FactCase
from tests.journal.worlds import exchange
from tomoshibi.facilities import upkeep
from tomoshibi.facilities.facts import FacilityDescribed
from tomoshibi.facilities.laws import stores_not_below_nothing
from tomoshibi.facilities.models import EvacuationRow, FacilityRow
from tomoshibi.facilities.subjects import facility_of
from tomoshibi.facilities.upkeep_facts import (
    DrawingAttached,
    DrawingDropped,
    DrillDropped,
    DrillHeld,
    DrillPlanned,
    MendDone,
    MendNoted,
    Reminded,
    StockDescribed,
    StockMoved,
    morning,
)
from tomoshibi.facilities.upkeep_models import DrawingRow, DrillRow, StockRow
from tomoshibi.facilities.upkeep_subjects import Drawing, Drill, stock_of
from tomoshibi.facilities.upkeep_words import Drawn, Stored, Why
from tomoshibi.facilities.words import Danger, Phase
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.datasets import DatasetError, put
from tomoshibi.journal.models import TaskRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.models import SiteRow

OF = {"facility": HOME, "name": "ひだまり園"}
DRILL = Drill.ref("june")
TODAY = date(2026, 11, 22)


def held(day: date, subject: str = DRILL, **more) -> Draft:
    return Draft(DrillHeld(**OF, held_on=day, scenario="夜の大雨", **more), subject)


def stored(item: str, amount: float, until: date | None, unit: str = "L", **more) -> list[Draft]:
    subject = stock_of(HOME, item, until)
    described = StockDescribed(**OF, item=item, unit=unit, best_before=until, **more)
    return [Draft(described, subject), Draft(StockMoved(why=Why.IN, change=amount), subject)]


class TestDrillPlanned(FactCase):
    fact = DrillPlanned(**OF, planned_on=TODAY + timedelta(days=30), scenario="夜の大雨", danger=Danger.FLOOD)
    subject = DRILL
    before = tuple(home.places())
    actor = CARER
    strangers = (STRANGER,)

    def holds(self, state) -> None:
        row = DrillRow.objects.get()
        assert (row.site, row.title, row.danger_word, row.held_on) == (SUN, "夜の大雨", Danger.FLOOD, None)
        assert upkeep.drill_overdue(upkeep.last_drills([SUN]).get(SUN))


class TestDrillHeld(FactCase):
    fact = held(TODAY - timedelta(days=40), staff=9, residents=55, out_min=18, went_wrong="エレベーターで待った").fact
    subject = DRILL
    before = tuple(home.places())
    actor = CARER
    strangers = (STRANGER,)
    refused = (DrillHeld(held_on=date(2999, 1, 1)), DrillHeld(held_on=None))

    def holds(self, state) -> None:
        row = DrillRow.objects.get()
        assert (row.staff, row.residents, row.out_min, row.in_min) == (9, 55, 18, None)
        assert not upkeep.drill_overdue(upkeep.last_drills([SUN, SEA]).get(SUN))
        assert [s.subject for s in upkeep.without_drill(SiteRow.objects.order_by("subject"))] == [SEA]


class TestDrillDropped(FactCase):
    fact = DrillDropped(reason="感染症")
    subject = DRILL
    before = (*home.places(), Draft(TestDrillPlanned.fact, DRILL))
    actor = CARER
    strangers = (STRANGER,)
    refused = (fact,)

    def holds(self, state) -> None:
        assert not upkeep.drills(SUN).exists()


class TestMendNoted(FactCase):
    fact = MendNoted(text="階段用の布担架を2枚買う", owner="事務長", due=TODAY + timedelta(days=20))
    subject = DRILL
    before = (*home.places(), held(TODAY))
    actor = CARER
    strangers = (STRANGER,)

    def holds(self, state) -> None:
        ((row, mend),) = upkeep.open_mends(SUN)
        assert (row.subject, mend["owner"], mend["due"], mend["done"]) == (DRILL, "事務長", "2026-12-12", "")


class TestMendDone(FactCase):
    MEND = "5e0e3f0c-0000-4000-8000-00000000000e"
    fact = MendDone(mend=MEND, note="2枚を2階に置いた")
    subject = DRILL
    before = (*home.places(), held(TODAY), Draft(TestMendNoted.fact, DRILL, id=MEND))
    actor = CARER
    strangers = (STRANGER,)
    refused = (fact, MendDone(mend="none"))

    def holds(self, state) -> None:
        (mend,) = DrillRow.objects.get().mends
        assert upkeep.open_mends(SUN) == [] and mend["done"] and mend["note"] == "2枚を2階に置いた"


class TestStockDescribed(FactCase):
    fact = StockDescribed(**OF, item="水", stored=Stored.WATER, unit="L", best_before=date(2027, 3, 31), per_day=3)
    subject = stock_of(HOME, "水", date(2027, 3, 31))
    before = tuple(home.places())
    actor = CARER
    strangers = (STRANGER,)
    refused = (StockDescribed(item=" "), StockDescribed(best_before=date(2028, 3, 31)))

    def holds(self, state) -> None:
        row = StockRow.objects.get()
        assert (row.item, row.stored_word, row.amount, row.site) == ("水", Stored.WATER, 0, SUN)


class TestStockMoved(FactCase):
    fact = StockMoved(why=Why.USED, change=-40.5)
    subject = TestStockDescribed.subject
    before = (*home.places(), *stored("水", 60, date(2027, 3, 31)))
    actor = CARER
    strangers = (STRANGER,)
    refused = (StockMoved(why=Why.USED, change=-20), StockMoved(why=Why.IN, change=-1))

    def holds(self, state) -> None:
        assert StockRow.objects.get().quantity == "19.5 L"

    def test_two_nodes_that_use_the_same_stores_apart_show_it(self) -> None:
        record(self.draft(), CARER)
        exchange("default", "north")
        for world in ("default", "north"):
            with worlds.inhabit(world):
                record(self.draft(StockMoved(why=Why.USED, change=-15)), CARER)
        exchange("north", "default")
        (finding,) = stores_not_below_nothing()
        assert "-10.5 L" in finding.text.ja and finding.subjects == (self.subject,)
        record(self.draft(StockMoved(why=Why.COUNTED, change=12.5)), CARER)
        assert not list(stores_not_below_nothing()) and StockRow.objects.get().amount == 2


PICTURE = b"\x89PNG not looked at here"


class TestDrawingAttached(FactCase):
    fact = DrawingAttached(
        **OF, text="2階の図", drawn=Drawn.FLOOR, sha256="0" * 64, mime="image/png", width=9, height=6
    )
    subject = Drawing.ref("floor")
    before = tuple(home.places())
    actor = CARER
    strangers = (STRANGER,)

    @pytest.fixture(autouse=True)
    def _put(self, _world: None, settings, tmp_path) -> None:
        settings.TOMOSHIBI_HOME = tmp_path
        digest = put(PICTURE, "image/png")
        with worlds.inhabit("north"):
            put(PICTURE, "image/png")
        type(self).fact = self.fact.model_copy(update={"sha256": digest})

    def holds(self, state) -> None:
        row = DrawingRow.objects.get()
        assert (row.title, row.drawn_word, row.width) == ("2階の図", Drawn.FLOOR, 9)

    def test_a_drawing_that_is_not_here_is_refused(self) -> None:
        with pytest.raises(DatasetError):
            record(self.draft(self.fact.model_copy(update={"sha256": "1" * 64})), CARER)

    def test_taken_out_it_is_gone_from_the_plan(self) -> None:
        record([self.draft(), Draft(DrawingDropped(reason="古い"), self.subject)], CARER)
        assert not DrawingRow.objects.exists()


class TestReminded(FactCase):
    fact = Reminded(text="訓練を行ってください", how="メール sun@home.example")
    subject = HOME
    before = tuple(home.places())
    strangers = (STRANGER, CARER)

    def holds(self, state) -> None:
        (told,) = FacilityRow.objects.get(subject=HOME).reminded
        assert told["text"] == "訓練を行ってください" and told["how"].startswith("メール")


@pytest.mark.django_db
def test_stores_last_so_many_days_for_everybody() -> None:
    home.build()
    people = FacilityDescribed(residents_day=60, residents_night=60, staff_day=20, staff_night=2)
    record(Draft(people, HOME), ME)
    today = upkeep.today()
    record(stored("水", 480, today + timedelta(days=99), stored=Stored.WATER, per_day=3), CARER)
    record(stored("水", 240, today + timedelta(days=9), stored=Stored.WATER, per_day=3), CARER)
    record(stored("水", 999, today - timedelta(days=1), stored=Stored.WATER, per_day=3), CARER)  # past its day
    record(stored("アルファ米", 720, None, "食", stored=Stored.FOOD, per_day=3), CARER)
    record(stored("毛布", 70, None, "枚", stored=Stored.WARMTH), CARER)
    found = {last.stored: (last.days, last.enough) for last in upkeep.lasts(SUN, FacilityRow.objects.get(subject=HOME))}
    assert found == {Stored.WATER: (3.0, True), Stored.FOOD: (3.0, True), Stored.TOILET: (0.0, False)}
    assert upkeep.lasts(SUN, None)[0].people == 5  # where nobody said how many, those who live there
    assert upkeep.lasts("places.site:none", None) == []


@pytest.mark.django_db
def test_the_log_of_a_drill_is_filled_from_its_own_counts() -> None:
    home.build()
    row = home.EVACUATION
    began = worlds.now()

    def from_counts() -> upkeep.FromCounts:
        return upkeep.from_counts(EvacuationRow.objects.get(subject=row))

    for minutes, (key, *_) in enumerate(home.PEOPLE, 4):
        assert from_counts().out_min is None  # somebody is still inside
        out = home.count(key, Phase.OUT)
        record(
            Draft(out.fact, out.subject, incident=out.incident, happened_at=began + timedelta(minutes=minutes)), CARER
        )
    assert (from_counts().residents, from_counts().out_min, from_counts().in_min) == (5, 8, None)


#: of two things to be mended, the one that is not and the one that is
OPEN, DONE = "5e0e3f0c-0000-4000-8000-0000000000f1", "5e0e3f0c-0000-4000-8000-0000000000f2"


def _at(day: date) -> None:
    """What is due at ten o'clock of a day is done."""
    with worlds.at(morning(day) + timedelta(hours=1)):
        tasks.tick(only="facilities.remind")


@pytest.mark.django_db
def test_a_facility_is_reminded_in_time_and_not_of_what_is_done() -> None:
    home.build()
    today = upkeep.today()
    planned = Drill.ref("soon")
    record(
        [
            held(today - timedelta(days=10)),
            Draft(
                MendNoted(text="布担架", owner="事務長", due=today + timedelta(days=20)),
                DRILL,
                id=OPEN,
            ),
            Draft(
                MendNoted(text="名簿", owner="相談員", due=today + timedelta(days=20)),
                DRILL,
                id=DONE,
            ),
            Draft(DrillPlanned(**OF, planned_on=today + timedelta(days=40), scenario="昼の地震"), planned),
            *stored("水", 60, today + timedelta(days=100)),
            *stored("米", 60, today + timedelta(days=100)),
        ],
        CARER,
    )
    record(
        [
            Draft(MendDone(mend=DONE), DRILL),
            Draft(StockMoved(why=Why.USED, change=-60), stock_of(HOME, "米", today + timedelta(days=100))),
        ],
        CARER,
    )
    assert len(TaskRow.objects.filter(handler="facilities.remind")) == 8
    seen: list[str] = []
    for days in (15, 20, 33, 40, 100, 320, 325):
        _at(today + timedelta(days=days))
        told = FacilityRow.objects.get(subject=HOME).reminded
        seen.append(f"{days}: {'、'.join(t['text'][:12] for t in told)}")
    texts = [t["text"] for t in FacilityRow.objects.get(subject=HOME).reminded][::-1]
    assert [t.partition(":")[0] for t in texts] == [
        "訓練の改善の期限です",
        "訓練の予定日が近づいています",
        "備蓄の期限が近づいています",
        "備蓄の期限が来ました",
        f"次の訓練を{today + timedelta(days=355)}までに行ってください（前回 {today - timedelta(days=10)}）",
    ], seen
    assert "布担架" in texts[0] and not any("名簿" in t or "米" in t for t in texts)
    assert [m.to for m in outbox.outbox] == [["sun@home.example"]] * 5
    assert "Hold a drill by" in outbox.outbox[-1].body
    _at(today + timedelta(days=326))
    assert len(outbox.outbox) == 5  # once each


@pytest.mark.django_db
def test_a_facility_without_an_address_is_called_by_the_town() -> None:
    home.build()
    sea = {"facility": facility_of(SEA), "name": "なぎさ荘"}
    record(Draft(FacilityDescribed(name="なぎさ荘"), facility_of(SEA)), HQ)
    record(Draft(DrillHeld(**sea, held_on=upkeep.today(), scenario="地震"), Drill.ref("sea")), HQ)
    _at(upkeep.today() + timedelta(days=335))
    (told,) = FacilityRow.objects.get(site=SEA).reminded
    assert "電話" in told["how"] and not outbox.outbox


@pytest.mark.django_db
def test_drills_stores_and_drawings_on_pages(settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    home.build()
    own, staff, sea = client_of("facility", SUN), client_of("staff"), client_of("facility", SEA)
    honbu = client_of("headquarters")
    for page in ("drills", "stores", "drawings"):
        assert sea.get(f"/facilities/sun/{page}/").status_code == 403
        assert staff.get(f"/facilities/sun/{page}/").status_code == 200
    assert "訓練の記録がありません" in text(own, "/facilities/sun/drills/")
    assert "ひだまり園" in text(honbu, "/facilities/list/?upkeep=drill")
    until = (upkeep.today() + timedelta(days=10)).isoformat()
    lot = {"page": str(uuid.uuid4()), "item": "飲料水", "quantity": "３６ L", "best_before": until}
    lot |= {"stored": "water", "per_day": "3"}
    assert "ひだまり園" not in text(honbu, "/facilities/list/?upkeep=stores")
    assert staff.post("/facilities/sun/stores/", lot).status_code == 422
    for bad, why in (
        ({"quantity": "たくさん"}, "数で始まっていません。「360 L」"),
        ({"quantity": "1.5.2 L"}, "数で始まって"),
        ({"best_before": "来年"}, "期限: 日付で"),
        ({"stored": "gold"}, "区分: 一覧から"),
        ({"item": ""}, "品名"),
        ({"page": "none"}, "画面にない操作"),
    ):
        response = own.post("/facilities/sun/stores/", {**lot, **bad})
        assert response.status_code == 422, bad
        assert why in re.findall(r'role="alert">(.*?)<', response.content.decode())[0], bad
    assert not StockRow.objects.exists()
    for _ in range(2):
        assert own.post("/facilities/sun/stores/", lot).status_code == 303
    row = StockRow.objects.get()
    assert (row.quantity, row.per_day) == ("36 L", 3)
    assert "ひだまり園" in text(honbu, "/facilities/list/?upkeep=stores")
    for why, amount, status, left in (
        ("used", "6", 303, 30),
        ("used", "99", 422, 30),
        ("in", "10", 303, 40),
        ("counted", "33.5", 303, 33.5),
        ("thrown", "3.5", 303, 30),
        ("stolen", "1", 422, 30),
    ):
        sent = {"page": str(uuid.uuid4()), "stock": row.key, "why": why, "amount": amount}
        assert own.post("/facilities/sun/stores/", sent).status_code == status
        assert StockRow.objects.get().amount == left
    record([held(upkeep.today() - timedelta(days=3), out_min=18), Draft(TestMendNoted.fact, DRILL)], CARER)
    html = text(own, "/facilities/sun/drills/")
    assert "18分" in html and "布担架" in html
    assert "布担架" in text(own, "/facilities/sun/") and "ひだまり園" not in text(
        honbu, "/facilities/list/?upkeep=drill"
    )
    picture = {"page": str(uuid.uuid4()), "drawn": "floor", "text": "2階の図"}
    assert own.post("/facilities/sun/drawings/", picture).status_code == 422
    sent = {**picture, "file": SimpleUploadedFile("2f.png", photograph(format="PNG"))}
    assert staff.post("/facilities/sun/drawings/", sent).status_code == 403
    sent["file"].seek(0)
    assert own.post("/facilities/sun/drawings/", sent).status_code == 303
    kept = own.get(f"/facilities/sun/pictures/{DrawingRow.objects.get().sha256}")
    assert kept.headers["Content-Type"] == "image/png" and kept.content.startswith(b"\x89PNG")


@pytest.mark.django_db
def test_counts_of_the_training_world_fill_the_real_log() -> None:
    home.build()
    at = worlds.now() + timedelta(minutes=12)
    for key, *_ in home.PEOPLE:
        counted = home.count(key, Phase.IN)
        record(Draft(counted.fact, counted.subject, incident=INCIDENT, happened_at=at), CARER)
    html = text(client_of("facility", SUN), "/facilities/sun/drills/")
    (address,) = re.findall(r'href="(/record/facilities.drill_held/[^"]+in_min[^"]+)"', html)
    form = text(client_of("headquarters"), address.replace("&amp;", "&"))
    assert 'value="12"' in form and "台風第10号" in form
