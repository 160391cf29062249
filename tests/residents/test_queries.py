"""Who is found by whom, as of when; and that nobody learns where a protected person lives."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.residents import register_of
from tests.residents.register_of import CHIEF, CLERK, DAY, ME, PEOPLE, household, line, person
from tomoshibi.journal import asof
from tomoshibi.journal.finding import found
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import queries
from tomoshibi.residents.adding import added
from tomoshibi.residents.asking import forms
from tomoshibi.residents.facts import PersonCorrected, ProtectionLifted, ProtectionSet, WhereaboutsTold
from tomoshibi.residents.identity_facts import Merged
from tomoshibi.residents.loading import names
from tomoshibi.residents.matching import sounding, words_of
from tomoshibi.residents.subjects import Identity, Whereabouts
from tomoshibi.residents.taking import take

pytestmark = pytest.mark.django_db
WHERE = "湯沢東丁目"


@pytest.fixture(autouse=True)
def _register() -> None:
    register_of.build()


def numbers(words: str, actor=CLERK, **more) -> list[str]:
    """Register numbers of the households' heads."""
    return [home.head.number for home in queries.search(words, actor, **more)]


@pytest.mark.parametrize(
    ("words", "heads"),
    [
        ("髙橋", ["1", "3"]),
        ("高橋 花子", ["1", "3"]),
        ("はなこ", ["1", "3"]),
        ("ﾊﾅｺ", ["1", "3"]),
        ("高橋花子 2-3", ["1"]),
        ("高橋　二丁目", ["1"]),
        ("潮見東潮12の3", ["3"]),
        ("花子 S55.5.5", ["1"]),
        ("昭和30年12月31日", ["3"]),
        ("花子 昭30.12.31", ["3"]),
        ("花子 昭和 30年 12月 31日", ["3"]),
        ("花子 s30年", ["3"]),
        ("花子 12月31日", ["3"]),
        ("花子 1955年11月", []),
        ("（高橋、花子）", ["1", "3"]),
        ("〒970-8686 灯市本町二丁目3番4号", ["1"]),
        ("ミナト", ["1"]),  # a member finds the household
        ("湊 花子", []),  # all words of one person
        ("たがはじ", ["1", "3"]),  # as it sounds, where nothing is written so
        ("ヅシ", ["6"]),
        ("辻", ["6"]),
        ("辻\U000e0100", ["6"]),
        ("つじ", ["6"]),
        ("橋　花", ["1", "3"]),
        ("灯市本町二丁目3番4号", ["1"]),  # as the page itself writes it, and with the prefecture
        ("福島県灯市本町２－３－４", ["1"]),
        ("灯市　潮見東潮", ["3"]),
        ("福島県 灯市 潮見", ["3"]),
        ("灯市", []),
        ("灯市湯沢東丁目7-8", []),
        ("高橋 1", []),
        ("%", []),
        ("_", []),
        ("'; DROP TABLE", []),
        ("", []),
        ("\U000e0100", []),
    ],
)
def test_search(words: str, heads: list[str]) -> None:
    assert sorted(numbers(words)) == heads


def test_a_number_of_the_register_finds_whose_it_is() -> None:
    records = (line("0012345678", "0000777001", "海野　凪", "ウンノ　ナギ"),
               line("0012345679", "0000777001", "海野　澪", "ウンノ　ミオ", relation="子"),
               line("0012345680", "0000777002", "鵜沼　稀", "ウヌマ　マレ", town=WHERE, protected="1"))  # fmt: skip
    take([*register_of.PEOPLE, *records], dt.date(2026, 11, 2), ME)
    for number in ("0012345678", "００１２３４５６７９", "0000777001", "0012345679 海野", "12345678", "777001"):
        assert numbers(number) == ["0012345678"], number
    assert numbers("0012345678 鵜沼") == numbers("0012345699") == []
    (home,) = queries.search("0012345680", CLERK)
    assert home.undisclosed
    assert numbers(f"0012345680 {WHERE}") == []


def test_a_household_is_its_people_the_head_first() -> None:
    home = queries.household(household("A"), CLERK)
    assert home is not None
    assert [m.name for m in home.members] == ["髙橋　花子", "髙橋　湊"]
    assert (home.head.birth, home.head.registered, home.number) == (dt.date(1980, 5, 5), True, "A")
    assert (home.address, home.area) == ("灯市本町二丁目3番4号", "本町二丁目")
    assert queries.household(household("Z"), CLERK) is None
    assert queries.person(person("99"), CLERK) is None


def test_namesakes_are_two_people() -> None:
    both = queries.persons([person("1"), person("3"), person("99")], CLERK)
    assert {p.birth for p in both.values()} == {dt.date(1980, 5, 5), dt.date(1955, 12, 31)}


def test_no_more_than_asked_for() -> None:
    assert len(queries.search("湯沢", CHIEF, limit=1)) == 1
    assert queries.search("湯沢", CHIEF, limit=0) == []


def test_what_is_corrected_is_shown_and_found_and_what_was_still_finds() -> None:
    record(Draft(PersonCorrected(kana="カブラギ　ハナコ"), person("3")), CLERK)
    record(Draft(WhereaboutsTold(address="松浦五丁目6-7"), Whereabouts.ref(person("3").partition(":")[2])), CLERK)
    assert numbers("カブラギ") == numbers("松浦5丁目") == numbers("タカハシ 潮見") == ["3"]
    shown = queries.person(person("3"), CLERK)
    assert shown is not None
    assert (shown.kana, shown.address, shown.name) == ("カブラギ　ハナコ", "松浦五丁目6-7", "高橋　花子")


def test_who_is_in_no_register_is_found_alone_or_with_a_household() -> None:
    alone, joined = (
        added("旅野　人", kana="タビノ　ヒト", address="港町1-2"),
        added("旅野　連", household=household("A")),
    )
    record([*alone, *joined], CLERK)
    (home,) = queries.search("旅野 港町", CLERK)
    assert (home.head.name, home.head.registered, home.address) == ("旅野　人", False, "港町1-2")
    assert queries.household(home.ref, CLERK) == home
    (home,) = queries.search("旅野連", CLERK)
    assert [m.name for m in home.members] == ["髙橋　花子", "髙橋　湊", "旅野　連"]


def test_who_was_entered_corrected_or_merged_is_found_by_sound_too() -> None:
    (by_hand, *_) = drafts = added("山崎　人", kana="ヤマザキ　ヒト", household=household("A"))
    record(drafts, CLERK)
    record(Draft(PersonCorrected(kana="カブラギ　ハナコ"), person("3")), CLERK)
    assert numbers("ヤマサキ") == ["1"]
    assert numbers("カフラキ") == ["3"]
    assert numbers("ヅシ") == ["6"]
    record(Draft(Merged(other=person("3"), reason="保険証"), _identity(person("6"))), CHIEF)
    record(Draft(Merged(other=person("3"), reason="保険証"), _identity(by_hand.subject)), CHIEF)
    assert numbers("ヅシ") == numbers("ヤマサキ") == ["3"]


def test_the_newest_snapshot_not_later_than_the_day_answers() -> None:
    moved = PEOPLE[0]._replace(town="松浦", block="1-1"), PEOPLE[2]
    take(moved, dt.date(2026, 11, 20), ME)
    assert [h.address for h in queries.search("花子 松浦", CLERK)] == ["灯市松浦1-1"]
    assert numbers("花子 本町") == []
    for then in (DAY, dt.date(2026, 11, 19)):
        assert numbers("花子 本町", as_of=then) == ["1"]
    assert queries.search("花子", CLERK, as_of=dt.date(2026, 10, 31)) == []


class TestProtected:
    """Two of household C are protected by the register; a clerk sees who they are and not where."""

    def test_the_address_is_kept_of_the_whole_household(self) -> None:
        for number in ("4", "5"):
            shown = queries.person(person(number), CLERK)
            assert shown is not None
            assert (shown.address, shown.area, shown.undisclosed, shown.protected) == ("", "", True, True)
            assert shown.where in ("非開示", "Not disclosed")
            assert not queries.may_see(shown, CLERK)
        seen = queries.person(person("5"), CHIEF)
        assert seen is not None
        assert (seen.address, seen.undisclosed, seen.protected) == ("灯市湯沢東丁目7番8号", False, True)

    def test_they_are_found_by_name_and_by_their_address_by_the_few(self) -> None:
        assert numbers("小野") == ["4"]
        assert numbers("オノ 昭和55年5月5日") == ["4"]
        assert numbers(f"小野 {WHERE}") == numbers(WHERE) == numbers("7-8") == []
        assert numbers(f"小野 {WHERE}", CHIEF) == numbers("7-8", CHIEF) == ["4"]

    def test_protection_set_here_holds_at_once_and_until_it_is_lifted(self) -> None:
        record(Draft(ProtectionSet(), person("2")), CHIEF)
        assert numbers("高橋 本町") == numbers("花子 2-3") == []
        assert numbers("湊") == ["1"]
        assert numbers("湊 本町", CHIEF) == ["1"]
        assert queries.household(household("A"), CLERK).address == ""
        record(Draft(ProtectionLifted(document="1"), person("2")), CHIEF)
        assert numbers("花子 2-3") == ["1"]

    def test_an_earlier_snapshot_tells_no_address_that_the_newest_keeps(self) -> None:
        take((PEOPLE[0]._replace(protected="1", town="松浦"), *PEOPLE[1:]), dt.date(2026, 11, 20), ME)
        assert numbers("花子 本町", as_of=DAY) == []
        assert numbers("花子 本町", CHIEF, as_of=DAY) == ["1"]
        assert queries.person(person("1"), CLERK, as_of=DAY).address == ""

    def test_no_page_of_the_past_tells_an_address_that_todays_keeps(self) -> None:
        before = EntryRow.objects.order_by("pos").last()
        assert before is not None
        record(Draft(ProtectionSet(document="第1号"), person("1")), ME)
        stranger = added(name="旅野　人", address="本町1-1")
        record(stranger, ME)
        told = EntryRow.objects.order_by("pos").last()
        assert told is not None
        record(Draft(ProtectionSet(document="第2号"), stranger[0].subject), ME)
        with asof.open(before.pos):
            shown = queries.person(person("1"), CLERK)
            assert shown is not None
            assert (shown.address, shown.undisclosed) == ("", True)
            assert "1" not in numbers("二丁目")
            assert queries.person(person("1"), CHIEF).address  # type: ignore[union-attr]
        with asof.open(told.pos):
            shown = queries.person(stranger[0].subject, CLERK)
            assert shown is not None
            assert (shown.address, shown.undisclosed) == ("", True)

    def test_whereabouts_told_of_them_are_kept_too(self) -> None:
        record(Draft(WhereaboutsTold(address="松浦5-6"), Whereabouts.ref(person("4").partition(":")[2])), CLERK)
        assert numbers("松浦") == []
        assert numbers("松浦", CHIEF) == ["4"]

    def test_somebody_entered_by_hand_can_be_protected(self) -> None:
        drafts = added("旅野　人", address="港町1-2")
        record(drafts, CLERK)
        record(Draft(ProtectionSet(), drafts[0].subject), CHIEF)
        assert len(queries.search("旅野", CLERK)) == 1
        assert queries.search("港町", CLERK) == []
        assert queries.search("旅野", CLERK)[0].address == ""
        assert len(queries.search("港町", CHIEF)) == 1

    def test_who_stands_for_a_protected_record_is_protected_though_in_no_file(self) -> None:
        one, other = added("旅野　人", address="港町1-2", area="港町"), added("旅野　仁", area="松浦")
        record([*one, *other], CLERK)
        record(Draft(ProtectionSet(), one[0].subject), CHIEF)
        record(Draft(Merged(other=other[0].subject, reason="確認"), _identity(one[0].subject)), CHIEF)
        shown = queries.person(other[0].subject, CLERK)
        assert (shown.name, shown.address, shown.area, shown.undisclosed) == ("旅野　仁", "", "", True)
        assert [queries.search(words, CLERK) for words in ("港町1-2", "松浦")] == [[], []]
        assert queries.person(other[0].subject, CHIEF).area == "松浦"

    def test_who_lived_with_somebody_protected_is_kept_after_the_register_has_neither(self) -> None:
        record(Draft(ProtectionSet(), person("2")), CHIEF)
        take(PEOPLE[2:], dt.date(2026, 11, 20), ME)
        for number in "12":
            shown = queries.person(person(number), CLERK)
            assert (shown.address, shown.undisclosed) == ("", True), number
            assert "本町" in queries.person(person(number), CHIEF).address

    def test_who_lives_with_a_protected_household_shares_its_silence(self) -> None:
        record(added("旅野　連", household=household("C")), CLERK)
        (home,) = queries.search("旅野", CLERK)
        assert all(m.undisclosed for m in home.members)


def _identity(person: str) -> str:
    return Identity.ref(person.partition(":")[2])


#: words that an inquisitive clerk might try: parts of every address and name, and arbitrary text
_PARTS = sorted(
    {
        text[i:j]
        for r in PEOPLE
        for text in (r.town, r.block, r.building, r.name, r.kana)
        for i in range(len(text))
        for j in range(i + 1, len(text) + 1)
    }
)
_words = st.lists(st.one_of(st.sampled_from(_PARTS), st.text(max_size=6)), min_size=1, max_size=3).map(" ".join)


class TestTheLaw:
    """No search, whatever its words, tells a clerk where a protected person lives."""

    @pytest.fixture(autouse=True)
    def _hidden(self, _register: None) -> None:
        """Besides the register's: one protected by us, one entered by hand, one whom a later snapshot protects."""
        by_hand = added("旅野　人", kana="タビノ　ヒト", address="港町1-2", area="港町")
        record(by_hand, CLERK)
        record([Draft(ProtectionSet(), person("2")), Draft(ProtectionSet(), by_hand[0].subject)], CHIEF)
        record(Draft(WhereaboutsTold(address="松浦5-6"), Whereabouts.ref(person("4").partition(":")[2])), CLERK)
        take((*PEOPLE[:5], PEOPLE[5]._replace(protected="1")), dt.date(2026, 11, 20), ME)

    @settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
    @given(_words, st.sampled_from([None, DAY]))
    @example("湯沢東丁目7番8号", None)
    @example("辻 湯沢西丁目", DAY)
    @example("港町1-2", None)
    @example("小野 湯沢", None)
    @example("松浦", None)
    @example("湊 2-3", DAY)
    @example("小野 \0", None)
    def test_the_answer_does_not_depend_on_their_address(self, words: str, as_of: dt.date | None) -> None:
        for home in queries.search(words, CLERK, 1000, as_of):
            if any(m.protected for m in home.members):
                assert {(m.address, m.area) for m in home.members} == {("", "")}
                assert any(_true_without_address(words, m) for m in home.members)
        for hit in found(words, CLERK):
            assert not any(secret in str(hit.note) for secret in ("湯沢", "港町", "松浦", "本町"))

    def test_it_is_not_kept_by_finding_nobody(self) -> None:
        assert {numbers(w)[0] for w in ("湊", "小野", "辻")} == {"1", "4", "6"}
        assert len(queries.search("旅野", CLERK)) == 1
        assert {numbers(w, CHIEF)[0] for w in ("湊 2-3", "湯沢東", "湯沢西")} == {"1", "4", "6"}


def _true_without_address(words: str, who: queries.Person) -> bool:
    """Whether every word is a part of the name, in kanji or kana, or is the day of birth;
    or whether each sounds like it.
    """
    own = names(who.name, who.kana, who.birth.isoformat() if who.birth else "")
    heard = [sounding(w) for w in words_of(words)]
    if all(pattern and pattern.search(own) for pattern in heard):
        return True
    return all(not forms(w) or any(form in own for form in forms(w)) for w in words_of(words))
