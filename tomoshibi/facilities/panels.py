"""What facilities tell the operations room: how many have answered, who is late, what next, and where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import reverse

from tomoshibi.facilities.queries import FacilityState, states
from tomoshibi.facilities.words import Answer
from tomoshibi.incidents.panels import CROWD, MapLayer, Told, show_on_map, tells
from tomoshibi.journal import worlds
from tomoshibi.vocabulary import T

#: how each answer is drawn: colour and shape, because colour never speaks alone
MARKS: dict[str, tuple[str, str]] = {
    "": ("#A50021", "triangle"),
    Answer.STAYING: ("#7A1FA2", "cross"),
    Answer.NOT_YET: ("#B4420A", "triangle"),
    Answer.PREPARING: ("#8A5A00", "diamond"),
    Answer.LEAVING: ("#0B57C2", "square"),
    Answer.ARRIVED: ("#0B6B3A", "circle"),
}


def _going(incident: str) -> list[FacilityState]:
    return [s for s in states(incident) if s.evacuation.ended_at is None]


def _board() -> str:
    return reverse("facilities:board")


@tells("here", "facilities.read")
def here(incident: str) -> Iterable[Told]:
    """One line: facilities by answer, and people counted of those expected."""
    found = _going(incident)
    if not found:
        return
    arrived = sum(s.answer is Answer.ARRIVED for s in found)
    silent = sum(s.answer is None for s in found)
    safe, expected = sum(s.counts.safe for s in found), sum(s.counts.expected for s in found)
    yield Told(
        T(
            f"施設の避難 到着{arrived}／{len(found)} 未回答{silent} 確認{safe}／{expected}人",
            f"Facilities: {arrived} of {len(found)} arrived, {silent} silent; {safe} of {expected} people safe",
        ),
        _board(),
        tone="alert" if silent else "calm",
    )


@tells("due", "facilities.read")
def due(incident: str) -> Iterator[Told]:
    """Facilities that are to be telephoned, by when: they were told and have not answered."""
    for state in _going(incident):
        if state.due_at:
            yield Told(
                T(f"{state.site.name} の回答 {state.phone}", f"Answer of {state.site.name} {state.phone}"),
                _board(),
                state.due_at,
                "alert" if state.due_at <= worlds.now() else "calm",
            )


@tells("next", "facilities.read")
def next_steps(incident: str) -> Iterator[Told]:
    """What is to be done about facilities."""
    found = _going(incident)
    silent = [s for s in found if s.answer is None]
    if silent:
        yield Told(
            T(f"{len(silent)}施設が未回答。電話で確かめる", f"{len(silent)} facilities have not answered: telephone"),
            _board(),
            min((s.since for s in silent if s.since), default=None),
            "alert",
        )
    staying = [s for s in found if s.wants_brigade]
    signs = [s for s in found if s.evacuation.signs_alarm]
    lacking = [s for s in found if s.lacks]
    yield from _gathered([_signs(s) for s in signs], T("{n}施設で前兆", "Precursors at {n} facilities"))
    yield from _gathered(
        [_staying(s) for s in staying],
        T("{n}施設にとどまる人がいることを消防に伝える", "Tell the fire brigade that people stay at {n} facilities"),
    )
    yield from _gathered(
        [_lacking(s) for s in lacking],
        T("{n}施設で確認できていない人がいる", "People of {n} facilities are not accounted for"),
    )


def _signs(state: FacilityState) -> Told:
    seen = state.evacuation.sign_words
    text = T(
        f"{state.site.name} で前兆: {'、'.join(s.label.ja for s in seen)}",
        f"Precursors at {state.site.name}: {', '.join(s.label.en for s in seen)}",
    )
    return Told(text, _board(), state.evacuation.signs_at, "alert")


def _staying(state: FacilityState) -> Told:
    text = T(
        f"{state.site.name} にとどまる人がいることを消防に伝える",
        f"Tell the fire brigade that people stay at {state.site.name}",
    )
    return Told(text, _board(), state.since, "alert")


def _lacking(state: FacilityState) -> Told:
    text = T(
        f"{state.site.name} の{state.lacks}人が確認できていない",
        f"{state.lacks} people of {state.site.name} are not accounted for",
    )
    return Told(text, _board(), state.since, "alert")


def _gathered(lines: list[Told], many: T) -> Iterator[Told]:
    """The lines themselves, or one for all of them: what wants to be done must fit a screen."""
    if len(lines) <= CROWD:
        yield from lines
    else:
        since = min((line.at for line in lines if line.at), default=None)
        yield Told(many.format(n=len(lines)), _board(), since, "alert")


def _features(incident: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [s.site.lon, s.site.lat]},
            "properties": {
                "name": s.site.name,
                "state": str(s.state),
                "address": reverse("facilities:facility", args=[s.site.subject.partition(":")[2]]),
                "needs": ("facilities.read", s.site.subject),
                "colour": MARKS[s.evacuation.answer][0],
                "shape": MARKS[s.evacuation.answer][1],
            },
        }
        for s in _going(incident)
        if s.site.lat is not None
    ]


show_on_map(MapLayer("facilities", T("要配慮者利用施設", "Care facilities"), _features, "facilities.read"))
