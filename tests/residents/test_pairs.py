"""A part of a name or an address is found alike on both databases; PostgreSQL asks its index of pairs of letters."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from tests.residents import register_of
from tests.residents.register_of import CLERK, line
from tomoshibi.residents import queries
from tomoshibi.residents.asking import Reading, forms
from tomoshibi.residents.loading import names
from tomoshibi.residents.matching import place_form
from tomoshibi.residents.pairs import within
from tomoshibi.residents.register import Record

pytestmark = pytest.mark.django_db
FAMILIES = ("佐藤　サトウ", "鈴木　スズキ", "髙橋　タカハシ", "山﨑　ヤマザキ", "𠮷野　ヨシノ", "小野　オノ")
GIVEN = ("花子　ハナコ", "一郎　イチロウ", "凪　ナギ", "%　パー", "a_b　アンダー")
TOWNS = ("本町二丁目", "港町", "潮見字東潮", "湯沢東丁目")
ASKED = ("鵜沼", "沼", "うぬま 稀", "吉野", "高橋 港町", "%", "a_b", "a%b", "本町2-7-8", "山崎 凪", "10番", "無い")


@pytest.fixture
def people(db: None) -> list[Record]:
    """Fifteen hundred of few names and towns, and one whose name is nobody else's."""
    chance = random.Random(11)
    records = [line("0", "H0", "鵜沼　稀", "ウヌマ　マレ", town="本町二丁目", block="7番8号")]
    for n in range(1, 1500):
        (family, kana), (given, read) = chance.choice(FAMILIES).split("　"), chance.choice(GIVEN).split("　")
        town, block = chance.choice(TOWNS), f"{chance.randint(1, 40)}番{chance.randint(1, 40)}号"
        records.append(line(str(n), f"H{n}", f"{family}　{given}", f"{kana}　{read}", town=town, block=block))
    register_of.build(tuple(records))
    return records


def test_it_finds_whom_a_look_at_everybody_finds(people: list[Record]) -> None:
    """Words of one letter, of two, of many, with LIKE's own signs, in a plane beyond the first, and as they sound."""
    reading = Reading(CLERK, None)
    texts = {register_of.household(record.household): _text(record) for record in people}
    for asked in ASKED:
        wanted = [forms(word) for word in asked.split()]
        found = {home for home, text in texts.items() if all(any(f in text for f in alike) for alike in wanted)}
        assert set(reading.matching(asked.split(), 10_000)) == found, asked
    assert {h.head.name for h in queries.search("やまさき なき", CLERK)} == {"山﨑　凪"}


def _text(record: Record) -> str:
    return names(record.name, record.kana, record.birth) + place_form(f"{record.town}{record.block} {record.building}")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the index is PostgreSQL's")
def test_postgresql_asks_its_index(people: list[Record]) -> None:
    rows = Reading(CLERK, None).rows
    for part in ("鵜沼", "ウヌマ"):
        told = rows.filter(within([part]), words__contains=part).explain()
        assert "residents_pairs_of" in told, told


def test_a_letter_alone_is_not_asked_of_the_index() -> None:
    assert not within(["沼", ""])


def test_hits_come_in_the_order_of_their_code_points(db: None) -> None:
    """So those of the file and those recorded by hand are merged, and both databases answer alike."""
    register_of.build(
        tuple(line(k, k, "山　凪", k) for k in ("ヤマー", "ヤマザキ", "ヤマサト", "ヤマアア", "ヤマ　ア"))
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for column in ("kana", "words"):  # as a town's server has it that was set up in Japanese
                cursor.execute(f'ALTER TABLE residents_personrow ALTER {column} TYPE text COLLATE "ja-x-icu"')
    found = [home.head.kana for home in queries.search("ヤマ", CLERK)]
    assert found == sorted(found)
    assert len(found) == 5
