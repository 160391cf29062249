"""The estimated map 推計震度分布: intensity and its uncertainty where nobody measures, from the stations of one shock.

An intensity is a law of the shock, plus what the ground adds, plus (at a station) the station's lasting term, plus a
field that neighbours share. :class:`Network` holds what does not change from shock to shock; :class:`Estimator` joins
it to places; each shock is one :meth:`Estimator.draw`, each later set of readings one :meth:`Estimator.redraw`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.mapping.attenuation import AMPLIFIES, positions
from tomoshibi.shaking.mapping.catalogue import Hypocentre
from tomoshibi.shaking.mapping.geometry import Geometry, Single, nuggets, prepare, prepare_left_out
from tomoshibi.shaking.mapping.sites import Amplification
from tomoshibi.shaking.mapping.trend import Trend, fit
from tomoshibi.vocabulary import T

Floats = NDArray[np.float64]

#: without a law, a cell farther than this from every station is not estimated, km
REACH = 60.0
#: deviation of log10 ARV where it was taken from neighbours rather than known
_GUESSED = 0.1
#: variance of a station's residual that stands for 1 in the covariances, until a shock says otherwise (intensity²)
TYPICAL = 0.11
_ROUNDS = 4


@dataclass(frozen=True)
class Network:
    """Stations (n,): degrees north and east, what their ground adds, their learned terms and from how many shocks."""

    latitudes: Floats
    longitudes: Floats
    ground: Floats
    terms: Floats = field(default_factory=lambda: np.empty(0))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        n = self.latitudes.size
        if not self.terms.size:
            object.__setattr__(self, "terms", np.zeros(n))
            object.__setattr__(self, "counts", np.zeros(n, np.int64))
        if any(each.shape != (n,) for each in (self.longitudes, self.ground, self.terms, self.counts)):
            raise ValueError("a network's arrays must have one length")

    @classmethod
    def of(
        cls,
        latitudes: ArrayLike,
        longitudes: ArrayLike,
        sites: Amplification,
        terms: ArrayLike | None = None,
        counts: ArrayLike | None = None,
    ) -> Network:
        """A network (n stations, degrees north and east; ``terms`` in intensity, ``counts`` of shocks) with what a
        table says of its ground (log10 ARV times :data:`AMPLIFIES`, from the table's mean).

        :raises ValueError: arrays of different lengths
        """
        y, x = np.asarray(latitudes, np.float64), np.asarray(longitudes, np.float64)
        ground = AMPLIFIES * (sites.at(y, x)[0] - sites.mean)
        zero = np.zeros(y.size)
        return cls(
            y,
            x,
            ground,
            zero if terms is None else np.asarray(terms, np.float64),
            zero.astype(np.int64) if counts is None else np.asarray(counts, np.int64),
        )

    def __len__(self) -> int:
        return self.latitudes.size

    @cached_property
    def places(self) -> Floats:
        """(n, 3) km."""
        return positions(self.latitudes, self.longitudes)

    @cached_property
    def left_out(self) -> Geometry:
        """Every station from all the others."""
        return prepare_left_out(self.places, self.counts)

    @cached_property
    def lasting(self) -> Floats:
        """What a station reads above firm ground in every shock, (n,): its ground and its learned term."""
        return self.ground + self.terms

    def part(self, rows: NDArray[np.intp]) -> Network:
        """The network of some of the stations, by their rows (k,)."""
        return Network(
            self.latitudes[rows], self.longitudes[rows], self.ground[rows], self.terms[rows], self.counts[rows]
        )


@dataclass(frozen=True)
class Shaking:
    """A shock at the stations: its law, residuals (n,) with silent stations filled in, which were heard (n,), the
    intensities that the other stations expect of each (n,), and the residual variance that stands for 1.
    """

    trend: Trend
    residuals: Floats
    heard: NDArray[np.bool_]
    expected: Floats
    scale: float


def shaking(network: Network, intensities: ArrayLike, source: Hypocentre | None = None) -> Shaking:
    """Fit a shock to the stations' intensities (n,), NaN where a station is silent.

    A silent station is given what the others expect of it, so that weights prepared for the whole network still hold:
    for kriging that is the same as leaving it out, up to the stations beyond its neighbours.

    :raises RecordError: where no station was heard
    """
    values = np.asarray(intensities, np.float64)
    heard = np.isfinite(values)
    if values.shape != (len(network),) or not heard.any():
        raise RecordError(T("震度のある観測点がありません", "no station with an intensity"))
    firm = values - network.lasting
    law = fit(source, network.places, firm)
    base = law.at(network.places)
    residuals = np.where(heard, firm - base, 0.0)
    if len(network) == 1:
        return Shaking(law, residuals, heard, base + network.lasting, TYPICAL)
    zero = np.zeros(network.left_out.shape, np.float32)
    for _ in range(_ROUNDS if not heard.all() else 1):
        others = network.left_out.draw(residuals, zero)[:, 0].astype(np.float64)
        residuals = np.where(heard, firm - base, others)
    wrong = (firm - base - others)[heard] ** 2
    own = network.left_out.variance[heard, 0] + _noise(network)[heard]
    # a robust scale: the median of a chi-square of one degree is 0.455
    scale = float(np.median(wrong / own)) / 0.455 if heard.sum() >= 20 else TYPICAL
    return Shaking(law, residuals, heard, base + network.lasting + others, max(scale, 0.02))


def _noise(network: Network) -> Floats:
    return nuggets(network.counts)


@dataclass
class Estimator:
    """Places (blocks, lanes) joined to a network once. ``ground`` is what the places' ground adds, ``guessed`` where
    it was taken from neighbours; both (blocks, lanes).
    """

    network: Network
    places: Floats
    ground: Single
    guessed: NDArray[np.bool_]
    geometry: Geometry
    _base: Single | None = None
    _shaking: Shaking | None = None

    @classmethod
    def prepare(
        cls, network: Network, latitudes: ArrayLike, longitudes: ArrayLike, sites: Amplification, threads: int = 1
    ) -> Estimator:
        """Join places, degrees north and east of shape (blocks, lanes), to a network."""
        y, x = np.asarray(latitudes, np.float64), np.asarray(longitudes, np.float64)
        factors, known = sites.at(y, x)
        places = positions(y, x)
        geometry = prepare(network.places, places, network.counts, threads=threads)
        ground = (AMPLIFIES * (factors - sites.mean)).astype(np.float32)
        return cls(network, places, ground, ~known, geometry)

    def draw(self, intensities: ArrayLike, source: Hypocentre | None = None) -> Single:
        """The map of a shock: intensity, not rounded, (blocks, lanes); NaN where nothing can be said.

        :raises RecordError: where no station was heard
        """
        shock = shaking(self.network, intensities, source)
        base = shock.trend.at(self.places).astype(np.float32) + self.ground
        if shock.trend.source is None:
            base[self.geometry.nearest > REACH] = np.nan
        self._base, self._shaking = base, shock
        return self.geometry.draw(shock.residuals, base)

    def redraw(self, intensities: ArrayLike, out: Single | None = None) -> Single:
        """The same shock with other readings (n,), NaN where silent, by the law that :meth:`draw` found: one sparse
        product.

        :raises RuntimeError: before the first :meth:`draw`
        """
        if self._base is None or self._shaking is None:
            raise RuntimeError("draw the shock first")
        law = self._shaking.trend
        values = np.asarray(intensities, np.float64)
        left = values - self.network.lasting - law.at(self.network.places)
        heard = np.isfinite(left)
        if not heard.all():
            zero = np.zeros(self.network.left_out.shape, np.float32)
            filled = np.where(heard, left, 0.0)
            for _ in range(_ROUNDS):
                filled = np.where(heard, left, self.network.left_out.draw(filled, zero)[:, 0])
            left = filled
        return self.geometry.draw(left, self._base, out)

    @property
    def shaking(self) -> Shaking | None:
        """The shock last drawn."""
        return self._shaking

    def deviation(self) -> Single:
        """Standard deviation of the estimate at each place, (blocks, lanes): what the stations leave open, and the
        ground where its amplification was taken from neighbours; for ground as it is, without a reading's own noise.

        :raises RuntimeError: before the first :meth:`draw`
        """
        if self._shaking is None:
            raise RuntimeError("draw the shock first")
        open_ = np.maximum(self.geometry.variance, 0) + np.float32(0.5)  # the place's own, unlearned
        variance = np.float32(self._shaking.scale) * open_ + self.guessed * np.float32((AMPLIFIES * _GUESSED) ** 2)
        return np.sqrt(variance, dtype=np.float32)
