"""Reading files: what they hold, and what is said of the bad ones."""

import pickle
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.shaking.files import WAVEFORMS, jma_text, knet_text, needs_waveforms, write_knet
from tomoshibi import shaking
from tomoshibi.vocabulary import speak


def errors(files):
    return [item for item in shaking.read_files(files) if isinstance(item, shaking.RecordError)]


def records(files):
    return [item for item in shaking.read_files(files) if isinstance(item, shaking.Record)]


def test_knet(tmp_path):
    record = shaking.read_record(*reversed(write_knet(tmp_path)))
    assert (record.station, record.sensor, record.rate, record.duration) == ("TST001", "surface", 100.0, 20.0)
    assert record.start == datetime(2019, 12, 31, 15, 0, 10, tzinfo=UTC)  # 00:00:25 in Japan, 15 s late
    assert (record.place.latitude, record.place.longitude, record.place.elevation) == (35.1, 135.2, 12.0)
    assert record.full_scale == 2000.0
    first = int((tmp_path / "TST0010001010000.EW").read_text().splitlines()[17].split()[0])
    assert record.acceleration[1, 0] == pytest.approx(first * 2000 / 8388608)


def test_kiknet_surface_and_borehole_come_apart(tmp_path):
    files = write_knet(tmp_path, ("NS1", "EW1", "UD1", "NS2", "EW2", "UD2"))
    found = records(files)
    assert [record.key for record in found] == ["TST001(borehole)", "TST001"]
    assert not np.array_equal(found[0].acceleration, found[1].acceleration)


def test_a_missing_component_is_named_and_the_others_are_computed(tmp_path):
    whole = write_knet(tmp_path)
    part = write_knet(tmp_path, ("NS", "EW"), stem="TST0020001010000", station="TST002")
    [error] = errors([*part, *whole])
    assert "UD" in str(error)
    assert str(part[0]) in str(error)
    assert len(records([*part, *whole])) == 1


def test_mixed_stations_are_refused(tmp_path):
    files = write_knet(tmp_path)
    files[2].write_text(knet_text(np.zeros(2000, int), station="OTHER1", direction="U-D"))
    [error] = errors(files)
    with speak("en"):
        assert "different stations are mixed: OTHER1, TST001" in str(error)
        assert str(files[2]) in str(error)
    with speak("ja"):
        assert "観測点" in str(error)


def test_files_of_two_stations_given_as_one_record_are_named_as_mixed(tmp_path):
    one = write_knet(tmp_path, ("NS", "EW"))
    other = write_knet(tmp_path, ("UD",), stem="TST0020001010000", station="TST002")
    [error] = errors([*one, *other])
    with speak("en"):
        assert "different stations are mixed: TST001, TST002" in str(error)
        assert all(str(path) in str(error) for path in [*one, *other])


def test_the_same_component_twice_is_refused(tmp_path):
    files = write_knet(tmp_path)
    files[2].write_text(knet_text(np.zeros(2000, int), direction="E-W"))
    [error] = errors(files)
    assert "EW" in str(error)


@pytest.mark.parametrize(
    ("change", "said", "line"),
    [
        (lambda text: text[: len(text) // 2], "truncated", None),
        (lambda text: "\n".join(text.splitlines()[:5]), "truncated", 5),
        (lambda text: text + "      1 \n", "longer", None),
        (lambda text: text.replace("(gal)/", "(mkine)/"), "unit 'mkine'", 14),
        (lambda text: text.replace("2000(gal)/8388608", "2000(gal)/0"), "header", None),
        (lambda text: text.replace("100Hz", "fast"), "header", None),
        (lambda text: text.replace("Station Code      TST001\n", "Stn\n"), "Station Code", None),
        (lambda text: text.replace("N-S", "N-N"), "component", 13),
        (lambda text: text[:-30] + " 12x45 \n", "not an integer", 267),
        (lambda text: text[:-30] + " 99999999999 \n", "not an integer", 267),
    ],
)
def test_broken_knet_files_are_named_with_their_line(tmp_path, change, said, line):
    files = write_knet(tmp_path)
    other = write_knet(tmp_path, stem="TST0030001010000", station="TST003")
    files[0].write_text(change(files[0].read_text()))
    found = errors([*files, *other])
    assert len(found) == 1, [str(error) for error in found]
    with speak("en"):
        assert said in str(found[0])
        assert str(files[0]) in str(found[0])
    assert found[0].line == line
    assert [record.station for record in records([*files, *other])] == ["TST003"]


def wave(minutes=1, seed=0):
    return np.random.default_rng(seed).normal(0, 5, (6000 * minutes, 3))


def test_jma_csv(tmp_path):
    path = tmp_path / "one.csv"
    data = wave()
    path.write_bytes(jma_text(data).encode("cp932"))
    record = shaking.read_record(path)
    assert (record.station, record.name, record.rate) == ("9ZZ", "試験町", 100.0)
    assert record.start == datetime(2020, 1, 1, 18, 4, 5, tzinfo=UTC)
    assert (record.place.latitude, record.place.longitude) == (32.6476, 130.6842)
    assert record.acceleration == pytest.approx(np.round(data.T, 3), abs=1e-12)


def test_jma_csv_in_another_column_order_and_in_utf8(tmp_path):
    path = tmp_path / "one.csv"
    data = wave()
    path.write_text(jma_text(data, columns="UD,NS,EW"), encoding="utf-8", newline="")
    assert shaking.read_record(path).acceleration == pytest.approx(np.round(data.T[[1, 2, 0]], 3), abs=1e-12)


def test_jma_blocks_are_joined_in_time_and_a_gap_stays_a_gap(tmp_path):
    path = tmp_path / "two.csv"
    blocks = [wave(seed=1), wave(seed=2), wave(seed=3)]
    starts = ["2020 01 02 03 04 00", "2020 01 02 03 05 00", "2020 01 02 03 08 00"]
    path.write_bytes("".join(map(lambda b, s: jma_text(b, start=s), blocks, starts)).encode("cp932"))
    record = shaking.read_record(path)
    assert record.duration == 300.0
    assert np.isnan(record.acceleration[:, 12000:24000]).all()
    assert record.acceleration[:, 24000:] == pytest.approx(np.round(blocks[2].T, 3), abs=1e-12)
    assert np.isfinite(shaking.measured_intensity(record).raw)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:40_000].rsplit(",", 1)[0], "truncated"),
        (lambda text: "\r\n".join(text.split("\r\n")[:1000]) + "\r\n", "truncated"),
        (lambda text: text.replace("gal(cm/s/s)", "m/s/s"), "unknown unit 'm/s/s'"),
        (lambda text: text.replace("NS,EW,UD", "NS,EW"), "UD"),
        (lambda text: text.replace("100Hz", "Hz"), "header"),
        (lambda text: text.replace("INITIAL TIME", "TIME"), "header"),
        (lambda text: text[:20_000] + "abc" + text[20_000:], "numbers"),
        (lambda text: text + jma_text(wave(), code="8AA", start="2020 01 02 03 05 05"), "different stations"),
        (lambda text: text + jma_text(wave(), start="2020 01 02 03 04 30"), "overlap"),
    ],
)
def test_broken_jma_files_are_named(tmp_path, change, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(change(jma_text(wave())).encode("cp932"))
    [error] = errors([path])
    with speak("en"):
        assert said in str(error)
        assert str(path) in str(error)


def test_unknown_empty_and_absent_files_are_named(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 20)
    found = errors([tmp_path / "empty", tmp_path / "noise.bin", tmp_path / "absent", tmp_path])
    assert len(found) == 4
    assert all(str(tmp_path) in str(error) for error in found)


def test_errors_cross_process_borders():
    [error] = errors(["absent"])
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.text, copy.files, copy.line) == (error.text, error.files, error.line)


@needs_waveforms
def test_the_calibration_is_applied_once():
    """NIED writes each component's peak into the header: our gal give the same peak."""
    for pattern in ("kiknet*/*1", "kiknet*/*2", "knet*/AOM001*", "knet*/AOM005*"):
        record = shaking.read_record(*WAVEFORMS.glob(pattern))
        peak = shaking.peak_acceleration(record)
        for component, value in zip(("NS", "EW", "UD"), (peak.ns, peak.ew, peak.ud), strict=True):
            assert value == pytest.approx(float(record.provenance.notes[f"header_peak_{component}"]), abs=6e-3)
