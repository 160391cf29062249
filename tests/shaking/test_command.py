"""``tomoshibi intensity`` as people and scripts call it."""

import json

import pytest
from click.testing import CliRunner

from tests.shaking.files import WAVEFORMS, needs_waveforms, write_knet
from tomoshibi.cli import main


def run(*arguments, lang="C"):
    env = {"LC_ALL": lang, "LC_MESSAGES": "", "LANG": ""}
    return CliRunner(env=env).invoke(main, ["intensity", *map(str, arguments)])


def test_a_table_in_the_language_of_the_locale(tmp_path):
    files = write_knet(tmp_path)
    english, japanese = run(*files), run(*files, lang="ja_JP.UTF-8")
    assert english.exit_code == japanese.exit_code == 0
    assert "TST001" in english.stdout
    assert "Station" in english.stdout
    assert "観測点" in japanese.stdout


def test_json_is_the_same_in_every_language(tmp_path):
    files = write_knet(tmp_path, ("NS1", "EW1", "UD1", "NS2", "EW2", "UD2"))
    result = run("--json", *files)
    assert result.stdout == run("--json", *files, lang="ja_JP.UTF-8").stdout
    objects = json.loads(result.stdout)
    assert [(o["station"], o["sensor"]) for o in objects] == [("TST001", "borehole"), ("TST001", "surface")]
    for o in objects:
        assert {"station", "intensity", "raw", "class", "pga_gal"} <= o.keys()
        assert o["intensity"] == round(o["intensity"], 1)
        assert abs(o["raw"] - o["intensity"]) <= 0.1


def test_one_bad_record_does_not_stop_the_others(tmp_path):
    whole = write_knet(tmp_path)
    part = write_knet(tmp_path, ("NS", "UD"), stem="TST0020001010000", station="TST002")
    result = run("--json", *part, *whole)
    assert result.exit_code == 1
    assert [o["station"] for o in json.loads(result.stdout)] == ["TST001"]
    assert str(part[0]) in result.stderr
    assert "EW" in result.stderr
    assert "成分" in run(*part, *whole, lang="ja_JP.UTF-8").stderr


@needs_waveforms
@pytest.mark.parametrize(("file", "intensity", "klass"), [("AA06EA01", 5.1, "5強"), ("Q4149CF2", 5.7, "6弱")])
def test_published_values(file, intensity, klass):
    [found] = json.loads(run("--json", WAVEFORMS / "jma_csv" / f"{file}.csv").stdout)
    assert (found["intensity"], found["class"]) == (intensity, klass)
