"""What is tapped on a facility's phone becomes facts: one tap one fact, with its own time, recorded once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from tomoshibi.documents import PictureError, clean
from tomoshibi.facilities import queries
from tomoshibi.facilities.check_facts import Checked, EvidenceAttached
from tomoshibi.facilities.checks import CheckSheet, sheets
from tomoshibi.facilities.evacuation_facts import (
    Answered,
    CountCancelled,
    Counted,
    HandedOver,
    Notified,
    PageOpened,
    SignsSeen,
    TeamTaken,
)
from tomoshibi.facilities.models import EvacuationRow, FacilityRow
from tomoshibi.facilities.signatures import readable
from tomoshibi.facilities.subjects import Evacuation, Resident, evacuation_of, facility_of, headcount_of, run_of
from tomoshibi.facilities.words import Answer, Check, Contact, Identity, Phase, Sign, Source, Team
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Fact, Forbidden, Refused
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: a tap that waited in a phone for longer than this is recorded as made that long ago
LONGEST_WAIT = timedelta(hours=72)
UNREAD = T("読み取れませんでした。もう一度押してください。", "That could not be read. Press again.")


def occasion(row: EvacuationRow | None, sheet: str, at: datetime) -> str:
    """On what occasion a sheet is gone through: the evacuation that goes on for a disaster's sheet, else the day."""
    if row is not None and sheets()[sheet].minutes:
        return row.subject
    return at.astimezone(JAPAN).date().isoformat()


@dataclass
class Taps:
    """Whose taps they are, and for which facility."""

    actor: Actor
    site: SiteRow

    def opened(self) -> None:
        """Keep that the page was opened, once a notice, as long as nobody is known to have heard of it."""
        row = queries.evacuation_now(self.site.subject)
        if row is None or row.notified_at is None or row.heard or row.opened:
            return
        id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row.subject} opened {row.notified_at.isoformat()}"))
        with suppress(Refused, StoreFailed):  # the page itself matters more
            record(Draft(PageOpened(), row.subject, after=(), id=id, incident=row.incident), self.actor)

    def record(self, data: QueryDict) -> None:
        """Record the one thing that was tapped.

        Raises :class:`Refused` for what is not on the page, and what :func:`record` raises.
        """
        try:
            id, happened = _id(data), _happened(data)
            row = self._evacuation(str(data.get("evacuation", "")), happened)
            incident = row.incident if row else queries.going_on()
            if "check" in data:
                incident = row.incident if row else ""
                fact, subject = self._checked(data, row, happened)
            else:
                fact, subject = self._said(data, incident)
        except (ValueError, LookupError):
            raise Refused(UNREAD) from None
        after = [head for head in data.get("heads", "").split() if len(head) <= 64] if data.get("heads") else None
        drafts = [Draft(fact, subject, after, id=id, happened_at=happened, incident=incident)]
        if row is None and not isinstance(fact, Checked):
            drafts.insert(0, self._beginning(id, happened, incident))
        record(drafts, self.actor)

    def photograph(self, data: QueryDict, files: Mapping[str, Any]) -> None:
        """Record photographs of a sheet's items as evidence, each sent as ``photo-<item>``.

        Raises :class:`Refused` for what is no picture or not on the page, and what :func:`record` raises.
        """
        if not self.actor.may(EvidenceAttached.kind, site=self.site.subject):
            raise Forbidden(T("この施設の点検を記録する権限がありません。", "You may not fill in its check sheets."))
        drafts = []
        try:
            page, happened = uuid.UUID(data.get("page", "")), _happened(data)
            row = self._evacuation(str(data.get("evacuation", "")), happened)
            sheet, when = self._sheet(data, row, happened)
            facility = facility_of(self.site.subject)
            for item in sheet.items:
                if (file := files.get(f"photo-{item.key}")) is None:
                    continue
                picture = clean(file.read())
                fact = EvidenceAttached(
                    facility=facility, name=self.site.name, sheet=sheet.key, occasion=when, item=item.key,
                    text=item.text.ja[:300], sha256=datasets.put(picture.data, picture.mime), mime=picture.mime,
                    by=data.get("by", "").strip()[:50],
                )  # fmt: skip
                id, incident = str(uuid.uuid5(page, f"photo={item.key}")), row.incident if row else ""
                subject = run_of(facility, sheet.key, when)
                drafts.append(Draft(fact, subject, (), id=id, happened_at=happened, incident=incident))
        except PictureError as no:
            raise Refused(no.text) from None
        except (ValueError, LookupError):
            raise Refused(UNREAD) from None
        if not drafts:
            raise Refused(T("写真を撮るか選んでから送ってください。", "Take or choose a photograph first."))
        record(drafts, self.actor)

    def _evacuation(self, key: str, happened: datetime) -> EvacuationRow | None:
        """The evacuation that the page was of, if it went on when this was tapped; else the one that goes on now."""
        row = EvacuationRow.objects.filter(subject=Evacuation.ref(key), site=self.site.subject).first() if key else None
        if row is not None and (row.ended_at is None or happened <= row.ended_at):
            return row
        return queries.evacuation_now(self.site.subject)

    def _beginning(self, id: str, happened: datetime, incident: str) -> Draft:
        """A facility may act before anybody tells it to: its first answer or count begins its evacuation."""
        facility = facility_of(self.site.subject)
        fact = Notified(facility=facility, name=self.site.name, source=Source.OWN)
        made = str(uuid.uuid5(uuid.UUID(id), "own"))
        subject = evacuation_of(incident, facility)
        return Draft(fact, subject, id=made, happened_at=happened, incident=incident)

    def _checked(self, data: QueryDict, row: EvacuationRow | None, at: datetime) -> tuple[Fact, str]:
        """An item of a check sheet. ``check`` is the item's key and the answer, with a blank between."""
        facility = facility_of(self.site.subject)
        key, _, answer = str(data["check"]).partition(" ")
        sheet, when = self._sheet(data, row, at)
        text = next((i.text.ja for i in sheet.items if i.key == key), "")
        fact = Checked(
            facility=facility,
            name=self.site.name,
            sheet=sheet.key,
            occasion=when,
            item=key,
            text=text,
            answer=Check(answer),
            note=data.get("note", "").strip()[:300],
            by=data.get("by", "").strip()[:50],
        )
        return fact, run_of(facility, sheet.key, when)

    def _sheet(self, data: QueryDict, row: EvacuationRow | None, at: datetime) -> tuple[CheckSheet, str]:
        """The sheet that was gone through, with the facility's own items, and on what occasion. Raises
        :class:`ValueError` or :class:`KeyError` for what is not on the page.
        """
        profile = FacilityRow.objects.filter(site=self.site.subject).first()
        sheet = sheets()[str(data["sheet"])].with_own(profile.own if profile else [])
        # a page that waited in a phone says of which evacuation it is: that may have ended meanwhile
        when = data.get("occasion") or occasion(row, sheet.key, at)
        if not _is_occasion(when, self.site.subject):
            raise ValueError(when)
        return sheet, when

    def _said(self, data: QueryDict, incident: str) -> tuple[Fact, str]:
        """What was tapped, and of which subject. Raises :class:`ValueError` or :class:`KeyError` for anything else."""
        facility = facility_of(self.site.subject)
        if "signs" in data:
            seen = [Sign(str(s)) for s in data.getlist("signs")]
            where, note = data.get("where", "").strip()[:200], data.get("note", "").strip()[:500]
            return SignsSeen(signs=seen, where=where, note=note), evacuation_of(incident, facility)
        if "report" in data:
            raise Refused(T("見えた前兆を一つ以上選んでください。", "Choose at least one sign."), "signs")
        if "answer" in data:
            written = {"destination": data.get("destination", "").strip(), "reason": data.get("reason", "").strip()}
            said = {name: text[:500] for name, text in written.items() if text}
            return Answered(answer=Answer(data.get("answer", "")), **said), evacuation_of(incident, facility)
        if "join" in data or "leave" in data:
            return self._team(data), evacuation_of(incident, facility)
        resident = Resident.ref(str(data["resident"]))
        subject = headcount_of(incident, facility, resident)
        about = {"facility": facility, "name": self.site.name, "resident": resident}
        place = data.get("place", "").strip()[:200]
        if "phase" in data:
            by, phone = data.get("by", "").strip()[:50], data.get("phone", "").strip()[:8]
            return Counted(**about, phase=Phase(data.get("phase", "")), place=place, by=by, phone=phone), subject
        if "cancel" in data:
            return CountCancelled(cancels=str(data["cancel"])), subject
        if "identity" in data:
            return self._handover(data, about), subject
        raise KeyError("nothing was tapped")

    def _team(self, data: QueryDict) -> TeamTaken:
        """Somebody joins a team, or leaves it: ``leave`` is the team and the person, with a blank between."""
        if "leave" in data:
            team, _, person = str(data["leave"]).partition(" ")
            return TeamTaken(team=Team(team), person=person, holds=False)
        person = data.get("person", "").strip()[:50]
        if not person:
            raise Refused(T("氏名を入れてから押してください。", "Enter the name first."), "person")
        return TeamTaken(team=Team(str(data["join"])), person=person)

    def _handover(self, data: QueryDict, about: dict[str, str]) -> HandedOver:
        chosen = Contact.of(data.get("contact", ""))
        to = data.get("to", "").strip() or chosen.name
        relation = data.get("relation", "").strip() or chosen.relation
        if not to or not relation or not data.get("identity"):
            raise Refused(
                T(
                    "引き取る人の氏名と続柄、本人確認の方法を入れてください。",
                    "Enter who takes the person home, the relation, and how identity was checked.",
                ),
                "to",
            )
        return HandedOver(
            **about,
            to=to[:100],
            relation=relation[:50],
            identity=Identity(data.get("identity", "")),
            identity_note=data.get("identity_note", "").strip()[:200],
            reason=data.get("reason", "").strip()[:200],
            by=data.get("by", "").strip()[:100],
            signed=data.get("signed", "").strip()[:100],
            signature=readable(data.get("signature", "")),
        )


def _happened(data: QueryDict) -> datetime:
    """When it was tapped. Raises :class:`ValueError` for a wait that is no number."""
    waited = min(max(float(data.get("ago", "0")), 0), LONGEST_WAIT.total_seconds())
    return worlds.now() - timedelta(seconds=waited)


def _is_occasion(text: str, site: str) -> bool:
    """Whether it is a day, or an evacuation of this site."""
    try:
        return bool(datetime.strptime(text, "%Y-%m-%d"))  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return EvacuationRow.objects.filter(subject=text, site=site).exists()


def _id(data: QueryDict) -> str:
    """The fact's id follows from the page and what was tapped on it. Raises :class:`ValueError` without a page."""
    named = ("answer", "resident", "phase", "cancel", "identity", "sheet", "check", "signs", "join", "leave", "person")
    tapped = [f"{n}={','.join(map(str, data.getlist(n)))}" for n in named if n in data]
    return str(uuid.uuid5(uuid.UUID(data.get("page", "")), "/".join(tapped)))
