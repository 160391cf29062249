"""What care facilities, residents, evacuations and head-counts are: their states and the rows these give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tomoshibi.facilities.models import EvacuationRow, FacilityRow, HeadcountRow, ResidentRow
from tomoshibi.facilities.words import Answer, Care, Danger, Home, Moves, Phase
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.places.keys import natural
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T


class Facility(Subject):
    """The profile of a care facility 要配慮者利用施設: its key is its site's (:func:`facility_of`)."""

    type = "facilities.facility"
    label = T("要配慮者利用施設", "Care facility")
    tables = (FacilityRow,)
    reading = "facilities.read"

    name = Register[str](T("施設名", "Name"), "")
    home = Register[Home](T("施設の種別", "Kind of facility"), Home.OTHER)
    operator = Register[str](T("運営法人", "Run by"), "")
    manager = Register[str](T("管理者", "Manager"), "")
    night_phone = Register[str](T("夜間の電話", "Telephone at night"), "")
    email = Register[str](T("知らせの届くメール", "E-mail for notices"), "")
    residents_day = Register[int | None](T("利用者数（昼）", "Residents by day"), None)
    residents_night = Register[int | None](T("利用者数（夜）", "Residents at night"), None)
    staff_day = Register[int | None](T("職員数（昼）", "Staff by day"), None)
    staff_night = Register[int | None](T("職員数（夜）", "Staff at night"), None)
    helpers = Register[str](T("近隣の応援者", "Neighbours who help"), "")
    dangers = Register[list[Danger]](T("想定される災害", "What may come"), [])
    danger_note = Register[str](T("立地の注意", "About the place"), "")
    destination = Register[str](T("避難先", "Destination"), "")
    upstairs = Register[str](T("屋内の安全な場所", "Safe place indoors"), "")
    plan_made_on = Register[date | None](T("避難確保計画の作成日", "Evacuation plan made on"), None)

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.subject)

    def rows(self) -> Iterable[Row]:
        plain = [
            "operator", "manager", "night_phone", "email", "residents_day", "residents_night", "staff_day",
            "staff_night", "helpers", "danger_note", "destination", "upstairs", "plan_made_on",
        ]  # fmt: skip
        yield FacilityRow.row(
            self.subject,
            **{name: getattr(self, name).value for name in plain},
            site=self.site(),
            home=self.home.value.value,
            dangers=" ".join(d.value for d in self.dangers.value),
        )


class Resident(Subject):
    """A resident or user of a facility 入所者・利用者, with what must go along when the building is left."""

    type = "facilities.resident"
    label = T("入所者", "Resident")
    tables = (ResidentRow,)
    reading = "facilities.residents"
    personal = True

    facility = Register[str](T("施設", "Facility"), "")
    name = Register[str](T("氏名", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    room = Register[str](T("居室", "Room"), "")
    birth = Register[date | None](T("生年月日", "Born"), None)
    address = Register[str](T("住所", "Address"), "")
    care = Register[Care](T("要介護度", "Care need"), Care.NONE)
    moves = Register[Moves](T("移動の方法", "How moved"), Moves.WALKS)
    history = Register[str](T("既往歴", "Medical history"), "")
    medicine = Register[str](T("服薬", "Medicine"), "")
    food = Register[str](T("食事形態", "Food"), "")
    family = Register[list[str]](T("家族の連絡先", "Family"), [])
    away = Register[str](T("不在", "Away"), "")
    left = Register[bool](T("退所", "Left"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.facility.value)

    def rows(self) -> Iterable[Row]:
        plain = [
            "name", "kana", "room", "birth", "address", "history", "medicine", "food", "away", "left",
        ]  # fmt: skip
        yield ResidentRow.row(
            self.subject,
            site=self.site(),
            **{name: getattr(self, name).value for name in plain},
            care=self.care.value.value,
            moves=self.moves.value.value,
            family=json.dumps(self.family.value, ensure_ascii=False),
        )


class Evacuation(Subject):
    """One facility in one incident (:func:`evacuation_of`): notices that reached it, and its answer over time."""

    type = "facilities.evacuation"
    label = T("施設の避難", "Evacuation of a facility")
    tables = (EvacuationRow,)
    reading = "facilities.read"

    facility = Register[str](T("施設", "Facility"), "")
    name = Register[str](T("施設名", "Name"), "")
    notices = Bag[Any](T("知らせ", "Notices"))
    sent = Track[str](T("送信", "Sent"), "")
    failed = Track[str](T("不達", "Not delivered"), "")
    answer = Track[Answer | None](T("回答", "Answer"), None)
    destination = Track[str](T("避難先", "Destination"), "")
    reason = Track[str](T("理由・連絡事項", "Reason"), "")
    brigade = Track[bool](T("消防への連絡", "Fire brigade told"), False)
    ended = Track[bool](T("避難の終了", "Evacuation ended"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.facility.value)

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        notices = self.notices.items()
        newest: Any = notices[-1][1] if notices else None
        sent, failed = self.sent.entry, self.failed.entry
        yield EvacuationRow.row(
            self.subject,
            incident=self.incident,
            site=self.site(),
            notified_at=notices[-1][0].happened if notices else None,
            first_notified_at=notices[0][0].happened if notices else None,
            source=newest.source.value if newest else "",
            level=newest.level if newest else None,
            area=newest.area if newest else "",
            why=newest.why if newest else "",
            what=newest.what if newest else "",
            order=newest.order if newest else "",
            notices=len(notices),
            sent_at=_since(self.sent),
            sent_by=self.sent.value,
            failed=self.failed.value if failed and (sent is None or sent.happened_at < failed.happened_at) else "",
            answer=self.answer.value.value if self.answer.value else "",
            answered_at=_since(self.answer),
            destination=self.destination.value,
            reason=self.reason.value,
            brigade_told_at=_since(self.brigade) if self.brigade.value else None,
            ended_at=_since(self.ended) if self.ended.value else None,
        )


class Headcount(Subject):
    """One resident in one evacuation (:func:`headcount_of`): counted out, counted in, handed over to the family.

    Counts are a bag: two phones that count the same person make two, and the page says so. Its title is the
    facility's, because timelines are read by many.
    """

    type = "facilities.headcount"
    label = T("点呼", "Head-count")
    tables = (HeadcountRow,)
    reading = "facilities.residents"
    personal = True

    facility = Register[str](T("施設", "Facility"), "")
    name = Register[str](T("施設名", "Facility's name"), "")
    resident = Register[str](T("入所者", "Resident"), "")
    counts = Bag[Any](T("点呼", "Counts"))
    handed = Bag[Any](T("引き渡し", "Hand-over"))

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.facility.value)

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        counts, handed = self.counts.items(), self.handed.items()
        cells: dict[str, Any] = {}
        for phase in Phase:
            found = [(e, c) for e, c in counts if c.phase is phase]
            if found:
                (first, _), (last, newest) = found[0], found[-1]
                cells[f"{phase.value}_at"], cells[f"{phase.value}_times"] = first.happened, len(found)
                cells[f"{phase.value}_by"], cells[f"{phase.value}_entry"] = _who(first), last.id
                if phase is Phase.IN:
                    cells["in_place"] = newest.place
        if handed:
            entry, given = handed[-1]
            cells |= {
                "handed_at": entry.happened,
                "handed_times": len(handed),
                "handed_to": given.to,
                "relation": given.relation,
                "identity": given.identity.value,
                "identity_note": given.identity_note,
                "handed_by": given.by or _who(entry),
                "handed_entry": entry.id,
            }
        yield HeadcountRow.row(
            self.subject,
            incident=self.incident,
            evacuation=evacuation_of(self.incident, self.facility.value),
            site=self.site(),
            resident=self.resident.value,
            counted_at=counts[-1][0].happened if counts else None,
            **cells,
        )


def facility_of(site: str) -> str:
    """Reference of the facility at a site (reference); empty for none."""
    return Facility.ref(site.partition(":")[2]) if site else ""


def site_of(facility: str) -> str:
    """Reference of the site that a facility (reference) stands at; empty for none."""
    return Site.ref(facility.partition(":")[2]) if facility else ""


def evacuation_of(incident: str, facility: str) -> str:
    """Reference of a facility's evacuation in an incident (references)."""
    return natural(Evacuation, incident, facility)


def headcount_of(incident: str, facility: str, resident: str) -> str:
    """Reference of a resident's head-count in a facility's evacuation (references)."""
    return natural(Headcount, incident, facility, resident)


def _since(track: Track[Any]) -> datetime | None:
    entry = track.entry
    return entry.happened if entry else None


def _who(entry: Entry) -> str:
    return entry.actor.partition(" ")[2] or entry.actor
