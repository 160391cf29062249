"""WIN32, miniSEED with StationXML, SAC and plain CSV: written here by other means, read back sample by sample."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from tomoshibi import shaking
from tomoshibi.shaking.readers import win32
from tomoshibi.vocabulary import speak

RATE = 100


def counts(seconds=3, spread=1000, seed=0):
    return np.random.default_rng(seed).integers(-spread, spread, (3, seconds * RATE)).cumsum(axis=1)


def bcd(time):
    return bytes.fromhex(time.strftime("%Y%m%d%H%M%S") + "00")


def pack(values, size):
    """One channel's second: first value, then differences of ``size`` bytes."""
    steps = [int(b) - int(a) for a, b in pairwise(values)]
    first = struct.pack(">i", int(values[0]))
    if size == 0:
        nibbles = [step & 15 for step in steps] + [0]
        body = bytes(nibbles[i] << 4 | nibbles[i + 1] for i in range(0, len(steps) // 2 * 2 + len(steps) % 2, 2))
    else:
        body = b"".join(step.to_bytes(size, "big", signed=True) for step in steps)
    return first + body


def second(time, channels, size):
    blocks = b"".join(
        struct.pack(">BBHH", 1, 1, number, size << 12 | len(values)) + pack(values, size) for number, values in channels
    )
    return bcd(time) + struct.pack(">II", 10, len(blocks)) + blocks


def write_win32(path, data, *, size=4, head=win32.PLAIN, drop=(), start=datetime(2020, 1, 2, 3, 4, 5)):  # noqa: DTZ001
    parts = [head]
    for s in range(data.shape[1] // RATE):
        if s in drop:
            continue
        chunk = data[:, s * RATE : (s + 1) * RATE]
        parts.append(second(start + timedelta(seconds=s), [(0x10 + c, chunk[c]) for c in range(3)], size))
    path.write_bytes(b"".join(parts))
    return path


def table(path, unit="m/s/s"):
    rows = [f"{0x10 + c:04X} 1 0 N.TST {name} 7 24 2.0 {unit} 0.0 0.7 20.0 1.0e-06 35.5 135.5 12.0" for c, name in
            enumerate(("N", "E", "U"))]  # fmt: skip
    path.write_text("# a comment\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize(("size", "spread"), [(0, 8), (1, 100), (2, 30_000), (3, 8_000_000), (4, 100_000_000)])
def test_win32_in_every_sample_size(tmp_path, size, spread):
    data = np.clip(np.random.default_rng(size).integers(-spread, spread, (3, 300)).cumsum(axis=1), -(2**30), 2**30)
    if size == 4:
        data = np.random.default_rng(1).integers(-(2**29), 2**29, (3, 300))
    path = write_win32(tmp_path / "a.cnt", data, size=size)
    record = shaking.read_record(path, table(tmp_path / "a.ch"))
    # 1 µV a count over 2 V per m/s², behind a gain of 20 dB
    assert record.acceleration == pytest.approx(data * 1e-6 / (2.0 * 10) * 100, rel=1e-12)
    assert (record.station, record.rate, record.place.latitude) == ("N.TST", 100.0, 35.5)
    assert record.start == datetime(2020, 1, 1, 18, 4, 5, tzinfo=UTC)


def test_win32_lost_seconds_are_gaps(tmp_path):
    data = counts(5)
    record = shaking.read_record(write_win32(tmp_path / "a.cnt", data, drop=(2,)), table(tmp_path / "a.ch"))
    assert np.isnan(record.acceleration[:, 200:300]).all()
    assert np.isfinite(record.acceleration[:, 300:]).all()


def information(components=3):
    own = bytes.fromhex("0351500013525000c0001200") + b"TST001".ljust(12, b"\0")
    own += bcd(datetime(2020, 1, 2, 3, 4, 5)) + struct.pack(">I", 30) + bcd(datetime(2020, 1, 2))  # noqa: DTZ001
    own += bytes([1, 1]) + b"\x00\x01" + struct.pack(">H", RATE) + bytes([components, 0])
    assert len(own) == 52
    for c in range(components):
        own += struct.pack(">BBHhBBiii", 1, 1, 0x10 + c, 3920, 1, 3, 6182761, 7 + c, 2000)
    body = struct.pack(">HH", 1, len(own)) + own + struct.pack(">HH", 2, 24) + bytes(24)
    return b"\x0c\0\0\0" + struct.pack(">BBHI", 1, 1, 5, len(body)) + body


def test_knet_binary_carries_its_own_calibration(tmp_path):
    data = counts(3)
    record = shaking.read_record(write_win32(tmp_path / "a.kwin", data, head=win32.STRONG_MOTION + information()))
    expected = (data - np.array([[7], [8], [9]])) * 3920 / 6182761
    assert record.acceleration == pytest.approx(expected, rel=1e-12)
    assert (record.station, record.full_scale) == ("TST001", 3920.0)
    assert (record.place.latitude, record.place.longitude, record.place.elevation) == (35.15, 135.25, 12.0)


@pytest.mark.parametrize(
    ("cut", "with_table", "said"),
    [(-50, True, "truncated"), (2000, True, "truncated"), (None, False, "channel table")],
)
def test_broken_win32_is_named(tmp_path, cut, with_table, said):
    path = write_win32(tmp_path / "a.cnt", counts(3))
    path.write_bytes(path.read_bytes()[:cut])
    files = [path, table(tmp_path / "a.ch")] if with_table else [path]
    with speak("en"), pytest.raises(shaking.RecordError, match=said) as caught:
        shaking.read_record(*files)
    assert str(path) in str(caught.value)


def test_velocity_sensors_are_no_accelerometers(tmp_path):
    with pytest.raises(shaking.RecordError):
        shaking.read_record(write_win32(tmp_path / "a.cnt", counts()), table(tmp_path / "a.ch", unit="m/s"))


def stream(data, channels=("HNN", "HNE", "HNZ")):
    import obspy

    head = {"network": "XX", "station": "TST", "sampling_rate": RATE, "starttime": obspy.UTCDateTime(2020, 1, 2)}
    return obspy.Stream(
        [obspy.Trace(row.copy(), {**head, "channel": channel}) for row, channel in zip(data, channels, strict=True)]
    )


def inventory(channels=("HNN", "HNE", "HNZ"), unit="M/S**2", azimuths=(0.0, 90.0, 0.0)):
    from obspy.core.inventory import Channel, Inventory, Network, Response, Station
    from obspy.core.inventory.response import InstrumentSensitivity

    made = []
    for name, azimuth in zip(channels, azimuths, strict=True):
        response = Response(instrument_sensitivity=InstrumentSensitivity(4.0e5, 1.0, unit, "COUNTS"))
        dip = -90.0 if name.endswith("Z") else 0.0
        made.append(Channel(name, "", 35.1, 135.2, 10.0, 0.0, azimuth=azimuth, dip=dip, response=response))
    station = Station("TST", 35.1, 135.2, 10.0, channels=made)
    return Inventory([Network("XX", [station])], source="test")


def write_miniseed(folder, data, **options):
    waveform, metadata = folder / "a.mseed", folder / "a.xml"
    channels = options.get("channels", ("HNN", "HNE", "HNZ"))
    stream(data.astype(np.int32), channels).write(str(waveform), format="MSEED")
    inventory(**options).write(str(metadata), format="STATIONXML")
    return waveform, metadata


def test_miniseed_with_stationxml(tmp_path):
    data = counts(20)
    record = shaking.read_record(*write_miniseed(tmp_path, data))
    assert record.acceleration == pytest.approx(data / 4.0e5 * 100, rel=1e-12)
    assert (record.station, record.start) == ("TST", datetime(2020, 1, 2, tzinfo=UTC))
    assert record.place.latitude == 35.1


def test_miniseed_channels_1_and_2_go_by_their_azimuth(tmp_path):
    data = counts(3)
    options = {"channels": ("HN1", "HN2", "HNZ"), "azimuths": (90.0, 358.0, 0.0)}
    record = shaking.read_record(*write_miniseed(tmp_path, data, **options))
    assert record.acceleration == pytest.approx(data[[1, 0, 2]] / 4.0e5 * 100)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unit": "M/S"}, "accelerometer"),
        ({"channels": ("HN1", "HN2", "HNZ"), "azimuths": (30.0, 120.0, 0.0)}, "neither north"),
    ],
)
def test_miniseed_that_is_not_ground_acceleration_is_refused(tmp_path, options, said):
    with speak("en"), pytest.raises(shaking.RecordError, match=said):
        shaking.read_record(*write_miniseed(tmp_path, counts(), **options))


def test_miniseed_without_stationxml_is_counts_and_refused(tmp_path):
    waveform, _ = write_miniseed(tmp_path, counts())
    with speak("en"), pytest.raises(shaking.RecordError, match="StationXML"):
        shaking.read_record(waveform)


def test_a_gap_in_miniseed_is_a_gap(tmp_path):
    data = counts(20).astype(np.int32)
    cut = stream(data)
    late = cut.slice(starttime=cut[0].stats.starttime + 12)
    early = cut.slice(endtime=cut[0].stats.starttime + 9.99)
    (early + late).write(str(tmp_path / "a.mseed"), format="MSEED")
    inventory().write(str(tmp_path / "a.xml"), format="STATIONXML")
    record = shaking.read_record(tmp_path / "a.mseed", tmp_path / "a.xml")
    assert np.isnan(record.acceleration[:, 1000:1200]).all()
    assert np.isfinite(record.acceleration[:, 1200:]).all()


def test_sac_needs_its_unit_said(tmp_path):
    data = np.random.default_rng(0).normal(0, 10, (3, 500)).astype(np.float32)
    files = []
    for trace in stream(data):
        files.append(tmp_path / f"{trace.stats.channel}.sac")
        trace.write(str(files[-1]), format="SAC")
    with speak("en"), pytest.raises(shaking.RecordError, match="--unit"):
        shaking.read_record(*files)
    assert shaking.read_record(*files, unit="m/s2").acceleration == pytest.approx(data * 100.0)


def test_broken_seismological_files_are_named(tmp_path):
    waveform, metadata = write_miniseed(tmp_path, counts())
    metadata.write_text('<?xml version="1.0"?><!DOCTYPE x><FDSNStationXML/>')
    found = [item for item in shaking.read_files([waveform, metadata]) if isinstance(item, shaking.RecordError)]
    assert {str(metadata), str(waveform)} == {file for error in found for file in error.files}


HEAD = "# station: TST\n# start: 2020-01-02T03:04:05+09:00\n# latitude: 35\n# longitude: 135\n"


@pytest.mark.parametrize(
    ("head", "columns", "factor"),
    [
        ("# rate: 100\n# unit: gal\n", "NS,EW,UD", 1.0),
        ("# rate: 100 Hz\n# unit: m/s^2\n", "N,E,Z", 100.0),
        ("", "time,NS (gal),EW (gal),UD (gal)", 1.0),
        ("# unit: g\n", "time, NS, EW, UD", 980.665),
        ("", "time,NS_gal,EW_gal,UD_gal", 1.0),
    ],
)
def test_plain_csv(tmp_path, head, columns, factor):
    data = np.round(np.random.default_rng(0).normal(0, 1, (3, 200)), 4)
    rows = data.T
    if columns.startswith("time"):
        rows = np.column_stack([np.arange(200) / 100, rows])
    path = tmp_path / "a.csv"
    path.write_text(HEAD + head + columns + "\n" + "\n".join(",".join(f"{v:.4f}" for v in row) for row in rows))
    record = shaking.read_record(path)
    assert record.acceleration == pytest.approx(data * factor, rel=1e-12)
    assert (record.station, record.rate) == ("TST", 100.0)
    assert record.start == datetime(2020, 1, 1, 18, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (HEAD + "# rate: 100\nNS,EW,UD\n1,2,3\n", "unit", 6),
        (HEAD + "# unit: gal\nNS,EW,UD\n1,2,3\n", "rate", None),
        (HEAD + "# unit: gal\n# rate: 100\nNS,EW\n1,2\n", "UD", 7),
        (HEAD + "# unit: gal\n# rate: 100\nNS,EW,UD\n1,2,3\n1,x,3\n", "numbers", 9),
        ("# unit: gal\n# rate: 100\nNS,EW,UD\n1,2,3\n", "start", None),
        ("# start: 2020-01-01T00:00:00\n# unit: gal\n# rate: 100\nNS,EW,UD\n1,2,3\n", "time zone", None),
    ],
)
def test_plain_csv_that_leaves_a_doubt_is_refused(tmp_path, text, said, line):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with speak("en"), pytest.raises(shaking.RecordError, match=said) as caught:
        shaking.read_record(path)
    assert str(path) in str(caught.value)
    assert caught.value.line == line
