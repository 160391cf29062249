"""The register, its people and where they live: states, and the rows that these give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.residents.matching import name_form, place_form
from tomoshibi.residents.models import ChangesRow, KnownRow, MergeRow, SnapshotRow, TownNameRow, WhereaboutsRow
from tomoshibi.residents.words import Sex
from tomoshibi.vocabulary import T


class ResidentRegister(Subject):
    """The basic resident register 住民基本台帳 of one municipality, as a series of dated snapshots."""

    type = "residents.register"
    label = T("住民の名簿", "Resident register")
    zone = "resident"
    tables = (SnapshotRow, ChangesRow)
    reading = "residents.snapshot_taken"

    snapshots = Bag[Any](T("写し", "Snapshots"))
    changes = Bag[Any](T("異動", "Changes"))

    def title(self) -> str:
        return self.label.ja

    def rows(self) -> Iterable[Row]:
        for place, (entry, fact) in enumerate(self.snapshots.items()):
            yield SnapshotRow.row(
                self.subject,
                entry.id,
                as_of=fact.as_of,
                sha256=fact.sha256,
                snapshot=fact.sha256[:16],
                people=fact.people,
                households=fact.households,
                source=fact.source,
                taken_at=entry.happened,
                place=place,
            )
        for place, (entry, fact) in enumerate(self.changes.items()):
            yield ChangesRow.row(
                self.subject,
                entry.id,
                processed_from=fact.processed_from,
                processed_to=fact.processed_to,
                sha256=fact.sha256,
                changes=fact.sha256[:16],
                count=fact.count,
                source=fact.source,
                taken_at=entry.happened,
                place=place,
            )


class Person(Subject):
    """What is recorded of one person over and above the register: entered here, corrected, protected.

    Where they live is not here (:class:`Whereabouts`): fewer may see that.
    """

    type = "residents.person"
    label = T("住民", "Resident")
    zone = "resident"
    tables = (KnownRow,)
    reading = "residents.read"
    personal = True

    added = Register[bool](T("台帳にない人", "In no register"), False)
    name = Register[str](T("氏名", "Name"), "")
    kana = Register[str](T("氏名カナ", "Kana"), "")
    birth = Register[dt.date | None](T("生年月日", "Born"), None)
    sex = Register[Sex | None](T("性別", "Sex"), None)
    household = Register[str](T("世帯", "Household"), "")
    relation = Register[str](T("続柄", "Relation"), "")
    note = Register[str](T("備考", "Note"), "")
    protected = Track[bool](T("支援措置", "Protected"), False)

    def title(self) -> str:
        return self.label.ja  # no name: an incident's timeline shows titles to many

    def rows(self) -> Iterable[Row]:
        texts = ("name", "kana", "household", "relation", "note")
        yield KnownRow.row(
            self.subject,
            **{name: getattr(self, name).value for name in texts},
            added=self.added.value,
            birth=self.birth.value,
            sex=self.sex.value.value if self.sex.value else "",
            protected=self.protected.value,
            names=f"{name_form(self.name.value)}|{name_form(self.kana.value)}|{self.birth.value or ''}|",
        )


class Whereabouts(Subject):
    """Where one person lives 居所, recorded over and above the register; the key is the person's own.

    A subject by itself, so that the journal's own pages show it to nobody but those who may see protected addresses;
    the room's pages show it to others where the person is not protected.
    """

    type = "residents.whereabouts"
    label = T("居所", "Whereabouts")
    zone = "resident"
    tables = (WhereaboutsRow,)
    reading = "residents.protected"
    personal = True

    address = Register[str](T("住所・居所", "Address"), "")
    area = Register[str](T("町字", "Town"), "")
    note = Register[str](T("備考", "Note"), "")

    def title(self) -> str:
        return self.label.ja

    def rows(self) -> Iterable[Row]:
        yield WhereaboutsRow.row(
            self.subject,
            person=Person.ref(self.subject.partition(":")[2]),
            address=self.address.value,
            area=self.area.value,
            note=self.note.value,
            place=place_form(f"{self.area.value} {self.address.value}"),
        )


class Identity(Subject):
    """Whether one record of a person is another's; the key is the person's own."""

    type = "residents.identity"
    label = T("同一人", "Same person")
    zone = "resident"
    tables = (MergeRow,)
    reading = "residents.read"
    personal = True

    into = Register[str](T("統合先", "Same as"), "")
    reason = Register[str](T("理由", "Reason"), "")
    apart = Bag[str](T("別人と確かめた相手", "Not the same as"))

    def title(self) -> str:
        return self.label.ja

    def rows(self) -> Iterable[Row]:
        yield MergeRow.row(
            self.subject,
            person=Person.ref(self.subject.partition(":")[2]),
            into=self.into.value,
            reason=self.reason.value,
            apart="\n".join(sorted(set(self.apart))),
        )


class TownName(Subject):
    """A town's name that became another; the key follows from both."""

    type = "residents.town_name"
    label = T("町名の変更", "Town renamed")
    zone = "town"
    tables = (TownNameRow,)

    old = Register[str](T("旧町名", "Old name"), "")
    new = Register[str](T("新町名", "New name"), "")
    on = Register[dt.date | None](T("実施日", "From"), None)
    note = Register[str](T("備考", "Note"), "")
    withdrawn = Register[bool](T("取り下げ", "Withdrawn"), False)

    def title(self) -> str:
        return f"{self.old.value} → {self.new.value}"

    def search(self) -> str:
        return self.title()

    def rows(self) -> Iterable[Row]:
        yield TownNameRow.row(
            self.subject,
            old=self.old.value,
            new=self.new.value,
            on=self.on.value,
            note=self.note.value,
            old_form=place_form(self.old.value),
            new_form=place_form(self.new.value),
            withdrawn=self.withdrawn.value,
        )


class Household(Subject):
    """A household 世帯: what a reference ``residents.household:…`` names. Other rooms keep what they record of one."""

    type = "residents.household"
    label = T("世帯", "Household")
    zone = "resident"
    reading = "residents.read"
    personal = True
