"""A drill has the training world's periodic work to itself, and only one drill at a time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tomoshibi.journal import ticking, worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.ticking import Worker, driving


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, settings: object) -> None:
    settings.TOMOSHIBI_HOME = tmp_path


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call of the two tickers that the worker has: one among others, one in a thread of its own."""
    made: list[str] = []
    tickers = [
        ticking.Every(0.01, lambda: made.append(f"{worlds.world()} shared")),
        ticking.Every(0.01, lambda: made.append(f"{worlds.world()} alone"), alone=True),
    ]
    monkeypatch.setattr(ticking, "_tickers", tickers)
    return made


def until(ready) -> None:
    end = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def test_every_ticker_is_called_in_every_world(calls: list[str]) -> None:
    worker = Worker()
    worker.start()
    until(lambda: {f"{w} {t}" for w in ("default", "training") for t in ("shared", "alone")} <= set(calls))
    worker.stop()


def test_workers_stay_off_a_world_that_is_driven(calls: list[str]) -> None:
    worker = Worker()
    with worlds.inhabit(worlds.TRAINING), driving():
        worker.start()
        until(lambda: calls.count("default shared") > 5)
        assert not [c for c in calls if c.startswith("training")]
    until(lambda: "training shared" in calls)
    worker.stop()


def test_one_drives_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = ticking._taken
    monkeypatch.setattr(ticking, "_taken", lambda file, seconds: patient(file, 0))
    with driving(), pytest.raises(Refused, match="別の訓練"), driving():
        pass
    with worlds.inhabit(worlds.TRAINING), driving(), worlds.inhabit(worlds.REAL), driving():
        pass  # each world for itself


def test_who_drives_waits_for_a_pass_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, release, order = threading.Event(), threading.Event(), []

    def slow() -> None:
        begun.set()
        release.wait(10)
        order.append("pass")

    monkeypatch.setattr(ticking, "_tickers", [ticking.Every(60, slow)])
    worker = Worker((worlds.REAL,))
    worker.start()
    begun.wait(10)
    threading.Timer(0.2, release.set).start()
    with driving():
        order.append("driver")
    worker.stop()
    assert order == ["pass", "driver"]


def test_who_drives_gets_its_turn_though_workers_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine some worker is always at something: here each pass goes on until the next one has begun."""
    begun = threading.Condition()
    passes: list[int] = []

    def overlapping() -> None:
        with begun:
            passes.append(mine := len(passes))
            begun.notify_all()
            begun.wait_for(lambda: len(passes) > mine + 1, timeout=0.5)

    monkeypatch.setattr(ticking, "_tickers", [ticking.Every(0, overlapping, alone=True) for _ in range(3)])
    worker = Worker((worlds.REAL,))
    worker.start()
    until(lambda: len(passes) > 5)
    with driving():
        before = len(passes)
        time.sleep(0.1)
        assert len(passes) == before, "nothing begins while somebody drives"
    worker.stop()


def test_a_pass_that_does_not_end_is_not_called_a_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, release = threading.Event(), threading.Event()
    monkeypatch.setattr(ticking, "_tickers", [ticking.Every(60, lambda: (begun.set(), release.wait(10)))])
    patient = ticking._taken
    monkeypatch.setattr(ticking, "_taken", lambda file, seconds: patient(file, 0))
    worker = Worker((worlds.REAL,))
    worker.start()
    begun.wait(10)
    with pytest.raises(Refused, match="定期の仕事"), driving():
        pass
    release.set()
    worker.stop()


def test_a_home_that_cannot_be_written_stops_nothing(calls: list[str], settings: object, tmp_path: Path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path / "gone"
    worker = Worker((worlds.REAL,))
    worker.start()
    until(lambda: "default shared" in calls)
    worker.stop()
