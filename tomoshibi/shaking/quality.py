"""What is wrong with a record: found and said, never hidden and never repaired."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from tomoshibi.shaking.record import COMPONENTS, Floats, Record
from tomoshibi.vocabulary import T

#: ranges of instruments in gal: the type 95 intensity meter, older K-NET, newer K-NET
RANGES = (2048.0, 4000.0)
#: samples at one extreme value before it counts as clipped
_FLAT_TOP = 3
#: a spike stands out of both neighbours by this many times the steps usual in its second (their 90th percentile) …
_SPIKE_TIMES = 6.0
#: … and by at least this much, gal
_SPIKE_LEAST = 20.0
#: offset that is worth a word, gal; K-NET loggers rest some gal off zero by design, accelerometers tilt
_OFFSET = 50.0
#: an offset that changes by this much between the record's ends, gal
_DRIFT = 5.0


class Problem(Enum):
    """Kinds of flaw."""

    GAP = "gap"
    CLIPPED = "clipped"
    SPIKE = "spike"
    DEAD = "dead"
    OFFSET = "offset"
    DRIFT = "drift"
    PEAK_MISMATCH = "peak mismatch"
    PART_MINUTE = "part minute"


@dataclass(frozen=True, slots=True)
class Flag:
    """One flaw: what, in which component (empty: all), how much and since when (s from the start)."""

    problem: Problem
    component: str
    text: T
    second: float | None = None


def quality(record: Record) -> list[Flag]:
    """Flaws of a record, the same for the same samples: gaps, clipping, spikes, dead components, offset, drift, a peak
    that differs from the one its header promises, and a JMA file that does not hold whole minutes.
    """
    flags: list[Flag] = []
    rate = record.rate
    for component, data in zip(COMPONENTS, record.acceleration, strict=True):
        missing = np.isnan(data)
        if missing.any():
            first = float(np.argmax(missing)) / rate
            text = T("{c}: {s:.2f}秒分が欠測", "{c}: {s:.2f} s missing")
            flags.append(Flag(Problem.GAP, component, _fill(text, c=component, s=missing.sum() / rate), first))
            if missing.all():
                continue
        data = np.where(missing, np.nanmedian(data), data) if missing.any() else data
        if data.max() == data.min():
            text = T("{c}: 値がまったく動かない", "{c}: the value never moves")
            flags.append(Flag(Problem.DEAD, component, _fill(text, c=component)))
            continue
        flags += [flag for flag in (_clipped(component, data, record), _spike(component, data, rate)) if flag]
        flags += _rest(component, data, rate)
    flags += _dead_beside_others(record)
    flags += _peak_mismatch(record)
    if record.provenance.format == "JMA CSV" and record.samples % round(60 * rate):
        text = T("1分単位でない長さ({s:.0f}秒)", "not a whole number of minutes ({s:.0f} s)")
        flags.append(Flag(Problem.PART_MINUTE, "", _fill(text, s=record.duration)))
    return flags


def _fill(text: T, **values: object) -> T:
    return T(text.ja.format(**values), text.en.format(**values))


def _clipped(component: str, data: Floats, record: Record) -> Flag | None:
    """Several samples in a row at the record's very extreme, near the end of an instrument's range."""
    extreme = float(np.abs(data).max())
    # a header's factor may count beyond what the sensor bears: its range is one candidate among the usual ones
    ranges = [*RANGES, *([record.full_scale] if record.full_scale else [])]
    if not any(0.97 * limit <= extreme <= 1.03 * limit for limit in ranges):
        return None
    at_top = np.abs(data) >= extreme * (1 - 1e-6)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[False], at_top, [False]]).astype(np.int8))))[::2]
    if runs.max() < _FLAT_TOP:
        return None
    text = T("{c}: {g:.0f} gal で振り切れ({n}サンプル)", "{c}: clipped at {g:.0f} gal ({n} samples)")
    filled = _fill(text, c=component, g=extreme, n=int(at_top.sum()))
    return Flag(Problem.CLIPPED, component, filled, float(np.argmax(at_top)) / record.rate)


def _spike(component: str, data: Floats, rate: float) -> Flag | None:
    """One sample that leaves its neighbours and comes back at once, as no ground does at 50 Hz or more."""
    steps = np.diff(data)
    away, back = steps[:-1], steps[1:]
    height = np.where(away * back < 0, np.minimum(np.abs(away), np.abs(back)), 0.0)
    if height.max(initial=0.0) < _SPIKE_LEAST:
        return None
    window = max(3, round(rate))  # by the second, so that strong shaking does not look like spikes
    blocks = np.pad(np.abs(away), (0, -len(away) % window), mode="edge").reshape(-1, window)
    usual = np.repeat(np.partition(blocks, window * 9 // 10, axis=1)[:, window * 9 // 10], window)[: len(height)]
    spikes = height > np.maximum(_SPIKE_LEAST, _SPIKE_TIMES * usual)
    if not spikes.any():
        return None
    first = int(np.argmax(spikes)) + 1
    text = T("{c}: 単発の飛び {n}か所(最大 {g:.0f} gal)", "{c}: {n} spikes of one sample, up to {g:.0f} gal")
    filled = _fill(text, c=component, n=int(spikes.sum()), g=float(height[spikes].max()))
    return Flag(Problem.SPIKE, component, filled, first / rate)


def _rest(component: str, data: Floats, rate: float) -> list[Flag]:
    """Offset and its change between the two ends."""
    flags = []
    ends = min(len(data) // 4, round(5 * rate))
    begin, end = float(np.median(data[:ends])), float(np.median(data[-ends:]))
    if abs(begin) > _OFFSET:
        text = T("{c}: 零点が {g:.0f} gal ずれている", "{c}: rests at {g:.0f} gal")
        flags.append(Flag(Problem.OFFSET, component, _fill(text, c=component, g=begin)))
    # what still shakes at the end moves its median too: only a change beyond that motion is a drift
    shaking = float(np.percentile(np.abs(data[-ends:] - end), 90))
    if abs(end - begin) > _DRIFT + shaking:
        text = T("{c}: 零点が記録中に {g:+.1f} gal 動いた", "{c}: its rest moved by {g:+.1f} gal")
        flags.append(Flag(Problem.DRIFT, component, _fill(text, c=component, g=end - begin)))
    return flags


def _dead_beside_others(record: Record) -> list[Flag]:
    """A component a hundred times quieter than the loudest one: unplugged, though it has noise."""
    there = [(c, data[~np.isnan(data)]) for c, data in zip(COMPONENTS, record.acceleration, strict=True)]
    there = [(component, data) for component, data in there if data.size]
    powers = np.array([float(np.std(data)) for _, data in there])
    flags = []
    for (component, _), power in zip(there, powers, strict=True):
        if 0 < power < powers.max() / 100 and powers.max() > 1:
            text = T("{c}: 他の成分の100分の1以下しか動かない", "{c}: moves less than a hundredth of the others")
            flags.append(Flag(Problem.DEAD, component, _fill(text, c=component)))
    return flags


def _peak_mismatch(record: Record) -> list[Flag]:
    """NIED's headers carry the peak: another one means another calibration, or samples that were changed."""
    flags = []
    for component, data in zip(COMPONENTS, record.acceleration, strict=True):
        promised = record.provenance.notes.get(f"header_peak_{component}")
        if promised is None or np.isnan(data).any():
            continue
        peak, wanted = float(np.abs(data - data.mean()).max()), float(promised)
        if abs(peak - wanted) > 0.002 * wanted + 0.01:
            text = T(
                "{c}: 最大値 {p:.3f} gal が見出しの {w:.3f} と違う",
                "{c}: peak {p:.3f} gal, but its header says {w:.3f}",
            )
            flags.append(Flag(Problem.PEAK_MISMATCH, component, _fill(text, c=component, p=peak, w=wanted)))
    return flags
