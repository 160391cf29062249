"""The pages of the plan that computes: what if this dies, what is wrong with the plan, when is everything back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET

from tomoshibi.continuity import in_page, picture
from tomoshibi.continuity.countermeasures import Ranking, rank
from tomoshibi.continuity.findings import RULES, Finding, findings
from tomoshibi.continuity.forecast import Model, draw, recover
from tomoshibi.continuity.graph import GraphError
from tomoshibi.continuity.live import live
from tomoshibi.continuity.model_of_plan import Plan, the_plan
from tomoshibi.continuity.orders import Order, Outlook, best_order, outlook
from tomoshibi.continuity.recovery import Recoveries, Recovery
from tomoshibi.continuity.whatif import SERVICE, SYSTEM, Answer, what_if
from tomoshibi.continuity.words import ItemKind
from tomoshibi.documents import Column, Sheet
from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.pages import actor_on, reading
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import TYPES, sent
from tomoshibi.vocabulary import T, language
from tomoshibi.vocabulary.clock import JAPAN

#: names that one question may hold, things that are listed to be ticked
ASKED, TICKED = 200, 400
#: rows of one stage that a page shows: all of them up to so many, of more the first few until it is asked for the rest
ALL, FIRST = 60, 20
#: things that are named to each of those who must be told
NAMED = 6
#: recoveries that a page plays, for the outlook and for an order of work
RUNS, ORDER_RUNS, TRIALS, LOOKS = 4_000, 2_000, 100, 400


def _kept[**P, V](compute: Callable[P, V]) -> Callable[P, V]:
    """Keep the last answers for as long as the plan (the first argument) is the same object.

    There is a plan for each world and language, as :func:`the_plan` has it; a look at the past has its own each time.
    """
    held: dict[Any, tuple[Any, V]] = {}

    def answer(*args: P.args, **kwargs: P.kwargs) -> V:
        world = worlds.is_reading() or worlds.world()
        plan, key = args[0], (world, language(), args[1:], tuple(kwargs.items()))
        found = held.get(key)
        if found is None or found[0] is not plan:
            if len(held) > 32:
                held.clear()
            held[key] = found = (plan, compute(*args, **kwargs))
        return found[1]

    return answer


#: what becomes of a thing: a sign before its name (nothing is told by colour alone), and a word
SIGNS = {"lost": "✖", "now": "■", "later": "◔", "cut": "⊘", "": ""}


#: what the page that answers by itself goes by, as the server does (``whatif.js``)
RULES_OF_PAGE = {"asked": ASKED, "all": ALL, "first": FIRST, "named": NAMED, "signs": SIGNS}


def _word(state: str, hours: float | str) -> T:
    said = hours if isinstance(hours, str) else f"{hours:.4g}"
    return {
        "lost": T("失われた", "lost"),
        "now": T("すぐ止まる", "stops at once"),
        "later": T(f"{said}時間後に止まる", f"stops after {said} h"),
        "cut": T("孤立する", "cut off"),
        "": T("", ""),
    }[state]


@reading("continuity.read")
@require_GET
def graph(request: HttpRequest) -> HttpResponse:
    """What if this dies? The plan's graph; each node a link that asks. ``?as=json`` answers programs."""
    plan = the_plan()
    said = [word.strip() for text in request.GET.getlist("lost") for word in re.split(r"[、，,\n]", text)]
    words = [word for word in dict.fromkeys(said) if word][:ASKED]
    found = {word: plan.find(word) for word in words}
    unknown = [word for word, ref in found.items() if ref is None]
    context: dict[str, Any] = {"plan": plan, "unknown": unknown, "here": reverse("continuity:graph"), "signs": SIGNS}
    try:
        keys = list(dict.fromkeys(ref for ref in found.values() if ref in plan.graph.index))
        answer = what_if(plan.graph, keys)
    except GraphError as error:
        return render(request, "continuity/graph.html", context | {"error": error.text}, status=200)
    if request.GET.get("as") == "json":
        return JsonResponse(answer.as_json(), json_dumps_params={"ensure_ascii": False})
    context |= _answered(answer, bool(request.GET.get("all"))) | _drawn(plan, answer, keys)
    context |= {
        "data": reverse("continuity:graph_data"),
        "blank": BLANK,
        "words": {s: _word(s, "{n}") for s in SIGNS if s},
        "rules": json.dumps(RULES_OF_PAGE),
    }
    return render(request, "continuity/graph.html", context)


@reading("continuity.read")
@require_GET
def graph_data(request: HttpRequest) -> HttpResponse:
    """The plan's graph for the page, which answers by itself; 304 where the page has this very plan."""
    try:
        text, digest = _for_page(the_plan())
    except GraphError as error:
        return JsonResponse({"error": str(error.text)}, status=409)
    response = HttpResponse(text, content_type="application/json", headers={"ETag": f'"{digest}"'})
    return get_conditional_response(request, etag=f'"{digest}"', response=response) or response


@_kept
def _for_page(plan: Plan) -> tuple[str, str]:
    return in_page.for_page(plan, {node.kind: str(_kind(node.kind)) for node in plan.graph.nodes})


class _Thing(NamedTuple):
    """A name for a place that the page fills."""

    name: str = ""
    label: str = ""


#: the answer with nothing in it: what the page makes its own answers of
BLANK: dict[str, Any] = {
    "unknown": ["{word}"],
    "asked": [_Thing()],
    "stages": [{"hours": 0.0, "said": "", "count": 0, "nodes": [("", "", "")], "more": 1}],
    "told": [{"who": "", "of": [_Thing()], "more": 0}],
}


def _answered(answer: Answer, everything: bool) -> dict[str, Any]:
    """The answer in rows; of a long stage the first ones, unless ``everything`` was asked for."""
    stages = []
    for stage in answer.stages:
        shown = stage.nodes if everything or len(stage.nodes) <= ALL else stage.nodes[:FIRST]
        stages.append(
            {
                "hours": stage.hours,
                "said": f"{stage.hours:.4g}",
                "count": len(stage.nodes),
                "more": len(stage.nodes) - len(shown),
                "nodes": [
                    (node.label, "、".join(dict.fromkeys(c.label for c in answer.causes(node))), _kind(node.kind))
                    for node in shown
                ],
            }
        )
    told = [{"who": t.who, "of": t.of[:NAMED], "more": max(0, len(t.of) - NAMED)} for t in answer.told]
    counts = len(answer.of_kind(SYSTEM)), len(answer.of_kind(SERVICE)), len(answer.isolated), len(told)
    return {"answer": answer, "stages": stages, "told": told, "tiles": list(zip(TILES, counts, strict=True))}


#: what an answer is counted in
TILES = (
    T("システム", "Systems"),
    T("窓口業務", "Services"),
    T("孤立する拠点", "Sites cut off"),
    T("知らせる相手", "To be told"),
)
BLANK["tiles"] = [(word, 0) for word in TILES]


def _kind(kind: str) -> T:
    try:
        return ItemKind(kind).label
    except ValueError:
        return {
            "battery": T("電池切れ", "Battery empty"),
            "fuel": T("燃料切れ", "Fuel gone"),
            "reach": T("孤立", "Cut off"),
        }.get(kind, T(kind, kind))


def _drawn(plan: Plan, answer: Answer, keys: list[str]) -> dict[str, Any]:
    """The drawings, the whole plan or what the question touches, and the list to tick."""
    only: frozenset[str] | None = None
    if len(plan.items) > picture.MOST:
        near = [n.of or n.key for stage in answer.stages for n in stage.nodes] if keys else []
        near = [*keys, *(row.needs for key in keys for row in plan.needs_of.get(key, ())), *near]
        only = frozenset(list(dict.fromkeys(near))[: picture.MOST])
    address = reverse("continuity:graph")
    index, stops, lost = plan.graph.index, answer.stops, answer.lost
    cut = {node.of for node, _ in answer.isolated}

    def state_of(ref: str) -> tuple[str, float]:
        i = index[ref]
        hours = float(stops[i])
        if lost[i] == 0:
            return "lost", 0.0
        if hours < np.inf:
            return ("later" if hours else "now"), hours
        return ("cut" if ref in cut else ""), 0.0

    drawings = []
    for name, label, drawing in (
        ("needs", T("何が何に支えられているか", "What needs what"), _needs(plan, only)),
        ("lines", T("拠点を結ぶ回線", "Lines between sites"), _lines(plan) if only is None else None),
    ):
        if drawing is None or not drawing.boxes:
            continue
        marks = {}
        for box in drawing.boxes:
            state, hours = state_of(box.ref)
            query = urlencode({"lost": plan.by_ref[box.ref].key})
            here = f"{address}#{name}" if keys == [box.ref] else f"{address}?{query}#asked"
            marks[box.ref] = picture.Mark(here, state, SIGNS[state], str(_word(state, hours)))
        lit = [
            stops[index[e.line]] < np.inf if e.line else bool(marks[e.ref].state and marks[e.of].state)
            for e in drawing.edges
        ]
        drawings.append(
            {
                "name": name,
                "label": label,
                "width": round(drawing.width),
                "height": round(drawing.height),
                "inside": picture.svg(drawing, marks, lit),
            }
        )
    listed = plan.items if len(plan.items) <= TICKED else ()
    kinds = [
        (kind, [(item, item.subject in keys) for item in listed if item.kind_word is kind])
        for kind in ItemKind
        if kind is not ItemKind.CONTRACT
    ]
    asked = [plan.by_ref[key] for key in keys]
    return {
        "drawings": drawings,
        "part": only is not None,
        "kinds": [pair for pair in kinds if pair[1]],
        "asked": asked,
    }


@_kept
def _needs(plan: Plan, only: frozenset[str] | None) -> picture.Picture:
    return picture.needs(plan, only)


@_kept
def _lines(plan: Plan) -> picture.Picture | None:
    return picture.lines(plan)


FINDINGS = T("計画の点検", "What is wrong with the plan")
FINDING_COLUMNS = (
    Column("rule", T("点検", "Check"), width=2),
    Column("why", T("見つかったこと", "What was found"), width=3),
    Column("proof", T("根拠", "Proof"), width=5),
    Column("advice", T("すること", "What to do"), width=2.5),
)


@reading("continuity.read")
@require_GET
def faults(request: HttpRequest) -> HttpResponse:
    """What is wrong with the plan, with the rows that prove it; with ``?as=`` on paper, as a sheet, or for programs."""
    plan = the_plan()
    today = worlds.now().astimezone(JAPAN).date()
    try:
        found = findings(plan, today)
    except GraphError as error:
        return render(request, "continuity/findings.html", {"error": error.text, "plan": plan})
    form = request.GET.get("as", "")
    if form == "json":
        said = [finding.as_json(plan) for finding in found]
        return JsonResponse(said, safe=False, json_dumps_params={"ensure_ascii": False})
    if form in TYPES:
        found.sort(key=lambda finding: list(RULES).index(finding.rule))
        rows = [
            {
                "rule": RULES[finding.rule].label,
                "why": finding.why,
                "proof": "\n".join(str(row) for row in finding.proof),
                "advice": RULES[finding.rule].advice,
            }
            for finding in found
        ]
        return sent(Sheet(FINDINGS, FINDING_COLUMNS, rows), form, "findings", orientation="landscape")
    of_rule: dict[str, list[Finding]] = {}
    for finding in found:
        of_rule.setdefault(finding.rule, []).append(finding)
    context = {
        "plan": plan,
        "count": len(found),
        "rules": [(RULES[name], of_rule[name]) for name in RULES if name in of_rule],
        "silent": [RULES[name] for name in RULES if name not in of_rule],
    }
    return render(request, "continuity/findings.html", context)


@dataclass(frozen=True)
class Forecast:
    """A forecast as a page shows it."""

    recovery: Recovery
    outlooks: tuple[Outlook, ...]
    order: Order

    @property
    def worst(self) -> float:
        """Hours at the right edge of the picture."""
        ends = [h for o in self.outlooks for h in (o.late, o.rto or 0.0) if np.isfinite(h)]
        return max([*ends, 1.0])


@_kept
def forecast_of(plan: Plan, hit: tuple[str, ...], outage: float | None, elapsed: float) -> Forecast:
    """The forecast of a damage: seeded, so that the same question has the same answer."""
    recovery = Recoveries(plan).of(hit, outage, elapsed)
    model: Model = recovery.model
    draws = draw(model, RUNS, 1)
    told = outlook(model, draws, recover(model, draws))
    order = best_order(model, 1, ORDER_RUNS, TRIALS, LOOKS)
    hurt = sorted((o for o in told if o.hit > 0), key=lambda o: (o.keeps, o.rto is None, o.rto or 0, -o.late))
    return Forecast(recovery, tuple(hurt), order)


@_kept
def _ranking(plan: Plan) -> Ranking:
    return rank(plan)


@reading("continuity.read")
@require_GET
def forecast(request: HttpRequest) -> HttpResponse:
    """When is everything back? Of a risk that the plan knows, or of what the board of an incident says now."""
    plan = the_plan()
    open_ = list(incidents.open_incidents())
    chosen = request.GET.get("of", "")
    context: dict[str, Any] = {"plan": plan, "incidents": open_}
    hit: Iterable[str] = ()
    outage, elapsed = None, 0.0
    if chosen.startswith("incident:"):
        row = next((x for x in open_ if x.subject.partition(":")[2] == chosen.partition(":")[2]), None)
        if row is None:
            raise Http404
        try:
            now = live(plan, row)
        except GraphError as error:
            return render(request, "continuity/forecast.html", context | {"error": error.text})
        hit, elapsed = now.hit, now.elapsed
        context |= {"live": row, "unchecked": now.unchecked, "board": reverse("continuity:board", args=[row.key])}
    else:
        try:
            risk = next((x for x in plan.risks if x.subject.partition(":")[2] == chosen), None) or _gravest(plan)
        except GraphError as error:
            return render(request, "continuity/forecast.html", context | {"error": error.text})
        if risk is not None:
            hit, outage = risk.said.hits or (), risk.said.outage_hours
            context |= {"risk": risk}
    try:
        made = forecast_of(plan, tuple(hit), outage, elapsed) if hit else None
        ranking = _ranking(plan) if plan.measures and plan.risks else None
    except GraphError as error:
        return render(request, "continuity/forecast.html", context | {"error": error.text})
    if made is not None:
        here = request.get_full_path()
        may_order = actor_on(request).may("continuity.item_estimated") and not worlds.is_reading()
        context |= _told(plan, made, here if may_order else "")
    return render(request, "continuity/forecast.html", context | {"ranking": ranking, "elapsed": elapsed})


def _gravest(plan: Plan) -> Any:
    """The risk that is shown first: that which costs most hours of service a year."""
    return _ranking(plan).losses[0].risk if plan.risks else None


def _told(plan: Plan, made: Forecast, here: str) -> dict[str, Any]:
    """The picture against RTO, and the order of work; ``here`` (empty: never) is where a change of it comes back to."""
    model, order = made.recovery.model, made.order
    left, right, step, top = 200.0, 760.0, 30, 24
    scale = (right - left) / made.worst

    def at(hours: float) -> float:
        return left + min(hours, made.worst) * scale

    bars = []
    for n, o in enumerate(made.outlooks):
        bars.append(
            {
                "o": o,
                "short": o.node.label if len(o.node.label) <= 13 else o.node.label[:12] + "…",
                "y": top + n * step,
                "text_y": top + n * step + 15,
                "median": at(o.median),
                "late": at(o.late),
                "span": max(2.0, at(o.late) - at(o.median)),
                "solid": max(0.0, at(o.median) - left),
                "rto": None if o.rto is None else at(o.rto),
                "per_cent": None if o.rto is None else round(100 * o.meets, 1),
                "never": not np.isfinite(o.late),
            }
        )
    ticks = [(at(made.worst * i / 4), made.worst * i / 4) for i in range(5)]

    def named(works: Iterable[int]) -> list[tuple[str, str, int | None, str]]:
        found = []
        for work in (model.works[i] for i in works):
            change = record_address("continuity.item_estimated", work.node, next=here) if here else ""
            number = plan.by_ref[work.node].work_order
            found.append((plan.name(work.node), plan.name(work.crew), number, change))
        return found

    return {
        "made": made,
        "may_order": bool(here),
        "bars": bars,
        "ticks": ticks,
        "left": left,
        "height": top + len(bars) * step + 8,
        "officers": named(range(len(model.works))),
        "ours": named(order.works),
        "kept": sum(o.keeps for o in made.outlooks if o.rto is not None),
        "promised": sum(o.rto is not None for o in made.outlooks),
        "runs": RUNS,
        "order_runs": ORDER_RUNS,
    }
