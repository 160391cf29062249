"""What this room keeps: a shelter in an incident, one person's stays in it, and what a shelter needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tomoshibi.incidents.subjects import natural
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.residents.words import Sex
from tomoshibi.shelters.models import NeedRow, ShelterRow, StayRow
from tomoshibi.shelters.words import Fullness, Need, WhereTo
from tomoshibi.vocabulary import T

#: hours between a shelter's reports where it says nothing else
REPORT_HOURS = 3


class Shelter(Subject):
    """A site used as a shelter in an incident. The same site in another incident is another subject."""

    type = "shelters.shelter"
    label = T("避難所", "Shelter")
    tables = (ShelterRow,)

    place = Register[str](T("場所", "Site"), "")
    name = Register[str](T("名称", "Name"), "")
    capacity = Register[int | None](T("収容人数", "Capacity"), None)
    rooms = Register[str](T("使う部屋", "Rooms"), "")
    manager = Register[str](T("責任者", "Manager"), "")
    phone = Register[str](T("電話", "Phone"), "")
    note = Register[str](T("状況", "Notes"), "")
    report_hours = Register[int](T("報告の間隔", "Hours between reports"), REPORT_HOURS)
    is_open = Track[bool](T("開設中", "Open"), False)
    fullness = Track[Fullness | None](T("混み具合", "How full"), None)
    report = Track[Any](None, None)

    @classmethod
    def of_site(cls, incident: str, site: str) -> str:
        """Reference of the shelter at ``site`` in ``incident``: two nodes that open it mean the same."""
        return natural(cls, incident, site)

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return self.name.value

    def site(self) -> str:
        return self.place.value

    def rows(self) -> Iterable[Row]:
        openings = [e for e, is_open in self.is_open.points() if is_open]
        if not openings:
            return
        closing = self.is_open.entry if not self.is_open.value else None
        report, told = self.report.value, self.report.entry
        since = max(openings[-1].happened, told.happened) if told else openings[-1].happened
        due = since + timedelta(hours=self.report_hours.value)
        names = ("name", "capacity", "rooms", "manager", "phone", "note")
        counts = ("inside", "in_cars", "outside", "staff")
        services = ("power", "water", "toilets", "phones")
        fullness = self.fullness.entry
        yield ShelterRow.row(
            self.subject,
            **{n: getattr(self, n).value for n in names},
            **{n: getattr(report, n) if report else None for n in counts},
            **{n: value.value if report and (value := getattr(report, n)) else "" for n in services},
            incident=self.incident,
            site=self.place.value,
            fullness=self.fullness.value.value if self.fullness.value else "",
            fullness_at=fullness.happened if fullness else None,
            opened_at=openings[-1].happened,
            closed_at=closing.happened if closing else None,
            reported_at=told.happened if told else None,
            urgent=report.urgent if report else "",
            due_at=None if closing else due,
        )


@dataclass
class Sojourn:
    """One stay, from the movement that began it to the one that ended it."""

    shelter: str
    site: str
    began: Entry
    ended: Entry | None = None
    where_to: str = ""
    address: str = ""
    contact: str = ""

    def end(self, entry: Entry, where_to: WhereTo, address: str = "", contact: str = "") -> None:
        """Write down that it ended by ``entry``, and where to."""
        self.ended, self.where_to, self.address, self.contact = entry, where_to.value, address, contact


class Stay(Subject):
    """One person in an incident, and the shelters that they stayed in.

    Movements are a bag, walked through by the time when they happened. A check-in does not end a stay elsewhere: one
    who was checked in at two shelters by two desks that knew nothing of one another stays at both, until one of
    them is ended, and a law says so.
    """

    type = "shelters.stay"
    label = T("避難者", "Evacuee")
    tables = (StayRow,)
    reading = "shelters.personal"
    personal = True

    person = Register[str](None, "")
    household = Register[str](None, "")
    household_size = Register[int | None](None, None)
    name = Register[str](T("氏名", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    sex = Register[Sex | None](T("性別", "Sex"), None)
    birth = Register[Any](T("生年月日", "Date of birth"), None)
    age = Register[str](T("年齢", "Age"), "")
    address = Register[str](T("住所", "Address"), "")
    phone = Register[str](T("連絡先", "Contact"), "")
    needs = Register[list[Need]](T("配慮が必要なこと", "Needs"), [])
    need_note = Register[str](T("配慮の内容", "About the needs"), "")
    place = Register[str](T("居る場所", "Place in the shelter"), "")
    may_tell_family = Register[bool | None](T("家族に教えてよい", "Family may be told"), None)
    protected = Register[bool](T("居場所を知らせない", "Whereabouts withheld"), False)
    movements = Bag[Any]()

    @classmethod
    def of_person(cls, incident: str, person: str) -> str:
        """Reference of a resident's stays in ``incident``: two desks that take them in mean the same."""
        return natural(cls, incident, person)

    def title(self) -> str:
        """No name: titles stand in timelines and among conflicts, which many read; names stand in rosters."""
        return self.label.ja

    def site(self) -> str:
        staying = self.staying()
        if staying:
            return staying[-1].site
        past = self.sojourns()
        return past[-1].site if past else ""

    def sojourns(self) -> list[Sojourn]:
        """Every stay, ended or not, in the order in which they began."""
        found: list[Sojourn] = []
        for entry, fact in self.movements.items():
            fact.move(found, entry)
        return found

    def staying(self) -> list[Sojourn]:
        """The stays that have not ended: one, none, or a breach of the law."""
        return [s for s in self.sojourns() if s.ended is None]

    def rows(self) -> Iterable[Row]:
        names = ("person", "household", "household_size", "name", "kana", "birth", "age", "address", "phone")
        more = ("need_note", "may_tell_family", "protected")
        stays = self.sojourns()
        for number, stay in enumerate(stays):
            yield StayRow.row(
                self.subject,
                str(number),
                **{n: getattr(self, n).value for n in (*names, *more)},
                incident=self.incident,
                shelter=stay.shelter,
                site=stay.site,
                sex=self.sex.value.value if self.sex.value else "",
                needs=json.dumps([n.value for n in self.needs.value]),
                place=self.place.value if stay is stays[-1] else "",
                in_at=stay.began.happened,
                out_at=stay.ended.happened if stay.ended else None,
                where_to=stay.where_to,
                out_address=stay.address,
                out_contact=stay.contact,
                entry=stay.began.id,
            )


class SupplyNeed(Subject):
    """Something that a shelter needs, until it has come."""

    type = "shelters.need"
    label = T("避難所の要望", "Shelter's need")
    tables = (NeedRow,)

    noted = Register[Any](None, None)
    met = Track[str | None](T("充足", "Met"), None)

    def title(self) -> str:
        return self.noted.value.item if self.noted.value else super().title()

    def site(self) -> str:
        return self.noted.value.site if self.noted.value else ""

    def rows(self) -> Iterable[Row]:
        fact, entry = self.noted.value, self.noted.entry
        if fact is None or entry is None:
            return
        met = self.met.entry if self.met.value is not None else None
        yield NeedRow.row(
            self.subject,
            incident=self.incident,
            shelter=fact.shelter,
            item=fact.item,
            quantity=fact.quantity,
            unit=fact.unit,
            urgent=fact.urgent,
            note=fact.note,
            noted_at=entry.happened,
            met_at=met.happened if met else None,
        )
