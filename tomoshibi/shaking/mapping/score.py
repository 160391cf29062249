"""How well the estimated map foretells stations that it was not shown, beside plain inverse distance in the same
run."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping.catalogue import Hypocentre
from tomoshibi.shaking.mapping.estimate import Network, shaking
from tomoshibi.shaking.mapping.geometry import nuggets, prepare
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.intensity import LIMITS

Floats = NDArray[np.float64]

#: plain inverse distance: neighbours and power; the best of 6–12 neighbours and powers 1 and 2 on the four earthquakes
_PEER_NEIGHBOURS, _PEER_POWER = 8, 1.0
#: share of stations held out, and how often
SHARE, DRAWS = 0.1, 20


@dataclass(frozen=True, slots=True)
class Score:
    """Root mean square error of intensity, and share of stations whose class is exactly right."""

    rmse: float
    exact: float

    @classmethod
    def mean(cls, scores: list[Score]) -> Score:
        """Mean of both figures."""
        return cls(float(np.mean([s.rmse for s in scores])), float(np.mean([s.exact for s in scores])))


@dataclass(frozen=True, slots=True)
class Scores:
    """A shock's scores by random hold-out and by leaving each station out, ours and inverse distance's, and how often
    the true reading lay within two of our own standard deviations.
    """

    holdout: Score
    holdout_peer: Score
    left_out: Score
    left_out_peer: Score
    covered: float


def classes(intensities: ArrayLike) -> NDArray[np.intp]:
    """Class ranks 0–9 of intensities (any shape, kept), to the nearest tenth as readings are written."""
    tenths = np.round(np.asarray(intensities, np.float64) * 10)
    return np.searchsorted(np.array(LIMITS) * 10 - 1e-6, tenths, side="right")


def compare(guessed: Floats, read: Floats) -> Score:
    """Score of guesses (n,) against readings (n,)."""
    exact = float(np.mean(classes(guessed) == classes(read)))
    return Score(float(np.sqrt(np.mean((guessed - read) ** 2))), exact)


def inverse_distance(stations: Floats, values: Floats, places: Floats) -> Floats:
    """Plain inverse distance of eight neighbours: stations (n, 3) km, values (n,), places (m, 3) km; shape (m,)."""
    k = min(_PEER_NEIGHBOURS, values.size)
    far, which = cKDTree(stations).query(places, np.arange(1, k + 1))
    weights = 1 / np.maximum(far, 0.5) ** _PEER_POWER
    return np.asarray((weights * values[which]).sum(axis=1) / weights.sum(axis=1))


def holdouts(stations: int, draws: int = DRAWS, seed: int = 0) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows that are shown and rows that are held out (a tenth), for each draw."""
    random = np.random.default_rng(seed)
    for _ in range(draws):
        shuffled = random.permutation(stations)
        out = max(1, int(stations * SHARE))
        yield shuffled[out:], shuffled[:out]


def estimate_at(
    network: Network, readings: Floats, source: Hypocentre | None, shown: NDArray[np.intp], out: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Intensities and deviations (k,) at stations ``out`` (k,) from ``readings`` (n,) of stations ``shown`` alone; both
    are rows of the network of n.

    Of a held-out station its place, its ground and its learned term are known, as for a station that is silent.
    """
    part = network.part(shown)
    shock = shaking(part, readings[shown], source)
    places = network.places[out]
    geometry = prepare(part.places, places[:, None, :], part.counts)
    base = (shock.trend.at(places) + network.lasting[out]).astype(np.float32)[:, None]
    deviation = np.sqrt(shock.scale * (geometry.variance[:, 0] + nuggets(network.counts[out])))
    return geometry.draw(shock.residuals, base)[:, 0].astype(np.float64), deviation


def score(network: Network, readings: ArrayLike, source: Hypocentre | None = None, draws: int = DRAWS) -> Scores:
    """Score one shock: intensities (n,) of a network's stations, none silent.

    :raises RecordError: with fewer than twenty stations
    """
    values = np.asarray(readings, np.float64)
    if values.size < 20:
        raise RecordError(T("採点には20地点以上要ります", "a score needs twenty stations at least"))
    ours, peers, covered = [], [], []
    for shown, out in holdouts(values.size, draws):
        guessed, deviation = estimate_at(network, values, source, shown, out)
        ours.append(compare(guessed, values[out]))
        covered.append(float(np.mean(np.abs(guessed - values[out]) <= 2 * deviation)))
        plain = inverse_distance(network.places[shown], values[shown], network.places[out])
        peers.append(compare(plain, values[out]))
    whole = shaking(network, values, source)
    plain = np.empty(values.size)
    for row in range(values.size):
        rest = np.delete(np.arange(values.size), row)
        near = rest[np.argsort(((network.places[rest] - network.places[row]) ** 2).sum(axis=1))[:_PEER_NEIGHBOURS]]
        plain[row] = inverse_distance(network.places[near], values[near], network.places[[row]])[0]
    return Scores(
        Score.mean(ours),
        Score.mean(peers),
        compare(whole.expected, values),
        compare(plain, values),
        float(np.mean(covered)),
    )


def reference_source(stem: str) -> Hypocentre | None:
    """JMA's hypocentre of one of the reference earthquakes by the stem of its file's name (``2008_iwate_miyagi``), from
    ``data/reference_shocks.csv``; None for any other.
    """
    text = files("tomoshibi.shaking.mapping").joinpath("data/reference_shocks.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        if row["file"] == stem:
            origin = datetime.fromisoformat(row["origin"])
            place = (float(row["latitude"]), float(row["longitude"]), float(row["depth"]), float(row["magnitude"]))
            return Hypocentre(origin, *place, row["name"])
    return None
