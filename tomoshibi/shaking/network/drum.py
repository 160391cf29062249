"""A drum plot as SVG: a line for each quarter of an hour, newest below, as on a recorder's drum."""

from __future__ import annotations

from datetime import datetime
from html import escape

import numpy as np

from tomoshibi.shaking.record import Floats
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: seconds of a line, and pixels: of a second, of a line's height, of the margin with the times
LINE, STEP, HEIGHT, LEFT, TOP = 900, 1, 34, 64, 34
#: colours by turns, that keep overlapping lines apart
_COLOURS = ("#0B3C5D", "#A63A00", "#1B6B3A", "#5A2A82")


def drum(name: str, first: int, seconds: Floats, scale: float | None = None) -> str:
    """A drum plot.

    :param name: the station, for the title that is read aloud
    :param first: when the seconds begin, seconds since 1970
    :param seconds: least and greatest UD of each second, gal, shape (n, 2); NaN where nothing came
    :param scale: gal that half a line's height stands for; by default what the motion needs, between 0.05 and 50
    """
    lead = first % LINE
    rows = -(-(lead + len(seconds)) // LINE)
    flat = np.full((rows * LINE, 2), np.nan)
    flat[lead : lead + len(seconds)] = seconds
    strip = flat.reshape(rows, LINE, 2)
    known = np.abs(flat[np.isfinite(flat)])
    if scale is None:
        scale = float(np.clip(np.percentile(known, 99.5) * 1.5, 0.05, 50)) if known.size else 1.0
    width, height = LEFT + LINE * STEP + 8, TOP + rows * HEIGHT + 8
    legend = T("上下動、1行15分、行の半分の高さ = {s:.3g} gal", "UD, 15 minutes a line, half a line = {s:.3g} gal")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif">',
        f"<title>{escape(name)}</title>",
        f'<rect width="{width}" height="{height}" fill="#FFFFFF"/>',
        f'<text x="{LEFT}" y="14" font-size="12" fill="#333333">{str(legend).format(s=scale)}</text>',
    ]
    for minute in range(0, 16, 5):
        x = LEFT + minute * 60 * STEP
        parts.append(
            f'<path d="M{x} {TOP - 6}V{height - 8}" stroke="#CCCCCC"/>'
            f'<text x="{x}" y="{TOP - 8}" font-size="11" fill="#555555" text-anchor="middle">+{minute}</text>'
        )
    for row in range(rows):
        middle = TOP + row * HEIGHT + HEIGHT / 2
        at = datetime.fromtimestamp(first - lead + row * LINE, JAPAN).strftime("%H:%M")
        where = f'x="{LEFT - 8}" y="{middle + 4:.0f}" font-size="11" fill="#333333" text-anchor="end"'
        parts.append(f"<text {where}>{at}</text>")
        good = np.flatnonzero(np.isfinite(strip[row]).all(axis=1))
        if not good.size:
            continue
        y = middle - np.clip(strip[row, good], -scale, scale) / scale * HEIGHT / 2
        pairs = zip((LEFT + good * STEP).tolist(), y.tolist(), strict=True)
        lines = "".join(f"M{x} {low:.1f}V{high - 0.6:.1f}" for x, (low, high) in pairs)
        parts.append(f'<path d="{lines}" stroke="{_COLOURS[row % 4]}" fill="none"/>')
    return "".join([*parts, "</svg>"])
