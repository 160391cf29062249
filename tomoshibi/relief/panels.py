"""What relief tells the operations room: what waits at the counter, the papers, and the map of damaged dwellings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from tomoshibi.incidents.panels import MapLayer, Told, show_on_map, tells
from tomoshibi.incidents.queries import with_merged
from tomoshibi.relief import queries
from tomoshibi.relief.models import DwellingRow, SurveyRow
from tomoshibi.relief.words import Stage
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass

LAYER = "dwellings"


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
    """Dwellings that were surveyed, by the judgement in force or, unjudged, by what the sheet comes to."""
    rows = SurveyRow.objects.filter(surveyed_at__isnull=False).order_by("round")
    if incident:
        rows = rows.filter(incident__in=with_merged(incident))
    newest = {row.dwelling: row for row in rows}
    found = []
    for place in DwellingRow.objects.filter(lat__isnull=False, lon__isnull=False):
        if (row := newest.get(place.subject)) is None:
            continue
        shown = DamageClass(row.judged or row.proposed or DamageClass.NONE)
        state = shown.label if row.judged else T(f"{shown.label.ja}（判定待ち）", f"{shown.label.en} (not judged)")
        found.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
                "properties": {
                    "name": place.address,
                    "state": str(state),
                    "address": reverse("relief:dwelling", args=[place.subject.partition(":")[2]]),
                    "colour": shown.colour,
                    "shape": "square" if row.judged else "diamond",
                },
            }
        )
    return found


show_on_map(MapLayer(LAYER, T("被害認定", "Damage to dwellings"), features, "relief.read"))
