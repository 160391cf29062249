"""What belongs to a dwelling: its owner and tenants, the households that live there, its photographs, the mark of the
emergency check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.relief.models import HoldersRow, PhotographRow, ResidenceRow, RiskRow
from tomoshibi.relief.words import Risk, Tenure
from tomoshibi.residents.matching import name_form
from tomoshibi.vocabulary import T


class Holders(Subject):
    """Who owns a dwelling and who rents it, by name: apart from the building, which surveyors read. The key is the
    dwelling's.
    """

    type = "relief.holders"
    label = T("所有者・借家人", "Owner and tenants")
    tables = (HoldersRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"

    owner = Register[str](T("所有者", "Owner"), "")
    owner_kana = Register[str](T("所有者かな", "Owner (kana)"), "")
    tenants = Register[list[str]](T("借家人", "Tenants"), [])
    tenants_kana = Register[list[str]](T("借家人かな", "Tenants (kana)"), [])

    def title(self) -> str:
        return str(self.label)

    def rows(self) -> Iterable[Row]:
        names = (self.owner.value, self.owner_kana.value, *self.tenants.value, *self.tenants_kana.value)
        yield HoldersRow.row(
            self.subject,
            dwelling=f"relief.dwelling:{self.subject.partition(':')[2]}",
            owner=self.owner.value,
            owner_kana=self.owner_kana.value,
            tenants=json.dumps(self.tenants.value, ensure_ascii=False),
            tenants_kana=json.dumps(self.tenants_kana.value, ensure_ascii=False),
            named="\n".join(filter(None, map(name_form, names))),
        )


class Residence(Subject):
    """That a household lives, or lived, in a dwelling. A building with several households has several."""

    type = "relief.residence"
    label = T("居住", "Residence")
    tables = (ResidenceRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"

    dwelling = Register[str](T("住家", "Dwelling"), "")
    household = Register[str](T("世帯", "Household"), "")
    tenure = Register[Tenure](T("居住の別", "Tenure"), Tenure.UNKNOWN)
    since = Register[date | None](T("いつから", "Since"), None)
    until = Register[date | None](T("いつまで", "Until"), None)
    cancelled = Register[bool](T("取消し", "Cancelled"), False)

    def title(self) -> str:
        return str(self.label)

    def rows(self) -> Iterable[Row]:
        if self.household.entry is None or self.cancelled.value:
            return
        yield ResidenceRow.row(
            self.subject,
            dwelling=self.dwelling.value,
            household=self.household.value,
            tenure=self.tenure.value.value,
            since=self.since.value,
            until=self.until.value,
        )


class Photograph(Subject):
    """One photograph of a dwelling."""

    type = "relief.photograph"
    label = T("住家の写真", "Photograph")
    tables = (PhotographRow,)
    reading = "relief.read"

    taken = Bag[Any](T("撮影", "Taken"))
    caption = Register[str](T("説明", "Caption"), "")
    withdrawn = Register[str](T("取下げ", "Withdrawn"), "")

    def title(self) -> str:
        return f"{self.label.ja} {self.caption.value}".strip()

    def rows(self) -> Iterable[Row]:
        first = next(iter(self.taken.items()), None)
        if first is None or self.withdrawn.value:
            return
        entry, fact = first
        # the same picture handed in again, for a survey: it is that survey's as well
        about = next((f.about for _, f in reversed(self.taken.items()) if f.about), "")
        yield PhotographRow.row(
            self.subject,
            dwelling=fact.dwelling,
            about=about,
            photo=fact.photo,
            caption=self.caption.value,
            width=fact.width,
            height=fact.height,
            taken_at=datetime.fromisoformat(fact.taken_at) if fact.taken_at else entry.happened,
            by=entry.actor_name,
        )


class RiskMark(Subject):
    """What the emergency risk marking says of one building in one incident; a later check says anew."""

    type = "relief.risk"
    label = T("応急危険度判定", "Emergency risk marking")
    tables = (RiskRow,)
    reading = "relief.read"

    dwelling = Register[str](T("建物", "Building"), "")
    mark = Track[Risk | None](T("判定", "Mark"), None)
    note = Register[str](T("注記", "Note"), "")
    inspector = Register[str](T("判定士", "Inspector"), "")

    def title(self) -> str:
        mark = self.mark.value
        return f"{self.label.ja} {mark.label.ja if mark else ''}".strip()

    def rows(self) -> Iterable[Row]:
        entry = self.mark.entry
        if entry is None or self.mark.value is None:
            return
        yield RiskRow.row(
            self.subject,
            incident=self.incident,
            dwelling=self.dwelling.value,
            mark=self.mark.value.value,
            note=self.note.value,
            inspector=self.inspector.value,
            marked_at=entry.happened,
        )
