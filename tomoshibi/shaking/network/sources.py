"""Where packets come from: a folder of growing files, records played again, a SeedLink server.

Every source is asked by :meth:`Source.packets` for what has come since, never blocks, and says by ``position`` where it
stands, so that it goes on there after a restart.
"""

from __future__ import annotations

import heapq
import io
import socket
import time
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tomoshibi.shaking.errors import RecordError
from tomoshibi.shaking.network.engine import Packet
from tomoshibi.shaking.network.stations import Station
from tomoshibi.shaking.readers import read_files
from tomoshibi.shaking.readers.plain_csv import UNITS, plain_unit
from tomoshibi.shaking.readers.seismological import is_miniseed
from tomoshibi.shaking.record import Record
from tomoshibi.vocabulary import T

#: seconds of samples in a packet of ours
PIECE = 1.0
#: bytes of a growing file that are read at once
READ = 1 << 20
_LETTERS = {"N": 0, "1": 0, "E": 1, "2": 1, "Z": 2, "U": 2, "3": 2}


class Source(Protocol):
    """Something that packets come from."""

    #: where the source stands: plain values, kept in the state file
    position: dict[str, Any]
    #: what could not be read since the last look, in words; whoever shows it empties it
    troubles: list[T]

    @property
    def done(self) -> bool:
        """Whether nothing more will come."""
        ...

    def packets(self, now: float) -> Iterable[Packet]:
        """What has come up to ``now``, seconds since 1970."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


class Names:
    """Which station a stream belongs to: by ``NETWORK.STATION``, by both without the point (miniSEED has two and five
    letters, which hold JMA's seven digits so), or by the station's code alone.
    """

    def __init__(self, stations: Sequence[Station], rate: float) -> None:
        self.stations, self.rate = stations, rate
        self._by = {station.code: number for number, station in enumerate(stations)}

    def number(self, code: str, network: str = "") -> int | None:
        """The station's number in the list, None where it is not in it."""
        tried = (f"{network}.{code}", network + code, code) if network else (code,)
        return next((self._by[name] for name in tried if name in self._by), None)

    def packet(self, trace: Any, arrived: float) -> Packet | None:
        """A packet of an ObsPy trace of counts; None where it is of no station or component of ours.

        :raises RecordError: for another sampling rate than the network's
        """
        stats = trace.stats
        number = self.number(stats.station, stats.network)
        component = _LETTERS.get(stats.channel[-1:])
        if number is None or component is None or not len(trace.data):
            return None
        station = self.stations[number]
        if station.channel and not stats.channel.startswith(station.channel):
            return None
        if stats.sampling_rate != self.rate:
            raise RecordError(
                T(
                    f"{stats.station}: {stats.sampling_rate:g} Hz です。この観測網は {self.rate:g} Hz です",
                    f"{stats.station}: {stats.sampling_rate:g} Hz, in a network of {self.rate:g} Hz",
                )
            )
        samples = np.asarray(trace.data, np.float32) * np.float32(station.gal_per_count)
        return Packet(number, component, stats.starttime.timestamp, samples, arrived)


def traces_of(content: bytes) -> list[Any]:
    """ObsPy's traces of whole miniSEED records.

    :raises RecordError: when they are none
    """
    import obspy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(obspy.read(io.BytesIO(content), format="MSEED"))
    except Exception as error:  # ObsPy raises whatever its parsers do
        raise RecordError(T(f"miniSEED として読めません: {error}", f"not miniSEED: {error}")) from error


def record_length(head: bytes) -> int:
    """Length in bytes of a miniSEED 2 record, from its blockette 1000; 0 where it says none."""
    at = int.from_bytes(head[46:48], "big")
    if not 48 <= at <= len(head) - 8 or int.from_bytes(head[at : at + 2], "big") != 1000:
        return 0
    power = head[at + 6]
    return 1 << power if 7 <= power <= 20 else 0


class Folder:
    """A folder whose files grow: miniSEED (whole records are taken) or our CSV (whole lines are).

    A file that shrinks was written anew and is read from its beginning. Names that begin with ``.`` or end in ``.part``
    are left alone.
    """

    def __init__(self, path: Path, names: Names, position: dict[str, Any] | None = None) -> None:
        if not path.is_dir():
            raise RecordError(T(f"フォルダがありません: {path}", f"no such folder: {path}"))
        self.path, self.names = path, names
        #: a folder may always grow
        self.done = False
        self.position: dict[str, Any] = position or {}
        self.troubles: list[T] = []
        self._heads: dict[str, _CsvHead] = {}

    def packets(self, now: float) -> Iterator[Packet]:
        """What was added to the folder's files."""
        for file in sorted(self.path.rglob("*")):
            if file.name.startswith(".") or file.suffix in (".part", ".tmp"):
                continue
            try:
                size = file.stat().st_size if file.is_file() else 0
                name = str(file.relative_to(self.path))
                at = int(self.position.get(name, 0))
                if size < at:
                    at = 0
                    self._heads.pop(name, None)
                while size > at:
                    before = at
                    with file.open("rb") as opened:
                        opened.seek(at)
                        content = opened.read(READ)
                    at += yield from self._read(file, name, at, content, now)
                    self.position[name] = at
                    if at == before:
                        break
            except (OSError, RecordError) as error:
                text = error.text if isinstance(error, RecordError) else T(str(error), str(error))
                self.troubles.append(T(f"{file.name}: {text.ja}", f"{file.name}: {text.en}"))
                if not isinstance(error, OSError):
                    self.position[str(file.relative_to(self.path))] = file.stat().st_size

    def _read(self, file: Path, name: str, at: int, content: bytes, now: float) -> Generator[Packet, None, int]:
        """Packets of what was added; the generator's value is how many bytes were whole."""
        if is_miniseed(content):
            whole = 0
            while whole + 64 <= len(content):
                length = record_length(content[whole : whole + 256])
                if not length:
                    raise RecordError(T("miniSEED の記録の長さがありません", "a miniSEED record without its length"))
                if whole + length > len(content):
                    break
                whole += length
            for trace in traces_of(content[:whole]) if whole else ():
                if packet := self.names.packet(trace, now):
                    yield from cut(packet, self.names.rate)
            return whole
        head = self._heads.get(name)
        if head is None:
            with file.open("rb") as opened:
                head = _CsvHead.read(opened.read(READ), file)
            if head is None:
                return 0
            self._heads[name] = head
            if at < head.size:
                return head.size - at
        whole = content.rfind(b"\n") + 1
        number = self.names.number(head.station)
        if whole and number is not None:
            lines = content[:whole].decode("ascii", "replace").split()
            try:
                rows = np.array([line.split(",") for line in lines], np.float64)[:, head.columns] * head.gal
            except (ValueError, IndexError) as error:
                raise RecordError(T("数値として読めない行があります", "a line that is not numbers"), file) from error
            done = int(self.position.get(f"{name}#", 0)) if at > head.size else 0
            self.position[f"{name}#"] = done + len(rows)
            for component in range(3):
                samples = rows[:, component]
                start = head.start + done / self.names.rate
                yield from cut(Packet(number, component, start, samples, now), self.names.rate)
        return whole

    def close(self) -> None:
        """Nothing is held open."""


class _CsvHead:
    """What stands before the numbers of a CSV that grows: its station, start, and which column is which component."""

    def __init__(self, station: str, start: float, columns: list[int], gal: float, size: int) -> None:
        self.station, self.start, self.columns, self.gal, self.size = station, start, columns, gal, size

    @classmethod
    def read(cls, content: bytes, file: Path) -> _CsvHead | None:
        """The head, None where it is not whole yet. Raises :class:`RecordError` where it is none."""
        from datetime import datetime

        from tomoshibi.shaking.readers.plain_csv import _columns

        said: dict[str, str] = {}
        size = 0
        for line in content.splitlines(keepends=True):
            if not line.endswith(b"\n"):
                return None
            size += len(line)
            text = line.decode("utf-8-sig", "replace").strip()
            if text.startswith("#"):
                key, _, value = text.lstrip("# ").partition(":")
                said[key.strip().lower()] = value.strip()
            elif text:
                names = [name for name, _ in _columns(text)]
                break
        else:
            return None
        try:
            start = datetime.fromisoformat(said["start"])
            if start.tzinfo is None:
                raise ValueError(said["start"])
            columns = [names.index(name) for name in ("NS", "EW", "UD")]
            gal = UNITS[plain_unit(said.get("unit", "gal"))]
        except (KeyError, ValueError) as error:
            reason = T(f"見出しが足りません({error})", f"its head lacks something ({error})")
            raise RecordError(reason, file) from error
        return cls(said.get("station", file.stem), start.timestamp(), columns, gal, size)


def cut(packet: Packet, rate: float) -> Iterator[Packet]:
    """A packet in pieces of :data:`PIECE` seconds."""
    step = round(PIECE * rate)
    for first in range(0, len(packet.samples), step):
        start = packet.start + first / rate
        yield Packet(packet.station, packet.component, start, packet.samples[first : first + step], packet.arrived)


class Replay:
    """Records played again at ``speed`` times their own: K-NET, KiK-net, JMA CSV, miniSEED of :mod:`simulate`, …

    The network's clock is that of the records: :meth:`clock` says it. Large miniSEED files are read as they are
    played, so that 4,400 stations take no more memory than their records' heads.
    """

    def __init__(self, files: Iterable[Path], names: Names, speed: float = 1.0, unit: str | None = None) -> None:
        self.names, self.speed = names, speed
        self.troubles: list[T] = []
        self.position: dict[str, Any] = {}
        self._waiting: list[tuple[float, int, Iterator[tuple[float, list[Packet]]], list[Packet]]] = []
        plain: list[Path] = []
        for file in files:
            with file.open("rb") as opened:
                head = opened.read(256)
            if is_miniseed(head):
                self._wait(self._miniseed(file))
            else:
                plain.append(file)
        for item in read_files(plain, unit):
            if isinstance(item, RecordError):
                self.troubles.append(item.text)
            elif item.sensor == "surface":
                self._record(item)
        if not self._waiting:
            said = "; ".join(t.ja for t in self.troubles[:3]), "; ".join(t.en for t in self.troubles[:3])
            raise RecordError(T(f"再生できる記録がありません。{said[0]}", f"there is no record to play. {said[1]}"))
        self.first = self._waiting[0][0]
        self._began = time.monotonic()

    @property
    def done(self) -> bool:
        """Whether everything was played."""
        return not self._waiting

    def clock(self) -> float:
        """The moment that is played, seconds since 1970."""
        return self.first + (time.monotonic() - self._began) * self.speed

    def _wait(self, pieces: Iterator[tuple[float, list[Packet]]]) -> None:
        try:
            after = next(pieces, None)
        except RecordError as error:
            self.troubles.append(error.text)
            return
        if after is not None:
            heapq.heappush(self._waiting, (after[0], id(pieces), pieces, after[1]))

    def packets(self, now: float) -> Iterator[Packet]:
        """What has been recorded up to ``now`` of the records' own time, in the order in which it was."""
        while self._waiting and self._waiting[0][0] <= now:
            end, _, pieces, packets = heapq.heappop(self._waiting)
            for packet in packets:
                yield Packet(packet.station, packet.component, packet.start, packet.samples, end)
            self._wait(pieces)

    def _record(self, record: Record) -> None:
        number = self.names.number(record.station)
        if number is None:
            return
        if record.rate != self.names.rate:
            said = T(
                f"{record.station}: {record.rate:g} Hz です。この観測網は {self.names.rate:g} Hz です",
                f"{record.station}: {record.rate:g} Hz, in a network of {self.names.rate:g} Hz",
            )
            self.troubles.append(said)
            return
        start, data = record.start.timestamp(), record.acceleration
        packets = ([Packet(number, c, start, data[c], 0.0)] for c in range(3))
        self._wait(_second_by_second([cut(packet[0], self.names.rate) for packet in packets], self.names.rate))

    def _miniseed(self, file: Path) -> Iterator[tuple[float, list[Packet]]]:
        """A miniSEED file's pieces, read a record at a time; its components may stand one after another in it."""
        where: dict[str, list[int]] = {}
        at = length = 0
        size = file.stat().st_size
        with file.open("rb") as opened:
            while at < size:
                opened.seek(at)
                head = opened.read(256)
                if not (length := record_length(head)):
                    raise RecordError(
                        T("miniSEED の記録の長さがありません", "a miniSEED record without its length"), file
                    )
                where.setdefault(head[8:20].decode("ascii", "replace"), []).append(at)
                at += length
        streams = [self._stream(file, places, length) for places in where.values()]
        yield from _second_by_second(streams, self.names.rate)

    def _stream(self, file: Path, places: list[int], length: int) -> Iterator[Packet]:
        for at in places:
            with file.open("rb") as opened:
                opened.seek(at)
                content = opened.read(length)
            for trace in traces_of(content):
                if packet := self.names.packet(trace, 0.0):
                    yield from cut(packet, self.names.rate)

    def close(self) -> None:
        """Nothing is held open."""


def _second_by_second(streams: list[Iterator[Packet]], rate: float) -> Iterator[tuple[float, list[Packet]]]:
    """Pieces of one station's components side by side: when they end, and the packets."""
    heads = [next(stream, None) for stream in streams]
    while any(heads):
        start = min(packet.start for packet in heads if packet is not None)
        due: list[Packet] = []
        for number, packet in enumerate(heads):
            if packet is not None and packet.start < start + PIECE:
                due.append(packet)
                heads[number] = next(streams[number], None)
        yield max(packet.start + len(packet.samples) / rate for packet in due), due


class SeedLink:
    """Streams of a SeedLink server, by ObsPy's client, in a thread of its own.

    A connection that drops is made again with ever longer pauses, and the server is asked for what came in between, by
    the sequence numbers that ``position`` keeps.
    """

    #: seconds before the first and the longest pause before connecting again
    PAUSES = (1.0, 60.0)
    #: seconds without a packet after which a connection is made anew
    IDLE = 60

    def __init__(
        self,
        address: str,
        selectors: Sequence[tuple[str, str, str]],
        names: Names,
        position: dict[str, Any] | None = None,
    ) -> None:
        from queue import SimpleQueue
        from threading import Event, Thread

        self.address, self.selectors, self.names = address, list(selectors), names
        self.position: dict[str, Any] = position or {}
        self.troubles: list[T] = []
        self.done = False
        self._queue: SimpleQueue[tuple[Any, float, str, int]] = SimpleQueue()
        #: the last packet received of each station, which the thread asks on from; ``position`` is the last one taken
        self._sequences: dict[str, int] = dict(self.position)
        self._stop = Event()
        self._connection: Any = None
        self.received = 0
        self._thread = Thread(target=self._run, name="seedlink", daemon=True)
        self._thread.start()

    def packets(self, now: float) -> Iterator[Packet]:
        """What the server sent since the last look."""
        while not self._queue.empty():
            trace, arrived, stream, sequence = self._queue.get()
            self.position[stream] = sequence
            try:
                if packet := self.names.packet(trace, arrived):
                    yield from cut(packet, self.names.rate)
            except RecordError as error:
                self.troubles.append(error.text)

    def close(self) -> None:
        """End the connection and its thread."""
        self._stop.set()
        if (open_now := getattr(self._connection, "socket", None)) is not None:
            with suppress(OSError):
                open_now.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
        self._thread.join(5)

    def _run(self) -> None:
        pause = self.PAUSES[0]
        while not self._stop.is_set():
            before = self.received
            try:
                self._listen()
            except Exception as error:  # sockets, ObsPy's own, and whatever its parsers do
                said = str(error) or type(error).__name__
                why = error.text if isinstance(error, _LostError) else T(said, said)
                self.troubles.append(T(f"{self.address}: {why.ja}", f"{self.address}: {why.en}"))
            if self.received > before:
                pause = self.PAUSES[0]
            self._stop.wait(pause)
            pause = min(2 * pause, self.PAUSES[1])

    def _listen(self) -> None:
        """One connection, until it ends."""
        from obspy.clients.seedlink.client.slstate import SLState

        connection = self._connection = _connection()
        connection.set_sl_address(self.address)
        for network, station, channels in self.selectors:
            sequence = int(self._sequences.get(f"{network}.{station}", -1))
            connection.add_stream(network, station, channels, sequence, None)
        connection.connect()
        connection.state.state = SLState.SL_UP
        try:
            while not self._stop.is_set():
                packet = connection.collect()
                if not hasattr(packet, "get_trace"):  # terminated, or an error
                    raise _LostError(T("サーバーが接続を終えました", "the server ended the connection"))
                trace = packet.get_trace()
                stream, sequence = f"{trace.stats.network}.{trace.stats.station}", packet.get_sequence_number()
                self._sequences[stream] = sequence
                self._queue.put((trace, time.time(), stream, sequence))
                self.received += 1
        finally:
            connection.disconnect()


class _LostError(Exception):
    """A connection that ended; ``text`` says how."""

    def __init__(self, text: T) -> None:
        self.text = text
        super().__init__(text.en)


def _connection() -> Any:
    """ObsPy's connection, which takes the end of a stream for what it is: by itself it waits for two minutes."""
    from obspy.clients.seedlink.client.seedlinkconnection import SeedLinkConnection

    class Connection(SeedLinkConnection):
        def receive_data(self, maxbytes: int, code: Any) -> bytes:
            try:
                data: bytes = super().receive_data(maxbytes, code)
            except OSError as error:  # what ObsPy would wait for by itself
                raise _LostError(T(f"接続が切れました({error})", f"the connection was lost ({error})")) from error
            if not data:
                raise _LostError(T("サーバーが接続を切りました", "the server closed the connection"))
            return data

    return Connection(timeout=SeedLink.IDLE)
