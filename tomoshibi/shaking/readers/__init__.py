"""Files in, records out: the format is found by content, and the files of one sensor are put together.

One bad file never stops the others: :func:`read_files` gives a :class:`RecordError` in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.readers import jma_csv, knet, packed, plain_csv, win32
from tomoshibi.shaking.record import COMPONENTS, Record
from tomoshibi.vocabulary import T

__all__ = ["group_name", "read_contents", "read_files", "read_record"]

_KNET_SUFFIXES = {f".{component}{channel}" for component in ("NS", "EW", "UD") for channel in ("", "1", "2")}


def read_record(*files: str | Path, unit: str | None = None) -> Record:
    """Read the one record that ``files`` hold: three K-NET components in any order, one JMA CSV, …

    :param unit: unit of files that say none (SAC, plain CSV): ``gal``, ``m/s2`` or ``g``
    :raises RecordError: when the files are bad, or hold no record or more than one
    """
    found = list(read_files(files, unit))
    for item in found:
        if isinstance(item, RecordError):
            raise item
    records = [item for item in found if isinstance(item, Record)]
    if len(records) != 1:
        reason = T(f"記録が{len(records)}個あります。1個だけ指定してください", f"{len(records)} records, not one")
        raise RecordError(reason, [str(file) for file in files])
    return records[0]


def read_files(files: Iterable[str | Path], unit: str | None = None) -> Iterator[Record | RecordError]:
    """Read every record that ``files`` hold; an error stands for what failed.

    K-NET and KiK-net components are put together by file name (the name without its component ending) and sensor;
    surface and borehole come apart. StationXML and WIN channel tables (``.ch``) serve the waveforms given with them.
    Downloads packed as tar, tar.gz, zip or gz are read as they are.

    :param unit: unit of files that say none (SAC, plain CSV): ``gal``, ``m/s2`` or ``g``
    """
    loaded: list[tuple[Path, bytes] | RecordError] = []
    for file in map(Path, files):
        try:
            loaded += _unpacked(file, file.read_bytes())
        except OSError as error:
            reason = error.strerror or str(error)
            loaded.append(RecordError(T(f"ファイルを開けません({reason})", f"cannot open ({reason})"), file))
        except RecordError as error:
            loaded.append(error)
    yield from _Reading(unit).run(loaded)


def read_contents(contents: Iterable[tuple[str, bytes]], unit: str | None = None) -> Iterator[Record | RecordError]:
    """As :func:`read_files`, for (name, bytes) of files that were sent rather than kept."""
    loaded: list[tuple[Path, bytes] | RecordError] = []
    for name, content in contents:
        try:
            loaded += _unpacked(Path(name), content)
        except RecordError as error:
            loaded.append(error)
    yield from _Reading(unit).run(loaded)


def _unpacked(file: Path, content: bytes) -> list[tuple[Path, bytes]]:
    return list(packed.unpack(file, content)) if packed.is_packed(content) else [(file, content)]


class _Reading:
    """What is gathered while several files are read."""

    def __init__(self, unit: str | None) -> None:
        self.unit = unit
        self.groups: dict[tuple[str, ...], list[knet.Channel]] = {}
        self.spoiled: set[tuple[str, ...]] = set()
        self.order: list[Record | RecordError | tuple[str, ...]] = []
        self.seismological: list[tuple[Path, bytes]] = []
        self.inventories: list[Any] = []
        self.channels: dict[int, win32.ChannelEntry] = {}

    def run(self, loaded: list[tuple[Path, bytes] | RecordError]) -> Iterator[Record | RecordError]:
        from tomoshibi.shaking.readers import seismological

        waveforms: list[tuple[Path, bytes]] = []
        for item in loaded:
            try:
                if isinstance(item, RecordError):
                    self.order.append(item)
                elif item[0].suffix.lower() == ".ch":
                    self.channels |= win32.read_channel_table(*item)
                elif seismological.is_stationxml(item[1]):
                    self.inventories.append(seismological.read_inventory(*item))
                else:
                    waveforms.append(item)
            except RecordError as error:
                self.order.append(error)
        for file, content in waveforms:
            if knet.is_knet(content):
                self._knet(file, content)
            elif seismological.is_miniseed(content) or seismological.is_sac(content):
                self.seismological.append((file, content))
            else:
                self._whole(file, content)
        mixed = self._mixed()
        for entry in self.order:
            if not isinstance(entry, tuple):
                yield entry
            elif entry in mixed:
                if entry == mixed[0]:
                    yield self._combined([channel for key in mixed for channel in self.groups[key]])
            elif entry not in self.spoiled:
                yield self._combined(self.groups[entry])
        if self.seismological:
            yield from seismological.read_streams(self.seismological, self.inventories, self.unit)

    def _mixed(self) -> list[tuple[str, ...]]:
        """Groups that lack components and fill one another up: files of different records given as one."""
        parts = [
            key
            for key, channels in self.groups.items()
            if key not in self.spoiled and len({channel.component for channel in channels}) < len(COMPONENTS)
        ]
        components = [channel.component for key in parts for channel in self.groups[key]]
        return parts if len(parts) > 1 and sorted(components) == sorted(COMPONENTS) else []

    def _combined(self, channels: list[knet.Channel]) -> Record | RecordError:
        try:
            return knet.combine(channels)
        except RecordError as error:
            return error

    def _knet(self, file: Path, content: bytes) -> None:
        name, channel_digit = group_name(file), _unzipped(file).suffix[3:]
        try:
            channel = knet.read_channel(file, content)
        except RecordError as error:
            # its record cannot be complete: report this file once, not a missing component as well
            self.spoiled.add((name, channel_digit))
            self.order.append(error)
            return
        key = (name, channel_digit) if name else (channel.station, channel.start.isoformat(), channel.sensor)
        if key not in self.groups:
            self.groups[key] = []
            self.order.append(key)
        self.groups[key].append(channel)

    def _whole(self, file: Path, content: bytes) -> None:
        """A file that holds whole records."""
        try:
            if jma_csv.is_jma_csv(content):
                self.order.append(jma_csv.read_jma_csv(file, content))
            elif win32.is_win32(content):
                self.order += win32.read_win32(file, content, self.channels)
            elif plain_csv.is_plain_csv(content[:4096]):
                self.order.append(plain_csv.read_plain_csv(file, content, self.unit))
            elif not content.strip():
                raise RecordError(T("ファイルが空です", "the file is empty"), file)
            else:
                reason = T(
                    "知らない形式です。読めるのは K-NET、KiK-net、気象庁CSV、WIN32、miniSEED、SAC、列名のあるCSV です",
                    "unknown format: K-NET, KiK-net, JMA CSV, WIN32, miniSEED, SAC or CSV with named columns is wanted",
                )
                raise RecordError(reason, file)
        except RecordError as error:
            self.order.append(error)


def group_name(file: Path) -> str:
    """What the names of one station's component files share, or ``""`` for a name without a component ending."""
    bare = _unzipped(file)
    return str(bare.with_suffix("")) if bare.suffix.upper() in _KNET_SUFFIXES else ""


def _unzipped(file: Path) -> Path:
    return file.with_suffix("") if file.suffix.lower() == ".gz" else file
