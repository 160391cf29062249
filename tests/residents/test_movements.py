"""The register of a day, with what was notified later: who is found, with whom, and what was known when."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.residents import register_of
from tests.residents.register_of import CHIEF, CLERK, DAY, ME, household, line, person
from tests.residents.test_queries import _words
from tomoshibi.journal import asof, worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import edition, queries
from tomoshibi.residents.adding import added
from tomoshibi.residents.changes import Change
from tomoshibi.residents.facts import ChangesTaken, ChangesWithdrawn
from tomoshibi.residents.identity_facts import KeptApart, Merged, Parted, TownRenamed
from tomoshibi.residents.merges import Merges
from tomoshibi.residents.models import MovementRow, PersonRow
from tomoshibi.residents.subjects import Identity, TownName
from tomoshibi.residents.taking import take, take_changes

pytestmark = pytest.mark.django_db
DISASTER = dt.date(2026, 11, 11)
LATER = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)


def change(number: str, home: str, movement: str, on: str, processed: str, name: str, kana: str, **more: str) -> Change:
    return Change(line(number, home, name, kana, moved_on=on, **more), movement, processed, processed, "1")


#: who came before the disaster and said so after it; who went before it; a birth after; a move after; a death late
IN_LATE = change("11", "K", "in", "2026-11-09", "2026-11-20", "海野　凪", "ウンノ　ナギ", town="港町", block="1番")
OUT = change("3", "B", "out", "2026-11-05", "2026-11-06", "高橋　花子", "タカハシ　ハナコ")
BORN = change(
    "12", "A", "born", "2026-11-15", "2026-11-16", "髙橋　海", "タカハシ　ウミ", birth="2026-11-15", relation="子"
)
MOVED = change("1", "A", "moved", "2026-11-18", "2026-11-19", "髙橋　花子", "タカハシ　ハナコ", town="松浦")
MOVED_TOO = change(
    "2", "A", "moved", "2026-11-18", "2026-11-19", "髙橋　湊", "タカハシ　ミナト", town="松浦", relation="子"
)
DIED_LATE = change("6", "D", "died", "2026-11-11", "2026-11-21", "辻　ショウタ", "ツジ　シヨウタ")


@pytest.fixture(autouse=True)
def _register() -> None:
    with worlds.at(dt.datetime(2026, 11, 2, tzinfo=dt.UTC)):
        register_of.build()
    with worlds.at(dt.datetime(2026, 11, 7, tzinfo=dt.UTC)):
        take_changes([OUT], ME, processed_to=dt.date(2026, 11, 6))
    with worlds.at(LATER):
        rest = [BORN, MOVED, MOVED_TOO, IN_LATE, DIED_LATE]
        take_changes(rest, ME, processed_to=dt.date(2026, 11, 21))


@pytest.fixture(autouse=True)
def _today():
    with worlds.at(LATER):
        yield


def names(words: str, actor=CLERK, **more) -> list[str]:
    return [home.head.name for home in queries.search(words, actor, **more)]


def test_what_is_asked_while_a_file_is_loaded_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another node's file is named before its rows are in the tables."""
    again = change("1", "A", "moved", "2026-11-22", "2026-11-23", "髙橋　花子", "タカハシ　ハナコ", town="海辺")
    take_changes([again], ME, processed_to=dt.date(2026, 11, 23))
    take(register_of.PEOPLE[:5], dt.date(2026, 11, 22), ME)
    for rows in (MovementRow.objects.filter(town="海辺"), PersonRow.objects.filter(shielded=True)):
        loaded = list(rows)
        rows.delete()
        monkeypatch.setattr(edition, "_editions", {})  # as whoever starts now
        assert (queries.person(person("1"), CLERK).area, len(queries.shielded())) != ("海辺", 1)
        type(loaded[0]).objects.bulk_create(loaded)
        assert (queries.person(person("1"), CLERK).area, len(queries.shielded())) == ("海辺", 1)


def test_as_of_the_disaster_the_late_are_there_and_the_gone_are_gone() -> None:
    assert names("ウンノ") == names("ウンノ", as_of=DISASTER) == ["海野　凪"]
    assert names("海野 港町", as_of=dt.date(2026, 11, 8)) == []
    then = queries.person(person("1"), CLERK, DISASTER)
    now = queries.person(person("1"), CLERK)
    assert then and now
    assert (then.address, now.address) == ("灯市本町二丁目3番4号", "灯市松浦3番4号")
    assert [m.name for m in queries.household(household("A"), CLERK, DISASTER).members] == ["髙橋　花子", "髙橋　湊"]
    assert [m.name for m in queries.household(household("A"), CLERK).members] == [
        "髙橋　花子",
        "髙橋　湊",
        "髙橋　海",
    ]
    assert names("花子 松浦") == ["髙橋　花子"]
    assert names("花子 松浦", as_of=DISASTER) == []
    assert names("花子 本町", as_of=DISASTER) == ["髙橋　花子"]
    assert names("花子 本町") == []


def test_who_left_is_found_and_says_when_and_why() -> None:
    gone = queries.person(person("6"), CLERK, DISASTER)
    assert gone is not None
    assert (gone.left_on, str(gone.left_why)) == (DISASTER, "死亡")
    there = queries.person(person("6"), CLERK, dt.date(2026, 11, 10))
    assert there is not None
    assert there.left_on is None
    (home,) = queries.search("高橋 潮見", CLERK)
    assert (home.head.left_on, home.left) == (dt.date(2026, 11, 5), ())
    assert queries.household(household("B"), CLERK).head.name == "高橋　花子"


def test_as_known_on_a_day_about_another() -> None:
    early = dt.datetime(2026, 11, 12, tzinfo=dt.UTC)
    assert names("ウンノ", as_of=DISASTER, known=early) == []
    assert names("ウンノ", as_of=DISASTER, known=LATER) == ["海野　凪"]
    assert queries.person(person("6"), CLERK, DISASTER, early).left_on is None
    assert queries.person(person("3"), CLERK, DISASTER, early).left_on == dt.date(2026, 11, 5)


def test_a_full_file_swallows_the_changes_before_it_and_the_disasters_day_still_has_them() -> None:
    take([MOVED.record, MOVED_TOO.record, BORN.record, IN_LATE.record], dt.date(2026, 11, 24), ME)
    assert names("ウンノ", as_of=DISASTER) == ["海野　凪"]
    assert queries.person(person("1"), CLERK).address == "灯市松浦3番4号"
    gone = queries.person(person("4"), CHIEF)
    assert gone is not None
    assert (gone.name, "2026-11-01" in str(gone.left_why)) == ("小野　律", True)
    hidden = queries.person(person("4"), CLERK)
    assert hidden is not None
    assert (hidden.address, hidden.protected) == ("", True)


def test_the_same_changes_twice_or_in_two_files_are_the_same_register() -> None:
    before = [queries.households([household(k) for k in "ABCDK"], CHIEF, d) for d in (DAY, DISASTER, LATER.date())]
    take_changes([BORN, MOVED, MOVED_TOO], ME, processed_to=dt.date(2026, 11, 19))
    take_changes([OUT], ME, processed_to=dt.date(2026, 11, 7))
    after = [queries.households([household(k) for k in "ABCDK"], CHIEF, d) for d in (DAY, DISASTER, LATER.date())]
    assert after == before
    rebuild()
    assert queries.households([household(k) for k in "ABCDK"], CHIEF, DISASTER) == before[1]


def test_withdrawn_changes_never_were() -> None:
    entry = EntryRow.objects.filter(kind=ChangesTaken.kind).order_by("-pos").first()
    assert entry is not None
    record(Draft(ChangesWithdrawn(entry=entry.id, reason="別の日の分"), entry.subject), ME)
    assert names("ウンノ") == []
    with pytest.raises(Refused):
        record(Draft(ChangesWithdrawn(entry=entry.id, reason="もう一度"), entry.subject), ME)
    with pytest.raises(Refused):
        record(
            Draft(ChangesTaken(processed_from=DAY, processed_to=DAY, sha256="0" * 64, count=3), entry.subject),
            ME,
        )


def test_a_page_of_the_past_knows_no_change_that_came_later() -> None:
    first = EntryRow.objects.filter(kind=ChangesTaken.kind).order_by("pos").first()
    assert first is not None
    with asof.open(first.pos):
        assert names("ウンノ") == []
        assert queries.person(person("3"), CLERK).left_on == dt.date(2026, 11, 5)


class TestProtected:
    def test_who_is_protected_by_a_change_is_at_once(self) -> None:
        hidden = change(
            "1",
            "A",
            "corrected",
            "2026-11-22",
            "2026-11-22",
            "髙橋　花子",
            "タカハシ　ハナコ",
            town="松浦",
            protected="1",
        )
        take_changes([hidden], ME, processed_to=dt.date(2026, 11, 22))
        for words in ("花子 本町", "花子 松浦", "湊 松浦", "海 松浦"):
            assert names(words) == [], words
            for as_of in (DAY, DISASTER):
                assert names(words, as_of=as_of) == [], words
        assert names("花子 松浦", CHIEF) == ["髙橋　花子"]
        for as_of in (None, DAY, DISASTER):
            assert {m.address for m in queries.household(household("A"), CLERK, as_of).members} == {""}

    def test_who_moves_and_is_protected_is_found_where_they_are_by_the_few_alone(self) -> None:
        moved = change(
            "4", "C", "moved", "2026-11-20", "2026-11-20", "小野　律", "オノ　リツ", town="港町", protected="1"
        )
        take_changes([moved], ME, processed_to=dt.date(2026, 11, 22))
        assert names("小野 港町") == []
        assert names("小野") == ["小野　律"]
        assert names("小野 港町", CHIEF) == ["小野　律"]

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
    @given(_words, st.sampled_from([None, DAY, DISASTER]))
    def test_no_answer_holds_an_address_that_is_kept(self, words: str, as_of: dt.date | None) -> None:
        for home in queries.search(words, CLERK, 1000, as_of):
            for m in (*home.members, *home.left):
                assert not m.protected or (m.address, m.area) == ("", "")


class TestMerges:
    """A person entered at a shelter turns out to be one of the register."""

    @pytest.fixture(autouse=True)
    def _stranger(self) -> None:
        drafts = added("高橋　みなと", kana="タカハシ　ミナト", birth=dt.date(2015, 1, 2), address="避難先 青葉3-3")
        record(drafts, CLERK)
        self.stranger = drafts[0].subject
        self.identity = Identity.ref(self.stranger.partition(":")[2])

    def merge(self, actor=CLERK) -> None:
        record(Draft(Merged(other=person("2"), reason="健康保険証で確認"), self.identity), actor)

    def test_nothing_is_merged_by_itself(self) -> None:
        assert sorted(names("ミナト")) == ["高橋　みなと", "髙橋　花子"]

    def test_a_confirmed_merge_is_followed_and_undone(self) -> None:
        self.merge()
        assert names("ミナト") == names("みなと") == ["髙橋　花子"]
        who = queries.person(self.stranger, CLERK)
        assert who is not None
        assert (who.ref, who.name, who.address) == (person("2"), "髙橋　湊", "避難先 青葉3-3")
        assert queries.same_person(self.stranger) == queries.same_person(person("2")) == [person("2"), self.stranger]
        assert names("青葉3-3") == ["髙橋　花子"]
        record(Draft(Parted(reason="別人"), self.identity), CLERK)
        assert sorted(names("ミナト")) == ["高橋　みなと", "髙橋　花子"]
        assert queries.person(self.stranger, CLERK).ref == self.stranger
        assert queries.person(person("2"), CLERK).address == "灯市松浦3番4号"

    def test_what_makes_no_sense_is_refused(self) -> None:
        for wrong, subject in (
            (Merged(other=self.stranger, reason="x"), Identity.ref(person("2").partition(":")[2])),
            (Merged(other=person("99"), reason="x"), self.identity),
            (Merged(other=self.stranger, reason="x"), self.identity),
            (Parted(reason="x"), self.identity),
        ):
            with pytest.raises(Refused):
                record(Draft(wrong, subject), CLERK)
        self.merge()
        with pytest.raises(Refused):
            self.merge()

    def test_protected_through_a_merge(self) -> None:
        record(Draft(Merged(other=person("5"), reason="母と確認"), self.identity), CHIEF)
        assert queries.person(self.stranger, CLERK).address == ""
        assert names("青葉3-3") == []
        assert names("青葉3-3", CHIEF) == ["小野　律"]
        with pytest.raises(Refused):
            record(Draft(Parted(reason="見えない人の記録"), self.identity), CLERK)

    def test_a_circle_of_two_nodes_still_answers(self) -> None:
        merges = Merges()
        merges.__dict__["_into"] = {"b": "a", "a": "b", "c": "b"}  # as two nodes wrote it that met
        assert {merges.final(r) for r in "abc"} == {"a"}
        assert merges.absorbed == {"a": ["b", "c"]}


def test_a_place_is_found_by_its_names_of_any_time() -> None:
    def renamed(old: str, new: str) -> None:
        record(Draft(TownRenamed(old=old, new=new, on=DAY), TownName.ref(f"{old}-{new}")), CHIEF)

    assert names("旧字浜一 12の3", as_of=dt.date(2026, 11, 2)) == []
    renamed("大字旧字浜一", "潮見字東潮")
    assert names("旧字浜一 12の3", as_of=dt.date(2026, 11, 2)) == ["高橋　花子"]
    assert names("花子 旧字浜", as_of=dt.date(2026, 11, 2)) == ["高橋　花子"]
    renamed("潮見字東潮", "新潮見町")
    assert names("新潮見町12-3", as_of=dt.date(2026, 11, 2)) == ["高橋　花子"]
    with pytest.raises(Refused):
        renamed("本町", "本町")


def test_kept_apart_is_kept() -> None:
    key = person("1").partition(":")[2]
    (entry,) = record(Draft(KeptApart(other=person("3"), reason="宛名番号が別"), Identity.ref(key)), CLERK)
    assert entry.subject == Identity.ref(key)
    assert set(names("花子", as_of=DAY)) == {"髙橋　花子", "高橋　花子"}
