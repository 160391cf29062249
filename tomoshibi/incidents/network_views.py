"""The live network for a seismologist: every station as it is now, on a map and in a list, and its drum plot.

What is shown is the state file that ``tomoshibi network run`` writes on this node: no fact, and only of now.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tomoshibi.documents import Column
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.incidents import correcting
from tomoshibi.incidents.models import StationRow
from tomoshibi.incidents.network_state import folder, kept
from tomoshibi.journal.pages import reading
from tomoshibi.places.listing import Cell, Filter, Listing, Shown
from tomoshibi.shaking.network.drum import drum
from tomoshibi.shaking.network.engine import FLAWS, SILENT, class_numbers, class_of, flaw_table, long_period_numbers
from tomoshibi.shaking.network.keeping import Drums, Kept
from tomoshibi.shaking.network.stations import Station
from tomoshibi.vocabulary import IntensityClass, T
from tomoshibi.vocabulary.intensity import CLASSES

TITLE = T("観測網", "Live network")
#: seconds after which a state file that nobody writes is said to be old
OLD = 20.0
#: hours of a drum plot
DRUM_HOURS = 3.0
FLAW_WORDS = {
    "silent": T("データが来ない", "silent"),
    "clock": T("時計が進んでいる", "clock is fast"),
    "dead": T("動かない成分", "dead component"),
    "clipped": T("振り切れ", "clipped"),
    "noisy": T("雑音が大きい", "noisy"),
    "gaps": T("欠測", "gaps"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One station in the list."""

    station: Station
    intensity: float
    klass: int
    largest: float
    largest_klass: int
    long_period: int
    pga: float
    latency: float
    missing: float
    late: int
    repeated: int
    flaws: tuple[str, ...]

    @property
    def code(self) -> str:
        """Its code, by which the list sorts."""
        return self.station.code


@dataclass(frozen=True)
class LiveListing(Listing):
    """A list page whose rows are a list of :class:`Line` in memory instead of a table."""

    def asked(self, request: HttpRequest) -> Any:
        """The lines that the address asks for."""
        rows: Any = self.rows
        for narrowing in self.filters:
            value = request.GET.get(narrowing.name, "")
            if narrowing.takes(value):
                rows = narrowing.apply(rows, value)
        for word in request.GET.get("q", "").lower().split():
            rows = [r for r in rows if word in f"{r.station.code} {r.station.name} {r.station.agency}".lower()]
        sort = request.GET.get("sort", "")
        index = sort.lstrip("-")
        if index.isdecimal() and int(index) < len(self.columns) and (fields := self.columns[int(index)].sort):
            # what is not known comes last, in either direction
            down = sort.startswith("-")
            known = [r for r in rows if getattr(r, fields[0]) == getattr(r, fields[0])]
            unknown = [r for r in rows if getattr(r, fields[0]) != getattr(r, fields[0])]
            rows = sorted(known, key=lambda r: getattr(r, fields[0]), reverse=down) + unknown
        return rows


def clock(state: Kept) -> float:
    """The network's time now: that of its last state, and what has gone by since, while it runs."""
    return state.now + (0.0 if state.more["ended"] else min(OLD, max(0.0, time.time() - state.more["wall"])))


def lines(state: Kept) -> list[Line]:
    """Every station, the strongest first."""
    of, flaws = state.of, flaw_table(state.of, clock(state))
    classes, largest = class_numbers(of["intensity"]), class_numbers(of["largest"])
    swings = long_period_numbers(of["sva"])
    missing = of["gaps"] / np.maximum(1, of["seconds"] * 3 * state.more["rate"]) * 100
    rows = [
        Line(
            station,
            float(of["intensity"][n]),
            int(classes[n]),
            float(of["largest"][n]),
            int(largest[n]),
            int(swings[n]),
            float(of["pga"][n]),
            float(of["latency"][n]),
            min(100.0, float(missing[n])),
            int(of["late"][n]),
            int(of["repeated"][n]),
            tuple(name for name in FLAWS if flaws[name][n]),
        )
        for n, station in enumerate(state.stations)
    ]
    return sorted(rows, key=lambda line: (-line.klass, -line.intensity if line.klass >= 0 else 0, line.code))


def _figure(value: float, form: str = "{:.1f}") -> str:
    return form.format(value) if value == value else "—"


def _class(number: int) -> T:
    klass = class_of(number)
    return T("—", "—") if klass is None else klass.text


COLUMNS = (
    Shown(
        T("観測点", "Station"),
        lambda r: Cell(f"{r.code} {r.station.name}", reverse("incidents:network_station", args=[r.code])),
        ("code",),
    ),
    Shown(T("いまの震度", "Now"), lambda r: _class(r.klass), ("intensity",)),
    Shown(T("計測震度", "Intensity"), lambda r: _figure(r.intensity), ("intensity",), True),
    Shown(T("最大", "Largest"), lambda r: _class(r.largest_klass), ("largest",)),
    Shown(T("最大加速度(gal)", "PGA (gal)"), lambda r: _figure(r.pga), ("pga",), True),
    Shown(T("長周期階級", "Long-period"), lambda r: r.long_period, ("long_period",), True),
    Shown(T("遅れ(秒)", "Latency (s)"), lambda r: _figure(r.latency), ("latency",), True),
    Shown(T("欠測(%)", "Missing (%)"), lambda r: _figure(r.missing), ("missing",), True),
    Shown(T("状態", "State"), lambda r: Cell(mark=FLAW_WORDS[r.flaws[0]]) if r.flaws else T("正常", "good")),
)


def _sheet(rows: Any) -> OutSheet:
    columns = [Column(f"c{i}", c.label, kind="text") for i, c in enumerate(COLUMNS)]

    def said(value: Any) -> str:
        return str(value.text or value.mark) if isinstance(value, Cell) else str(value)

    return OutSheet(TITLE, columns, [{f"c{i}": said(c.cell(r)) for i, c in enumerate(COLUMNS)} for r in rows])


def _at_least(rows: Any, value: str) -> Any:
    return [r for r in rows if r.largest_klass >= int(value)]


def _flawed(rows: Any, value: str) -> Any:
    if value == "good":
        return [r for r in rows if not r.flaws]
    return [r for r in rows if (r.flaws if value == "any" else value in r.flaws)]


FILTERS = (
    Filter(
        "largest",
        T("最大震度", "Largest"),
        [(str(n), T(f"{k.text.ja}以上", f"{k.text.en} or more")) for n, k in reversed(list(enumerate(CLASSES)))][:-1],
        _at_least,
    ),
    Filter(
        "flaw",
        T("状態", "State"),
        [("good", T("正常", "good")), ("any", T("異常あり", "anything wrong")), *FLAW_WORDS.items()],
        _flawed,
    ),
)


def summary(state: Kept) -> dict[str, Any]:
    """How the network is: how many stations are heard, latency, gaps, what is wrong, what goes on."""
    of = state.of
    now = clock(state)
    flaws = flaw_table(of, now)
    latency = of["latency"][~np.isnan(of["latency"]) & ~flaws["silent"]]
    classes = class_numbers(of["intensity"])
    counted = [(CLASSES[n], int((classes == n).sum())) for n in range(len(CLASSES) - 1, 0, -1)]
    event = state.more.get("event") or {}
    told = [
        CLASSES[n] if n >= 0 else IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED for n in event.get("told", {}).values()
    ]
    seconds = max(1, int(of["seconds"].sum()))
    rules = zip(state.more.get("rules", ()), state.more.get("rules_en", ()), strict=True)
    return {
        "stations": len(state.stations),
        "heard": int((~flaws["silent"]).sum()),
        "median": _figure(float(np.median(latency)) if latency.size else np.nan),
        "slow": _figure(float(np.percentile(latency, 95)) if latency.size else np.nan),
        "missing": _figure(min(100.0, float(of["gaps"].sum()) / (seconds * 3 * state.more["rate"]) * 100), "{:.2f}"),
        "late": int(of["late"].sum()),
        "repeated": int(of["repeated"].sum()),
        "steps": int(of["steps"].sum()),
        "flaws": [(FLAW_WORDS[name], int(flaws[name].sum())) for name in FLAWS if flaws[name].any()],
        "classes": [(klass, n) for klass, n in counted if n],
        "at": datetime.fromtimestamp(now, UTC),
        "old": not state.more["ended"] and time.time() - state.more["wall"] > OLD,
        "ended": state.more["ended"],
        "replay": state.more["kind"] == "replay",
        "rules": [T(ja, en) for ja, en in rules],
        "began": datetime.fromtimestamp(event["began"], UTC) if event else None,
        "told": max(told, default=None),
        "serial": event.get("serial", 0),
        "silent_after": int(SILENT),
    }


@reading("incidents.read")
@require_GET
def network(request: HttpRequest) -> HttpResponse:
    """The network: its health, the map, and every station in a list."""
    state = kept()
    if state is None:
        return render(request, "incidents/no_network.html", {"title": TITLE, "folder": folder()})
    rows: Any = lines(state)
    listing = LiveListing(
        TITLE,
        "network",
        rows,
        COLUMNS,
        words=("code",),
        filters=FILTERS,
        sheet=_sheet,
        template="incidents/network.html",
    )
    legend = [(klass, str(klass.text)) for klass in reversed(CLASSES)]
    return listing.respond(request, {"health": summary(state), "legend": legend})


@reading("incidents.read")
@require_GET
def places(request: HttpRequest) -> JsonResponse:
    """Where the stations stand: code, name, degrees north and east; as long as the list is the same, so is this."""
    state = kept()
    rows = [] if state is None else [[s.code, s.name, s.latitude, s.longitude] for s in state.stations]
    return JsonResponse({"stations": rows}, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


@reading("incidents.read")
@require_GET
def now(request: HttpRequest) -> JsonResponse:
    """What the map draws: a letter a station, in the order of :func:`places`: its class now as its place in the list of
    classes, ``-`` where nothing is known, ``x`` where it is silent.
    """
    state = kept()
    if state is None:
        return JsonResponse({"now": None, "classes": ""})
    silent = flaw_table(state.of, clock(state))["silent"]
    letters = np.where(silent, "x", np.array([*"0123456789", "-"])[class_numbers(state.of["intensity"])])
    largest = np.array([*"0123456789", "-"])[class_numbers(state.of["largest"])]
    said = {"now": clock(state), "classes": "".join(letters), "largest": "".join(largest)}
    return JsonResponse(said, headers={"Cache-Control": "private, no-store"})


def _found(code: str) -> tuple[Kept, int]:
    """The network's state and the station's number in it."""
    if (state := kept()) is not None:
        for number, station in enumerate(state.stations):
            if station.code == code:
                return state, number
    raise Http404


@reading("incidents.read")
@require_GET
def station(request: HttpRequest, code: str) -> HttpResponse:
    """One station: its numbers, what is wrong with it, its drum plot."""
    state, number = _found(code)
    row = next(r for r in lines(state) if r.code == code)
    of = {name: values[number].item() for name, values in state.of.items()}
    moment = {
        name: datetime.fromtimestamp(of[name], UTC) if of[name] == of[name] else None
        for name in ("largest_at", "newest", "arrived")
    }
    context = {
        "row": row,
        "of": of,
        "moment": moment,
        "health": summary(state),
        "klass": class_of(row.klass),
        "largest_klass": class_of(row.largest_klass),
        "intensity": _figure(row.intensity),
        "largest": _figure(row.largest),
        "latency": _figure(row.latency),
        "noise": _figure(of["noise"], "{:.3f}"),
        "flaws": [FLAW_WORDS[name] for name in row.flaws],
        "stamp": int(state.now),
        "sited": StationRow.objects.filter(subject=correcting.reference(row.code)).first(),
    }
    return render(request, "incidents/network_station.html", context)


@reading("incidents.read")
@require_GET
def drum_plot(request: HttpRequest, code: str) -> HttpResponse:
    """A station's last hours as SVG."""
    state, number = _found(code)
    try:
        drums = Drums(folder(), len(state.stations))
        first, seconds = drums.of(number, int(state.now), DRUM_HOURS)
    except (OSError, ValueError) as absent:
        raise Http404 from absent
    row = state.stations[number]
    title = T("{code} {name} のドラム記録", "Drum plot of {code} {name}").format(code=row.code, name=row.name)
    return HttpResponse(
        drum(str(title), first, seconds),
        content_type="image/svg+xml",
        headers={"Cache-Control": "private, no-store"},
    )
