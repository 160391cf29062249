"""The benchmark table tells the truth: what is met, what is not, and what broke."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import bench.__main__ as program
from bench.__main__ import measure, parts, show
from bench.table import PeerError, Row, median_time, peer, side_by_side


def test_ratio_says_how_many_times_better_we_are() -> None:
    assert Row("x: rate", 300, "/s", peer=100, goal=2).ratio == 3
    assert Row("x: time", 2, "ms", peer=10, goal=4, higher_is_better=False).ratio == 5
    assert Row("x: alone", 2, "ms").ratio is None


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("x: ratio reached", 400, "/s", peer=100, goal=4), True),
        (Row("x: ratio missed", 399, "/s", peer=100, goal=4), False),
        (Row("x: slower than the peer", 10, "ms", peer=2, goal=1, higher_is_better=False), False),
        (Row("x: figure reached", 1000, "/s", goal=1000), True),
        (Row("x: figure missed", 999, "/s", goal=1000), False),
        (Row("x: at most", 3, "s", goal=3, higher_is_better=False), True),
        (Row("x: too long", 3.1, "s", goal=3, higher_is_better=False), False),
        (Row("x: the figure, beside a peer", 900, "/s", peer=100, goal=1000, goal_of="ours"), False),
        (Row("x: only informs", 5, "ms"), True),
        (Row("x: broke", error="ValueError: no"), False),
        (Row("x: nothing measured", goal=1), False),
    ],
    ids=lambda value: value.name if isinstance(value, Row) else "",
)
def test_met(row: Row, met: bool) -> None:
    assert row.met is met
    assert row.as_json()["met"] is met
    json.dumps(row.as_json(), allow_nan=False)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A package with a good part, one that breaks half way, one that cannot be imported, and a helper."""
    folder = tmp_path / "parts_of_a_test"
    folder.mkdir()
    row = 'from bench.table import Row\ndef rows():\n    yield Row("a: one", 2.0, "ms", goal=1)\n'
    (folder / "__init__.py").write_text("")
    (folder / "a_good.py").write_text(row)
    (folder / "b_breaks.py").write_text(row + "    raise ValueError('half way')\n")
    (folder / "c_missing.py").write_text("import nowhere_to_be_found\n" + row)
    (folder / "helper.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield SimpleNamespace(__name__="parts_of_a_test", __path__=[str(folder)])
    for name in [name for name in sys.modules if name.startswith("parts_of_a_test")]:
        del sys.modules[name]


def test_parts_are_the_modules_with_rows(package: SimpleNamespace) -> None:
    assert parts([], package) == ["a_good", "b_breaks", "c_missing"]
    assert parts(["break"], package) == ["b_breaks"]
    with pytest.raises(SystemExit, match=r"no part named 'zzz'; there is: a_good, b_breaks, c_missing"):
        parts(["zzz"], package)


def test_a_part_that_breaks_is_shown_and_keeps_what_it_had(package: SimpleNamespace) -> None:
    half = list(measure("b_breaks", package))
    assert [row.name for row in half] == ["a: one", "b: bench/b_breaks.py broke"]
    assert half[1].error == "ValueError: half way"
    [missing] = measure("c_missing", package)
    assert "nowhere_to_be_found" in missing.error
    assert "FAILED" in show([*half, missing])


@pytest.mark.parametrize(("part", "code"), [("a_good", 0), ("b_breaks", 1)])
def test_the_program_writes_what_it_prints(
    package: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, code: int
) -> None:
    monkeypatch.setattr(program, "ROOT", tmp_path)
    monkeypatch.setattr(program, "RESULTS", tmp_path / "results" / "latest.json")
    monkeypatch.setattr(program, "parts", lambda words: parts(words, package))
    monkeypatch.setattr(program, "measure", lambda name: measure(name, package))
    monkeypatch.setattr(sys, "argv", ["bench", part])
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == code
    written = json.loads((tmp_path / "results" / "latest.json").read_text())
    assert set(written[0]) == {"name", "ours", "peer", "peer_name", "unit", "ratio", "goal", "met"}
    assert [row["met"] for row in written] == [True, False][: 1 + code]


def test_a_peer_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.table.ROOT", tmp_path)
    monkeypatch.setattr("bench.table.PEERS", tmp_path / "peers-of-a-test")
    with pytest.raises(PeerError, match="make bench installs it"):
        peer("x.py")
    (tmp_path / "peers-of-a-test" / "bin").mkdir(parents=True)
    (tmp_path / "peers-of-a-test" / "bin" / "python").symlink_to(sys.executable)
    scripts = tmp_path / "bench" / "peers"
    scripts.mkdir(parents=True)
    (scripts / "good.py").write_text('import sys\nprint("noise")\nprint(\'{"seconds": \' + sys.argv[1] + "}")\n')
    (scripts / "bad.py").write_text('raise SystemExit("no such record")\n')
    (scripts / "mute.py").write_text("")
    assert peer("good.py", "2.5") == {"seconds": 2.5}
    with pytest.raises(PeerError, match=r"bad.py ended with 1: no such record"):
        peer("bad.py")
    with pytest.raises(PeerError, match=r"mute\.py"):
        peer("mute.py")


def test_measuring_takes_turns() -> None:
    order: list[str] = []

    def take(name: str, value: float) -> float:
        order.append(name)
        return value

    assert side_by_side(lambda: take("ours", 1), lambda: take("theirs", 2)) == (1, 2)
    assert order == ["ours", "theirs"] * 3


def test_median_time_warms_up_first() -> None:
    calls: list[int] = []
    assert median_time(lambda: calls.append(1), repeat=5, warm=2) >= 0
    assert len(calls) == 7
