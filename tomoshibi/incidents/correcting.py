"""Stations that do not count: which, what telegrams say without them, and who is told when figures change afterwards.

A telegram is never changed: what it said stays, beside what it says without the stations that a person left out. When a
station is left out, put back, or graded for readings of the past, every telegram that it had a part in is worked out
again, in a task of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from tomoshibi.bulletins import Bulletin, Kind, read
from tomoshibi.bulletins.without import without
from tomoshibi.incidents import estimating, queries
from tomoshibi.incidents.models import BulletinRow, StationRow
from tomoshibi.incidents.readings import Ours, ours
from tomoshibi.incidents.station_facts import BulletinCorrected, Figure, LeftOut
from tomoshibi.incidents.subjects import Station
from tomoshibi.incidents.words import SitingGrade
from tomoshibi.journal import access, datasets, tasks
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.journal.ticking import every
from tomoshibi.people import calling
from tomoshibi.vocabulary import IntensityClass, T

ME = access.Actor("system:correcting", "自動")

#: telegrams of no incident that are corrected in one transaction: others who write wait no longer than that
TOGETHER = 20


def doubtful() -> list[StationRow]:
    """Stations of which some readings may not count: left out for some time, or graded D or E at some time."""
    poor = (Q(gradings__contains=f'"{grade.value}"') for grade in SitingGrade if not grade.counts)
    return list(StationRow.objects.filter(reduce(or_, poor, Q(excluded=True))))


def ruled_out(at: datetime, known: datetime | None = None, among: Iterable[StationRow] | None = None) -> frozenset[str]:
    """Codes of the stations whose readings of ``at`` do not count, by what was known at ``known`` (None: now).

    ``among`` is :func:`doubtful`, for who asks of many moments.
    """
    rows = doubtful() if among is None else among
    return frozenset(code for row in rows if not row.counted(at, known) for code in row.codes)


def counting() -> dict[str, bool]:
    """Whether each station that somebody graded or left out counts now, by every code of it."""
    graded = StationRow.objects.filter(Q(excluded=True) | ~Q(grade=""))
    return {code: row.counts for row in graded for code in row.codes}


def corrected(bulletin: Bulletin, out: frozenset[str], here: Ours, why: str) -> BulletinCorrected:
    """What a telegram's figures are without the stations of ``out``."""
    left = without(bulletin, out)
    gone = [LeftOut(code=s.code, name=s.name, intensity=s.intensity.label)
            for s in bulletin.stations if s.code in out and s.intensity is not None]  # fmt: skip
    after = {(area.scheme, area.code): area.intensity for area in left.everywhere}
    figures = []
    for area in bulletin.everywhere:
        if gone and here.owns(area) and area.intensity is not None:
            without_them = _label(after[(area.scheme, area.code)])
            figures.append(Figure(code=area.code, name=area.name, before=area.intensity.label, after=without_them))
    return BulletinCorrected(
        stations=tuple(gone),
        max_before=_label(bulletin.max_intensity),
        max_after=_label(left.max_intensity),
        here=tuple(figures),
        why=why,
    )


def _label(klass: IntensityClass | None) -> str:
    return klass.label if klass else ""


@every(1.0, alone=True)
def correct_figures() -> None:
    """Years of telegrams may have to be read: nothing waits behind it."""
    tasks.tick(only="incidents.correct")


@tasks.handler("incidents.correct", alone=True)
def correct(task: tasks.Task) -> str:
    """Work out again what every telegram says that a station had a part in; tell those who were called out by it."""
    row = StationRow.objects.filter(subject=task.subject).first()
    if row is None:
        raise LookupError(f"{task.subject} is not there yet")
    here, found, told = ours(), dict[str, list[tuple[BulletinRow, BulletinCorrected]]](), 0
    some = doubtful()
    for telegram, bulletin in _with_station(row.codes):
        out = ruled_out(telegram.reported, telegram.received, some)
        fact = corrected(bulletin, out, here, task.payload["why"])
        if telegram.correction.get("stations", []) != [station.model_dump() for station in fact.stations]:
            found.setdefault(telegram.incident, []).append((telegram, fact))
    for incident, these in found.items():
        drafts = [Draft(f, t.subject, id=task.fact_id(t.subject), incident=incident) for t, f in these]
        if not incident:
            for few in batched(drafts, TOGETHER):
                record(few, ME)
            continue
        act = task.fact_id(incident)
        # newest first: the newest telegram stands for the earthquake
        changed = next((pair for pair in these if _changed(pair[1], pair[0].correction)), None)
        if changed is not None:
            told += 1
            drafts += calling.correct(incident, message(*changed), act)
        estimating.redraw(incident, act)
        record(drafts, ME, act)  # corrected and told together or not at all: what is corrected is not looked at again
    return f"{sum(map(len, found.values()))} telegrams corrected, {told} incidents told"


def _with_station(codes: frozenset[str]) -> Iterator[tuple[BulletinRow, Bulletin]]:
    """Telegrams of earthquakes, newest first, in which a station of those codes read something."""
    rows: QuerySet[BulletinRow] = queries.bulletins().filter(kind=Kind.EARTHQUAKE.value)
    wanted = [code.encode() for code in codes]
    for row in rows.iterator(chunk_size=200):
        try:
            data = datasets.require(row.digest).read_bytes()
        except Refused:  # its file has not come to this node: the node that has it corrects it
            continue
        if not any(code in data for code in wanted) and b"\0" not in data[:64]:
            continue
        for bulletin in read(data, row.source):
            if any(s.code in codes and s.intensity is not None for s in bulletin.stations):
                yield row, bulletin
                break


def _changed(fact: BulletinCorrected, before: dict[str, Any]) -> bool:
    """Whether what anybody was told, the maximum or our own areas, is other than it was after the last correction."""
    figures = before.get("here", ())
    was = {f.code: f.before for f in fact.here} | {f["code"]: f["after"] for f in figures}
    now = {f["code"]: f["before"] for f in figures} | {f.code: f.after for f in fact.here}
    return now != was or fact.max_after != before.get("max_after", fact.max_before)


def message(telegram: BulletinRow, fact: BulletinCorrected) -> T:
    """What is told of a correction: what was said, what it is now, and why."""
    name = telegram.title or telegram.name
    who = "、".join(station.name for station in fact.stations[:5])
    rest = len(fact.stations) - 5
    areas_ja = "".join(f"　{f.name} {f.before} → {f.after or '不明'}" for f in fact.here if f.before != f.after)
    areas_en = "".join(f"; {f.name} {f.before} → {f.after or 'not known'}" for f in fact.here if f.before != f.after)
    if not fact.stations:
        return T(
            f"{name}: 観測点の除外を取り消し、発表どおり最大震度 {fact.max_before} に戻しました（{fact.why}）。",
            f"{name}: the stations count again; the maximum is {fact.max_before} as it was said ({fact.why}).",
        )
    return T(
        f"{name}: 最大震度 {fact.max_before} → {fact.max_after or '不明'}{areas_ja}。"
        f"観測点 {who}{f' ほか{rest}' if rest > 0 else ''} を除きました（{fact.why}）。",
        f"{name}: maximum {fact.max_before} → {fact.max_after or 'not known'}{areas_en}. "
        f"Left out: {who}{f' and {rest} more' if rest > 0 else ''} ({fact.why}).",
    )


def of_station(row: StationRow) -> list[BulletinRow]:
    """The telegrams whose figures were corrected by leaving a station out, newest first."""
    rows = queries.bulletins().exclude(corrected="")
    return [r for r in rows if any(s["code"] in row.codes for s in r.correction.get("stations", ()))]


def reference(code: str) -> str:
    """Reference of the station that a code means: its own, or one of its numbers in other lists."""
    found = StationRow.objects.filter(Q(code=code) | Q(also__contains=code))
    return next((row.subject for row in found if code in row.codes), Station.coded(code))
