"""The figure of a record: drawn in both languages, the same each time, and only for one record."""

import pytest
from click.testing import CliRunner

from tests.shaking.files import write_knet
from tomoshibi import shaking
from tomoshibi.cli import main
from tomoshibi.shaking.plot import draw, figure
from tomoshibi.vocabulary import speak


@pytest.mark.parametrize(("language", "word"), [("ja", "計測震度"), ("en", "measured intensity")])
def test_what_the_figure_says(tmp_path, language, word):
    record = shaking.read_record(*write_knet(tmp_path))
    with speak(language):
        made = figure(record)
        measured = shaking.measured_intensity(record).measured
    title = made.get_suptitle()
    assert word in title
    assert f"{measured:.1f}" in title
    assert "TST001" in title
    assert len(made.axes) == 6


@pytest.mark.parametrize(("ending", "magic"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")])
def test_the_same_record_gives_the_same_file(tmp_path, ending, magic):
    record = shaking.read_record(*write_knet(tmp_path))
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    draw(record, one)
    draw(record, two)
    assert one.read_bytes().startswith(magic)
    assert one.read_bytes() == two.read_bytes()


def test_the_command_draws_one_record(tmp_path):
    files = write_knet(tmp_path)
    runner = CliRunner(env={"LC_ALL": "C"})
    out = tmp_path / "a.png"
    assert runner.invoke(main, ["intensity", *map(str, files), "--plot", str(out)]).exit_code == 0
    assert out.stat().st_size > 10_000
    more = write_knet(tmp_path, stem="TST0020001010000", station="TST002")
    assert runner.invoke(main, ["intensity", *map(str, files + more), "--plot", str(out)]).exit_code == 2
    assert runner.invoke(main, ["intensity", *map(str, files), "--plot", str(tmp_path / "a.bmp")]).exit_code == 2
