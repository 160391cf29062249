"""``tomoshibi network``: a live network of strong-motion stations, and earthquakes made for drills."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tomoshibi.cli.django import fail, say, setup, told
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

if TYPE_CHECKING:
    from tomoshibi.shaking.network import Detection, Names, Station
    from tomoshibi.shaking.network.sources import Source


@click.group()
def network() -> None:
    """A live network of strong-motion stations."""


@network.command()
@click.argument("stations", required=False, type=click.Path(dir_okay=False))
@click.option("--folder", type=click.Path(file_okay=False), help="Hear a folder whose miniSEED or CSV files grow.")
@click.option("--replay", multiple=True, type=click.Path(), help="Play records (files or folders) again.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="Of --replay.")
@click.option("--seedlink", help="Hear a SeedLink server: host:port.")
@click.option(
    "--select",
    multiple=True,
    help="NETWORK.STATION or NETWORK.STATION:CHANNELS of --seedlink; by default every station of the list, HN?.",
)
@click.option("--rule", "rules", multiple=True, help="When to tell: '2 x 5- in 10s', '4 ours'. May be repeated.")
@click.option("--rate", type=click.IntRange(50, 200), default=100, show_default=True, help="Samples a second.")
@click.option(
    "--hold", type=click.IntRange(4, 120), default=16, show_default=True, help="Seconds held for late packets."
)
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--training", is_flag=True, help="Tell the training world. A replay never tells the real one.")
@click.option("--state", type=click.Path(file_okay=False), help="Keep the state here, and tell nobody but the screen.")
@click.option("--fresh", is_flag=True, help="Begin anew instead of going on from the state.")
@click.option("--json", "as_json", is_flag=True, help="Print what is told as JSON lines.")
@told()
def run(
    stations: str | None,
    folder: str | None,
    replay: tuple[str, ...],
    speed: float,
    seedlink: str | None,
    select: tuple[str, ...],
    rules: tuple[str, ...],
    rate: int,
    hold: int,
    threads: int,
    training: bool,
    state: str | None,
    fresh: bool,
    as_json: bool,
) -> None:
    """Run a network until it is stopped (Ctrl-C), or until a replay ends.

    STATIONS is a CSV: code, latitude, longitude, and if wanted name, agency, channel, gal_per_count or sensitivity,
    full_scale, municipality (5 digits), municipality_name, arv, grade (A-E), ours. A replay of records that say where
    they stand needs none.

    Each station's real-time intensity, class, long-period class, maxima and quality are kept in a state file, which
    the page "Live network" shows and from which the next run goes on. When a rule is met, a telegram goes into the
    inbox, where the trigger table decides as it does about JMA's.
    """
    from tomoshibi.shaking.memory import keep_heap
    from tomoshibi.shaking.network import Names, Network, Rule, Runner, resume

    if sum(map(bool, (folder, replay, seedlink))) != 1:
        said = T(
            "--folder、--replay、--seedlink のどれか1つを指定してください", "give one of --folder, --replay, --seedlink"
        )
        raise click.UsageError(str(said))
    conditions = [Rule.parse(text) for text in rules]
    listed, files = _stations(stations, replay)
    keep_heap()
    training = training or (bool(replay) and state is None)
    where, inbox = _places(state, training)
    if rules and inbox is not None and not any(s.municipality for s in listed):
        said = T(
            "観測点表に municipality(市町村コード5桁)がないため、検知しても自動判断表は何も判断できません。",
            "The station list has no municipality (5 digits): the trigger table can decide on nothing of it.",
        )
        click.echo(str(said), err=True)
    net = Network(listed, rate, threads, held=hold)
    before: dict[str, Any] = {} if fresh or replay else resume(net, where)
    names = Names(listed, rate)
    source = _source(folder, files, speed, seedlink, select, names, before.get("position"))
    shown: set[str] = set()

    def trouble(text: T) -> None:
        if str(text) not in shown and len(shown) < 200:  # each once: a broken file is met at every look
            shown.add(str(text))
            click.echo(str(text), err=True)

    def tell(found: Detection) -> None:
        if inbox is not None:
            from tomoshibi.incidents.shaken import drop

            drop(found, inbox, exercise=training)
        click.echo(json.dumps(_said(found), ensure_ascii=False) if as_json else str(_line(found)))

    counts: Any = dict
    if inbox is not None:
        counts = _counting(training)
    runner = Runner(net, source, where, conditions, "replay" if replay else "live", tell, trouble, counts)
    if before.get("event"):
        runner.watch.event = before["event"]
    say(
        T("{n}観測点を動かしています。状態: {where}", "{n} stations are running. State: {where}"),
        n=len(listed),
        where=where,
    )
    before_us = {name: signal.signal(name, lambda *_: runner.stop.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        runner.run()
    finally:
        for name, handler in before_us.items():
            signal.signal(name, handler)
    _table(net, as_json)


def _counting(training: bool) -> Callable[[], dict[str, bool]]:
    """What the journal says of which stations count: grades and exclusions rule over the list's own column."""
    from django.db import DatabaseError

    from tomoshibi.incidents.correcting import counting
    from tomoshibi.journal import worlds

    known: dict[str, bool] = {}

    def ask() -> dict[str, bool]:
        try:
            with worlds.inhabit(worlds.TRAINING if training else worlds.REAL):
                found = counting()
            known.clear()
            known.update(found)
        except DatabaseError:  # nothing is set up yet, or the store is busy: shaking is told all the same
            pass
        return known

    return ask


def _stations(stations: str | None, replay: tuple[str, ...]) -> tuple[list[Station], list[Path]]:
    """The station list, and the files to be played."""
    from tomoshibi.shaking import Record, RecordError, read_files
    from tomoshibi.shaking.network import read_stations
    from tomoshibi.shaking.network.stations import of_records

    files: list[Path] = []
    for name in map(Path, replay):
        if name.is_dir():
            files += sorted(f for f in name.rglob("*") if f.is_file() and f.suffix.lower() not in (".part", ".tmp"))
        elif name.is_file():
            files.append(name)
        else:
            raise RecordError(T("ファイルがありません", "no such file"), name)
    lists = [file for file in files if file.name == "stations.csv"]
    files = [file for file in files if file.name != "stations.csv" and file.suffix.lower() not in (".json", ".txt")]
    if stations is not None:
        return read_stations(Path(stations)), files
    if lists:
        return read_stations(lists[0]), files
    found = of_records([item for item in read_files(files) if isinstance(item, Record)])
    if not found:
        raise RecordError(T("観測点の表(CSV)を指定してください", "give a list of stations (CSV)"))
    return found, files


def _places(state: str | None, training: bool) -> tuple[Path, Path | None]:
    """Where the state is kept, and the inbox that is told (None: nobody is)."""
    if state is not None:
        return Path(state), None
    setup()
    from tomoshibi.journal import worlds

    with worlds.inhabit(worlds.TRAINING if training else worlds.REAL):
        return worlds.home() / "network", worlds.home() / "inbox"


def _source(
    folder: str | None,
    files: list[Path],
    speed: float,
    seedlink: str | None,
    select: tuple[str, ...],
    names: Names,
    position: dict[str, Any] | None,
) -> Source:
    from tomoshibi.shaking.network import Folder, Replay, SeedLink

    if folder is not None:
        return Folder(Path(folder), names, position)
    if seedlink is not None:
        address = seedlink if ":" in seedlink else f"{seedlink}:18000"
        return SeedLink(address, _selectors(select, names), names, position)
    return Replay(files, names, speed)


def _selectors(select: tuple[str, ...], names: Names) -> list[tuple[str, str, str]]:
    """Network, station and channels as SeedLink wants them."""
    wanted = select or tuple(f"{s.code}:{s.channel or 'HN'}?" for s in names.stations)
    found = []
    for text in wanted:
        stream, _, channels = text.partition(":")
        code, dot, station = stream.partition(".")
        if not dot:
            said = T(
                f"SeedLink の観測点は「網.観測点」で書いてください({text})",
                f"write a SeedLink station as NETWORK.STATION, not {text}",
            )
            raise click.UsageError(str(said))
        found.append((code, station, channels or "HN?"))
    return found


def _said(found: Detection) -> dict[str, Any]:
    return {
        "event": found.event,
        "serial": found.serial,
        "began": found.began.isoformat(),
        "at": found.at.isoformat(),
        "largest": found.largest.label,
        "strongest": found.strongest,
        "stations": found.stations,
        "municipalities": {p.municipality: p.klass.label for p in found.places},
    }


def _line(found: Detection) -> T:
    return T(
        f"{found.at.astimezone(JAPAN):%H:%M:%S} 第{found.serial}報 最大{found.largest.text.ja}"
        f"({found.strongest})、震度1以上 {found.stations}地点、{found.rule.text.ja}",
        f"{found.at.astimezone(JAPAN):%H:%M:%S} JST no. {found.serial}: largest {found.largest.text.en} "
        f"({found.strongest}), {found.stations} stations at 1 or more; {found.rule.text.en}",
    )


def _table(net: Any, as_json: bool) -> None:
    """What the stations read when the run ended, strongest first."""
    from tomoshibi.shaking.network import class_of

    classes, swings = net.classes("largest"), net.long_period_classes()
    order = sorted(range(len(net.stations)), key=lambda n: -(net.of["largest"][n] if classes[n] >= 0 else -99))
    for n in order[: None if as_json else 20]:
        klass, station = class_of(int(classes[n])), net.stations[n]
        if klass is None:
            continue
        if as_json:
            values = {
                "station": station.code,
                "intensity": round(float(net.of["largest"][n]), 2),
                "class": klass.label,
                "pga_gal": round(float(net.of["pga"][n]), 2),
                "long_period_class": int(swings[n]),
                "missing": int(net.of["gaps"][n]),
                "late": int(net.of["late"][n]),
                "repeated": int(net.of["repeated"][n]),
            }
            click.echo(json.dumps(values, ensure_ascii=False))
        else:
            figures = f"{net.of['largest'][n]:5.1f}  {net.of['pga'][n]:8.1f} gal"
            click.echo(f"{station.code:10s} {figures}  {klass.text}  {station.name}")


@network.command()
@click.argument("stations", type=click.Path(dir_okay=False))
@click.option("--magnitude", type=click.FloatRange(3, 9), required=True, help="Moment magnitude.")
@click.option("--latitude", type=click.FloatRange(-90, 90), required=True)
@click.option("--longitude", type=click.FloatRange(-180, 180), required=True)
@click.option("--depth", type=click.FloatRange(0, 700), default=10.0, show_default=True, help="Kilometres.")
@click.option("--origin", help="Time of the shock, as 2026-11-22T14:00 (Japan time); by default now.")
@click.option("--stress", type=click.FloatRange(1, 1000), default=100.0, show_default=True, help="Stress drop, bar.")
@click.option("--within", type=click.FloatRange(1), help="Only stations within so many kilometres.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same waveforms.")
@click.option(
    "--out", type=click.Path(file_okay=False), required=True, help="Folder for miniSEED files and their list."
)
def simulate(
    stations: str,
    magnitude: float,
    latitude: float,
    longitude: float,
    depth: float,
    origin: str | None,
    stress: float,
    within: float | None,
    seed: int,
    out: str,
) -> None:
    """Make waveforms of an earthquake for a drill, by Boore's stochastic point-source method (2003).

    One miniSEED file a station of STATIONS, and their list, which "tomoshibi network run --replay" plays. Nothing to
    judge a site or a building by: no fault plane, basins or surface waves.
    """
    with told():
        from tomoshibi.shaking.network import read_stations
        from tomoshibi.shaking.network.simulate import Shock, write

        try:
            at = datetime.fromisoformat(origin) if origin else datetime.fromtimestamp(int(time.time()), JAPAN)
        except ValueError:
            fail(T(f"--origin の日時が読めません: {origin}", f"--origin is no time: {origin}"))
        shock = Shock(at if at.tzinfo else at.replace(tzinfo=JAPAN), latitude, longitude, depth, magnitude, stress)
        chosen = [s for s in read_stations(Path(stations)) if within is None or shock.distance(s) <= within]
        if not chosen:
            fail(T("その範囲に観測点がありません", "no station is within that distance"))
        with click.progressbar(
            write(shock, chosen, Path(out), seed), length=len(chosen), file=sys.stderr, label=str(T("作成中", "making"))
        ) as made:
            for _ in made:
                pass
        say(T("{n}観測点の波形を書きました: {out}", "Waveforms of {n} stations written: {out}"), n=len(chosen), out=out)
