"""Invented residents of the demonstration city, reproducible from a seed: nobody who bears one of these names is meant.

Households have the sizes that a Japanese city of 320,000 has (2.46 people on average; one in three alone), ages that go
with them, namesakes, variant characters and ideographic variation sequences, and addresses in the city's own districts
by their weight. Two in a thousand households are protected 支援措置.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tomoshibi.places.demo import DISTRICTS, SEED, District
from tomoshibi.residents.register import Record
from tomoshibi.residents.words import HEAD

#: size of a household and its share, in hundredths
SIZES = ((1, 34), (2, 28), (3, 17), (4, 12), (5, 5), (6, 3), (7, 1))
#: the same seed gives the same people, as of this day
AS_OF = dt.date(2026, 11, 1)
MALE, FEMALE = "男", "女"
_BUILDINGS = ("灯ハイツ", "コーポ潮", "メゾン本町", "市営住宅", "第二みなとマンション", "レジデンス松")


@cache
def _names() -> tuple[list[tuple[str, str]], list[int], dict[tuple[str, int], list[tuple[str, str]]]]:
    """Surnames, their weights, and given names by sex and first year."""
    data: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "names.toml").read_text(encoding="utf-8"))
    surnames, weights = [], []
    for item in _items(data["surnames"]):
        surnames.append((item[0], item[1]))
        weights.append(int(item[2]))
    given = {
        (sex, int(year)): [(name, kana) for name, kana in _items(names)]
        for sex, part in ((MALE, "male"), (FEMALE, "female"))
        for year, names in data["given"][part].items()
    }
    return surnames, weights, given


def _items(text: str) -> Iterator[list[str]]:
    return (item.split() for line in text.strip().splitlines() for item in line.split("|"))


def people(count: int, seed: int = SEED, as_of: dt.date = AS_OF) -> Iterator[Record]:
    """``count`` residents, household by household."""
    made = _City(seed, as_of)
    left = count
    while left:
        for record in made.household(left):
            yield record
            left -= 1


class _City:
    def __init__(self, seed: int, as_of: dt.date) -> None:
        self.random = Random(seed)  # noqa: S311  # the same people every time
        self.as_of = as_of
        self.number, self.households = 10_000_000, 200_000
        self.surnames, self.weights, self.given = _names()
        self.shares = [d.people for d in DISTRICTS]

    def household(self, most: int) -> list[Record]:
        chance = self.random
        self.households += 1
        size = min(chance.choices([s for s, _ in SIZES], [w for _, w in SIZES])[0], most)
        surname = chance.choices(self.surnames, self.weights)[0]
        town, block, building = self._address()
        protected = "1" if chance.random() < 0.002 else ""
        members = self._family(size)
        records = []
        for relation, sex, age, own_name in members:
            self.number += chance.randint(1, 9)
            born = self._born(age)
            family = chance.choices(self.surnames, self.weights)[0] if own_name else surname
            name, kana = chance.choice(
                self.given[sex, 1900 if born.year < 1950 else 1950 if born.year < 1980 else 1980]
            )
            moved_on, why = self._moved(born)
            records.append(
                Record(
                    number=f"{self.number:010}",
                    household=f"{self.households:08}",
                    relation=relation,
                    name=f"{family[0]}　{name}",
                    kana=f"{family[1]}　{kana}",
                    birth=born.isoformat(),
                    sex=sex,
                    town=town,
                    block=block,
                    building=building,
                    moved_on=moved_on.isoformat(),
                    moved_why=why,
                    protected=protected,
                )
            )
        return records

    def _family(self, size: int) -> list[tuple[str, str, int, bool]]:
        """Relation, sex, age and whether of another surname, the head first."""
        chance = self.random
        if size == 1:
            youth, middle, old = chance.randint(19, 39), chance.randint(40, 64), chance.randint(65, 96)
            age = chance.choices((youth, middle, old), (28, 30, 42))[0]
            return [(HEAD, chance.choice((MALE, FEMALE)), age, False)]
        head = chance.randint(28, 64)
        if chance.random() < {2: 0.62, 3: 0.32}.get(size, 0.05):
            head = chance.randint(65, 90)
        if chance.random() < 0.12:  # one parent
            sex = FEMALE if chance.random() < 0.8 else MALE
            family = [(HEAD, sex, head, False)]
        else:
            partner = max(20, min(96, head + chance.randint(-6, 4)))
            family = [(HEAD, MALE, head, False), ("妻", FEMALE, partner, False)]
        youngest = max(0, head - 40)
        while len(family) < size:
            if len(family) >= 4 and chance.random() < 0.7 and head < 65:
                sex = FEMALE if chance.random() < 0.65 else MALE
                old = min(99, head + chance.randint(22, 34))
                family.append(("母" if sex == FEMALE else "父", sex, old, chance.random() < 0.2))
            else:
                family.append(
                    ("子", chance.choice((MALE, FEMALE)), chance.randint(youngest, max(youngest, head - 22)), False)
                )
        return family

    def _born(self, age: int) -> dt.date:
        return self.as_of - dt.timedelta(days=age * 365 + age // 4 + self.random.randint(0, 364))

    def _moved(self, born: dt.date) -> tuple[dt.date, str]:
        chance = self.random.random()
        if chance < 0.45:
            return born, "出生"
        since = born + (self.as_of - born) * self.random.random()
        return since, "転入" if chance < 0.85 else "転居"

    def _address(self) -> tuple[str, str, str]:
        chance = self.random
        place: District = chance.choices(DISTRICTS, self.shares)[0]
        part = chance.choice("東西南北上中下新")
        if place.people > 20_000:  # as the city's areas are called (tomoshibi.places.demo)
            town, block = f"{place.name}{part}丁目", f"{chance.randint(1, 40)}番{chance.randint(1, 28)}号"
        else:
            town, block = f"{place.name}字{part}{place.name[0]}", f"{chance.randint(1, 480)}番地"
            if chance.random() < 0.5:
                block += f"{chance.randint(1, 9)}" if chance.random() < 0.3 else f"の{chance.randint(1, 9)}"
        building = ""
        if chance.random() < (0.28 if place.people > 20_000 else 0.05):
            building = f"{chance.choice(_BUILDINGS)} {chance.randint(1, 9)}0{chance.randint(1, 8)}号"
        return town, block, building
