"""The demonstration city's care facilities: twenty with profile, and the invented people who live in them.

Names, addresses and families are those of :mod:`tomoshibi.residents.invented`: whoever bears one is not meant. Mail
addresses end in ``.example`` and telephone numbers begin with 000, so nothing can reach anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from tomoshibi.facilities.facts import FacilityDescribed, ResidentDescribed
from tomoshibi.facilities.subjects import Resident, facility_of
from tomoshibi.facilities.upkeep_facts import DrillHeld, MendNoted, StockDescribed, StockMoved
from tomoshibi.facilities.upkeep_subjects import Drill, stock_of
from tomoshibi.facilities.upkeep_words import Stored, Why
from tomoshibi.facilities.words import Care, Danger, Home, Moves
from tomoshibi.journal.recording import Draft
from tomoshibi.places.demo import CODE, SEED, demo_draft, record_all, site
from tomoshibi.places.keys import natural
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import SiteKind
from tomoshibi.residents.invented import FEMALE, MALE, people
from tomoshibi.residents.register import Record

#: how many facilities have a profile; the others are sites that nobody has described yet
PROFILES = 20
#: accounts of the demonstration city that hold their role at one site only
ACCOUNT_SITES = {"shisetsu": site("C000")}

_KINDS = {
    "ひだまり園": Home.NURSING,
    "なぎさ荘": Home.GROUP_HOME,
    "やすらぎの里": Home.HEALTH,
    "あおぞら保育園": Home.CHILDREN,
    "つばさ作業所": Home.WORKSHOP,
    "しおかぜ苑": Home.RESIDENCE,
    "みどりの家": Home.DISABILITY,
}
_CARES = (Care.CARE_1, Care.CARE_2, Care.CARE_3, Care.CARE_4, Care.CARE_5)
_MOVES = (Moves.WALKS, Moves.ASSISTED, Moves.WHEELCHAIR, Moves.STRETCHER)
_MEDICINE = (
    "",
    "降圧薬 朝1錠",
    "降圧薬 朝1錠、抗血栓薬 夕1錠",
    "インスリン 朝夕",
    "抗てんかん薬 朝夕",
    "睡眠薬 就寝前",
)
_FOOD = ("常食", "軟菜食", "きざみ食", "ミキサー食（とろみ）", "経管栄養")
_HISTORY = ("", "高血圧", "脳梗塞後遺症（右片麻痺）", "糖尿病", "心不全", "認知症", "大腿骨骨折")
#: relations, and given names of further relatives, by sex
_RELATIONS = {MALE: ("長男", "次男", "弟", "甥"), FEMALE: ("長女", "次女", "妹", "姪")}
_GIVEN = {MALE: ("健一", "浩", "誠", "隆"), FEMALE: ("明美", "由美子", "恵子", "久美子")}


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record facilities and residents in the world that we are in, whose places must be there. Twice adds nothing."""
    record_all(list(_drafts()), progress)


def resident(code: str, number: int) -> str:
    """Reference of a resident of the facility of that site number (``C000``), from 1."""
    return natural(Resident, CODE, code, str(number))


def _drafts() -> Iterator[Draft]:
    random = Random(SEED)  # noqa: S311  # the same homes every time
    everybody = list(islice(people(6000, seed=SEED + 1), 6000))
    old = iter([r for r in everybody if r.birth < "1948"])
    young = iter([r for r in everybody if "1950" < r.birth < "1995"])
    for place in SiteRow.objects.filter(kind=SiteKind.FACILITY, code__startswith="C").order_by("code")[:PROFILES]:
        kind = next((k for name, k in _KINDS.items() if place.name.endswith(name)), Home.OTHER)
        count = 0 if kind is Home.CHILDREN else random.randint(15, 40)
        yield _profile(random, place, kind, count)
        yield from _upkeep(place, count)
        of_age = young if kind in (Home.WORKSHOP, Home.DISABILITY) else old
        for number in range(1, count + 1):
            yield _resident(random, place, number, next(of_age), next(young))


def _profile(random: Random, place: SiteRow, kind: Home, count: int) -> Draft:
    by_day = kind in (Home.CHILDREN, Home.WORKSHOP)
    low = (place.elevation_m or 0) < 15
    dangers = [Danger.FLOOD, Danger.TSUNAMI] if low else [Danger.LANDSLIDE]
    planned = random.random() < 0.7
    fact = FacilityDescribed(
        name=place.name,
        home=kind,
        operator=f"社会福祉法人 {place.name[:2]}福祉会",
        night_phone="" if by_day else f"000-{random.randint(100, 999)}-{random.randint(0, 9999):04}",
        email=f"{place.code.lower()}@homes.akari.example",
        residents_day=count or random.randint(40, 90),
        residents_night=0 if by_day else count,
        staff_day=max(4, count // 3),
        staff_night=0 if by_day else max(1, count // 15),
        helpers="町内会長宅（東隣）、消防団 第3分団" if random.random() < 0.6 else "",
        dangers=dangers,
        danger_note="川まで約1.5km。堤防あり。" if low else "裏山が急な斜面。大雨のとき崖崩れに注意。",
        destination=f"{place.name[:2]}第一小学校",
        upstairs="2階 食堂（川・斜面と反対側）",
        **_workbook(place, low, by_day),
        plan_made_on=dt.date(2026, 4, 1) - dt.timedelta(days=random.randint(0, 1500)) if planned else None,
    )
    return demo_draft(fact, facility_of(place.subject))


def _upkeep(place: SiteRow, count: int) -> Iterator[Draft]:
    """Stores and drills: its own sequence of chance, so that people and profiles stay as they are."""
    random = Random(f"{SEED} {place.code}")  # noqa: S311  # the same stores every time
    own = {"facility": facility_of(place.subject), "name": place.name}
    people = max(20, count + count // 3)
    for item, stored, unit, per_day, days in (
        ("飲料水", Stored.WATER, "L", 3.0, 3),
        ("アルファ米", Stored.FOOD, "食", 3.0, 3),
        ("簡易トイレ", Stored.TOILET, "回分", 5.0, 2),
        ("紙おむつ", Stored.CARE, "枚", 0.0, 4),
    ):
        until = dt.date(2027, 1, 31) + dt.timedelta(days=random.randint(-90, 1200))
        lot = stock_of(own["facility"], item, until)
        described = StockDescribed(
            **own, item=item, stored=stored, unit=unit, best_before=until, place="2階倉庫", per_day=per_day
        )
        yield demo_draft(described, lot)
        amount = round(people * (per_day or 5) * random.uniform(days - 1.5, days + 1))
        yield demo_draft(StockMoved(why=Why.IN, change=amount, item=item), lot)
    if random.random() < 0.75:
        held = dt.date(2026, 9, 1) - dt.timedelta(days=random.randint(0, 600))
        fact = DrillHeld(
            **own,
            held_on=held,
            scenario="夜9時、大雨で警戒レベル3、夜勤の職員だけ",
            at_night=True,
            staff=max(1, count // 15) or 2,
            residents=count,
            out_min=random.randint(12, 35),
            in_min=random.randint(40, 75),
            went_wrong="車いすを下ろすのに人手が足りなかった。",
        )
        drill = natural(Drill, CODE, place.code, str(held))
        yield demo_draft(fact, drill)
        mend = MendNoted(text="布担架を各階に置く", owner="事務長", due=held + dt.timedelta(days=90))
        yield demo_draft(mend, drill)


def _workbook(place: SiteRow, low: bool, by_day: bool) -> dict[str, Any]:
    """What the workbook says: invented, and the same for every facility of one kind of place."""
    river = {
        "river": "灯川",
        "river_km": 1.5,
        "river_m": 0.5,
        "bridge_m": 2.5,
        "danger_m": 3.1,
        "gauge": "灯川 本町観測所",
    }
    shore = {"sea_km": 0.8, "tsunami_min": 35} if low else {"slope": "裏に急な斜面", "slopes": 2}
    return {
        **(river if low else {}),
        **shore,
        "height_m": place.elevation_m,
        "floors": 2,
        "built": 1998,
        "structure": "鉄筋コンクリート",
        "quakeproof": "新耐震基準",
        "destination_km": 1.2,
        "climb_m": 15,
        "route": "県道を山側へ。橋は渡らない",
        "transfer": "途中に坂。車いすは一人に二人つく",
        "equipment": ["自家発電機／軽油 24時間分／12", "非常口／3か所／12", "消火器／18本／2", "通報装置／119直通／2"],
        "arrangements": [
            "その場で決める人／主任、夜は夜勤の責任者／電話を待たずに決める",
            "直後: 利用者と職員の安否／各階の職員／5分以内に人数を言う",
            "当日: トイレ／生活相談員／便袋を各階に配る",
            "翌日から: 職員の健康／看護師／8時間ごとに休ませる",
        ],
        "drills": ["6月／高齢者等避難での避難、夜間2人", "1月／地震と引き渡し"] if not by_day else ["6月／避難"],
        "contacts": [
            "市内／灯市消防本部／119",
            "県内／県老人福祉施設協議会／000-100-2000",
            "県外／姉妹施設 さくら園／000-900-1234",
        ],
    }


def _resident(random: Random, place: SiteRow, number: int, who: Record, relative: Record) -> Draft:
    grade = random.choices(range(4), (25, 30, 32, 13))[0]
    surname = who.name.partition("　")[0]
    family = []
    for index in range(random.choices((1, 2, 3), (4, 5, 1))[0]):
        sex = relative.sex if index == 0 else random.choice((MALE, FEMALE))
        given = relative.name.partition("　")[2] if index == 0 else random.choice(_GIVEN[sex])
        phone = f"000-{random.randint(0, 9999):04}-{random.randint(0, 9999):04}"
        family.append(f"{surname}　{given}／{random.choice(_RELATIONS[sex])}／{phone}")
    fact = ResidentDescribed(
        facility=facility_of(place.subject),
        name=who.name,
        kana=who.kana,
        room=f"{101 + number // 10 * 100 + number % 10}",
        birth=dt.date.fromisoformat(who.birth),
        address=f"{who.town}{who.block}",
        care=_CARES[min(4, grade + random.randint(0, 1))],
        moves=_MOVES[grade],
        history=random.choice(_HISTORY),
        medicine=random.choice(_MEDICINE),
        food=random.choices(_FOOD, (8, 4, 4, 2, 1))[0],
        family=family,
        away=random.choices(("", "入院中", "外泊中"), (95, 3, 2))[0],
    )
    return demo_draft(fact, resident(place.code, number))
