"""``tomoshibi intensity FILE…``: what strong-motion records say, as a table or as JSON."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tomoshibi.cli.django import told
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

if TYPE_CHECKING:
    from tomoshibi.shaking import Record, RecordError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects, one a record.")
@click.option("--all", "everything", is_flag=True, help="Also PGV, SI, long-period class and flaws of each record.")
@click.option("--unit", help="Unit of files that say none (SAC, plain CSV): gal, m/s2 or g.")
@click.option("--plot", type=click.Path(dir_okay=False), help="Draw the record into this file (.png, .pdf or .svg).")
@click.option(
    "--map",
    "map_file",
    type=click.Path(dir_okay=False),
    help="Write the stations by class into this file (.geojson, .png, .pdf or .svg).",
)
@click.option("--outline", type=click.Path(dir_okay=False), help="GeoJSON drawn below the stations of --map.")
@click.option(
    "--out", type=click.Path(dir_okay=False), help="Compute a folder into this Parquet file; goes on if stopped."
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes for --out.")
@click.option("--scheduler", help="Address of a Dask scheduler for --out, such as tcp://10.0.0.5:8786.")
def intensity(
    files: tuple[str, ...],
    as_json: bool,
    everything: bool,
    unit: str | None,
    plot: str | None,
    map_file: str | None,
    outline: str | None,
    out: str | None,
    workers: int,
    scheduler: str | None,
) -> None:
    """Measured intensity of strong-motion records.

    FILES are records (K-NET, KiK-net, JMA CSV, WIN32, miniSEED with StationXML, SAC, CSV with named columns) or folders
    of them. K-NET and KiK-net keep each component in a file of its own: give all three (KiK-net: all six, or the three
    of one sensor). A record that cannot be read is named on standard error, the others are computed, and the exit code
    is 1.

    With --out, one folder of any size is computed into a Parquet file; the same command goes on where it was stopped.
    """
    with told():
        _check_unit(unit)
        if out is not None:
            _archive(files, Path(out), workers, scheduler, unit)
        else:
            _records(files, as_json, everything, unit, plot, (map_file, outline))


def _records(
    files: tuple[str, ...],
    as_json: bool,
    everything: bool,
    unit: str | None,
    plot: str | None,
    map_files: tuple[str | None, str | None],
) -> None:
    from tomoshibi import shaking

    results: list[dict[str, Any]] = []
    failures: list[RecordError] = []
    drawn: list[Record] = []
    for item in shaking.read_files(_expanded(files), unit):
        if isinstance(item, shaking.RecordError):
            failures.append(item)
            continue
        try:
            results.append(_result(item, everything))
            drawn.append(item)
        except shaking.RecordError as error:
            failures.append(error)
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=2))
    elif results:
        _print_table(results, everything)
    for failure in failures:
        click.echo(str(T("エラー: {what}", "Error: {what}").format(what=failure.text)), err=True)
    if plot is not None:
        _draw(drawn, Path(plot))
    if map_files[0] is not None:
        try:
            _map(results, Path(map_files[0]), map_files[1])
        except shaking.RecordError as error:
            raise click.ClickException(str(error)) from error
    if failures:
        sys.exit(1)


def _check_unit(unit: str | None) -> None:
    """Refuse a unit that is none, even where every file says its own: it would be a slip that nobody sees."""
    if unit is None:
        return
    from tomoshibi.shaking.readers.plain_csv import UNITS, plain_unit

    if plain_unit(unit) not in UNITS:
        said = T(
            "--unit は {units} のどれかにしてください（{unit} は分かりません）", "--unit is one of {units}, not {unit}"
        )
        raise click.UsageError(str(said.format(units=", ".join(UNITS), unit=unit)))


def _expanded(files: tuple[str, ...]) -> list[str]:
    """FILES with the files of folders in their place."""
    from tomoshibi.shaking.archive import find_jobs

    found: list[str] = []
    for name in files:
        if Path(name).is_dir():
            # sidecars stand with every waveform that they serve
            found += dict.fromkeys(file for job in find_jobs(Path(name)) for file in job.files)
        else:
            found.append(name)
    return found


def _draw(records: list[Record], path: Path) -> None:
    from tomoshibi.shaking.plot import ENDINGS, draw

    if path.suffix.lower() not in ENDINGS:
        said = T("--plot のファイル名は {e} のどれかで終えてください", "the name after --plot must end in {e}")
        raise click.UsageError(str(said.format(e=", ".join(ENDINGS))))
    if len(records) != 1:
        raise click.UsageError(
            str(
                T(
                    f"--plot は記録1個だけを描きます({len(records)}個あります)",
                    f"--plot draws one record, and there are {len(records)}",
                )
            )
        )
    draw(records[0], path)


def _map(results: list[dict[str, Any]], path: Path, outline: str | None) -> None:
    from tomoshibi.shaking.station_map import ENDINGS, Observed, draw_map
    from tomoshibi.vocabulary.intensity import IntensityClass

    if path.suffix.lower() not in ENDINGS:
        said = T("--map のファイル名は {e} のどれかで終えてください", "the name after --map must end in {e}")
        raise click.UsageError(str(said.format(e=", ".join(ENDINGS))))
    # a borehole stands under the surface sensor of its station: the map is of the surface
    stations = [
        Observed(r["station"], r["name"], r["latitude"], r["longitude"], r["intensity"], IntensityClass(r["class"]))
        for r in results
        if r["sensor"] == "surface" and r["latitude"] is not None
    ]
    draw_map(stations, path, outline)


def _archive(files: tuple[str, ...], out: Path, workers: int, scheduler: str | None, unit: str | None) -> None:
    from tomoshibi.shaking import archive

    if len(files) != 1 or not Path(files[0]).is_dir():
        raise click.UsageError(str(T("--out にはフォルダを1つ指定してください", "--out wants one folder")))
    if not out.parent.is_dir():
        raise click.UsageError(str(T(f"フォルダがありません: {out.parent}", f"no such folder: {out.parent}")))
    folder = Path(files[0])
    label = str(T("計算中", "computing"))
    try:
        if sys.stderr.isatty():
            # counting files takes seconds even for millions; without a terminal nobody waits for a bar
            todo = sum(1 for _ in archive.remaining(folder, out))
            with click.progressbar(length=todo, label=label, file=sys.stderr) as bar:
                shown = 0

                def progress(done: int, failed: int) -> None:
                    nonlocal shown
                    bar.update(done - shown)
                    shown = done

                done, failed = archive.run(folder, out, workers, scheduler, unit, progress)
        else:
            done, failed = archive.run(folder, out, workers, scheduler, unit)
    except archive.RecordError as error:  # a worker or the scheduler: not a record
        raise click.ClickException(str(error)) from error
    except OSError as error:
        from tomoshibi.journal.files import why_not

        said = T("{file}: {why}", "{file}: {why}").format(file=error.filename or out, why=why_not(error))
        raise click.ClickException(str(said)) from error
    except KeyboardInterrupt:
        said = T("止めました。同じコマンドで続きから計算します", "stopped; the same command goes on from here")
        raise click.ClickException(str(said)) from None
    said = T(
        "{done}件を計算しました(うち失敗 {failed}件)。結果: {out}",
        "{done} computed, {failed} of them failed. Result: {out}",
    )
    click.echo(str(said.format(done=done, failed=failed, out=out)), err=True)
    if failed:
        click.echo(str(T("理由は error の列にあります", "the column error tells why")), err=True)
        sys.exit(1)


def _result(record: Record, everything: bool) -> dict[str, Any]:
    """One record as the object that ``--json`` prints; units stand in the names."""
    from tomoshibi import shaking

    value = shaking.measured_intensity(record)
    peak = shaking.peak_acceleration(record)
    place = record.place
    result = {
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
        "flags": [flag.problem.value for flag in shaking.quality(record)],
    }
    if everything:
        found = shaking.analyse(record)
        result |= {
            "pgv_cm_s": round(found.velocity.total, 3),
            "pgv_horizontal_cm_s": round(found.velocity.horizontal, 3),
            "si_cm_s": round(found.spectral_intensity.value, 3),
            "long_period_class": found.long_period.long_period_class,
            "long_period_cm_s": round(found.long_period.velocity, 3),
            "long_period_s": found.long_period.period,
            "arias_cm_s": round(float(shaking.arias_intensity(record).sum()), 3),
            "significant_duration_s": round(shaking.significant_duration(record), 2),
            "minutes": [
                {
                    "second": m.second,
                    "raw": round(m.intensity.raw, 4) if m.intensity.a0 else None,
                    "recorded": m.recorded,
                }
                for m in shaking.minute_series(record)
            ],
            "flaws": [flag.text.en for flag in shaking.quality(record)],
        }
    return result


def _print_table(results: list[dict[str, Any]], everything: bool) -> None:
    from datetime import datetime

    from tomoshibi.vocabulary.intensity import IntensityClass

    borehole = str(T("地中", "borehole"))
    titles = [
        T("観測点", "Station"),
        T("記録開始(日本時間)", "Start (JST)"),
        T("計測震度", "Intensity"),
        T("震度階級", "Class"),
        T("最大加速度(gal)", "PGA (gal)"),
        T("長さ(秒)", "Length (s)"),
    ]
    if everything:
        titles += [
            T("最大速度(cm/s)", "PGV (cm/s)"),
            T("SI値(cm/s)", "SI (cm/s)"),
            T("長周期階級", "Long-period class"),
        ]
    rows = [list(map(str, titles))]
    for result in results:
        label = " ".join(filter(None, [result["station"], result["name"]]))
        if result["sensor"] == "borehole":
            label += f" ({borehole})"
        row = [
            label,
            datetime.fromisoformat(result["start"]).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S"),
            f"{result['intensity']:.1f}",
            str(IntensityClass(result["class"]).text),
            f"{result['pga_gal']:.1f}",
            f"{result['duration_s']:.0f}",
        ]
        if everything:
            row += [f"{result['pgv_cm_s']:.1f}", f"{result['si_cm_s']:.1f}", str(result["long_period_class"])]
        rows.append(row)
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for index, row in enumerate(rows):
        click.echo("  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())
        flaws = results[index - 1].get("flaws", results[index - 1]["flags"]) if index else []
        if flaws:
            click.echo("  " + str(T("注意: ", "Note: ")) + "; ".join(flaws))


def _width(text: str) -> int:
    """Columns that ``text`` takes in a terminal, where Japanese letters are two wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
