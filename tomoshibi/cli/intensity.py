"""``tomoshibi intensity FILE…``: what strong-motion records say, as a table or as JSON."""

from __future__ import annotations

import json
import sys
import unicodedata
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import click

from tomoshibi.cli.language import locale_language
from tomoshibi.vocabulary import T, speak

if TYPE_CHECKING:
    from tomoshibi.shaking import Record, RecordError

JST = timezone(timedelta(hours=9), "JST")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects, one a record.")
def intensity(files: tuple[str, ...], as_json: bool) -> None:
    """Measured intensity of K-NET, KiK-net and JMA CSV records.

    K-NET and KiK-net keep each component in a file of its own: give all three (KiK-net: all six, or the three of one
    sensor). A record that cannot be read is named on standard error, the others are computed, and the exit code is 1.
    """
    from tomoshibi import shaking

    results: list[dict[str, Any]] = []
    failures: list[RecordError] = []
    for item in shaking.read_files(files):
        if isinstance(item, shaking.RecordError):
            failures.append(item)
            continue
        try:
            results.append(_result(item))
        except shaking.RecordError as error:
            failures.append(error)
    with speak(locale_language()):
        if as_json:
            click.echo(json.dumps(results, ensure_ascii=False, indent=2))
        elif results:
            _print_table(results)
        for failure in failures:
            click.echo(str(T("エラー: {what}", "Error: {what}").format(what=failure.text)), err=True)
    if failures:
        sys.exit(1)


def _result(record: Record) -> dict[str, Any]:
    """One record as the object that ``--json`` prints; units stand in the names."""
    from tomoshibi import shaking

    value = shaking.measured_intensity(record)
    peak = shaking.peak_acceleration(record)
    place = record.place
    return {
        "station": record.station,
        "name": record.name,
        "sensor": record.sensor,
        "start": record.start.isoformat(),
        "duration_s": record.duration,
        "rate_hz": record.rate,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "intensity": value.measured,
        "raw": round(value.raw, 4),
        "class": value.intensity_class.value,
        "a0_gal": round(value.a0, 3),
        "pga_gal": round(peak.total, 3),
        "pga_horizontal_gal": round(peak.horizontal, 3),
        "pga_components_gal": {"NS": round(peak.ns, 3), "EW": round(peak.ew, 3), "UD": round(peak.ud, 3)},
        "format": record.provenance.format,
        "files": list(record.provenance.files),
    }


def _print_table(results: list[dict[str, Any]]) -> None:
    from datetime import datetime

    from tomoshibi.vocabulary.intensity import IntensityClass

    borehole = str(T("地中", "borehole"))
    rows = [
        [
            str(T("観測点", "Station")),
            str(T("記録開始(日本時間)", "Start (JST)")),
            str(T("計測震度", "Intensity")),
            str(T("震度階級", "Class")),
            str(T("最大加速度(gal)", "PGA (gal)")),
            str(T("長さ(秒)", "Length (s)")),
        ]
    ]
    for result in results:
        label = " ".join(filter(None, [result["station"], result["name"]]))
        if result["sensor"] == "borehole":
            label += f" ({borehole})"
        rows.append(
            [
                label,
                datetime.fromisoformat(result["start"]).astimezone(JST).strftime("%Y-%m-%d %H:%M:%S"),
                f"{result['intensity']:.1f}",
                str(IntensityClass(result["class"]).text),
                f"{result['pga_gal']:.1f}",
                f"{result['duration_s']:.0f}",
            ]
        )
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _width(text: str) -> int:
    """Columns that ``text`` takes in a terminal, where Japanese letters are two wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
