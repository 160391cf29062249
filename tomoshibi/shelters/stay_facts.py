"""What can happen to an evacuee: taken in, described, moved, gone, and any of it by mistake.

Sentences hold no names: the timeline is read by many.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.residents.words import Sex
from tomoshibi.shelters.facts import must_be_there, site_of
from tomoshibi.shelters.subjects import Sojourn, Stay
from tomoshibi.shelters.words import Need, WhereTo
from tomoshibi.vocabulary import T

_SHELTER = {"widget": "shelters.shelter"}
_HIDDEN = {"widget": "hidden"}


def _where() -> Any:
    """The shelter's name, for the timeline."""
    return field(T("避難所名", "Where"), "", max_length=200, extra=_HIDDEN)


class CheckedIn(Fact):
    """Somebody is taken in: a resident of the register, or anybody else as they say who they are."""

    kind = "shelters.checked_in"
    subject = Stay
    label = T("避難所への受け入れ", "Checked in")
    sentence = T("避難者1人を受け入れ", "One evacuee taken in")

    shelter: str = field(T("避難所", "Shelter"), extra=_SHELTER)
    site: str = field(T("場所", "Site"), "", extra=_HIDDEN)
    where: str = _where()
    person: str = field(T("住民", "Resident"), "", extra=_HIDDEN)
    household: str = field(T("世帯", "Household"), "", extra=_HIDDEN)
    household_size: int | None = field(T("世帯の人数", "Household's members"), None, ge=1, extra=_HIDDEN)
    name: str = field(
        T("氏名", "Name"),
        min_length=1,
        max_length=200,
        help=T("わからなければ、見分けられる特徴を書く。", "If it is not known, write by what they can be told."),
    )
    kana: str = field(T("かな", "Kana"), "", max_length=200)
    sex: Sex | None = field(T("性別", "Sex"), None)
    birth: date | None = field(T("生年月日", "Date of birth"), None)
    age: str = field(T("年齢（およそ）", "Age (about)"), "", max_length=20)
    address: str = field(
        T("住所", "Address"),
        "",
        max_length=300,
        help=T("住民の住所は名簿にあるので書かない。", "Not of residents: the register has theirs."),
    )
    phone: str = field(T("連絡先", "Contact"), "", max_length=100)
    needs: list[Need] = field(T("配慮が必要なこと", "Needs"), [])
    need_note: str = field(T("配慮の内容", "About the needs"), "", max_length=500)
    place: str = field(T("居る場所", "Place in the shelter"), "", max_length=100)
    may_tell_family: bool | None = field(
        T("家族からの問い合わせに答えてよい", "Family who ask may be told"),
        None,
        help=T("聞いていなければ「不明」。不明なら答えません。", "Unknown where nobody asked: then nobody is told."),
    )
    protected: bool = field(T("居場所を知らせない（支援措置など）", "Whereabouts withheld"), False)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.shelter))

    def check(self, present: Present) -> None:
        must_be_there(self.shelter, self.site)
        if self.protected and self.address:
            raise Refused(
                T("居場所を知らせない人の住所は記録しません。", "The address of a protected person is not recorded."),
                "address",
            )
        staying = {s.shelter for s in present.state.staying()}
        if self.shelter in staying:
            raise Refused(T("すでにこの避難所で受け付けています。", "Checked in here already."))
        if staying:
            raise Refused(
                T(
                    "別の避難所で受け付け済みです。画面を開き直し、「ここへ移す」で受け入れてください。",
                    "Checked in at another shelter. Open the page again and move them here.",
                )
            )

    def apply(self, state: Stay, entry: Entry) -> None:
        put(self, state, entry)
        state.place.set(entry, self.place)  # the place of an earlier stay is not this one's
        state.movements.add(entry, self)

    def move(self, stays: list[Sojourn], entry: Entry) -> None:
        """Begin a stay, unless another desk of the same shelter has."""
        if not any(s.ended is None and s.shelter == self.shelter for s in stays):
            stays.append(Sojourn(self.shelter, self.site, entry))


class StayDescribed(Fact):
    """What is known of an evacuee, corrected or completed."""

    kind = "shelters.stay_described"
    subject = Stay
    label = T("避難者の内容の変更", "Evacuee described")
    sentence = T("避難者1人の内容を変更", "One evacuee's record changed")

    name: str | None = field(T("氏名", "Name"), None, min_length=1, max_length=200)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    sex: Sex | None = field(T("性別", "Sex"), None)
    birth: date | None = field(T("生年月日", "Date of birth"), None)
    age: str | None = field(T("年齢（およそ）", "Age (about)"), None, max_length=20)
    address: str | None = field(T("住所", "Address"), None, max_length=300)
    phone: str | None = field(T("連絡先", "Contact"), None, max_length=100)
    needs: list[Need] | None = field(T("配慮が必要なこと", "Needs"), None)
    need_note: str | None = field(T("配慮の内容", "About the needs"), None, max_length=500)
    place: str | None = field(T("居る場所", "Place in the shelter"), None, max_length=100)
    may_tell_family: bool | None = field(T("家族からの問い合わせに答えてよい", "Family who ask may be told"), None)
    protected: bool | None = field(T("居場所を知らせない（支援措置など）", "Whereabouts withheld"), None)

    def check(self, present: Present) -> None:
        _must_exist(present)

    def apply(self, state: Stay, entry: Entry) -> None:
        put(self, state, entry)


class Moved(Fact):
    """Somebody who stayed in one shelter stays in another from now on. The desk that takes them in records it."""

    kind = "shelters.moved"
    subject = Stay
    label = T("避難所の移動", "Moved to another shelter")
    sentence = T("避難者1人が別の避難所へ移動", "One evacuee moved to another shelter")

    shelter: str = field(T("移る先の避難所", "Shelter moved to"), extra=_SHELTER)
    site: str = field(T("場所", "Site"), "", extra=_HIDDEN)
    where: str = _where()
    origin: str = field(T("元の避難所", "Shelter left"), "", extra=_HIDDEN)
    place: str = field(T("居る場所", "Place in the shelter"), "", max_length=100)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.shelter))

    def check(self, present: Present) -> None:
        must_be_there(self.shelter, self.site)
        staying = present.state.staying()
        if not staying:
            raise Refused(
                T("どの避難所にもいません。受け入れてください。", "They stay in no shelter. Check them in."), "shelter"
            )
        if {s.shelter for s in staying} == {self.shelter}:
            raise Refused(T("すでにこの避難所で受け付けています。", "Checked in here already."), "shelter")

    def apply(self, state: Stay, entry: Entry) -> None:
        state.place.set(entry, self.place)
        state.movements.add(entry, self)

    def move(self, stays: list[Sojourn], entry: Entry) -> None:
        """End the stay at the origin (every other stay where none is named), and begin one here."""
        for s in stays:
            if s.ended is None and s.shelter != self.shelter and self.origin in ("", s.shelter):
                s.end(entry, WhereTo.SHELTER)
        if not any(s.ended is None and s.shelter == self.shelter for s in stays):
            stays.append(Sojourn(self.shelter, self.site, entry))


class CheckedOut(Fact):
    """Somebody leaves a shelter, with where to: for want of that line people were lost from sight."""

    kind = "shelters.checked_out"
    subject = Stay
    label = T("避難所からの退所", "Checked out")
    sentence = T("避難者1人が退所: {where_to}", "One evacuee left: {where_to}")

    shelter: str = field(T("避難所", "Shelter"), extra=_SHELTER)
    where: str = _where()
    where_to: WhereTo = field(T("行き先", "Where to"))
    address: str = field(T("行き先の住所・名称", "Address or name"), "", max_length=300)
    contact: str = field(T("連絡先", "Contact"), "", max_length=100)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.shelter))

    def check(self, present: Present) -> None:
        here = [s for s in present.state.staying() if s.shelter == self.shelter]
        if not here:
            raise Refused(T("この避難所にはいません。", "They do not stay in this shelter."))
        if present.happened_at < here[0].began.happened:
            raise Refused(T("受け入れより前に退所はできません。", "Nobody leaves before they came."), "happened_at")

    def apply(self, state: Stay, entry: Entry) -> None:
        state.movements.add(entry, self)

    def move(self, stays: list[Sojourn], entry: Entry) -> None:
        """End the stay in that shelter, and no other."""
        for s in stays:
            if s.ended is None and s.shelter == self.shelter:
                s.end(entry, self.where_to, self.address, self.contact)


class StayCancelled(Fact):
    """A movement was recorded by mistake: the wrong person, or nobody came."""

    kind = "shelters.stay_cancelled"
    subject = Stay
    label = T("受け入れ・退所の取消", "Movement cancelled")
    sentence = T("避難者1人の受け入れ・退所を取消", "One evacuee's movement cancelled")

    cancels: str = field(T("取り消す記録", "Entry cancelled"), extra=_HIDDEN)
    reason: str = field(T("取消の理由", "Why cancelled"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        _must_exist(present)
        if self.cancels not in {entry.id for entry, _ in present.state.movements.items()}:
            raise Refused(T("取り消す記録がありません。", "There is no such movement to cancel."), "cancels")

    def apply(self, state: Stay, entry: Entry) -> None:
        state.movements.cancel(self.cancels)


def _must_exist(present: Present) -> None:
    if not present.exists:
        raise Refused(T("その避難者の記録はありません。", "There is no such evacuee."))
