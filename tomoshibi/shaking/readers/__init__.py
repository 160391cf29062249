"""Files in, records out: the format is found by content, and the files of one sensor are put together.

One bad file never stops the others: :func:`read_files` gives a :class:`RecordError` in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.readers import jma_csv, knet
from tomoshibi.shaking.record import Record
from tomoshibi.vocabulary import T

__all__ = ["read_files", "read_record"]

_KNET_SUFFIXES = {f".{component}{channel}" for component in ("NS", "EW", "UD") for channel in ("", "1", "2")}


def read_record(*files: str | Path) -> Record:
    """Read the one record that ``files`` hold: three K-NET components in any order, or one JMA CSV.

    :raises RecordError: when the files are bad, or hold no record or more than one
    """
    found = list(read_files(files))
    for item in found:
        if isinstance(item, RecordError):
            raise item
    records = [item for item in found if isinstance(item, Record)]
    if len(records) != 1:
        raise RecordError(
            T(
                f"記録が {len(records)} 個あります。1個だけ指定してください",
                f"{len(records)} records where one is wanted",
            ),
            [str(file) for file in files],
        )
    return records[0]


def read_files(files: Iterable[str | Path]) -> Iterator[Record | RecordError]:
    """Read every record that ``files`` hold, in the order of their first file; an error stands for what failed.

    K-NET and KiK-net components are put together by file name (the name without its component ending) and sensor;
    surface and borehole come apart.
    """
    groups: dict[tuple[str, ...], list[knet.Channel]] = {}
    spoiled: dict[tuple[str, ...], RecordError] = {}
    order: list[Record | RecordError | tuple[str, ...]] = []
    for file in map(Path, files):
        try:
            content = file.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            order.append(RecordError(T(f"ファイルを開けません({reason})", f"cannot open ({reason})"), file))
            continue
        if not knet.is_knet(content):
            order.append(_single(file, content))
            continue
        name = _group_name(file)
        try:
            channel = knet.read_channel(file, content)
        except RecordError as error:
            # its record cannot be complete: report this file once, not a missing component as well
            spoiled.setdefault((name, file.suffix[3:]), error)
            order.append(error)
            continue
        key = (name, file.suffix[3:]) if name else (channel.station, channel.start.isoformat(), channel.sensor)
        if key not in groups:
            groups[key] = []
            order.append(key)
        groups[key].append(channel)

    for item in order:
        if not isinstance(item, tuple):
            yield item
        elif item not in spoiled:
            try:
                yield knet.combine(groups[item])
            except RecordError as error:
                yield error


def _single(file: Path, content: bytes) -> Record | RecordError:
    try:
        if jma_csv.is_jma_csv(content):
            return jma_csv.read_jma_csv(file, content)
    except RecordError as error:
        return error
    if not content.strip():
        return RecordError(T("ファイルが空です", "the file is empty"), file)
    return RecordError(
        T(
            "知らない形式です。K-NET、KiK-net、気象庁CSVを読めます",
            "unknown format: K-NET, KiK-net and JMA CSV can be read",
        ),
        file,
    )


def _group_name(file: Path) -> str:
    """What the names of one station's component files share, or ``""`` for a name without a component ending."""
    return str(file.with_suffix("")) if file.suffix.upper() in _KNET_SUFFIXES else ""
