"""A small register for tests: three households, one of them protected, namesakes and variant characters among them."""

from __future__ import annotations

import datetime as dt

from tomoshibi.journal import nodes
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import MunicipalityDescribed
from tomoshibi.places.subjects import Municipality
from tomoshibi.residents.loading import household_key, person_key
from tomoshibi.residents.register import Record
from tomoshibi.residents.subjects import Household, Person
from tomoshibi.residents.taking import take

ME = system("test")
CLERK = Actor("user:clerk", "窓口", (("clerk", ""),))
CHIEF = Actor("user:chief", "管理者", (("administrator", ""),))
CODE = "07204"
DAY = dt.date(2026, 11, 1)


def line(number: str, household: str, name: str, kana: str, **more: str) -> Record:
    said = {
        "relation": "世帯主",
        "birth": "1980-05-05",
        "sex": "女",
        "town": "本町二丁目",
        "block": "3番4号",
        "building": "",
        "moved_on": "",
        "moved_why": "",
        "protected": "",
    }
    return Record(number=number, household=household, name=name, kana=kana, **{**said, **more})


#: 髙橋 with a child; a namesake elsewhere; a protected family of two; a name with a variation selector
PEOPLE = (
    line("1", "A", "髙橋　花子", "タカハシ　ハナコ"),
    line("2", "A", "髙橋　湊", "タカハシ　ミナト", relation="子", birth="2015-01-02", sex="男"),
    line("3", "B", "高橋　花子", "タカハシ　ハナコ", birth="1955-12-31", town="潮見字東潮", block="12番地の3"),
    line("4", "C", "小野　律", "オノ　リツ", town="湯沢東丁目", block="7番8号", building="灯ハイツ 201", protected="1"),
    line("5", "C", "小野　詩", "オノ　ウタ", relation="子", birth="2020-04-01", town="湯沢東丁目", block="7番8号"),
    line("6", "D", "辻\U000e0102　ショウタ", "ﾂｼﾞ　ｼﾖｳﾀ", birth="", sex="男", town="湯沢西丁目", block="7番9号"),
)


def person(number: str) -> str:
    return Person.ref(person_key(CODE, number))


def household(number: str) -> str:
    return Household.ref(household_key(CODE, number))


def build(people: tuple[Record, ...] = PEOPLE, day: dt.date = DAY) -> Entry:
    """Take the register in, in the world that we are in."""
    nodes.found("test")
    record(Draft(MunicipalityDescribed(name="灯市", ours=True), Municipality.ref(CODE)), ME)
    return take(people, day, ME, source="test.csv")
