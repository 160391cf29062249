"""One figure of one record: the waveform, what the intensity is made of, how it grew, and the spectra."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from tomoshibi.shaking.analysis import analyse
from tomoshibi.shaking.intensity import filtered
from tomoshibi.shaking.realtime import realtime_intensity
from tomoshibi.shaking.record import COMPONENTS, Record
from tomoshibi.shaking.spectra import response_spectrum
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.intensity import CLASSES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: colours that stay apart in print and for colour-blind eyes (Okabe and Ito 2008)
_ONE_AT_A_TIME = Lock()
_COLOURS = ("#0072B2", "#D55E00", "#009E73")
_PERIODS = np.logspace(-1, 1, 100)
#: what a figure can be written as
ENDINGS = (".png", ".pdf", ".svg")


@lru_cache(maxsize=1)
def font() -> str:
    """Name of a font with Japanese letters, made known to matplotlib."""
    import matplotlib_fontja
    from matplotlib import font_manager

    for path in sorted((Path(matplotlib_fontja.__file__).parent / "fonts").glob("*.ttf")):
        font_manager.fontManager.addfont(str(path))
        return str(font_manager.FontProperties(fname=str(path)).get_name())
    return "sans-serif"


def figure(record: Record) -> Figure:
    """The figure, in the context's language.

    :raises RecordError: for a record without motion or shorter than 0.3 s
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    found = analyse(record)
    with mpl.rc_context({"font.family": font(), "axes.unicode_minus": False, "svg.hashsalt": "tomoshibi"}):
        drawing = Figure(figsize=(9, 12), layout="constrained")
        axes: Any = drawing.subplots(6, 1, height_ratios=[1, 1, 1, 1.1, 1.4, 1.8])
        seconds = np.arange(record.samples) / record.rate
        _waveform(axes[:3], record, seconds)
        _filtered(axes[3], record, seconds, found.intensity.a0)
        _running(axes[4], record)
        _spectra(axes[5], record, found.long_period.periods, found.long_period.sva)
        for axis in axes[:4]:
            axis.sharex(axes[4])
            axis.tick_params(labelbottom=False)
        axes[4].set_xlim(0, record.duration)
        drawing.suptitle(_title(record, found))
        drawing.draw_without_rendering()  # lays out text while the font setting holds
    return drawing


def draw(record: Record, path: str | Path) -> None:
    """Write the figure of a record; the file's ending (.png, .pdf, .svg) says the format."""
    import matplotlib as mpl

    made = figure(record)
    # no date inside, so that the same record gives the same file
    nothing = {"Date": None} if str(path).endswith(".svg") else {"CreationDate": None}
    with mpl.rc_context({"font.family": font(), "svg.hashsalt": "tomoshibi"}):
        made.savefig(path, dpi=110, metadata=None if str(path).endswith(".png") else nothing)


def picture(record: Record) -> bytes:
    """The figure of a record as a PNG, for a page."""
    import io

    import matplotlib as mpl

    out = io.BytesIO()
    # matplotlib's settings are the whole process's: pages of a server are drawn one at a time
    with _ONE_AT_A_TIME, mpl.rc_context({"font.family": font()}):
        figure(record).savefig(out, format="png", dpi=80)
    return out.getvalue()


def _title(record: Record, found: Any) -> str:
    start = record.start.astimezone(JAPAN)
    said = T(
        "{key} {name}  {start:%Y-%m-%d %H:%M:%S}(日本時間)\n計測震度 {i:.1f}({klass})  最大加速度 {a:.1f} gal  "
        "最大速度 {v:.1f} cm/s  SI値 {si:.1f} cm/s  長周期地震動階級 {lp}",
        "{key} {name}  {start:%Y-%m-%d %H:%M:%S} JST\nmeasured intensity {i:.1f} ({klass})  PGA {a:.1f} gal  "
        "PGV {v:.1f} cm/s  SI {si:.1f} cm/s  long-period class {lp}",
    )
    values = {
        "key": record.key,
        "name": record.name,
        "start": start,
        "i": found.intensity.measured,
        "a": found.acceleration.total,
        "v": found.velocity.total,
        "si": found.spectral_intensity.value,
        "lp": found.long_period.long_period_class,
    }
    klass = found.intensity.intensity_class.text
    filled = T(said.ja.format(**values, klass=klass.ja), said.en.format(**values, klass=klass.en))
    return str(filled)


def _waveform(axes: Any, record: Record, seconds: Any) -> None:
    centred = record.centred()
    top = 1.05 * float(np.abs(centred).max())
    for axis, component, data, colour in zip(axes, COMPONENTS, centred, _COLOURS, strict=True):
        axis.plot(seconds, data, color=colour, linewidth=0.5)
        axis.set_ylim(-top, top)
        axis.set_ylabel(f"{component} (gal)")
        axis.grid(alpha=0.3)


def _filtered(axis: Any, record: Record, seconds: Any, a0: float) -> None:
    vector = np.sqrt((filtered(record.centred(), record.rate) ** 2).sum(axis=0))
    axis.plot(seconds, vector, color="#333333", linewidth=0.5)
    axis.axhline(a0, color="#CC0000", linewidth=1)
    axis.annotate(
        f"a0 = {a0:.1f} gal", (1, a0), xycoords=("axes fraction", "data"), ha="right", va="bottom", color="#CC0000"
    )
    axis.set_ylim(0, None)
    axis.set_ylabel(str(T("フィルター後(gal)", "filtered (gal)")))
    axis.grid(alpha=0.3)


def _running(axis: Any, record: Record) -> None:
    step = max(1, round(record.rate / 10))
    series = realtime_intensity(record, step)
    times = (np.arange(series.size) + 1) * step / record.rate
    top = max(3.0, float(np.nanmax(series)) + 0.5)
    bottom = min(0.0, float(np.nanmax(series)) - 1.0)
    for klass in CLASSES:
        low, high = max(klass.lower, bottom), min(klass.upper, top)
        if low < high:
            axis.axhspan(low, high, color=klass.colour, alpha=0.35, linewidth=0)
            if high - low > 0.3:
                at = (0.005, (low + high) / 2)
                axis.annotate(klass.value, at, xycoords=("axes fraction", "data"), va="center", fontsize=8)
    axis.plot(times, np.clip(series, bottom, None), color="#000000", linewidth=1.2)
    axis.set_ylim(bottom, top)
    axis.set_ylabel(str(T("リアルタイム震度", "real-time intensity")))
    axis.set_xlabel(str(T("記録開始からの時間(秒)", "seconds from the start of the record")))


def _spectra(axis: Any, record: Record, periods: Any, sva: Any) -> None:
    spectrum = response_spectrum(record, _PERIODS)
    for component, row, colour in zip(COMPONENTS, spectrum.pseudo_velocity, _COLOURS, strict=True):
        axis.loglog(_PERIODS, row, color=colour, linewidth=1, label=component)
    axis.loglog(periods, sva, "k-", linewidth=1.6, label=str(T("絶対速度(長周期)", "absolute velocity (long-period)")))
    axis.set_xlabel(str(T("周期(秒)", "period (s)")))
    axis.set_ylabel(str(T("擬似速度応答 5%(cm/s)", "pseudo-velocity, 5 % (cm/s)")))
    axis.set_xlim(_PERIODS[0], _PERIODS[-1])
    axis.set_xticks([0.1, 0.2, 0.5, 1, 2, 5, 10])
    for side in (axis.xaxis, axis.yaxis):  # 0.2 and 50, not 2 × 10⁻¹
        side.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter("")
    axis.yaxis.set_minor_formatter("")
    axis.grid(alpha=0.3, which="both")
    axis.legend(loc="best", fontsize=8)
