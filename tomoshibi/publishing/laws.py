"""What must not be so of orders: named queries, shown on the conflicts page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tomoshibi.journal.laws import Finding, law
from tomoshibi.places.queries import names_of
from tomoshibi.publishing.models import OrderRow
from tomoshibi.publishing.queries import in_force
from tomoshibi.vocabulary import T


@law("publishing.one_level_for_an_area", T("一つの区域に有効な避難情報は一つ", "An area is under one level"))
def one_level_for_an_area() -> Iterator[Finding]:
    """Areas for which orders of different levels are in force: two that knew nothing of one another were approved."""
    by_area: dict[str, list[OrderRow]] = defaultdict(list)
    for row in in_force():
        for ref in row.area_refs:
            by_area[ref].append(row)
    disputed = {ref: rows for ref, rows in by_area.items() if len({row.level for row in rows}) > 1}
    names = names_of(disputed)
    for ref, rows in disputed.items():
        name = names.get(ref, ref)
        ja = "、".join(row.heading.ja for row in rows)
        en = ", ".join(row.heading.en for row in rows)
        yield Finding(
            tuple(row.subject for row in rows),
            T(
                f"{name}に異なるレベルの避難情報が有効です: {ja}。公開ページには最も高いものを出しています。"
                "一方を変更するか解除してください。",
                f"{name} is under several levels: {en}. The public page shows the highest. Change or lift one.",
            ),
        )
