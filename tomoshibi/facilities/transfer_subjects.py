"""Beds that facilities offer one another, and residents who go to them: states and the rows these give."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tomoshibi.facilities.subjects import OfFacility, site_of
from tomoshibi.facilities.transfer_models import BedOfferRow, TransferRow
from tomoshibi.facilities.upkeep_words import Step
from tomoshibi.facilities.words import Care, Moves
from tomoshibi.journal.states import Register, Row, Track
from tomoshibi.places.keys import natural
from tomoshibi.vocabulary import T


class BedOffer(OfFacility):
    """So many beds of one kind that a facility offers to others 受け入れの申し出."""

    type = "facilities.bed_offer"
    label = T("受け入れの申し出", "Beds offered")
    tables = (BedOfferRow,)

    number = Register[int](T("人数", "Beds"), 0)
    moves = Register[Moves](T("移動の方法（ここまで）", "Moved at most so"), Moves.STRETCHER)
    care = Register[Care](T("要介護度（ここまで）", "Care need at most"), Care.CARE_5)
    until = Register[datetime | None](T("いつまで", "Until"), None)
    note = Register[str](T("条件", "Conditions"), "")
    withdrawn = Register[bool](T("取り下げ", "Withdrawn"), False)

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        first = self.facility.entry
        yield BedOfferRow.row(
            self.subject,
            incident=self.incident,
            site=self.site(),
            number=self.number.value,
            moves=self.moves.value.value,
            care=self.care.value.value,
            until=self.until.value,
            note=self.note.value,
            withdrawn=self.withdrawn.value,
            offered_at=first.happened if first else None,
        )


class Transfer(OfFacility):
    """Where one resident goes, in one incident (:func:`transfer_of`): to which facility, and how far it has come.

    Two nodes that send the same person to two facilities meet here, as rivals. Its title is the facility's, because
    timelines are read by many; it belongs to the sending facility.
    """

    type = "facilities.transfer"
    label = T("他施設への移送", "Transfer")
    tables = (TransferRow,)
    reading = "facilities.residents"
    personal = True

    facility = Register[str](T("送り出す施設", "From"), "")
    resident = Register[str](T("入所者", "Resident"), "")
    offer = Register[str](T("受け入れの申し出", "Offer"), "")
    to = Register[str](T("受け入れる施設", "To"), "")
    to_name = Register[str](T("受け入れる施設名", "To (name)"), "")
    step = Track[Step | None](T("段階", "Step"), None)
    note = Track[str](T("連絡事項", "Note"), "")

    def rows(self) -> Iterable[Row]:
        if not self.facility.value or self.step.value is None:
            return
        times: dict[str, Any] = {}
        for entry, step in self.step.points():
            if step is Step.ASKED:
                times = {}  # what is shown is the newest journey
            if step:
                times[f"{step.value}_at"] = entry.happened
        last = self.step.entry
        yield TransferRow.row(
            self.subject,
            incident=self.incident,
            site=self.site(),
            to_site=site_of(self.to.value),
            resident=self.resident.value,
            offer=self.offer.value,
            step=self.step.value.value,
            since=last.happened if last else None,
            note=self.note.value,
            **{name: at for name, at in times.items() if name in ("asked_at", "left_at", "received_at", "returned_at")},
        )


def transfer_of(incident: str, resident: str) -> str:
    """Reference of a resident's transfer in an incident (references)."""
    return natural(Transfer, incident, resident)
