"""What shelters tell the operations room: evacuees, reports due, what to do next, and the map."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from tomoshibi.incidents.panels import MapLayer, Told, show_on_map, tells
from tomoshibi.journal import worlds
from tomoshibi.places.models import SiteRow
from tomoshibi.shelters import queries
from tomoshibi.shelters.laws import capacity
from tomoshibi.shelters.models import ShelterRow
from tomoshibi.shelters.words import Fullness
from tomoshibi.vocabulary import T

#: lines of one kind before the rest is one line
LINES = 5
#: state -> colour and shape on the map
_MARKS = {
    "open": ("#0B6B3A", "circle"),
    "crowded": ("#B45309", "diamond"),
    "full": ("#A50021", "square"),
    "closed": ("#5C554B", "cross"),
}


def _list() -> str:
    return reverse("shelters:shelters")


def _page(row: ShelterRow) -> str:
    return reverse("shelters:shelter", args=[row.subject.partition(":")[2]])


@tells("here", "shelters.read")
def evacuees(incident: str) -> Iterable[Told]:
    """Evacuees counted and registered, side by side: they differ, and neither is the truth alone."""
    if not incident:
        return
    seen = queries.headcount(incident)
    if not seen.shelters:
        return
    counted = "人数不明" if seen.counted is None else f"{seen.counted}人"
    counted_en = "unknown" if seen.counted is None else str(seen.counted)
    text = T(
        f"避難者 数えた{counted}・名簿{seen.registered}人",
        f"Evacuees: {counted_en} counted, {seen.registered} registered",
    )
    yield Told(text, _list(), tone="unknown" if seen.counted is None else "calm")
    more = f"（うち未報告 {seen.uncounted}）" if seen.uncounted else ""
    more_en = f" ({seen.uncounted} not reported)" if seen.uncounted else ""
    text = T(f"避難所 {seen.shelters}か所{more}", f"{seen.shelters} shelters{more_en}")
    yield Told(text, _list(), tone="unknown" if seen.uncounted else "calm")


@tells("due", "shelters.read")
def reports(incident: str) -> Iterable[Told]:
    """The shelters' next reports, those overdue marked."""
    if not incident:
        return
    rows = sorted((r for r in queries.open_shelters(incident) if r.due_at), key=lambda r: r.due_at or worlds.now())
    now = worlds.now()
    for row in rows[:LINES]:
        late = row.due_at is not None and row.due_at < now
        text = T(f"避難所の報告（{row.name}）", f"Shelter report ({row.name})")
        yield Told(text, _page(row), row.due_at, "alert" if late else "calm")
    if rest := rows[LINES:]:
        yield Told(T(f"避難所の報告 ほか{len(rest)}か所", f"{len(rest)} more shelter reports"), _list(), rest[0].due_at)


@tells("next", "shelters.read")
def to_do(incident: str) -> Iterable[Told]:
    """Urgent words of shelters, urgent needs, shelters over capacity."""
    if not incident:
        return
    shelters = queries.open_shelters(incident)
    for row in [r for r in shelters if r.urgent][:LINES]:
        yield Told(T(f"{row.name}: {row.urgent}", f"{row.name}: {row.urgent}"), _page(row), row.reported_at, "alert")
    names = {r.subject: r for r in shelters}
    wanted = [n for n in queries.needs(incident) if n.urgent and n.shelter in names]
    for need in wanted[:LINES]:
        name = names[need.shelter].name
        amount = f" × {need.quantity}{need.unit}" if need.quantity is not None else ""
        text = T(f"急ぎの要望: {need.item}{amount}（{name}）", f"Urgent need: {need.item}{amount} ({name})")
        yield Told(text, _page(names[need.shelter]), need.noted_at, "alert")
    for finding in capacity():
        if finding.subjects[0] in names:
            yield Told(finding.text, _page(names[finding.subjects[0]]), tone="alert")


@tells("papers", "shelters.read")
def papers(incident: str) -> Iterable[Told]:
    """The list of shelters on paper."""
    if incident and queries.shelters(incident).exists():
        yield Told(T("避難所の一覧 PDF", "List of shelters, PDF"), f"{_list()}?incident={incident}&as=pdf")


def features(incident: str) -> list[dict[str, Any]]:
    """Shelters of an incident as points: how full is told by word and shape as well as colour."""
    if not incident:
        return []
    rows = list(queries.shelters(incident))
    sites = SiteRow.objects.in_bulk({row.site for row in rows})
    found = []
    for row in rows:
        site = sites.get(row.site)
        if site is None or site.lat is None or site.lon is None:
            continue
        key = "closed" if not row.is_open else row.fullness if row.fullness in ("crowded", "full") else "open"
        colour, shape = _MARKS[key]
        found.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [site.lon, site.lat]},
                "properties": {
                    "name": row.name,
                    "state": _state(row),
                    "kind": _kind(row),
                    "address": _page(row),
                    "colour": colour,
                    "shape": shape,
                },
            }
        )
    return found


def _kind(row: ShelterRow) -> str:
    if not row.is_open:
        return str(T("閉鎖", "Closed"))
    full = row.fullness in (Fullness.CROWDED, Fullness.FULL)
    return str(Fullness(row.fullness).label if full else T("開設", "Open"))


def _state(row: ShelterRow) -> str:
    words: list[str | T] = [_kind(row)]
    if not row.is_open:
        return str(words[0])
    people = row.registered  # type: ignore[attr-defined]  # annotated
    counted = row.counted
    words.append(T(f"{counted}人", f"{counted} people") if counted is not None else T("人数不明", "count unknown"))
    words.append(T(f"名簿{people}", f"{people} registered"))
    return " ".join(str(w) for w in words)


SHELTERS = show_on_map(MapLayer("shelters", T("避難所", "Shelters"), features, "shelters.read"))
