"""What must not be so of shelters: named queries, shown on the conflicts page, because nodes that meet may bring it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tomoshibi.journal.laws import Finding, law
from tomoshibi.shelters.models import ShelterRow, StayRow
from tomoshibi.shelters.queries import open_shelters, staying_twice
from tomoshibi.vocabulary import T


@law("shelters.one_place", T("一人は一つの避難所に", "A person stays in one shelter"))
def one_place() -> Iterator[Finding]:
    """People whom two shelters took in without knowing of one another, told of by the shelters: the name stands,
    marked, in the rosters of both.
    """
    twice = staying_twice()
    shelters = {s.shelter for stays in twice.values() for s in stays}
    names = dict(ShelterRow.objects.filter(subject__in=shelters).values_list("subject", "name"))
    for stays in twice.values():
        where = "、".join(names.get(s.shelter, "―") for s in stays)
        yield Finding(
            tuple(s.shelter for s in stays),
            T(
                f"同じ人が{len(stays)}か所（{where}）で受け付けられています。名簿に印があります。"
                "居ない方の避難所で退所を記録してください。",
                f"The same person is checked in at {len(stays)} shelters ({where}), and marked in both rosters. "
                "Check them out where they are not.",
            ),
        )


@law("shelters.capacity", T("避難所は収容人数まで", "A shelter holds no more than its capacity"))
def capacity() -> Iterator[Finding]:
    """Open shelters with more people, counted inside or registered, than they hold."""
    for row in open_shelters():
        people = max(row.registered, row.inside or 0)  # type: ignore[attr-defined]  # annotated
        if row.capacity is not None and people > row.capacity:
            yield Finding(
                (row.subject,),
                T(
                    f"{row.name}は収容人数{row.capacity}人に対し{people}人います。別の避難所を案内するか、使う部屋を増やしてください。",
                    f"{row.name} holds {row.capacity} and has {people}. Send people elsewhere, or open more rooms.",
                ),
            )


@law("shelters.closed_empty", T("閉鎖した避難所に人はいない", "Nobody stays in a closed shelter"))
def closed_empty() -> Iterator[Finding]:
    """Shelters that were closed while people are still in their rosters: nobody knows where these went."""
    closed = dict(ShelterRow.objects.exclude(closed_at=None).values_list("subject", "name"))
    left: dict[str, int] = defaultdict(int)
    for shelter in StayRow.objects.filter(out_at=None, shelter__in=closed).values_list("shelter", flat=True):
        left[shelter] += 1
    for shelter, people in left.items():
        yield Finding(
            (shelter,),
            T(
                f"閉鎖した{closed[shelter]}の名簿に{people}人が残っています。行き先を確かめて退所を記録してください。",
                f"{people} people are still in the roster of {closed[shelter]}, which is closed. "
                "Find out where they went and check them out.",
            ),
        )
