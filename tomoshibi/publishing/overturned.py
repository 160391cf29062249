"""What was published, or waits to be, and quotes an intensity that holds no more: a station was left out since.

Nothing is published otherwise by itself: headquarters is told, and goes on being told until a newer text is approved.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from tomoshibi.incidents.queries import bulletins_of
from tomoshibi.publishing import queries
from tomoshibi.publishing.models import ProposalRow
from tomoshibi.vocabulary import IntensityClass, T


@dataclass(frozen=True)
class Published:
    """A text of an order or a notice: what it is called, its page, when it was written, and what it says."""

    name: T
    page: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Outdated:
    """A text, and the classes that it quotes and that were corrected after it was written."""

    said: Published
    classes: tuple[IntensityClass, ...]


def outdated(incident: str) -> list[Outdated]:
    """What quotes a class that a telegram of an incident (a reference) gave and that was corrected later.

    What names a class that stands elsewhere is found, too: a person reads it.
    """
    corrected = list(bulletins_of(incident).exclude(overturned="")) if incident else []
    if not corrected:
        return []
    found = []
    for said in _published(incident):
        classes = {
            klass
            for row in corrected
            if row.corrected_at and row.corrected_at > said.at
            for klass in map(IntensityClass.parse, row.overturned.split())
            if any(_plain(text) in said.text for text in (klass.text.ja, klass.text.en))
        }
        if classes:
            found.append(Outdated(said, tuple(sorted(classes, reverse=True))))
    return found


def _published(incident: str) -> Iterator[Published]:
    of_it = ("", incident)  # what was written without an incident may be of this one
    for order in queries.in_force():
        if order.incident in of_it and (held := queries.approved(order.approval)) and order.since:
            yield _order(held, order.since)
    for order in queries.waiting():
        if order.incident in of_it and (asked := queries.proposal(order.waiting)) and asked.at:
            yield _order(asked, asked.at)
    for notice in queries.notices().filter(incident__in=of_it).exclude(state="withdrawn"):
        name = T(f"お知らせ「{notice.title}」", f"notice “{notice.title_en or notice.title}”")
        page = reverse("publishing:notice", args=[notice.subject.partition(":")[2]])
        if notice.state == "published" and notice.since:
            parts = (notice.title, notice.body, notice.title_en, notice.body_en, notice.easy)
            yield Published(name, page, notice.since, _plain(" ".join(parts)))
        if waits := notice.waits:
            text = " ".join(waits[part] for part in ("title", "body", "title_en", "body_en", "easy"))
            yield Published(name, page, datetime.fromisoformat(waits["at"]), _plain(text))


def _order(said: ProposalRow, at: datetime) -> Published:
    name = T(f"{said.heading.ja} {said.where}", f"{said.heading.en} {said.where}")
    page = reverse("publishing:order", args=[said.order_key])
    return Published(name, page, at, _plain(" ".join((said.reason, said.advice, *said.wordings.values()))))


def _plain(text: str) -> str:
    """A text with width, case and spacing taken away, and 震度は5強 as 震度5強."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).replace("震度は", "震度")
