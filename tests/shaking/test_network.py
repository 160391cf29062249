"""A live network: packets in any order, clocks that jump, lines that drop, rules, and what survives a restart."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.shaking.files import WAVEFORMS, needs_waveforms
from tomoshibi.shaking import LongPeriodResponse, RealtimeIntensity, Record, RecordError, analyse, read_files
from tomoshibi.shaking.network import (
    Detection,
    Names,
    Network,
    Packet,
    Replay,
    Rule,
    Runner,
    Station,
    Watch,
    flaw_table,
    resume,
)
from tomoshibi.shaking.network.engine import class_numbers
from tomoshibi.shaking.network.keeping import STATE, Drums, load, save, save_filters
from tomoshibi.shaking.network.stations import of_records, read_stations, write_stations
from tomoshibi.vocabulary import IntensityClass, speak
from tomoshibi.vocabulary.intensity import CLASSES

T0 = 1_700_000_000.0
UNKNOWN = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED


def stations(count=3, **more):
    return [Station(f"S{n}", 37.0 + 0.1 * n, 140.0, municipality=f"0720{n}", **more) for n in range(count)]


def noise(seconds, size=5.0, seed=0):
    return np.random.default_rng(seed).normal(0, size, (3, seconds * 100))


def feed(net, station, data, start=T0, late=1.0, every=100, shift=0.0):
    """Packets of all components as they would come; ``shift`` is what the station's clock is fast by."""
    for at in range(0, data.shape[1], every):
        for c in range(3):
            piece = data[c, at : at + every]
            end = start + (at + len(piece)) / 100
            net.take(Packet(station, c, start + at / 100 + shift, piece, end + late))
        net.work(start + (at + every) / 100 + late)


def test_packets_in_any_order_read_as_the_whole_record() -> None:
    net, data = Network(stations()), [noise(20, seed=s) for s in range(3)]
    random = np.random.default_rng(5)
    packets = [
        Packet(s, c, T0 + at / 100, data[s][c, at : at + 73], T0 + at / 100 + random.uniform(1, 6))
        for s in range(3)
        for c in range(3)
        for at in range(0, 2000, 73)
    ]
    packets += [p for p in packets if random.random() < 0.1]  # some come twice
    for packet in sorted(packets, key=lambda p: p.arrived):
        net.take(packet)
        net.work(packet.arrived)
    net.work(T0 + 60)
    for s in range(3):
        alone = RealtimeIntensity(1).push(data[s][None].astype(np.float32), 100)[0]
        assert net.of["intensity"][s] == alone[-1]
        swing = LongPeriodResponse(1).push(data[s][None].astype(np.float32)).max()
        assert net.of["sva"][s] == pytest.approx(swing)
        assert net.of["largest"][s] == np.nanmax(alone)
    assert (net.of["gaps"].tolist(), net.of["late"].tolist()) == ([0, 0, 0], [0, 0, 0])
    assert net.of["repeated"].sum() > 0
    assert net.of["seconds"].tolist() == [20, 20, 20]


def test_sensors_that_are_left_out_stay_as_they_are() -> None:
    blocks = np.random.default_rng(1).normal(0, 5, (6, 20, 3, 100))
    together, apart = RealtimeIntensity(20), RealtimeIntensity(20)
    take = np.arange(20) % 3 != 1
    for number, block in enumerate(blocks):
        whole = together.push(block)
        mixed = apart.push(block, take=take)
        assert (mixed[take] == whole[take]).all() and np.isnan(mixed[~take]).all()
        caught_up = apart.push(block, take=~take)
        assert (caught_up[~take] == whole[~take]).all(), number
    apart.forget(np.array([4, 17]))
    fresh, again = RealtimeIntensity(20).push(blocks[0]), apart.push(blocks[0])
    assert (again[[4, 17]] == fresh[[4, 17]]).all()
    assert again[5] != fresh[5]


def test_what_comes_too_late_is_counted_and_changes_nothing() -> None:
    net, data = Network(stations(1)), noise(40)
    for at in range(0, 4000, 100):
        for c in range(3):
            if not (c == 1 and 500 <= at < 700):
                net.take(Packet(0, c, T0 + at / 100, data[c, at : at + 100], T0 + at / 100 + 2))
        net.work(T0 + at / 100 + 2)
    assert net.of["gaps"][0] == 200
    before = net.of["intensity"][0]
    net.take(Packet(0, 1, T0 + 5, data[1, 500:600], T0 + 42))
    net.take(Packet(0, 0, T0 + 20, data[0, 2000:2100], T0 + 42))
    net.work(T0 + 42)
    assert (net.of["late"][0], net.of["repeated"][0]) == (1, 1)
    assert net.of["intensity"][0] == before


def test_a_line_that_was_down() -> None:
    net = Network(stations(1))
    feed(net, 0, noise(10))
    feed(net, 0, noise(10, seed=1), T0 + 40)
    net.work(T0 + 60)
    assert (net.of["gaps"][0], net.of["seconds"][0], net.of["next"][0] / 100) == (3 * 3000, 50, T0 + 50)
    feed(net, 0, noise(10, seed=2), T0 + 500)
    assert net.of["seconds"][0] == 60, "a long outage is not stepped over second by second"
    assert net.of["gaps"][0] == 3 * 3000 + 3 * 45_000
    assert flaw_table(net.of, T0 + 560)["silent"].tolist() == [True]
    assert flaw_table(net.of, T0 + 515)["silent"].tolist() == [False]


def test_a_clock_set_back_is_believed_after_a_while_and_what_is_sent_again_never() -> None:
    net, data = Network(stations(1)), noise(60)
    feed(net, 0, data)
    for at in range(0, 6000, 100):  # the line sends everything again within a second
        for c in range(3):
            net.take(Packet(0, c, T0 + at / 100, data[c, at : at + 100], T0 + 61 + at / 6000))
    net.work(T0 + 62)
    assert (net.of["steps"][0], net.of["repeated"][0], net.of["next"][0] / 100) == (0, 180, T0 + 60)
    feed(net, 0, noise(10, seed=2), T0 + 60)
    feed(net, 0, noise(30, seed=3), T0 + 70, shift=-300)
    assert net.of["steps"][0] == 1
    assert net.of["next"][0] / 100 == T0 + 100 - 300


def test_a_fast_clock_is_said_and_counts_for_no_rule() -> None:
    net = Network(stations(2))
    for s in range(2):
        feed(net, s, noise(30, 200.0, s), shift=60.0 * s)
    now = T0 + 31
    assert flaw_table(net.of, now)["clock"].tolist() == [False, True]
    assert net.classes().min() >= CLASSES.index(IntensityClass.FIVE_LOWER), "it is still measured"
    assert Watch(net.stations, [Rule.parse("2 x 5弱 in 60s")]).look(net, now) is None
    assert Watch(net.stations, [Rule.parse("5弱")]).look(net, now) is not None


def test_flaws_of_instruments() -> None:
    net = Network(stations(3, full_scale=100.0))
    dead, clipped, good = noise(40), np.clip(noise(40, 80.0), -100, 100), noise(40, 0.01)
    dead[1] = 3.0
    for s, data in enumerate((dead, clipped, good)):
        feed(net, s, data)
    flaws = flaw_table(net.of, T0 + 42)
    assert flaws["dead"].tolist() == [True, False, False]
    assert flaws["clipped"].tolist() == [False, True, False]
    assert net.of["noise"][2] == pytest.approx(0.01, rel=0.2)


def test_the_next_shock_begins_its_maxima_anew() -> None:
    net = Network(stations(1))
    feed(net, 0, noise(20, 100.0))
    strong = net.of["largest"][0]
    feed(net, 0, noise(700, 0.01), T0 + 20)
    assert net.of["largest"][0] == strong
    feed(net, 0, noise(20, 10.0), T0 + 720)
    assert 0.5 < net.of["largest"][0] < strong - 1
    assert net.of["pga"][0] < 100


def test_classes_are_rounded_as_jma_does() -> None:
    values = np.array([np.nan, -3.0, 0.49, 0.499, 4.49, 4.994, 4.996, 6.5, 7.4])
    assert class_numbers(values).tolist() == [-1, 0, 0, 1, 4, 5, 6, 9, 9]


# ── rules ──


def shaking(levels, **more):
    """A network whose stations read intensities."""
    net = Network(stations(len(levels), **more))
    read(net, levels)
    return net


def read(net, levels, at=T0 + 100):
    net.of["intensity"][:] = levels
    net.of["next"][:] = int(at * 100)
    net.of["newest"][:] = net.of["arrived"][:] = at
    net.of["latency"][:] = 1.0


def test_a_rule_as_it_is_written() -> None:
    assert Rule.parse("2 x 5弱 in 10s") == Rule(2, IntensityClass.FIVE_LOWER, 10.0)
    assert Rule.parse("3×4 in 30 s ours") == Rule(3, IntensityClass.FOUR, 30.0, ours=True)
    assert Rule.parse("5-") == Rule(1, IntensityClass.FIVE_LOWER)
    for text in ("", "two", "0 x 4", "2 x 9", "震度５弱以上未入電"):
        with pytest.raises(RecordError, match="2 x 5"):
            Rule.parse(text)


def test_two_stations_within_seconds_and_not_one_nor_two_far_apart() -> None:
    rules = [Rule.parse("2 x 4 in 10s")]
    net = shaking([4.0, 1.0, 1.0])
    watch = Watch(net.stations, rules)
    assert watch.look(net, T0 + 101) is None
    read(net, [4.0, 4.2, 1.0], T0 + 130)
    assert watch.look(net, T0 + 131) is None, "half a minute later is another shaking"
    read(net, [4.0, 4.2, 3.6], T0 + 135)
    found = watch.look(net, T0 + 136)
    assert found is not None
    assert {p.municipality: p.klass.label for p in found.places} == {"07200": "4", "07201": "4", "07202": "4"}
    assert found.began.timestamp() == T0 + 135
    assert Watch(shaking([4.0, 4.0], grade="D").stations, rules).look(shaking([4.0, 4.0], grade="D"), T0 + 101) is None


def test_what_grows_is_told_again_under_the_same_event_also_after_a_restart() -> None:
    net = shaking([4.6, 4.6, 1.0])
    watch = Watch(net.stations, [Rule.parse("2 x 5弱")])
    first = watch.look(net, T0 + 101)
    assert first is not None and first.serial == 1
    assert watch.look(net, T0 + 110) is None, "nothing new"
    watch = Watch(net.stations, [Rule.parse("2 x 5弱")], watch.event)
    read(net, [5.6, 4.6, 1.0], T0 + 112)
    second = watch.look(net, T0 + 113)
    assert second is not None
    assert (second.event, second.serial, second.largest) == (first.event, 2, IntensityClass.SIX_LOWER)
    read(net, [0.0, 0.0, 0.0], T0 + 400)
    assert watch.look(net, T0 + 400) is None
    assert watch.event == {}, "it has ended"


def test_what_the_journal_says_of_siting_rules_over_the_list_and_takes_back_what_rested_on_it() -> None:
    listed = stations(3)
    net, watch = Network(listed), Watch(listed, [Rule.parse("1 x 4")])
    for n, size in ((0, 300.0), (1, 60.0)):
        feed(net, n, noise(10, size, n))
    first = watch.look(net, T0 + 11)
    strong = {p.municipality: p.klass for p in first.places}
    assert set(strong) == {"07200", "07201"} and strong["07200"] > strong["07201"]
    assert [r.station.code for r in first.readings] == ["S0", "S1"]
    assert first.readings[0].klass is strong["07200"]
    watch.judge({"S0": False})
    told = watch.look(net, T0 + 17)
    assert {p.municipality: p.klass for p in told.places} == {"07201": strong["07201"]}
    assert (told.largest, told.event, told.serial) == (strong["07201"], first.event, 2)
    watch.judge({"S0": False})
    assert watch.look(net, T0 + 25) is None, "nothing is other than it was told"
    # and a list's own D counts again where somebody graded it better since
    poor = stations(1, grade="D")
    alone = Watch(poor, [Rule.parse("1 x 4")])
    net = Network(poor)
    feed(net, 0, noise(10, 300.0))
    assert alone.look(net, T0 + 11) is None
    alone.judge({"S0": True})
    assert alone.look(net, T0 + 11) is not None


def test_a_silent_municipality_near_strong_shaking_stays_unknown() -> None:
    net = shaking([5.2, 4.8, np.nan])
    net.of["arrived"][2] = np.nan
    found = Watch(net.stations, [Rule.parse("2 x 5弱")]).look(net, T0 + 101)
    assert found is not None
    assert [p.klass for p in found.places] == [IntensityClass.FIVE_UPPER, IntensityClass.FIVE_LOWER, UNKNOWN]


# ── what is kept ──


def test_a_restart_goes_on(tmp_path) -> None:
    net, data = Network(stations(2)), noise(40, 60.0)
    feed(net, 0, data[:, :2000])
    save(tmp_path, net.stations, net.of, T0 + 21, event={}, position={"a": 7}, kind="live", rate=100)
    save_filters(tmp_path, net.filters())
    again = Network(stations(2))
    assert resume(again, tmp_path)["position"] == {"a": 7}
    feed(again, 0, data[:, 1000:2000], T0 + 10, late=12)
    assert again.of["repeated"][0] == 30, "what was worked off before is known"
    feed(again, 0, data[:, 2000:], T0 + 20)
    feed(net, 0, data[:, 2000:], T0 + 20)
    for name in ("next", "gaps", "seconds", "felt_at", "sva", "pga"):
        assert again.of[name][0] == net.of[name][0], name
    assert again.of["largest"][0] == pytest.approx(net.of["largest"][0], abs=0.1), "only the window began anew"
    assert resume(Network(stations(3)), tmp_path) == {}, "another list is another network"


def test_a_state_file_cut_short_is_none(tmp_path) -> None:
    net = Network(stations(1))
    save(tmp_path, net.stations, net.of, T0)
    assert load(tmp_path) is not None
    assert [p.name for p in tmp_path.iterdir()] == [STATE]
    whole = (tmp_path / STATE).read_bytes()
    (tmp_path / STATE).write_bytes(whole[: len(whole) // 2])
    assert load(tmp_path) is None
    assert load(tmp_path / "nowhere") is None


def test_drums_go_round(tmp_path) -> None:
    net = Network(stations(2))
    drums = Drums(tmp_path, 2, write=True, hours=1)
    feed(net, 0, noise(150, 3.0))
    drums.add(net.traces)
    first, seconds = Drums(tmp_path, 2, hours=1).of(0, int(T0) + 150, 0.1)
    begin = int(T0) - first
    assert np.isnan(seconds[:begin]).all()
    assert (seconds[begin : begin + 150, 0] < -3).all() and (seconds[begin : begin + 150, 1] > 3).all()
    assert np.isnan(Drums(tmp_path, 2, hours=1).of(1, int(T0) + 150, 0.1)[1]).all()
    net.traces.clear()
    feed(net, 0, noise(60, 3.0), T0 + 3600)
    drums.add(net.traces)
    _, later = drums.of(0, int(T0) + 3660, 1)
    assert np.isfinite(later).all(axis=1).sum() <= 120, "the hour before is gone where the file went round"


# ── station lists ──


def test_a_station_list_reads_back_equal(tmp_path) -> None:
    listed = [
        Station("JP.ABC", 35.5, 139.25, "横浜", "市", "HN", 0.001, 2000.0, "14100", "横浜市", 1.4, "C", True),
        Station("X1", -12.0, 3.0),
    ]
    write_stations(listed, tmp_path / "list.csv")
    assert read_stations(tmp_path / "list.csv") == listed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,lat\nA,35\n", "longitude"),
        ("code,lat,lon\nA,95,135\n", "line 2"),
        ("code,lat,lon\nA,35,135\nA,35,135\n", "line 3.*twice"),
        ("code,lat,lon,grade\nA,35,135,F\n", "A to E"),
        ("code,lat,lon,municipality\nA,35,135,iwaki\n", "five digits"),
        ("code,lat,lon\n", "no station"),
    ],
)
def test_a_station_list_at_fault_says_where(tmp_path, text, said) -> None:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError) as refused, speak("en"):
        read_stations(tmp_path / "list.csv")
    assert re.search(said, refused.value.text.en)


@needs_waveforms
def test_a_replay_of_real_records_reads_what_each_reads_alone_at_any_speed(tmp_path) -> None:
    files = sorted((WAVEFORMS / "knet_2018-01-24_aomori").iterdir())
    records = [item for item in read_files(files) if isinstance(item, Record)]
    told: dict[int, list[Detection]] = {1: [], 40: []}
    for step, found in told.items():
        net = Network(of_records(records))
        replay = Replay(files, Names(net.stations, 100), speed=1e9)
        runner = Runner(net, replay, tmp_path, [Rule.parse("2 x 2 in 20s")], "replay", found.append)
        now = replay.first
        while not replay.done:
            now += step
            runner.step(now)
        runner.step(now + 30)
        for number, record in enumerate(records):
            whole = analyse(record)
            assert abs(net.of["largest"][number] - whole.intensity.raw) < 0.06
            assert net.of["pga"][number] == pytest.approx(whole.acceleration.total, rel=0.001)
            assert net.of["sva"][number] == pytest.approx(whole.long_period.velocity, rel=0.001)
            assert net.of["gaps"][number] == net.of["late"][number] == 0
    assert [d.serial for d in told[1]] == [1]
    assert [(d.event, d.largest) for d in told[1]] == [(d.event, d.largest) for d in told[40]]
