"""Where a network's packets come from: growing files, a SeedLink server that drops the line, earthquakes made up."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np
import pytest
from click.testing import CliRunner

from tomoshibi.cli import main
from tomoshibi.shaking import Record, measured_intensity, peak_acceleration, peak_velocity
from tomoshibi.shaking.network import Folder, Names, Network, SeedLink, Station, write_stations
from tomoshibi.shaking.network.simulate import (
    GAL_PER_COUNT,
    Shock,
    miniseed,
    motion,
    si_midorikawa,
    simulate,
    spectrum,
    window,
)
from tomoshibi.shaking.network.sources import traces_of

START = datetime(2020, 11, 22, 5, 0, tzinfo=UTC)
SHOCK = Shock(START, 37.0, 140.0, 10.0, 6.5)


def at(km, code="1234567", **more):
    return Station(code, 37.0 + km / 111.2, 140.0, gal_per_count=GAL_PER_COUNT, **more)


def record(seconds=30, code="1234567", seed=0):
    return Record(code, START, 100.0, np.random.default_rng(seed).normal(0, 5, (3, seconds * 100)))


def heard(net, packets, now):
    for packet in packets:
        net.take(packet)
    net.work(now)


def test_growing_miniseed_is_taken_by_whole_records_and_never_twice(tmp_path) -> None:
    content = miniseed(record(), length=512)
    records = [content[i : i + 512] for i in range(0, len(content), 512)]
    records.sort(key=lambda one: traces_of(one)[0].stats.starttime)  # as a data logger writes them
    content = b"".join(records)
    listed = [at(10)]
    net, file = Network(listed), tmp_path / "in" / "logger.mseed"
    file.parent.mkdir()
    now, position = START.timestamp(), {}
    for cut in (0, 100, 7000, 20_000, len(content)):
        file.write_bytes(content[:cut])
        folder = Folder(file.parent, Names(listed, 100), json.loads(json.dumps(position)))  # as after a restart
        now += 2
        heard(net, folder.packets(now), now)
        position = folder.position
        assert folder.troubles == []
    net.work(now + 60)
    assert (net.of["gaps"][0], net.of["repeated"][0], net.of["late"][0]) == (0, 0, 0)
    assert net.of["seconds"][0] == 30
    assert list(Folder(file.parent, Names(listed, 100), position).packets(now)) == []


def test_growing_csv_is_taken_by_whole_lines(tmp_path) -> None:
    data = record(5).acceleration.round(3)
    lines = "".join(",".join(map(str, row)) + "\n" for row in data.T)
    text = f"# station: 1234567\n# start: {START.isoformat()}\n# unit: gal\nNS,EW,UD\n{lines}"
    listed = [at(10)]
    net, folder = Network(listed), None
    file = tmp_path / "a.csv"
    folder = Folder(tmp_path, Names(listed, 100))
    now = START.timestamp()
    for part in (20, 61, 3000, 9001, len(text)):
        file.write_text(text[:part])
        now += 1.5
        heard(net, folder.packets(now), now)
    net.work(now + 20)
    assert net.of["seconds"][0] == 5 and net.of["gaps"][0] == 0
    rest = data - data[:, :100].mean(axis=1, keepdims=True)
    assert net.of["pga"][0] == pytest.approx(np.sqrt((rest**2).sum(axis=0)).max(), rel=0.1)


def test_a_file_that_is_none_is_said_and_the_others_heard(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("# station: X\nNS,EW,UD\n1,2,3\n")
    (tmp_path / "b.mseed").write_bytes(miniseed(record(5)))
    folder = Folder(tmp_path, Names([at(1)], 100))
    assert len(list(folder.packets(START.timestamp()))) == 15
    assert [re.sub(":.*", "", t.en) for t in folder.troubles] == ["a.csv"]


class Server(threading.Thread):
    """A SeedLink server: one station, 512-byte records, and a line that drops after each ``burst`` packets."""

    def __init__(self, records, burst) -> None:
        super().__init__(daemon=True)
        self.records, self.burst = records, burst
        self.asked: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            with line:
                self._serve(line)

    def _serve(self, line) -> None:
        begin = 0
        for command in iter(lambda: self._line(line), ""):
            if command == "HELLO":
                line.sendall(b"SeedLink v3.1 (2020.075)\r\ntest\r\n")
            elif command == "END":
                break
            else:
                self.asked.append(command)
                if command.startswith("DATA "):
                    begin = int(command.split()[1], 16)
                line.sendall(b"OK\r\n")
        for number in range(begin, min(begin + self.burst, len(self.records))):
            line.sendall(b"SL%06X" % number + self.records[number])
        if begin + self.burst >= len(self.records):
            line.settimeout(60)
            with suppress(OSError):
                line.recv(1)

    @staticmethod
    def _line(line) -> str:
        said = b""
        while not said.endswith(b"\r"):
            if not (letter := line.recv(1)):
                return ""
            said += letter
        return said.strip().decode()


def test_seedlink_goes_on_where_the_line_dropped(monkeypatch) -> None:
    pytest.importorskip("obspy")
    monkeypatch.setattr(SeedLink, "PAUSES", (0.05, 0.1))
    content = miniseed(record(20), length=512)
    records = sorted(
        (content[i : i + 512] for i in range(0, len(content), 512)),
        key=lambda one: traces_of(one)[0].stats.starttime,
    )
    server = Server(records, len(records) // 2)
    server.start()
    listed = [at(10)]
    source = SeedLink(server.address, [("12", "34567", "HN?")], Names(listed, 100))
    net, now, limit = Network(listed), START.timestamp() + 20, time.monotonic() + 90
    try:
        came = []  # and heard at once: how far a slow machine had come at each look must not matter
        while source.received < len(records) and time.monotonic() < limit:
            came += source.packets(now)
            time.sleep(0.02)
        heard(net, [*came, *source.packets(now)], now)
    finally:
        server.listener.close()
        source.close()
    net.work(now + 60)
    assert sum(command.startswith("STATION") for command in server.asked) >= 2, "it connected again"
    assert net.of["seconds"][0] == 20
    assert (net.of["gaps"][0], net.of["repeated"][0]) == (0, 0), "and asked for what came next"
    assert source.position == {"12.34567": len(records) - 1}
    assert any("closed" in t.en for t in source.troubles)


# ── simulation ──


def test_the_same_seed_gives_the_same_waveforms_and_another_gives_others() -> None:
    one, same = (simulate(SHOCK, at(30), 7, 3).acceleration for _ in range(2))
    assert (one == same).all()
    assert not np.allclose(one, simulate(SHOCK, at(30), 7, 4).acceleration)
    assert not np.allclose(one[:, :2000], simulate(SHOCK, at(30), 8, 3).acceleration[:, :2000])


def test_the_spectrum_is_the_published_one() -> None:
    assert SHOCK.moment == pytest.approx(10 ** (1.5 * 6.5 + 16.05))
    assert SHOCK.corner == pytest.approx(0.200, rel=0.01), "4.9e6 · 3.5 · (100 / M0)^(1/3)"
    f = np.array([0.02, 0.04, 2.0, 4.0])
    got = spectrum(SHOCK, 30.0, f, 1.0)
    assert got[1] / got[0] == pytest.approx(4, rel=0.15), "ω² below the corner"
    assert got[3] / got[2] == pytest.approx(1.0, rel=0.25), "flat above it, but for site and attenuation"
    assert spectrum(SHOCK, 30.0, f, 2.0) == pytest.approx(2 * got)
    shape = window(10.0, 100.0)
    assert shape.max() == pytest.approx(1, rel=1e-3)
    assert shape.argmax() / 100 == pytest.approx(0.2 * 20, abs=0.1)
    assert shape[-1] == pytest.approx(0.05, rel=0.1)


def test_made_waveforms_have_that_spectrum() -> None:
    rng = np.random.default_rng(0)
    size = 8192
    power = np.zeros(size // 2 + 1)
    for _ in range(40):
        power += np.abs(np.fft.rfft(motion(SHOCK, 30.0, 100.0, rng), size) / 100) ** 2 / 40
    f = np.fft.rfftfreq(size, 0.01)
    wanted = spectrum(SHOCK, 30.0, f)
    for low, high in ((0.3, 0.6), (1, 2), (5, 10)):
        band = (f >= low) & (f < high)
        assert np.sqrt(power[band].mean() / (wanted[band] ** 2).mean()) == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize(("magnitude", "depth"), [(5.5, 10.0), (6.5, 10.0), (7.3, 15.0)])
def test_medians_follow_si_and_midorikawa(magnitude, depth) -> None:
    shock = Shock(START, 37.0, 140.0, depth, magnitude)
    for km in (15, 30, 60, 100, 200):
        made = [simulate(shock, at(km), n, 1) for n in range(6)]
        acceleration, velocity = [peak_acceleration(r) for r in made], [peak_velocity(r) for r in made]
        pga, pgv = si_midorikawa(shock, shock.distance(at(km)))
        intensity = 2.68 + 1.72 * np.log10(pgv)
        assert 0.6 < np.median([max(a.ns, a.ew) for a in acceleration]) / pga < 1.5, km
        assert 0.6 < np.median([max(v.ns, v.ew) for v in velocity]) / pgv < 2.1, km
        assert abs(np.median([measured_intensity(r).raw for r in made]) - intensity) < 0.45, km


def test_a_code_that_miniseed_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="ABCDEFGH"):
        miniseed(record(2, "ABCDEFGH"))


def test_from_the_shock_to_what_is_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    write_stations([at(km, f"12345{km:02d}", municipality="07204") for km in (5, 15, 40)], tmp_path / "list.csv")
    shock = ["--magnitude", "6.8", "--latitude", "37", "--longitude", "140", "--origin", "2026-11-22T14:00"]
    made = CliRunner().invoke(
        main, ["network", "simulate", str(tmp_path / "list.csv"), *shock, "--out", str(tmp_path / "s")]
    )
    assert made.exit_code == 0, made.output
    command = ["network", "run", "--replay", str(tmp_path / "s"), "--speed", "1000", "--state", str(tmp_path / "n")]
    ran = CliRunner().invoke(main, [*command, "--rule", "2 x 5- in 10s", "--json"])
    assert ran.exit_code == 0, ran.output
    said = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    told, read = [s for s in said if "serial" in s], [s for s in said if "station" in s]
    assert told[0]["municipalities"]["07204"] >= "5弱"
    assert [s["station"] for s in read] == ["1234505", "1234515", "1234540"]
    assert all(s["missing"] == s["late"] == 0 for s in read)


def test_what_is_asked_wrongly_is_said(tmp_path) -> None:
    def run(*arguments):
        return CliRunner().invoke(main, ["network", "run", *arguments], env={"LC_ALL": "C.UTF-8"})

    assert "one of" in run().output
    assert "no such file" in run("--replay", str(tmp_path / "nothing"), "--state", str(tmp_path)).output
    wrong = run("--replay", str(tmp_path), "--state", str(tmp_path), "--rule", "much")
    assert wrong.exit_code == 1 and "2 x 5-" in wrong.output
