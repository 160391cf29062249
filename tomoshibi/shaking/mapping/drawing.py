"""One earthquake drawn from beginning to end: readings, ground and terms in, a map with its table and files out."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping.area import Area
from tomoshibi.shaking.mapping.catalogue import Hypocentre, Readings
from tomoshibi.shaking.mapping.estimate import Estimator, Network
from tomoshibi.shaking.mapping.geometry import Single
from tomoshibi.shaking.mapping.render import Tiles, geojson, picture, write_geotiff
from tomoshibi.shaking.mapping.sites import Amplification
from tomoshibi.shaking.mapping.table import EXPECTED_FROM, TownRow, classify_all, town_table
from tomoshibi.shaking.mapping.terms import Terms
from tomoshibi.shaking.station_map import Observed
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import CLASSES, classify

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """The shock as it was known, or had come, at a moment: what the stations read by then, (n,), NaN: nothing yet."""

    at: datetime
    intensities: Floats


@dataclass(frozen=True)
class Drawn:
    """A map: intensities and their standard deviation (b, 16) of an area's cells, what the stations read and what the
    others expect of each (n,), the table, and where the ground came from (``cells``, ``stations`` or ``none``).

    ``frames`` are the moments before, each with its class ranks (b, 16) and those of the stations (n,), -1 where
    nothing is known. ``classes``: the readings are classes, not measured.
    """

    area: Area
    intensities: Single
    deviations: Single
    readings: Readings
    expected: Floats
    towns: list[TownRow]
    source: Hypocentre | None
    ground: str
    terms: bool
    frames: tuple[tuple[datetime, NDArray[np.int8], NDArray[np.int8]], ...] = ()
    classes: bool = False

    @property
    def silent(self) -> NDArray[np.intp]:
        """Rows (k,) of silent stations of which 5弱 or more is expected, the strongest first."""
        rows = np.flatnonzero(~np.isfinite(self.readings.intensities) & (np.round(self.expected, 1) >= EXPECTED_FROM))
        return rows[np.argsort(-self.expected[rows])]

    def observed(self) -> list[Observed]:
        """The stations that were heard, as points of a map."""
        read = self.readings.heard()
        rows = zip(read.numbers, read.names, read.latitudes, read.longitudes, read.intensities, strict=True)
        return [Observed(str(n), name, float(y), float(x), float(i), classify(float(i))) for n, name, y, x, i in rows]


def ground_of(sites: Amplification) -> str:
    """Where amplification comes from: ``cells``, ``stations`` or ``none``."""
    return "cells" if sites.codes.size else "stations" if sites.log_factors.size else "none"


#: what the map says of its ground
GROUND = {
    "cells": T("250 m メッシュの増幅率による", "drawn with the amplification of each 250 m cell"),
    "stations": T(
        "地盤は観測点の増幅率からの推定(250 m の増幅率の表なし)",
        "drawn with ground guessed from the stations' amplification (no table of 250 m cells)",
    ),
    "none": T(
        "地盤の違いを含まない(増幅率の表なし)", "drawn without differences of ground (no table of amplification)"
    ),
}


def network_of(readings: Readings, sites: Amplification, terms: Terms | None = None) -> Network:
    """The stations of one earthquake with their ground and their learned terms."""
    learned = (None, None) if terms is None else terms.of(readings.numbers)
    return Network.of(readings.latitudes, readings.longitudes, sites, *learned)


def draw(
    readings: Readings,
    area: Area,
    sites: Amplification,
    source: Hypocentre | None = None,
    terms: Terms | None = None,
    threads: int = 1,
    frames: Sequence[Frame] = (),
    classes: bool = False,
) -> Drawn:
    """Draw one earthquake, and the moments of ``frames`` by the law of the whole.

    :raises RecordError: where no station was heard
    """
    network = network_of(readings, sites, terms)
    estimator = Estimator.prepare(network, *area.centres(), sites, threads)
    values = estimator.draw(readings.intensities, source)
    shock = estimator.shaking
    if shock is None:  # pragma: no cover  # draw() has just made it
        raise RecordError(T("震度のある観測点がありません", "no station with an intensity"))
    table = town_table(
        area, values, readings.latitudes, readings.longitudes, readings.intensities, shock.expected, readings.names
    )
    learned = terms is not None and bool(network.counts.any())
    deviations = estimator.deviation()
    moments = tuple(
        (frame.at, classify_all(estimator.redraw(frame.intensities)), classify_all(frame.intensities))
        for frame in frames
        if np.isfinite(frame.intensities).any()
    )
    return Drawn(
        area,
        values,
        deviations,
        readings,
        shock.expected,
        table,
        source,
        ground_of(sites),
        learned,
        moments,
        classes,
    )


def summary(drawn: Drawn) -> dict[str, Any]:
    """What the map is and is made of, as JSON."""
    inside = drawn.area.labels >= 0
    known = drawn.intensities[inside & np.isfinite(drawn.intensities)]
    latitudes, longitudes = drawn.area.centres()
    source = drawn.source
    heard = np.isfinite(drawn.readings.intensities)
    return {
        "estimated": True,
        "cells": int(inside.sum()),
        "stations": int(heard.sum()),
        "largest": {
            "estimated": round(float(known.max()), 1) if known.size else None,
            "observed": None if drawn.classes else float(drawn.readings.intensities[heard].max()),
            "observed_class": classify(float(drawn.readings.intensities[heard].max())).value,
        },
        "source": None
        if source is None
        else {
            "origin": source.origin.isoformat(),
            "latitude": source.latitude,
            "longitude": source.longitude,
            "depth": source.depth,
            "magnitude": source.magnitude,
            "name": source.name,
        },
        "ground": drawn.ground,
        "ground_text": {"ja": GROUND[drawn.ground].ja, "en": GROUND[drawn.ground].en},
        "terms": drawn.terms,
        "classes": drawn.classes,
        "frames": [at.isoformat() for at, _, _ in drawn.frames],
        "bounds": [round(float(v), 5) for v in (latitudes.min(), longitudes.min(), latitudes.max(), longitudes.max())],
        "silent": [
            {
                "station": int(drawn.readings.numbers[i]),
                "name": drawn.readings.names[i],
                "latitude": float(drawn.readings.latitudes[i]),
                "longitude": float(drawn.readings.longitudes[i]),
                "expected": round(float(drawn.expected[i]), 1),
            }
            for i in drawn.silent
        ],
        "unreported": [{"code": row.code, "name": row.name} for row in drawn.towns if row.unreported],
    }


#: files of a written map
SUMMARY, STATIONS, TOWNS, FRAMES = "map.json", "stations.geojson", "towns.csv", "frames.npz"


def write(
    drawn: Drawn,
    folder: str | Path,
    zooms: range = range(5, 10),
    least: int = 3,
    files: bool = True,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Write a map into a folder: ``map.json`` (with ``more``), ``towns.csv``, ``stations.geojson``, ``tiles/``,
    ``frames.npz`` of its moments, and (``files``) ``map.geojson`` of the classes from rank ``least``, ``map.png``,
    ``intensity.tif`` and ``deviation.tif``.

    :raises OSError: a folder that cannot be written
    """
    top = Path(folder)
    top.mkdir(parents=True, exist_ok=True)
    observed = drawn.observed()
    points = geojson(drawn.area, np.full_like(drawn.intensities, np.nan), observed)
    triggers = drawn.readings.heard().triggers
    first = np.nanmin(triggers) if np.isfinite(triggers).any() else np.nan
    heard = np.flatnonzero(np.isfinite(drawn.readings.intensities))
    for point, trigger, row in zip(points["features"], triggers, heard, strict=True):
        if drawn.classes:
            point["properties"]["intensity"] = None
        if np.isfinite(trigger):
            point["properties"]["seconds"] = round(float(trigger - first), 1)
        if drawn.frames:
            point["properties"]["frames"] = [int(ranks[row]) for _, _, ranks in drawn.frames]
    (top / STATIONS).write_text(json.dumps(points, ensure_ascii=False), "utf-8")
    with (top / TOWNS).open("w", encoding="utf-8-sig", newline="") as out:
        write_towns(drawn, out)
    Tiles.of(drawn.area, drawn.intensities).write(top / "tiles", zooms)
    if drawn.frames:
        area = drawn.area
        ranks = np.stack([ranks for _, ranks, _ in drawn.frames])
        np.savez_compressed(top / FRAMES, rows=area.rows, columns=area.columns, labels=area.labels, ranks=ranks)
    if files:
        at = drawn.silent
        silent = zip(drawn.readings.latitudes[at].tolist(), drawn.readings.longitudes[at].tolist(), strict=True)
        (top / "map.png").write_bytes(picture(drawn.area, drawn.intensities, observed, silent))
        whole = geojson(drawn.area, drawn.intensities, observed, least)
        (top / "map.geojson").write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
        write_geotiff(top / "intensity.tif", drawn.area, drawn.intensities)
        write_geotiff(top / "deviation.tif", drawn.area, drawn.deviations)
    made = {"zooms": [zooms.start, zooms.stop - 1], "drawn": datetime.now().astimezone().isoformat()}
    said = summary(drawn) | dict(more or {}) | made
    # last: a folder with this file is a whole map
    (top / SUMMARY).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")


def write_towns(drawn: Drawn, out: Any) -> None:
    """The municipalities' table as CSV."""
    writer = csv.writer(out, lineterminator="\n")
    head = ["code", "name", "estimated_max", "estimated_class", "observed_max", "observed_class"]
    writer.writerow([*head, *(f"km2_{klass.code}" for klass in CLASSES), "unreported", "silent_stations"])
    for row in drawn.towns:
        values = [
            item
            for value, measured in ((row.estimated, True), (row.observed, not drawn.classes))
            for item in (("", "") if value is None else (f"{value:.1f}" if measured else "", classify(value).value))
        ]
        sizes = [f"{row.square_kilometres[k]:.1f}" if k in row.square_kilometres else "" for k in CLASSES]
        writer.writerow([row.code, row.name, *values, *sizes, int(row.unreported), " ".join(row.silent)])
