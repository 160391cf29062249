"""Residents of facilities in the one search box, with where each is: "where is she" is one search."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from tomoshibi.facilities.models import HeadcountRow, ResidentRow
from tomoshibi.facilities.queries import where_is
from tomoshibi.facilities.subjects import Resident
from tomoshibi.facilities.transfer_models import TransferRow
from tomoshibi.facilities.transfers import elsewhere
from tomoshibi.facilities.upkeep_words import HOLDING, Step
from tomoshibi.journal.access import Actor
from tomoshibi.journal.finding import Found, finder
from tomoshibi.places.queries import names_of
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN


@finder("facilities.residents")
def find(words: str, actor: Actor, limit: int) -> Iterator[Found]:
    """Residents whose name or kana holds every word, of the facilities that ``actor`` answers for."""
    rows = ResidentRow.objects.order_by("left", "kana", "name")
    own = actor.sites("facilities.residents")
    if own is not None:
        guests = TransferRow.objects.filter(to_site__in=own, step__in=HOLDING).values("resident")
        rows = rows.filter(Q(site__in=own) | Q(subject__in=guests))
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(kana__icontains=word))
    people = list(rows[:limit])
    names = names_of(r.site for r in people)
    for person in people:
        where = last_known(person.subject)
        home = names.get(person.site, "")
        note = T(f"{home}　{where.ja}".strip(), f"{home} {where.en}".strip())
        yield Found(
            person.subject, Resident.label, person.name, reverse("facilities:resident", args=[person.key]), note
        )


def last_known(resident: str) -> T:
    """Where somebody is by the newest that is known, of counts, hand-over and transfers; empty where nothing is."""
    heads, moved = where_is(resident), elsewhere([resident]).get(resident)
    head = heads[0] if heads else None
    if moved and moved.since and moved.step_word in (Step.LEFT, Step.RECEIVED, Step.RETURNED):
        known = [at for at in (head.counted_at, head.handed_at) if at] if head else []
        if not known or max(known) <= moved.since:
            return moving(moved)
    return whereabouts(head) if head else T("", "")


def moving(row: TransferRow) -> T:
    """Where somebody is who goes to another facility, is there, or has returned."""
    to = names_of([row.to_site]).get(row.to_site, "")
    return {
        Step.LEFT: T(f"{to}へ移送中", f"on the way to {to}"),
        Step.RECEIVED: T(f"{to}にいる", f"at {to}"),
        Step.RETURNED: T(f"{to}から戻った", f"back from {to}"),
    }.get(row.step_word, T("", ""))


def whereabouts(head: HeadcountRow) -> T:
    """Where somebody is by the newest that is known in one evacuation, and since when in Japan; empty where every
    count was cancelled.
    """
    for at, said in (
        (head.handed_at, T(f"家族に引き渡した（{head.relation}）", f"handed over to the family ({head.relation})")),
        (head.in_at, T(f"避難先に着いた {head.in_place}".strip(), f"at the destination {head.in_place}".strip())),
        (head.way_at, T("避難の途中", "on the way")),
        (head.out_at, T("建物を出た", "out of the building")),
        (head.before_at, T("避難の前に確認", "counted before leaving")),
    ):
        if at:
            clock = f"{at.astimezone(JAPAN):%m-%d %H:%M}"
            return T(f"{said.ja} {clock}", f"{said.en} {clock}")
    return T("", "")
