"""The page that says what an intensity means: its classes, what is seen and done at each, and what they were called."""

from __future__ import annotations

from itertools import zip_longest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tomoshibi.journal.pages import reading
from tomoshibi.shaking.longperiod import CLASS_LIMITS
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.effects import EFFECTS, LONG_PERIOD
from tomoshibi.vocabulary.intensity import CLASSES
from tomoshibi.vocabulary.reactions import REACTIONS, spoken
from tomoshibi.vocabulary.scales import SCALES, Scale


def _between(lower: float, upper: float) -> T:
    """A half-open range, unbounded where it is infinite."""
    if lower == float("-inf"):
        return T(f"{upper}未満", f"below {upper}")
    if upper == float("inf"):
        return T(f"{lower}以上", f"{lower} and over")
    return T(f"{lower}以上 {upper}未満", f"{lower} to below {upper}")


def _day(scale: Scale) -> str:
    """Since when, as far as it is known."""
    return f"{scale.since:%Y-%m}" if scale.day_known else f"{scale.since:%Y}"


@reading("incidents.read")
@require_GET
def scale(request: HttpRequest) -> HttpResponse:
    """The intensity scale 震度階級, the long-period classes, and the scales since 1884."""
    classes = [
        {
            "label": klass.label,
            "text": klass.text,
            "order": klass.order,
            "range": _between(klass.lower, klass.upper),
            "effects": EFFECTS[klass].items(),
            "spoken": spoken(klass),
            # a town's own doings are its trigger table, not what towns in general do
            "done": [r for r in REACTIONS if r.least is klass and r.who != "town"],
        }
        for klass in reversed(CLASSES)
    ]
    limits = (float("-inf"), *CLASS_LIMITS, float("inf"))
    long_period = [
        {"number": n, "range": _between(limits[n], limits[n + 1]), "name": name, "felt": felt}
        for n, (name, felt) in reversed(LONG_PERIOD.items())
    ]
    scales = [
        {
            "since": _day(one),
            "until": _day(after) if after else "",
            "how": T("体感と被害", "felt and seen") if one.how == "felt" else T("震度計", "by instrument"),
            "change": one.change,
            "classes": str(T("、", "; ")).join(
                f"{c.number} {c.name}".strip() if one.how == "felt" else c.number for c in one.classes
            ),
        }
        for one, after in reversed([*zip_longest(SCALES, SCALES[1:])])
    ]
    context = {"classes": classes, "long_period": long_period, "scales": scales}
    return render(request, "incidents/scale.html", context)
