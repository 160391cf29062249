"""What must not be so of places: named queries, shown on the conflicts page, because nodes that meet may bring it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from tomoshibi.journal.laws import Finding, law
from tomoshibi.places.models import MunicipalityRow
from tomoshibi.places.queries import sites
from tomoshibi.vocabulary import T


@law("places.site_number_once", T("施設番号は一つの施設に一つ", "A site number is one site's"))
def site_number_once() -> Iterator[Finding]:
    """Sites in use that share a number."""
    shared = sites().exclude(code="").values("code").annotate(n=Count("pk")).filter(n__gt=1).order_by("code")
    for code in shared.values_list("code", flat=True):
        found = list(sites().filter(code=code))
        names = "、".join(s.name for s in found)
        yield Finding(
            tuple(s.subject for s in found),
            T(
                f"施設番号 {code} が重なっています: {names}。番号を直すか、重複した登録を廃止してください。",
                f"Several sites have the number {code}: {names}. Correct it, or close the duplicate.",
            ),
        )


@law("places.one_municipality", T("この本部の自治体は一つ", "A headquarters is of one municipality"))
def one_municipality() -> Iterator[Finding]:
    """More than one municipality marked as our own: bulletins about either would be about us."""
    ours = list(MunicipalityRow.objects.filter(ours=True).order_by("code"))
    if len(ours) > 1:
        names = "、".join(m.name for m in ours)
        yield Finding(
            tuple(m.subject for m in ours),
            T(
                f"この本部の自治体が{len(ours)}つあります: {names}。一つを残してください。",
                f"{len(ours)} municipalities are marked as our own: {names}. Leave one.",
            ),
        )
