"""The demonstration city's people: as many and as the program needs them, the same every time, in both worlds."""

import pytest

from tomoshibi.documents.fonts import fonts
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow, SubjectRow
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import record
from tomoshibi.people import calling, demo, queries
from tomoshibi.people.models import StaffRow
from tomoshibi.people.words import Time
from tomoshibi.places import demo as places
from tomoshibi.vocabulary import T


@pytest.fixture
def city(db) -> None:
    nodes.found("test")
    places.load()
    demo.load()


def test_the_city_hall(city) -> None:
    assert 380 <= StaffRow.objects.count() <= 460
    ict = queries.staff_of([demo.section("1103")])
    assert len(ict) == 15
    assert [p.title for p in ict[:2]] == ["課長", "課長補佐"]
    assert StaffRow.objects.filter(name__contains="\U000e0102").exists()  # a variant of a character, kept
    assert StaffRow.objects.values("name").distinct().count() == StaffRow.objects.count()
    head = queries.roles(Time.DISASTER).get(name="情報システム責任者")
    assert len(head.chain) == 3
    assert head.holder == ict[0].subject
    assert SubjectRow.objects.exclude(unread="[]").count() == 0


def test_rules_call_more_people_the_stronger_it_shakes(city) -> None:
    called = [
        len(queries.who_is_called(r)) for n in ("震度4", "震度5弱", "震度5強以上") if (r := calling.rule_named(n))
    ]
    assert called[0] < called[1] < called[2] == StaffRow.objects.count()
    security = calling.rule_named("情報セキュリティ事象")
    assert security is not None
    assert {demo.staff("0002")} < {p.subject for p in queries.who_is_called(security)}


def test_everyone_is_called_in_one_act(city) -> None:
    rule = calling.rule_named("震度5強以上")
    assert rule is not None
    record(
        calling.start("incidents.incident:x", rule, T("震度6弱", "6 Lower"), system("test"), "act"),
        system("test"),
        "act",
    )
    (call_out,) = queries.open_call_outs()
    assert queries.counts(call_out.subject).no_answer == StaffRow.objects.count()
    assert len(call_out.chains) > 10


def test_loading_twice_records_nothing(city) -> None:
    before = EntryRow.objects.count()
    told: list[tuple[int, int]] = []
    demo.load(lambda done, of: told.append((done, of)))
    assert EntryRow.objects.count() == before
    assert told[-1][0] == told[-1][1] > 400


@pytest.mark.django_db(databases=["default", "training"])
def test_both_worlds_have_the_same_people(city) -> None:
    with worlds.inhabit("training"):
        nodes.found("training")
        places.load()
        demo.load()
        training = contents()
    real = contents()
    for table in ("people_staffrow", "people_rolerow", "people_rulerow", "places_siterow"):
        assert training[table] == real[table]


def test_every_name_can_be_printed(city) -> None:
    found = fonts()
    if "IPAmj" not in found.described:
        pytest.skip("the font for names, fonts-ipamj-mincho, is not installed")
    assert [m for name in StaffRow.objects.values_list("name", flat=True) for m in found.missing(name, name)] == []
