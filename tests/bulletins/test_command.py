"""``tomoshibi bulletin read``: one file, several, a folder, an archive; words in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tomoshibi.cli import main


@pytest.fixture
def run() -> Callable[..., object]:
    def call(*args: object, lang: str = "C") -> object:
        return CliRunner().invoke(main, [str(a) for a in args], env={"LC_ALL": lang})

    return call


def test_json_of_an_earthquake(run: Callable, samples: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "quake_VXSE53.xml"
    path.write_bytes(samples["32-35_07_06_240613_VXSE53.xml"])
    result = run("bulletin", "read", path, "--json")
    assert result.exit_code == 0
    (b,) = json.loads(result.stdout)
    assert (b["type"], b["kind"], b["status"], b["event"]) == ("VXSE53", "earthquake", "normal", "20090811050711")
    assert b["hypocentre"]["name"] == "駿河湾"
    assert b["stations"][0] == {"code": "2222231", "name": "伊豆市市山＊", "class": "6弱", "area": "440"}
    fuji = next(m for m in b["municipalities"] if m["name"] == "富士市")
    assert (fuji["class"], fuji["reported"]) == ("震度５弱以上未入電", "4")


def test_a_folder_with_one_broken_file(run: Callable, telegram: Callable[..., bytes], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/1_VPWW55.xml").write_bytes(telegram())
    (tmp_path / "in/2.xml").write_bytes(b"<broken")
    (tmp_path / "in/3_VPWW55.xml").write_bytes(telegram(status="訓練"))
    result = run("bulletin", "read", tmp_path / "in", "--json")
    assert result.exit_code == 1
    assert [b["status"] for b in json.loads(result.stdout)] == ["normal", "training"]
    assert "2.xml" in result.stderr


def test_lines_speak_the_locales_language(run: Callable, telegram: Callable[..., bytes], tmp_path: Path) -> None:
    path = tmp_path / "1_VPWW55.xml"
    path.write_bytes(telegram(status="訓練"))
    assert "Weather warning  [exercise or test]" in run("bulletin", "read", path).stdout
    assert "気象警報  【訓練・試験】" in run("bulletin", "read", path, lang="ja_JP.UTF-8").stdout
    assert "開けません" in run("bulletin", "read", tmp_path / "none.xml", lang="ja_JP.UTF-8").stderr


def test_the_official_archive(run: Callable, samples: dict[str, bytes], shared: Path) -> None:
    result = run("bulletin", "read", shared / "bulletins/jma_official_samples.zip")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 546
