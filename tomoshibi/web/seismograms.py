"""The page that takes strong-motion records and shows what they say. Nothing of what is sent is kept."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import islice

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from tomoshibi.journal.navigation import Item
from tomoshibi.journal.pages import reading
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import IntensityClass

TITLE = T("強震記録", "Records of shaking")
#: bytes of all files together, and records that are drawn: a figure takes a second
LIMIT = 64 * 1024 * 1024
DRAWN = 3


@dataclass(frozen=True)
class Shown:
    """One record on the page."""

    key: str
    name: str
    start: object
    duration: float
    measured: float
    intensity_class: IntensityClass
    pga: float
    pgv: float
    si: float
    long_period_class: int
    flags: list[T]
    figure: str


@reading()
@require_http_methods(["GET", "POST"])
def seismograms(request: HttpRequest) -> HttpResponse:
    """An empty page that takes files, or what the files say."""
    files = request.FILES.getlist("files")
    shown: list[Shown] = []
    errors: list[T] = []
    if request.method == "POST":
        if not files:
            errors.append(T("ファイルを選んでください。", "Choose files first."))
        elif sum(file.size or 0 for file in files) > LIMIT:
            errors.append(
                T(
                    "ファイルが大きすぎます(合計64MBまで)。多くの記録は tomoshibi intensity で計算してください。",
                    "The files are too large (64 MB in all). Compute many records with tomoshibi intensity.",
                )
            )
        else:
            shown, errors = _compute(files, request.POST.get("unit", ""))
    context = {"title": TITLE, "records": shown, "errors": errors, "drawn": DRAWN, "units": ("gal", "m/s2", "g")}
    return render(request, "web/seismograms.html", context, status=400 if errors and not shown else 200)


# this page is a room by itself for the shell: :mod:`tomoshibi.shaking` is a library and knows no pages
app_name = "seismograms"
mount = "seismograms/"
urlpatterns = [path("", seismograms, name="page")]
navigation = [Item("preparation", TITLE, "seismograms:page")]


def _compute(files: list[UploadedFile], unit: str) -> tuple[list[Shown], list[T]]:
    from tomoshibi import shaking
    from tomoshibi.shaking.plot import picture

    shown: list[Shown] = []
    errors: list[T] = []
    contents = ((file.name or "", file.read()) for file in files)
    for item in islice(shaking.read_contents(contents, unit or None), 200):
        try:
            if isinstance(item, shaking.RecordError):
                raise item
            found = shaking.analyse(item)
            drawing = base64.b64encode(picture(item)).decode("ascii") if len(shown) < DRAWN else ""
        except shaking.RecordError as error:
            errors.append(error.text)
            continue
        shown.append(
            Shown(
                item.key,
                item.name,
                item.start,
                item.duration,
                found.intensity.measured,
                found.intensity.intensity_class,
                found.acceleration.total,
                found.velocity.total,
                found.spectral_intensity.value,
                found.long_period.long_period_class,
                [flag.text for flag in shaking.quality(item)],
                drawing,
            )
        )
    return shown, errors
