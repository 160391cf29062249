"""The law of the protected: no page, export, document or answer tells those who may not know where they are.

Everybody who is protected lives at, moved to or stays at a place whose name holds a word that stands nowhere else; who
may not see it asks ten thousand times, in every way there is, and the word must not come back.
"""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from urllib.parse import quote, unquote

import pytest
from django.utils.html import escape
from pypdf import PdfReader

from tests.clients import client_of
from tests.residents import register_of
from tests.residents.register_of import CHIEF, CLERK, ME, household, line, person
from tests.residents.test_movements import change
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.finding import found
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import copies, movers, proposing, queries
from tomoshibi.residents.adding import added
from tomoshibi.residents.asking import Reading
from tomoshibi.residents.facts import ProtectionSet, WhereaboutsTold
from tomoshibi.residents.households import Grouping, HouseholdFound, household_for, subject_for
from tomoshibi.residents.identity_facts import Merged
from tomoshibi.residents.subjects import Household, Identity, Person, Whereabouts
from tomoshibi.residents.support import (
    EvacuationPlanned,
    Support,
    SupportConsented,
    SupportCopy,
    SupportCopyHanded,
    SupportListed,
)
from tomoshibi.residents.taking import take, take_changes
from tomoshibi.residents.words import LEFT, Basis, Need, Recipient, Sense

pytestmark = pytest.mark.django_db
SECRET = "鍵守"
QUAKE = Incident.ref("quake")
DAYS = (None, dt.date(2026, 11, 1), dt.date(2026, 11, 11), dt.date(2026, 11, 20))
MOMENTS = (None, dt.datetime(2026, 11, 12, tzinfo=dt.UTC))
ACTORS = (CLERK, Actor("user:shelter", "避難所", (("shelter", ""),)), Actor("user:hq", "本部", (("headquarters", ""),)))
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
FAMILY = ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("髙橋", "タカハシ"), ("渡邉", "ワタナベ")
GIVEN = ("花子", "ハナコ"), ("一郎", "イチロウ"), ("凪", "ナギ"), ("澪", "ミオ")


def people(chance: random.Random, count: int) -> list:
    """Households of two; every fifth is protected by the register, and lives at a secret place."""
    records = []
    for n in range(count):
        family, given = chance.choice(FAMILY), chance.choice(GIVEN)
        hidden = n // 2 % 5 == 0
        where = f"{SECRET}{n}町" if hidden else chance.choice(("本町二丁目", "港町", "潮見字東潮"))
        records.append(
            line(
                str(n),
                f"H{n // 2}",
                f"{family[0]}　{given[0]}",
                f"{family[1]}　{given[1]}",
                relation="世帯主" if n % 2 == 0 else "子",
                birth=f"19{50 + n % 40}-0{1 + n % 9}-1{n % 10}",
                town=where,
                block=f"{n}番",
                building=f"{SECRET}荘" if hidden else "",
                protected="1" if hidden and n % 2 else "",
            )
        )
    return records


@pytest.fixture
def city(db: None) -> list[str]:
    """The keys of everybody: protected by the register, by a change, by a fact, through a merge, by the newest file."""
    records = people(random.Random(7), 60)
    with worlds.at(dt.datetime(2026, 11, 2, tzinfo=dt.UTC)):
        register_of.build()
        take(records, dt.date(2026, 11, 1), ME)
        record(Draft(IncidentOpened(name="地震", began=dt.datetime(2026, 11, 11, tzinfo=dt.UTC)), QUAKE), ME)
    day = "2026-11-15"
    moved = [
        change("2", "H1", "moved", day, day, records[2].name, records[2].kana, town=f"{SECRET}新町", protected="1"),
        change("10", "H5", "moved", day, day, records[10].name, records[10].kana, town=f"{SECRET}の里"),
        change("20", "H10", "out", day, day, records[20].name, records[20].kana, town=f"{SECRET}の奥"),
        change("90", "H90", "in", day, day, "新田　転", "ニッタ　テン", town=f"{SECRET}台", protected="1"),
    ]
    take_changes(moved, ME, processed_to=dt.date(2026, 11, 16))
    later = [r._replace(protected="1", town=f"{SECRET}の沢") if r.number in ("6", "7") else r for r in records]
    take([*later, moved[3].record], dt.date(2026, 11, 18), ME)
    record(Draft(WhereaboutsTold(address=f"{SECRET}旅館 3号", area=f"{SECRET}"), _where(person("1"))), CLERK)
    by_hand = added("旅野　人", kana="タビノ　ヒト", address=f"{SECRET}寺", area=SECRET, birth=dt.date(1980, 5, 5))
    merged = added("旅野　連", kana="タビノ　レン", address=f"{SECRET}旧宅", birth=dt.date(1951, 2, 11))
    record([*by_hand, *merged], CLERK)
    record([Draft(ProtectionSet(document="1"), by_hand[0].subject), Draft(ProtectionSet(), person("44"))], CHIEF)
    record(Draft(WhereaboutsTold(address=f"{SECRET}山荘"), _where(person("44"))), CHIEF)
    identity = Identity.ref(merged[0].subject.partition(":")[2])
    record(Draft(Merged(other=person("1"), reason="確認"), identity), CHIEF)
    members = (person("12"), person("1"), by_hand[0].subject)
    for sense in (Sense.SUFFERED, Sense.LIVELIHOOD):
        fact = HouseholdFound(of_incident=QUAKE, sense=sense, members=members, note=f"{SECRET}の親類宅で確認")
        record(Draft(fact, subject_for(QUAKE, sense, person("12")), incident=QUAKE), CHIEF)
    for ref in (person("1"), person("12"), person("20"), person("44"), by_hand[0].subject):
        subject = Support.ref(ref.partition(":")[2])
        told = "分団詰所" if ref == person("12") else f"{SECRET}の実家"  # 12 alone is not protected
        record(Draft(SupportListed(needs=(Need.CARE,), contact=told, note=told), subject), CHIEF)
        record(
            Draft(EvacuationPlanned(destination=told, route=told, helpers=(told,), made_on=NOW.date()), subject), CHIEF
        )
        record(Draft(SupportConsented(consent=True, to=(Recipient.FIRE,), on=NOW.date()), subject), CHIEF)
    refs = [person(r.number) for r in records]
    return [*refs, person("90"), by_hand[0].subject, merged[0].subject, *(person(n) for n in "123456")]


def _where(ref: str) -> str:
    return Whereabouts.ref(ref.partition(":")[2])


def words(chance: random.Random) -> str:
    parts = [
        SECRET, f"灯市{SECRET}荘", f"{SECRET}新町", "旅館", f"{chance.randint(0, 59)}番", "本町2", "港町",
        chance.choice(FAMILY)[chance.randint(0, 1)], chance.choice(GIVEN)[chance.randint(0, 1)], "旅野", "タビ",
        f"19{50 + chance.randint(0, 39)}-01-1{chance.randint(0, 9)}", chance.choice(SECRET), "山荘", "寺",
    ]  # fmt: skip
    return " ".join(chance.sample(parts, chance.randint(1, 3)))


@pytest.mark.fuzz
def test_ten_thousand_questions(city: list[str], trials: Callable[[int, int], int]) -> None:
    """Many people and households are asked for at once, each at random; the questions are counted one by one."""
    chance = random.Random(42)
    with worlds.at(NOW):
        readings = [(a, d, Reading(a, d, m)) for a in ACTORS for d in DAYS for m in MOMENTS]
        homes = list({p.household for p in queries.persons(city, CHIEF).values()})
        asked = told = 0
        for round in range(trials(150, 3_000)):
            actor, day, reading = chance.choice(readings)
            persons = [chance.choice(city) for _ in range(40)]
            since = dt.date(2026, 11, chance.randint(1, 20))
            answers: list[object] = [
                *reading.people(persons).values(),
                *reading.households([chance.choice(homes) for _ in range(25)]),
                *(reading.households(list(reading.matching(words(chance).split(), 40))[:8]) for _ in range(2)),
            ]
            asked += 40 + 25 + 2
            if round % 5 == 0:
                answers += found(words(chance), actor)
                answers.append(household_for(chance.choice(city), chance.choice(list(Sense)), QUAKE, actor))
                answers += movers.told(movers.rows(since, actor), since, actor)
                answers += proposing.proposals(actor)
                asked += 4
            for answer in answers:
                assert SECRET not in repr(answer), (actor.id, day, answer)
                if isinstance(answer, Grouping):  # nobody open stands beside somebody undisclosed
                    assert len({who.undisclosed for who in answer.members}) == 1, answer
                who = answer.person if isinstance(answer, movers.Mover) else answer
                if isinstance(who, queries.Person) and who.undisclosed:
                    assert not isinstance(answer, movers.Mover), answer
                    assert (who.moved_on, who.moved_why, who.left_on) == (None, "", None), answer
                    assert who.left_why in (None, LEFT), answer
            told += len(answers)
        assert asked >= 10_000
        assert told > asked // 4  # not kept by answering nothing
        people, _ = copies.for_copy(CLERK, Recipient.FIRE, Basis.CONSENT)
        assert [p.ref for p in people] == [person("12")]
        assert SECRET in repr(queries.search(SECRET, CHIEF))


def test_what_is_asked_by_an_address_does_not_tell_by_being_found(city: list[str]) -> None:
    with worlds.at(NOW):
        for day in DAYS:
            for word in (SECRET, f"{SECRET}荘", f"{SECRET}新町 2番", f"{SECRET}旅館", f"{SECRET}寺", f"{SECRET}の沢"):
                assert queries.search(word, CLERK, as_of=day) == [], (word, day)


def test_everybody_who_is_protected_is_known_at_once(city: list[str]) -> None:
    """What is withheld as a whole is what each is asked for one by one; merged records with those they became."""
    with worlds.at(NOW):
        together, told = queries.shielded_people(), queries.persons(city, CLERK)
        assert together & set(city) == {ref for ref, who in told.items() if who.undisclosed}
        assert together >= {*city[60:63], person("1"), person("44"), person("45"), person("6")}


def test_pages_exports_documents_and_the_api(city: list[str]) -> None:
    chance = random.Random(5)
    copy = SupportCopy.ref("0c5f1b52-0000-4000-8000-000000000009")
    record(
        Draft(
            SupportCopyHanded(
                recipient=Recipient.FIRE, name="分団", basis=Basis.CONSENT,
                people=(person("1"), person("12"), person("44")), handed_on=NOW.date(),
            ),
            copy,
        ),
        CHIEF,
    )  # fmt: skip
    keys = [ref.partition(":")[2] for ref in city]
    homes = [household(f"H{n}").partition(":")[2] for n in range(30)]
    fixed = [
        "/residents/movements/?since=2026-11-01", "/residents/same/", "/residents/same/?register=1",
        "/residents/support/",
        "/residents/support/hand/?recipient=fire", f"/residents/support/copies/{copy.partition(':')[2]}/",
        *(f"/subject/{Support.ref(person(n).partition(':')[2])}/" for n in ("1", "44")),
        f"/record/residents.evacuation_planned/{Support.ref(keys[1])}/",
        f"/record/residents.support_listed/{Support.ref(keys[61])}/",
        *(f"/subject/{subject_for(QUAKE, s, person('12'))}/" for s in (Sense.SUFFERED, Sense.LIVELIHOOD)),
        "/journal/", "/conflicts/", "/api/v1/subjects?limit=100", "/api/v1/entries?limit=100", "/residents/register/",
    ]  # fmt: skip
    clients = [client_of(role) for role in ("clerk", "shelter", "headquarters", "surveyor", "ict")]
    statuses = set()
    with worlds.at(NOW):
        for n in range(70):
            key, client = chance.choice(keys), chance.choice(clients)
            day = chance.choice(("", "?as_of=2026-11-01", "?as_of=2026-11-11"))
            asked = quote(words(chance))
            path = fixed[n] if n < len(fixed) else chance.choice(
                [
                    f"/residents/people/{key}/{day}",
                    f"/residents/households/{chance.choice(homes)}/{day}",
                    f"/residents/households/{chance.choice(homes)}/as-found/?sense=suffered",
                    f"/residents/people/{key}/whereabouts/",
                    f"/residents/?q={asked}&as_of={day.partition('=')[2]}",
                    f"/search/?q={asked}",
                    f"/subject/{Person.type}:{key}/",
                    f"/subject/{Whereabouts.type}:{key}/",
                    f"/subject/{Household.type}:{key}/",
                    f"/api/v1/subjects/{Whereabouts.type}:{key}",
                    f"/api/v1/subjects/{Person.type}:{key}",
                    f"/residents/people/{key}/plan.pdf",
                    f"/subject/{Support.type}:{key}/",
                    f"/api/v1/subjects/{Support.type}:{key}",
                    f"/record/residents.evacuation_planned/{Support.type}:{key}/",
                ]
            )  # fmt: skip
            for asker in clients[:1] if n >= len(fixed) else clients:
                answer = (client if n >= len(fixed) else asker).get(path, follow=False)
                statuses.add(answer.status_code)
                said = answer.content.decode(errors="replace")
                told = path.partition("q=")[2].partition("&")[0]
                if told:  # the words that were asked stand in the box again
                    said = said.replace(escape(unquote(told)), "")
                assert SECRET not in said, path
        paper = clients[0].get(f"/residents/support/copies/{copy.partition(':')[2]}/list.pdf")
        printed = "".join(p.extract_text() for p in PdfReader(io.BytesIO(paper.content)).pages)
    assert SECRET not in printed
    assert "非開示" in printed
    assert {200, 403} <= statuses
