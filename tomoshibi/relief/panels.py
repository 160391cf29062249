"""What relief tells the operations room: what waits at the counter, the papers, and the map of damaged dwellings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.urls import reverse

from tomoshibi.incidents.mapping import feature, point
from tomoshibi.incidents.panels import MapLayer, Told, show_on_map, tells
from tomoshibi.incidents.queries import with_merged
from tomoshibi.relief import queries, schemes
from tomoshibi.relief.joint_models import JointRow
from tomoshibi.relief.models import DwellingRow, RiskRow, SurveyRow
from tomoshibi.relief.words import Risk, Stage
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass

LAYER = "dwellings"
#: more marks than this are drawn as counts by cell; a cell's least side in degrees, about 500 m
MOST_MARKS, CELL = 2000, 0.005


@tells("next", "relief.personal")
def waiting_at_the_counter(incident: str) -> Iterator[Told]:
    """Applications that wait, by what they wait for."""
    seen = queries.queue(incident)
    steps = (
        (seen.applied, Stage.APPLIED, T("罹災証明の調査待ち {n}件", "{n} applications wait for a survey")),
        (seen.judged, Stage.JUDGED, T("罹災証明の交付待ち {n}件", "{n} certificates wait to be issued")),
    )
    for count, stage, text in steps:
        if count:
            yield Told(text.format(n=count), reverse("relief:applications") + f"?stage={stage.value}")


@tells("next", "relief.judged")
def waiting_for_judgement(incident: str) -> Iterator[Told]:
    """Sheets that wait for a second pair of eyes."""
    if count := queries.to_judge(incident).count():
        yield Told(T(f"被害の判定待ち {count}件", f"{count} sheets wait for judgement"), reverse("relief:judging"))


@tells("next", "relief.joint_approved")
def areas_to_approve(incident: str) -> Iterator[Told]:
    """Judgements of whole areas that wait for a second person."""
    if count := JointRow.objects.filter(incident__in=with_merged(incident), state="proposed").count():
        text = T(f"区域の一括判定の承認待ち {count}件", f"{count} judgements of areas wait for approval")
        yield Told(text, f"{reverse('relief:joints')}?incident={incident}")


@tells("next", "relief.scheme_approved")
def schemes_to_approve(incident: str) -> Iterator[Told]:
    """Rounds of relief money, and amounts of schemes, that wait for a second person."""
    if count := len(schemes.waiting(incident)):
        text = T(f"配分・支援の額の承認待ち {count}件", f"{count} tables of relief money or support wait for approval")
        yield Told(text, f"{reverse('relief:schemes')}?incident={incident}")


@tells("papers", "relief.personal")
def papers(incident: str) -> Iterator[Told]:
    """The register of everything issued."""
    seen = queries.queue(incident)
    if seen.certificates:
        yield Told(
            T(
                f"罹災証明書 {seen.certificates}件（{seen.copies}通）・住家 {seen.dwellings}棟",
                f"{seen.certificates} certificates ({seen.copies} copies), {seen.dwellings} dwellings",
            ),
            reverse("relief:certificates"),
        )


def features(incident: str) -> list[dict[str, Any]]:
    """Dwellings that were surveyed, by the judgement in force or, unjudged, by what the sheet comes to.

    Where they are more than a map can draw, how many of which class lie about where.
    """
    rows = SurveyRow.objects.filter(surveyed_at__isnull=False).order_by("round")
    if incident:
        rows = rows.filter(incident__in=with_merged(incident))
    shown = {
        dwelling: (DamageClass(judged or proposed or DamageClass.NONE), bool(judged))
        for dwelling, judged, proposed in rows.values_list("dwelling", "judged", "proposed")
    }
    placed = DwellingRow.objects.filter(lat__isnull=False, lon__isnull=False).order_by("subject")
    places = [
        (subject, address, lat, lon)
        for subject, address, lat, lon in placed.values_list("subject", "address", "lat", "lon").iterator()
        if subject in shown and lat is not None and lon is not None
    ]
    if len(places) > MOST_MARKS:
        return _gathered((shown[subject][0], lat, lon) for subject, _, lat, lon in places)
    return [_mark(*place, *shown[place[0]]) for place in places]


def _mark(subject: str, address: str, lat: float, lon: float, found: DamageClass, judged: bool) -> dict[str, Any]:
    state = found.label if judged else T(f"{found.label.ja}（判定待ち）", f"{found.label.en} (not judged)")
    return feature(
        point(lat, lon),
        name=address,
        state=str(state),
        address=reverse("relief:dwelling", args=[subject.partition(":")[2]]),
        colour=found.colour,
        shape="square" if judged else "diamond",
    )


def by_cell[K](
    places: Iterable[tuple[K, float, float]], most: int
) -> dict[tuple[int, int, K], list[tuple[float, float]]]:
    """Places (kind, latitude, longitude) by cell and kind. Cells are as large as they must be for at most ``most`` of
    them, or one a kind.
    """
    located, side = list(places), CELL
    kinds = len({kind for kind, _, _ in located})
    while True:
        cells: dict[tuple[int, int, K], list[tuple[float, float]]] = defaultdict(list)
        for kind, lat, lon in located:
            cells[int(lat // side), int(lon // side), kind].append((lat, lon))
        if len(cells) <= max(most, kinds):
            return cells
        side *= 2


def middle(held: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The mean of places: latitude, longitude."""
    return sum(lat for lat, _ in held) / len(held), sum(lon for _, lon in held) / len(held)


def _gathered(places: Iterable[tuple[DamageClass, float, float]]) -> list[dict[str, Any]]:
    """One mark a cell and class: how many, at their mean."""
    order = list(DamageClass)
    return [
        feature(
            point(*middle(held)),
            name=str(T("{n}棟", "{n:dwelling|dwellings}").format(n=len(held))),
            state=str(found.label),
            mark=str(len(held)),
            address=f"{reverse('relief:dwellings')}?judged={found.value}",
            colour=found.colour,
            shape="square",
        )
        for (_, _, found), held in sorted(
            by_cell(places, MOST_MARKS).items(), key=lambda cell: (*cell[0][:2], order.index(cell[0][2]))
        )
    ]


def risks(incident: str) -> list[dict[str, Any]]:
    """Buildings by their emergency risk marking, kept apart from the damage; the unsafe are drawn last, on top."""
    rows = RiskRow.objects.filter(incident__in=with_merged(incident)) if incident else RiskRow.objects.all()
    marked = dict(rows.order_by("marked_at").values_list("dwelling", "mark"))
    placed = DwellingRow.objects.filter(subject__in=rows.values("dwelling"), lat__isnull=False, lon__isnull=False)
    places = sorted(placed, key=lambda p: (list(Risk).index(Risk(marked[p.subject])), p.subject))
    return [
        feature(
            point(p.lat, p.lon),
            name=p.address,
            state=str(risk.label),
            address=reverse("relief:dwelling", args=[p.subject.partition(":")[2]]),
            colour=risk.colour,
            shape=risk.shape,
        )
        for p in places
        if (risk := Risk(marked[p.subject]))
    ]


show_on_map(MapLayer(LAYER, T("被害認定", "Damage to dwellings"), features, "relief.read"))
show_on_map(MapLayer("risks", T("応急危険度判定", "Emergency risk markings"), risks, "relief.read"))
