"""What must not be so of evacuating facilities: named queries, shown on the conflicts page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Count, F, OuterRef, Q, Subquery

from tomoshibi.facilities.models import EvacuationRow, HeadcountRow
from tomoshibi.facilities.queries import counts
from tomoshibi.facilities.transfer_models import BedOfferRow, TransferRow
from tomoshibi.facilities.upkeep_models import StockRow
from tomoshibi.facilities.upkeep_words import HOLDING
from tomoshibi.facilities.words import Answer
from tomoshibi.journal.laws import Finding, law
from tomoshibi.places.queries import names_of
from tomoshibi.vocabulary import T


@law("facilities.at_one_place", T("入所者は一つの避難先にいる", "A resident is at one destination"))
def at_one_place() -> Iterator[Finding]:
    """Residents counted in under two facilities in one incident: by nodes that met, or after a move between them."""
    found: dict[tuple[str, str], list[HeadcountRow]] = defaultdict(list)
    for head in HeadcountRow.objects.exclude(in_at=None).order_by("in_at", "subject"):
        found[head.incident, head.resident].append(head)
    twice = [heads for heads in found.values() if len(heads) > 1]
    names = names_of(h.site for heads in twice for h in heads)
    for heads in twice:
        listed = "、".join(names.get(h.site, h.site) for h in heads)
        yield Finding(
            tuple(h.subject for h in heads),
            T(
                f"入所者1人が{len(heads)}つの施設の避難先で確認されています: {listed}。"
                "本人の居場所を確かめ、誤った点呼を取り消してください。",
                f"One resident was counted in by {len(heads)} facilities: {listed}. Find out where the person is, and "
                "cancel the count that is wrong.",
            ),
        )


@law("facilities.counted_once", T("入所者は一つの段階で一度数える", "A resident is counted once in a phase"))
def counted_once() -> Iterator[Finding]:
    """Facilities whose phones counted the same people more than once: one finding each, by the newest count."""
    again = Q(before_times__gt=1) | Q(out_times__gt=1) | Q(way_times__gt=1) | Q(in_times__gt=1) | Q(handed_times__gt=1)
    found: dict[str, list[HeadcountRow]] = defaultdict(list)
    going = EvacuationRow.objects.filter(ended_at=None).values("subject")
    for head in HeadcountRow.objects.filter(again, evacuation__in=going).order_by("-counted_at", "subject"):
        found[head.site].append(head)
    names = names_of(found)
    for site, heads in found.items():
        name = names.get(site, "")
        yield Finding(
            tuple(h.subject for h in heads),
            T(
                f"{name}: 入所者{len(heads)}人が同じ段階で2回以上数えられています。"
                "点呼の画面に、誰がいつ数えたかがあります。別の人だったときは取り消して数え直してください。",
                f"{name}: {len(heads)} residents were counted more than once in a phase. The head-count says by whom "
                "and when: where it was somebody else, cancel one and count again.",
            ),
        )


@law("facilities.gone_with_family", T("引き渡した入所者は点呼に出ない", "Who was handed over is not counted later"))
def gone_with_family() -> Iterator[Finding]:
    """Residents counted after they were handed over to their family."""
    late = HeadcountRow.objects.filter(handed_at__isnull=False, counted_at__gt=F("handed_at"))
    rows = list(late.order_by("counted_at", "subject"))
    names = names_of(h.site for h in rows)
    for head in rows:
        yield Finding(
            (head.subject,),
            T(
                f"{names.get(head.site, '')}: 家族に引き渡した入所者1人が、そのあとで点呼されています。"
                "別の人を数えていないか確かめてください。",
                f"{names.get(head.site, '')}: a resident was counted after being handed over to the family. "
                "Was somebody else counted instead?",
            ),
        )


@law("facilities.all_arrived", T("到着した施設に不明者がいない", "A facility that has arrived misses nobody"))
def all_arrived() -> Iterator[Finding]:
    """Facilities that say they have arrived while residents are neither counted in nor handed over."""
    rows = list(EvacuationRow.objects.filter(answer=Answer.ARRIVED, ended_at=None).order_by("answered_at", "subject"))
    numbers, names = counts(rows), names_of(r.site for r in rows)
    for row in rows:
        if missing := numbers[row.subject].missing:
            yield Finding(
                (row.subject,),
                T(
                    f"{names.get(row.site, '')}は避難先に着いたと回答しましたが、{missing}人が確認できていません。",
                    f"{names.get(row.site, '')} says it has arrived; {missing} of its people are not accounted for.",
                ),
            )


@law("facilities.beds_taken", T("申し出より多くの人を送らない", "No more beds are taken than offered"))
def beds_taken() -> Iterator[Finding]:
    """Offers of which more beds are taken than there are: two nodes took the last one apart."""
    held = TransferRow.objects.filter(offer=OuterRef("subject"), step__in=HOLDING).order_by()
    taken = Subquery(held.values("offer").annotate(taken=Count("subject")).values("taken"))
    over = BedOfferRow.objects.annotate(taken=taken).filter(taken__gt=F("number"))
    for offer in over.order_by("offered_at", "subject"):
        rows = list(TransferRow.objects.filter(offer=offer.subject, step__in=HOLDING).order_by("asked_at", "subject"))
        names = names_of([offer.site, *(r.site for r in rows)])
        where, more = names.get(offer.site, ""), len(rows) - offer.number
        listed = "、".join(dict.fromkeys(names.get(r.site, r.site) for r in rows))
        yield Finding(
            (offer.subject, *(r.subject for r in rows)),
            T(
                f"{where}の{offer.number}人分に{len(rows)}人が送られています（{listed}から）。"
                f"{more}人の行き先をほかに探すか、{where}が人数を増やしてください。",
                f"{len(rows)} people are sent to {where}, which offered {offer.number} beds (from {listed}). Find "
                f"another place for {more}, or let {where} offer more.",
            ),
        )


@law("facilities.stores_not_below_nothing", T("備蓄は無いものを使わない", "Stores do not fall below nothing"))
def stores_not_below_nothing() -> Iterator[Finding]:
    """Stores of which more was used than there was: two nodes used the same ones apart, or one count was wrong."""
    rows = list(StockRow.objects.filter(amount__lt=0).order_by("subject"))
    names = names_of(r.site for r in rows)
    for row in rows:
        yield Finding(
            (row.subject,),
            T(
                f"{names.get(row.site, '')}の備蓄「{row.item}」が{row.quantity}になっています。数え直してください。",
                f"The stores of {names.get(row.site, '')}, {row.item}, stand at {row.quantity}. Count them anew.",
            ),
        )
