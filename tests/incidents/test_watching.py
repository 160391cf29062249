"""``tomoshibi bulletin watch``: what comes is told in a line each; a rehearsal says what became of every telegram."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.incidents.conftest import SAMPLES, TOHOKU
from tests.incidents.test_inbox import drop
from tomoshibi.cli import main
from tomoshibi.incidents.models import BulletinRow, IncidentRow
from tomoshibi.incidents.watching import Watch
from tomoshibi.journal import worlds


def test_each_look_tells_what_came(town: None, sample: Callable[[str], bytes]) -> None:
    watch = Watch()
    assert list(watch.look()) == []
    drop(sample(TOHOKU), TOHOKU)
    drop(b"<broken", "odd.xml")
    (received, rejected) = sorted(watch.look(), key=lambda line: "odd.xml" in line.ja)
    assert "震源・震度" in received.ja and "odd.xml" in rejected.en
    assert IncidentRow.objects.count() == 1
    assert list(watch.look()) == []


@pytest.mark.django_db(databases=["default", "training"])
def test_a_rehearsal_goes_into_the_training_world_and_says_what_became_of_it(
    training_town: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not SAMPLES.is_file():
        pytest.skip("JMA's official samples are not at ../shared/data/bulletins")
    monkeypatch.setattr("tomoshibi.cli.lists.need_setup", lambda: None)
    some = tmp_path / "some.zip"
    with zipfile.ZipFile(SAMPLES) as archive, zipfile.ZipFile(some, "w") as out:
        for name in [n for n in archive.namelist() if "VPWW5" in n][:6]:
            out.writestr(name, archive.read(name))
    command = ["bulletin", "watch", "--replay", str(some), "--weeks", "0.002", "--speed", "0"]
    done = CliRunner().invoke(main, command, env={"LC_ALL": "C"})
    assert (done.exit_code, "0 lost, 0 mistaken" in done.output) == (0, True), done.output
    assert BulletinRow.objects.count() == 35  # of 37, two came twice
    with worlds.inhabit(worlds.REAL):
        assert not BulletinRow.objects.exists()
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    done = CliRunner().invoke(main, [*command[:3], str(tmp_path / "empty.zip")], env={"LC_ALL": "C"})
    assert done.exit_code == 1 and "no telegram" in done.output
