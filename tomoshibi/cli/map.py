"""``tomoshibi map``: the estimated map of an earthquake, and how well it foretells; ``tomoshibi stations``: their
terms."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tomoshibi.cli.django import fail, say, setup, told, with_django
from tomoshibi.cli.lists import accept_option, in_file, read_list, training_option, world
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.shaking.mapping.area import Area
    from tomoshibi.shaking.mapping.catalogue import Hypocentre, Readings
    from tomoshibi.shaking.mapping.terms import Terms

_PATH = click.Path(path_type=Path)
_sites = click.option(
    "--sites",
    type=_PATH,
    multiple=True,
    help="Site amplification: a folder with station_arv.json, station_coords.json and JMA's code table, or a CSV of a"
    " national grid with columns CODE and ARV (or AVS). May be given twice: the grid comes first.",
)
_table = click.option("--table", "table_path", type=_PATH, help="JMA's table of stations, code_p.dat.")
_source = click.option(
    "--source",
    help="LATITUDE,LONGITUDE,DEPTH,MAGNITUDE[,ORIGIN] of the earthquake: degrees, km, ISO 8601. The four reference"
    " earthquakes are known by their files' names.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("map")
def map_group() -> None:
    """The estimated map of seismic intensity on 250 m cells."""


@click.group("stations")
def stations_group() -> None:
    """What stations lastingly read above or below their neighbours."""


@map_group.command()
@click.argument("file", type=_PATH)
@click.option("--out", type=_PATH, required=True, help="Folder for map.json, towns.csv, GeoJSON, GeoTIFF and tiles.")
@click.option("--area", "area_path", type=_PATH, help="GeoJSON of municipalities; cells outside are not drawn.")
@click.option("--only", multiple=True, help="Only municipalities with this name, or whose code begins so.")
@click.option("--box", "box_text", help="SOUTH,WEST,NORTH,EAST in degrees instead of --area.")
@click.option("--terms", "terms_path", type=_PATH, help="Station terms from `stations learn`.")
@click.option("--zoom", default="5-9", show_default=True, help="Zooms of the PNG tiles, first-last.")
@click.option("--least", default="3", show_default=True, help="Weakest class of the GeoJSON.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@_sites
@_table
@_source
@_json
def draw(
    file: Path,
    out: Path,
    area_path: Path | None,
    only: tuple[str, ...],
    box_text: str | None,
    terms_path: Path | None,
    zoom: str,
    least: str,
    threads: int,
    sites: tuple[Path, ...],
    table_path: Path | None,
    source: str | None,
    as_json: bool,
) -> None:
    """Draw the estimated map of one earthquake.

    FILE is a CSV with columns station, name, lat, lon, keisoku (measured intensity; empty: the station is silent). With
    --table and an origin, stations that were in use and are not in FILE are estimated too, and municipalities where
    5弱 or more is expected and nobody reported are named.
    """
    with told():
        from tomoshibi.shaking.mapping import drawing, terms
        from tomoshibi.shaking.mapping.catalogue import read_readings, read_station_table
        from tomoshibi.shaking.mapping.sites import read_amplification
        from tomoshibi.vocabulary.intensity import CLASSES, IntensityClass

        zooms = _zooms(zoom)
        weakest = CLASSES.index(IntensityClass.parse(least))
        area = _area(area_path, only, box_text)
        shock = _hypocentre(source, file)
        readings = _counting(read_readings(file), shock)
        if table_path is not None:
            if shock is None:
                fail(T("--table には --source の発震時が要ります。", "--table needs the origin in --source."))
            else:
                readings = readings.with_silent(read_station_table(table_path), shock.origin)
        learned = terms.load(terms_path) if terms_path else None
        _not_later(learned, shock)
        drawn = drawing.draw(readings, area, read_amplification(sites), shock, learned, threads)
        drawing.write(drawn, out, zooms, weakest)
        said = drawing.summary(drawn)
        if as_json:
            click.echo(json.dumps(said, ensure_ascii=False, indent=2))
            return
        say(
            T(
                "{cells}メッシュ、{stations}地点から。最大 推計 {estimated}、観測 {observed}。{ground}。→ {out}",
                "{cells} cells from {stations} stations. Largest: estimated {estimated}, observed {observed};"
                " {ground}. In {out}",
            ),
            cells=f"{said['cells']:,}",
            stations=said["stations"],
            estimated=said["largest"]["estimated"],
            observed=said["largest"]["observed"],
            ground=drawing.GROUND[drawn.ground],
            out=out,
        )
        for row in drawn.towns:
            if row.unreported:
                unheard = T("震度5弱以上と推計・未入電: {name}", "5 Lower or more expected, no report: {name}")
                say(unheard, name=row.name)


def _counting(readings: Readings, shock: Hypocentre | None) -> Readings:
    """The readings without stations that this machine's journal grades D or E or leaves out, and a word on them."""
    import numpy as np
    from django.db import DatabaseError

    setup()
    from tomoshibi.incidents.correcting import ruled_out
    from tomoshibi.journal import worlds

    try:
        out = ruled_out(shock.origin if shock else worlds.now())
    except DatabaseError:  # nothing is set up here: nobody has graded anything
        return readings
    gone = np.array([str(number) in out for number in readings.numbers.tolist()], bool)
    said = T("使わない観測点(設置環境または除外): {name}", "not used (siting, or left out): {name}")
    for name in (name for name, left in zip(readings.names, gone, strict=True) if left):
        click.echo(str(said.format(name=name)), err=True)
    return readings.part(~gone)


@map_group.command()
@click.option("--area", "area_path", type=_PATH, help="GeoJSON of municipalities, such as JMA's.")
@click.option("--terms", "terms_path", type=_PATH, help="Station terms from `stations learn`.")
@_sites
@_table
def prepare(area_path: Path | None, terms_path: Path | None, sites: tuple[Path, ...], table_path: Path | None) -> None:
    """Keep what maps stand on in this machine's home, so that incidents' maps are drawn by themselves.

    Each part may be given again, alone; the others stay as they are. Without any, says what is there.
    """
    with told():
        setup()
        from tomoshibi.incidents.estimating import ground_folder
        from tomoshibi.incidents.shocks import WORDS
        from tomoshibi.shaking.mapping import ground

        made = ground.prepare(ground_folder(), area=area_path, sites=sites, table=table_path, learned=terms_path)
        missing = made.missing()
        for name, word in WORDS.items():
            click.echo(f"{word}: {T('なし', 'missing') if name in missing else T('あり', 'there')}")
        click.echo(f"→ {made.folder}")


@map_group.command()
@click.argument("files", nargs=-1, required=True, type=_PATH)
@click.option(
    "--learn",
    "catalogue",
    type=_PATH,
    multiple=True,
    help="Catalogue files: of each earthquake, terms are learned from the events before its origin. Needs --table.",
)
@click.option("--draws", type=click.IntRange(1), default=20, show_default=True, help="Random hold-outs of 10 %.")
@_sites
@_table
@_source
@_json
def score(
    files: tuple[Path, ...],
    catalogue: tuple[Path, ...],
    draws: int,
    sites: tuple[Path, ...],
    table_path: Path | None,
    source: str | None,
    as_json: bool,
) -> None:
    """How well the map foretells stations that it was not shown, beside plain inverse distance.

    FILES are earthquakes as for `map draw`. A held-out station's place, ground and learned term are known; its
    reading is not. With --learn, an earthquake that no event of the catalogue precedes is left out.
    """
    with told():
        from tomoshibi.shaking.mapping import score as scoring
        from tomoshibi.shaking.mapping import terms
        from tomoshibi.shaking.mapping.catalogue import read_catalogue, read_readings, read_station_table
        from tomoshibi.shaking.mapping.drawing import network_of
        from tomoshibi.shaking.mapping.sites import read_amplification

        ground = read_amplification(sites)
        table = read_station_table(table_path) if table_path else None
        if catalogue and table is None:
            fail(T("--learn には --table が要ります。", "--learn needs --table."))
        shocks = list(read_catalogue(catalogue))
        found: list[tuple[str, Any]] = []
        for file in files:
            readings = read_readings(file).heard()
            shock = _hypocentre(source, file)
            learned = None
            if shocks and table is not None:
                if shock is None:
                    fail(T("--learn には発震時が要ります(--source)。", "--learn needs the origin, in --source."))
                    return
                before = terms.before(shocks, shock.origin)
                if not before:
                    say(
                        T("{file}: それより前の地震がないので除きます", "{file}: left out, no event before it"),
                        file=file.name,
                    )
                    continue
                learned = terms.learn(before, table, ground)
            network = network_of(readings, ground, learned)
            found.append((file.stem, scoring.score(network, readings.intensities, shock, draws)))
        if not found:
            fail(T("採点できる地震がありません。", "There is no earthquake to score."))
        _print_scores(found, as_json)


def _print_scores(found: list[tuple[str, Any]], as_json: bool) -> None:
    from tomoshibi.shaking.mapping.score import Score, Scores

    kinds = ("holdout", "holdout_peer", "left_out", "left_out_peer")
    holdout, peer, left_out, left_out_peer = (Score.mean([getattr(each, k) for _, each in found]) for k in kinds)
    covered = sum(each.covered for _, each in found) / len(found)
    means = Scores(holdout, peer, left_out, left_out_peer, covered)
    rows = [*found, (str(T("平均", "mean")), means)]
    if as_json:
        from dataclasses import asdict

        rows[-1] = ("mean", means)
        click.echo(json.dumps({name: asdict(each) for name, each in rows}, ensure_ascii=False, indent=2))
        return
    say(
        T(
            "10%を隠す: RMSE/階級一致 (逆距離) | 1点ずつ隠す (逆距離) | 2σに入る割合",
            "10 % held out: RMSE/exact class (inverse distance) | one left out (inverse distance) | within 2 sigma",
        )
    )
    for name, each in rows:
        parts = [f"{getattr(each, kind).rmse:.3f}/{getattr(each, kind).exact:.3f}" for kind in kinds]
        click.echo(f"{name:24} {parts[0]} ({parts[1]}) | {parts[2]} ({parts[3]}) | {each.covered:.3f}")


@stations_group.command()
@click.argument("catalogue", nargs=-1, required=True, type=_PATH)
@click.option("--out", type=_PATH, required=True, help="File for the terms.")
@click.option("--before", help="Only earthquakes with an origin before this moment (ISO 8601; JST without zone).")
@_sites
@_table
def learn(
    catalogue: tuple[Path, ...], out: Path, before: str | None, sites: tuple[Path, ...], table_path: Path | None
) -> None:
    """Learn stations' lasting residuals from intensity files of JMA's monthly report (plain or zipped)."""
    with told():
        from tomoshibi.shaking.mapping import terms
        from tomoshibi.shaking.mapping.catalogue import read_catalogue, read_station_table
        from tomoshibi.shaking.mapping.sites import read_amplification

        if table_path is None:
            fail(T("--table に code_p.dat を指定してください。", "Name code_p.dat with --table."))
            return
        moment = _moment(before) if before else None
        table = read_station_table(table_path)
        found = terms.learn(read_catalogue(catalogue), table, read_amplification(sites), moment)
        terms.save(found, out)
        say(
            T("{shocks}の地震から{n}地点 → {out}", "{n} stations from {shocks} earthquakes, in {out}"),
            shocks=found.shocks,
            n=found.numbers.size,
            out=out,
        )


@stations_group.command(name="import")
@in_file
@accept_option
@training_option
@with_django
def import_(file: Path, accept_good: bool, training: bool) -> None:
    """Load siting forms and grades of stations from FILE (.xlsx or .csv); rows that will not do are named.

    Columns: code, and if wanted name, lat, lon, municipality, agency, also, grade (A-E), form, assessed_on,
    assessed_by, reason. D and E reach neither maps nor triggers.
    """
    from tomoshibi.incidents import station_sheets

    with world(training):
        read_list(station_sheets.load, file, accept_good)


@stations_group.command()
@click.argument("terms_path", metavar="TERMS", type=_PATH)
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True)
@_json
def health(terms_path: Path, limit: int, as_json: bool) -> None:
    """Stations that are far off their neighbours for good, or have drifted: look at their siting.

    TERMS is a file from `stations learn`. The list is a reason to go and look, not a verdict.
    """
    with told():
        from tomoshibi.shaking.mapping import terms

        found = terms.health(terms.load(terms_path))
        if as_json:
            click.echo(json.dumps([_suspect(each) for each in found], ensure_ascii=False, indent=2))
            return
        for each in found[:limit]:
            why = "、".join(str(reason) for reason in each.reasons)
            history = " ".join(f"{year}:{mean:+.2f}({n})" for year, mean, n in each.history)
            click.echo(f"{each.number} {each.name}  {why} ±{each.deviation:.2f}  {each.rank:.1%}  {history}")
        say(T("設置環境の疑い {n}地点", "{n} siting suspects"), n=len(found))


def _suspect(each: Any) -> dict[str, Any]:
    return {
        "station": each.number,
        "name": each.name,
        "term": round(each.term, 3),
        "deviation": round(each.deviation, 3),
        "count": each.count,
        "rank": round(each.rank, 4),
        "drift": None if each.drift is None else round(each.drift, 3),
        "reasons": [{"ja": reason.ja, "en": reason.en} for reason in each.reasons],
        "history": [{"year": year, "mean": round(mean, 3), "count": n} for year, mean, n in each.history],
    }


def _zooms(text: str) -> range:
    first, _, last = text.partition("-")
    if not (first.isdigit() and (last or first).isdigit() and 0 <= int(first) <= int(last or first) <= 14):
        fail(T("--zoom は 5-9 のように、0から14までで書いてください。", "Write --zoom as 5-9, between 0 and 14."))
    return range(int(first), int(last or first) + 1)


def _area(path: Path | None, only: tuple[str, ...], text: str | None) -> Area:
    from tomoshibi.shaking.mapping.area import box, read_area

    if (path is None) == (text is None):
        fail(T("--area か --box のどちらかを指定してください。", "Give either --area or --box."))
    if path is not None:
        return read_area(path, only)
    try:
        south, west, north, east = (float(each) for each in (text or "").split(","))
    except ValueError:
        fail(T("--box は 南,西,北,東 の4つの数です。", "--box is four numbers: SOUTH,WEST,NORTH,EAST."))
        raise
    return box(south, west, north, east)


def _hypocentre(text: str | None, file: Path) -> Hypocentre | None:
    from tomoshibi.shaking.mapping.catalogue import Hypocentre
    from tomoshibi.shaking.mapping.score import reference_source

    if text is None:
        return reference_source(file.stem)
    parts = [each.strip() for each in text.split(",")]
    try:
        latitude, longitude, depth, magnitude = (float(each) for each in parts[:4])
        if len(parts) > 5 or not (-90 <= latitude <= 90 and -180 <= longitude <= 180 and 0 <= depth <= 800):
            raise ValueError(text)
    except ValueError:
        fail(
            T(
                "--source は 緯度,経度,深さkm,マグニチュード[,発震時] で書いてください。",
                "Write --source as LATITUDE,LONGITUDE,DEPTH,MAGNITUDE[,ORIGIN].",
            )
        )
        raise
    origin = _moment(parts[4]) if len(parts) == 5 else datetime.now().astimezone()
    return Hypocentre(origin, latitude, longitude, depth, magnitude)


def _moment(text: str) -> datetime:
    from tomoshibi.vocabulary.clock import JAPAN

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(
            T(
                "時刻は 2016-04-16T01:25:05+09:00 のように書いてください: {text}",
                "Write a moment as 2016-04-16T01:25:05+09:00, not {text}",
            ).format(text=text)
        )
        raise
    return moment if moment.tzinfo else moment.replace(tzinfo=JAPAN)


def _not_later(learned: Terms | None, shock: Hypocentre | None) -> None:
    """Say so where terms were learned from the earthquake itself or from later ones."""
    if learned is not None and shock is not None and learned.until is not None and learned.until >= shock.origin:
        click.echo(
            str(
                T(
                    "注意: 観測点の項は、この地震かその後の地震からも学ばれています。",
                    "Note: the station terms were learned from this earthquake or later ones too.",
                )
            ),
            err=True,
        )
