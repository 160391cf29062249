"""An approved order as an alert: CAP 1.2 共通警報プロトコル, and the Atom feed that leads to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from tomoshibi.bulletins.atom import CAP_TYPE, Entry, Feed, write_feed
from tomoshibi.bulletins.cap.model import Alert, Info, Place, Point
from tomoshibi.bulletins.cap.validation import validate
from tomoshibi.bulletins.cap.writing import write_alert
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.messages import prefix, whole_address
from tomoshibi.places.models import AreaRow
from tomoshibi.places.queries import here, who_are_we
from tomoshibi.publishing import queries, wordings
from tomoshibi.publishing.models import NoticeRow, ProposalRow
from tomoshibi.publishing.words import Act, Danger
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: entries of the feed at most
NEWEST = 50

_CATEGORIES = {
    **dict.fromkeys((Danger.FLOOD, Danger.SURGE, Danger.INLAND), "Met"),
    **dict.fromkeys((Danger.LANDSLIDE, Danger.EARTHQUAKE, Danger.TSUNAMI, Danger.VOLCANO), "Geo"),
    Danger.FIRE: "Fire",
}
#: level -> severity, urgency, certainty, response
_GRAVITY = {
    3: ("Moderate", "Expected", "Likely", "Evacuate"),
    4: ("Severe", "Immediate", "Likely", "Evacuate"),
    5: ("Extreme", "Immediate", "Observed", "Shelter"),
}


def alert_of(said: ProposalRow) -> Alert:
    """The alert of an approved proposal: in Japanese and English, with the areas' outlines where they are drawn.

    A change or lifting refers to every earlier alert of the order that was approved.
    """
    at = said.decided_at or worlds.now()
    earlier = queries.proposals(said.subject).filter(state="approved", decided_at__lt=at).order_by("decided_at")
    act = said.act_word
    return Alert(
        identifier=said.approval,
        sender=_sender(),
        sent=at.astimezone(JAPAN).replace(microsecond=0),
        status="Exercise" if worlds.is_training() else "Actual",
        msg_type={Act.ISSUE: "Alert", Act.CHANGE: "Update", Act.LIFT: "Cancel"}[act],
        references=tuple(alert_of(old).reference for old in earlier) if act is not Act.ISSUE else (),
        infos=tuple(_info(said, key) for key in ("ja", "en")),
    )


def cap_of(said: ProposalRow) -> bytes:
    """The CAP document of an approved proposal. Raises :class:`Refused` where it would not be a valid one."""
    data = write_alert(alert_of(said))
    verdict = validate(data, said.approval, worlds.now())
    if not verdict.good:
        why = [reason.text for reason in verdict.reasons]
        raise Refused(T("; ".join(t.ja for t in why), "; ".join(t.en for t in why)))
    return data


def feed() -> bytes:
    """The Atom feed of what was approved and published, the newest first."""
    us = who_are_we()
    entries = [*map(_order_entry, _approved()), *map(_notice_entry, queries.published())]
    entries.sort(key=lambda entry: entry.updated, reverse=True)
    address = whole_address(reverse("publishing:feed"))
    return write_feed(
        Feed(
            id=address,
            title=f"{prefix()}{us.name if us else ''} 避難情報・お知らせ",
            updated=entries[0].updated if entries else worlds.now().replace(microsecond=0),
            author=us.name if us else "Tomoshibi",
            link=address,
            entries=tuple(entries[:NEWEST]),
        )
    )


def _approved() -> list[ProposalRow]:
    return list(ProposalRow.objects.filter(state="approved").order_by("-decided_at")[:NEWEST])


def _order_entry(said: ProposalRow) -> Entry:
    return Entry(
        id=f"urn:uuid:{said.approval}",
        title=prefix() + said.told.ja,
        updated=(said.decided_at or worlds.now()).replace(microsecond=0),
        link=whole_address(reverse("publishing:cap", args=[said.approval])),
        link_type=CAP_TYPE,
        summary=wordings.text_of(said, "ja"),
    )


def _notice_entry(row: NoticeRow) -> Entry:
    return Entry(
        id=f"urn:uuid:{row.approval}",
        title=prefix() + row.title,
        updated=(row.since or worlds.now()).replace(microsecond=0),
        link=whole_address(reverse("publishing:public")),
        link_type="text/html",
        summary=row.body,
    )


def _sender() -> str:
    """Who sends: the municipality's code at the name of this server."""
    return f"{here() or 'tomoshibi'}@{urlsplit(settings.TOMOSHIBI_URL).hostname or 'localhost'}"


def _info(said: ProposalRow, key: str) -> Info:
    severity, urgency, certainty, response = _GRAVITY[said.level]
    lifted = said.act_word is Act.LIFT
    us = who_are_we()
    english = key == "en"
    heading = said.heading.en if english else said.heading.ja
    told = said.told.en if english else said.told.ja
    return Info(
        language="en" if english else "ja",
        categories=(_CATEGORIES.get(said.danger_word, "Safety"),),
        event=heading,
        response_types=("AllClear",) if lifted else (response,),
        urgency="Past" if lifted else urgency,
        severity="Minor" if lifted else severity,
        certainty=certainty,
        effective=said.decided_at.astimezone(JAPAN).replace(microsecond=0) if said.decided_at else None,
        sender_name=us.name if us else "",
        headline=prefix() + told,
        description=wordings.text_of(said, key),
        instruction="" if english else said.advice,
        web=whole_address(reverse("publishing:public")),
        parameters=(("警戒レベル", str(said.level)),) if not lifted else (),
        areas=tuple(_place(row) for row in queries.areas_of(said)),
    )


def _place(row: AreaRow) -> Place:
    code = here()
    return Place(
        description=row.name,
        polygons=tuple(_rings(row)),
        geocodes=(("JIS X 0402", code),) if code else (),
    )


def _rings(row: AreaRow) -> Iterator[tuple[Point, ...]]:
    """The outer rings of an area; CAP knows no holes."""
    if not row.geometry:
        return
    geometry: dict[str, Any] = json.loads(row.geometry)
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield tuple(Point(lat, lon) for lon, lat, *_ in polygon[0])
