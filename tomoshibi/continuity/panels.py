"""What this room tells the operations room: what is down, what nobody looked at, the annexes, sites cut off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from tomoshibi.continuity import queries
from tomoshibi.continuity.words import State
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.panels import MapLayer, Told, show_on_map, tells
from tomoshibi.journal import worlds
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T

#: rows of the panel before it says how many more there are
SHOWN = 12
TONES = {State.STOPPED: "alert", State.DEGRADED: "alert", State.UNKNOWN: "unknown"}


def _address(incident: str, view: str = "board", **query: str) -> str:
    key = incident.partition(":")[2]
    return reverse(f"continuity:{view}", args=[key]) + "".join(f"?{k}={v}" for k, v in query.items())


@tells("down", "continuity.read")
def down(incident: str) -> Iterable[Told]:
    """What is stopped, degraded or unknown, worst first, with what it is because of."""
    if not incident:
        return
    found = queries.board(incident).down
    for line in found[:SHOWN]:
        because = T(f"（原因: {line.cause}）", f" (because of {line.cause})") if line.cause else T("", "")
        yield Told(
            T(f"{line.item.name} {line.word.ja}{because.ja}", f"{line.item.name}: {line.word.en.lower()}{because.en}"),
            _address(incident) + f"#i-{line.item.key}",
            line.condition.since if line.condition else None,
            TONES[line.state] if line.state else "unknown",
        )
    if len(found) > SHOWN:
        rest = len(found) - SHOWN
        yield Told(T(f"ほか {rest} 件", f"{rest} more"), _address(incident), None, "alert")


@tells("next", "continuity.read")
def next_acts(incident: str) -> Iterable[Told]:
    """Look at what nobody has looked at."""
    count = len(queries.board(incident).unconfirmed) if incident else 0
    if count:
        text = T(
            f"情報システムなど未確認 {count} 件の状態を確かめる", f"Check {count} systems and lines not looked at yet"
        )
        yield Told(text, _address(incident, state="unconfirmed"), None, "unknown")


@tells("due", "continuity.read")
def due(incident: str) -> Iterable[Told]:
    """The report asks for the state within 24 hours of the onset: until then everything should have been looked at."""
    row = incidents.incident(incident) if incident else None
    began = queries.onset(row) if row else None
    if row is None or began is None or worlds.now() > began + queries.FIRST:
        return
    count = sum(line.state is None and line.item.order is not None for line in queries.board(incident).lines)
    if count:
        text = T(f"直後（24時間）の状況の確認 残り {count} 件", f"State of the first 24 hours: {count} items left")
        yield Told(text, _address(incident, state="unconfirmed"), began + queries.FIRST)


@tells("papers", "continuity.read")
def papers(incident: str) -> Iterable[Told]:
    """The report's annexes."""
    if not incident:
        return
    yield Told(T("報告書の付属表（画面）", "Annexes of the report"), _address(incident, "report"))
    key = incident.partition(":")[2]
    for number in (1, 2):
        for form in ("pdf", "csv"):
            address = reverse("continuity:annex", args=[key, number, form])
            yield Told(T(f"付属表{number} {form.upper()}", f"Annex {number} {form.upper()}"), address)


def cuts(incident: str) -> list[dict[str, Any]]:
    """Sites that are cut off, as features of the map."""
    if not incident:
        return []
    found = queries.sites_cut(incident)
    return [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [site.lon, site.lat]},
            "properties": {
                "name": site.name,
                "state": f"{T('途絶', 'cut off')}: {'、'.join(line.item.name for line in found[site.subject])}",
                "address": _address(incident) + f"#i-{found[site.subject][0].item.key}",
                "colour": "#A50021",
                "shape": "cross",
            },
        }
        for site in SiteRow.objects.filter(subject__in=found)
        if site.lat is not None and site.lon is not None
    ]


show_on_map(MapLayer("continuity.cuts", T("断線・途絶", "Cut off"), cuts, "continuity.read"))
