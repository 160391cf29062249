"""The page of the queue: as it stands or stood, day by day, when it empties, where a team more helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.pages import reading
from tomoshibi.relief.counter import incident_on
from tomoshibi.relief.queueing import WAITING, WORK, Day, Forecast, History
from tomoshibi.relief.words import Stage
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

QUEUE = T("申請の列と見込み", "The queue")
#: days of the table, and of the picture
TOLD, DRAWN = 14, 42
WIDTH, HEIGHT = 720, 200


@reading("relief.read", "relief.personal")
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """The queue of an incident, at ``?at=`` or now."""
    incident, now, wrong = incident_on(request), worlds.now(), False
    at = now
    if asked := request.GET.get("at", ""):
        try:
            said = datetime.fromisoformat(asked)
            at = min(said if said.tzinfo else said.replace(tzinfo=JAPAN), now)
        except ValueError:
            wrong = True
    history = History(incident.subject if incident else "")
    figures, forecast = history.at(at), history.forecast(at)
    days = history.days(at, DRAWN)
    began = history.first.astimezone(JAPAN).date() if history.first else None
    told = [d for d in days[-TOLD:] if began and d.day >= began]
    context: dict[str, Any] = {
        "incident": incident,
        "incidents": incidents.incidents()[:50],
        "at": at,
        "asked": asked,
        "wrong": wrong,
        "past": at < now,
        "figures": figures,
        "steps": [(s, figures.households[s], figures.buildings[s]) for s in (*WAITING, Stage.ISSUED)],
        "forecast": forecast,
        "paces": [(WORK[s], p, forecast.with_more.get(s), _gain(forecast, s)) for s, p in forecast.paces.items()],
        "idle": [WORK[s] for s in forecast.idle if figures.households[s]],
        "advice": (WORK[forecast.advice[0]], forecast.advice[1]) if forecast.advice else None,
        "in_days": (forecast.empty - forecast.today).days if forecast.empty else None,
        "days": [(d, [d.done[s] for s in WAITING]) for d in reversed(told)],
        "picture": picture([d for d in days if began and d.day >= began], forecast),
    }
    return render(request, "relief/queue_page.html", context, status=422 if wrong else 200)


def _gain(forecast: Forecast, stage: Stage) -> int | None:
    day = forecast.with_more.get(stage)
    return (forecast.empty - day).days if day and forecast.empty else None


@dataclass(frozen=True, slots=True)
class Picture:
    """Who waits, day by day, and the way to the day it empties, in units of an SVG of 720 by 200."""

    line: str
    ahead: str
    most: int
    first: date
    last: date
    today_x: float
    width: int = WIDTH
    height: int = HEIGHT


def picture(days: Sequence[Day], forecast: Forecast) -> Picture | None:
    """The points of the picture; None where there is nothing to draw."""
    if not days:
        return None
    until = forecast.empty or days[-1].day + timedelta(days=7)
    span = max((until - days[0].day).days, 1)
    most = max(max(d.waiting for d in days), 1)

    def place(day: date, waiting: float) -> str:
        return f"{(day - days[0].day).days / span * WIDTH:.1f},{HEIGHT - waiting / most * (HEIGHT - 8):.1f}"

    line = " ".join(place(d.day, d.waiting) for d in days)
    last = days[-1]
    end = place(forecast.empty, 0) if forecast.empty else place(until, last.waiting)
    ahead = f"{place(last.day, last.waiting)} {end}"
    return Picture(line, ahead, most, days[0].day, until, (last.day - days[0].day).days / span * WIDTH)
