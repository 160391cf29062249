"""Actors: whom an entry means, and whether two entries mean one person."""

from tomoshibi.journal.access import Actor, name_of, person_of


def test_one_person_is_an_account_whatever_it_is_called_and_in_a_drill_a_name() -> None:
    """Who proposed does not approve: a new name of an account is no second person, a second name of a drill is one."""
    mine = Actor("user:7", "佐藤 花子")
    assert mine.is_same("user:7 佐藤 花子") and mine.is_same("user:7 鈴木 花子") and mine.is_same("user:7")
    assert not mine.is_same("user:77 佐藤 花子") and not mine.is_same("") and not mine.is_same("佐藤 花子")
    assert Actor("system:drill", "佐藤").is_same("system:drill 佐藤")
    assert not Actor("system:drill", "鈴木").is_same("system:drill 佐藤")
    assert mine.is_same(person_of(mine.text)) and Actor("system:drill", "佐藤").is_same(person_of("system:drill 佐藤"))
    assert [name_of(a) for a in ("user:7 佐藤 花子", "user:7", "")] == ["佐藤 花子", "user:7", ""]
