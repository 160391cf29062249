"""A team's day on paper 調査経路表: a sketch of its way, and its stops in order with room to tick and write."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from tomoshibi.documents import drawn, render
from tomoshibi.journal import worlds
from tomoshibi.places.queries import names_of
from tomoshibi.relief.models import DwellingRow, SurveyRow, TeamRow
from tomoshibi.relief.words import Risk, Structure
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.wareki import to_wareki

TEMPLATE = "relief/documents/route.typ"
#: the sketch on paper (mm): its width, its most and least height, what stays free inside, how near two stops may stand
WIDTH, TALL, LOW, EDGE, NEAR = 176.0, 95.0, 45.0, 14.0, 6.0
#: metres of a degree of latitude
DEGREE = 111_320.0
COLUMNS = (
    T("順", "No."), T("所在地", "Address"), T("構造・階数", "Structure"), T("回", "Round"),
    T("応急危険度", "Risk mark"), T("済", "Done"), T("時刻", "Time"), T("備考", "Note"),
)  # fmt: skip


def route(team: TeamRow, on: date, found: Sequence[tuple[SurveyRow, DwellingRow]], risks: Mapping[str, Risk]) -> bytes:
    """PDF of a team's day. ``risks``: the emergency marking of dwellings that have one.

    Raises what :func:`tomoshibi.documents.render` raises, but for characters that no font has: they are printed in a
    plain form, with a note.
    """
    rows = [
        {
            "stop": str(s.stop or "―"),
            "address": f"{p.address} {p.building}".strip(),
            "about": _about(p),
            "round": str(s.round),
            "risk": risks[p.subject].label if p.subject in risks else "",
            "done": "✓" if s.surveyed_at else "□",
            "note": s.reason,
        }
        for s, p in found
    ]
    members = "、".join(json.loads(team.members)) or "―"
    start = names_of([team.start]).get(team.start, "") if team.start else ""
    lead = T(f"{to_wareki(on)}　{len(found)}棟　班員 {members}", f"{on}: {len(found)} dwellings; members {members}")
    if start:
        lead = T(f"{lead.ja}　出発 {start}", f"{lead.en}; from {start}")
    sketch = sketched([(str(s.stop or "―"), p.lat, p.lon) for s, p in found if p.lat is not None and p.lon is not None])
    unplaced = sum(p.lat is None or p.lon is None for _, p in found)
    notes = [T("図は略図で、破線は順路です（道路ではありません）。", "The sketch shows the order of stops, no roads.")]
    if unplaced:
        notes.append(
            T(f"位置が未登録の {unplaced} 棟は図にありません。", f"{unplaced} have no position and are not on it.")
        )

    def sheet(title: T | str, rows: Any, *, notes: Iterable[T | str] = (), **options: Any) -> bytes:
        data = {"lead": lead, "sketch": sketch, "columns": list(COLUMNS), "rows": rows, "notes": list(notes)}
        return render(TEMPLATE, data, title=title, **options)

    title = T(f"調査経路表 {team.name}", f"Route sheet {team.name}")
    return drawn(sheet, title, rows, notes=notes if sketch else [], created=worlds.now(), training=worlds.is_training())


def _about(place: DwellingRow) -> str:
    """Structure and storeys, as short as paper needs it."""
    structure = Structure(place.structure)
    short = T("木造", "Wooden") if structure is Structure.WOODEN else structure.label
    storeys = T(f"{place.storeys}階", f"{place.storeys} fl.") if place.storeys else T("", "")
    return " ".join(filter(None, (str(short), str(storeys))))


def sketched(stops: Sequence[tuple[str, float, float]]) -> dict[str, Any] | None:
    """Where ``stops`` (label, latitude, longitude) lie on paper, north up, to one scale; None where none has a place.

    ``points`` and ``way`` are mm from the upper left; stops that would cover each other share a label.
    """
    if not stops:
        return None
    middle = math.radians(sum(lat for _, lat, _ in stops) / len(stops))
    metres = [(lon * DEGREE * math.cos(middle), -lat * DEGREE) for _, lat, lon in stops]
    left, top = min(x for x, _ in metres), min(y for _, y in metres)
    # a way of less than 50 m is not drawn larger than 50 m would be
    wide, high = max(x for x, _ in metres) - left, max(y for _, y in metres) - top
    scale = min((WIDTH - 2 * EDGE) / max(wide, 50.0), (TALL - 2 * EDGE) / max(high, 1.0))
    height = max(high * scale + 2 * EDGE, LOW)
    beside, above = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    way = [(round(beside + (x - left) * scale, 2), round(above + (y - top) * scale, 2)) for x, y in metres]
    points: list[dict[str, Any]] = []
    for (label, _, _), (x, y) in zip(stops, way, strict=True):
        near = next((p for p in points if math.hypot(p["x"] - x, p["y"] - y) < NEAR), None)
        if near is None:
            points.append({"x": x, "y": y, "label": label})
        else:
            near["label"] += f"・{label}"
    bar = _round_length(WIDTH / 5 / scale)
    named = f"{bar / 1000:g} km" if bar >= 1000 else f"{bar:g} m"
    return {
        "points": points,
        "way": way,
        "height": round(height, 2),
        "bar": {"length": round(bar * scale, 2), "label": named},
    }


def _round_length(metres: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is no longer."""
    power = 10.0 ** math.floor(math.log10(metres))
    return next(step * power for step in (5, 2, 1) if step * power <= metres * (1 + 1e-9))
