"""``tomoshibi drill`` and ``tomoshibi incident`` as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.incidents.conftest import TOHOKU, found_town, sample  # noqa: F401
from tomoshibi.cli import main
from tomoshibi.incidents import inbox
from tomoshibi.incidents.demo import FILE
from tomoshibi.incidents.models import IncidentRow


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: object) -> Callable[..., Result]:
    settings.TOMOSHIBI_HOME = tmp_path
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    yield lambda *arguments: CliRunner().invoke(main, [str(a) for a in arguments])
    inbox._seen.clear()


def test_the_shipped_scenarios_are_listed(run: Callable[..., Result]) -> None:
    assert "first-hour  最初の1時間" in run("drill", "list").output
    listed = json.loads(run("drill", "list", "--json").output)
    assert {"name", "ja", "en", "minutes", "steps"} == set(listed[0])


def test_a_scenario_is_checked(run: Callable[..., Result], tmp_path: Path) -> None:
    assert run("drill", "check", "first-hour").exit_code == 0
    bad = tmp_path / "bad.toml"
    bad.write_text('title = "t"\n[[step]]\nat = "soon"\nsay = "x"\n', encoding="utf-8")
    done = run("drill", "check", bad)
    assert done.exit_code == 1
    assert "bad.toml:3: " in done.stderr


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "inf", "nan"])
def test_a_speed_that_is_none_is_refused(run: Callable[..., Result], speed: str) -> None:
    assert run("drill", "run", "first-hour", "--speed", speed).exit_code == 2


def test_a_trigger_table_is_checked(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("incident", "rules", FILE)
    assert done.exit_code == 0, done.output
    bad = tmp_path / "bad.toml"
    bad.write_text(FILE.read_text(encoding="utf-8").replace('intensity = "3"', 'intensity = "5弱"'), encoding="utf-8")
    assert run("incident", "rules", bad).exit_code == 1


@pytest.mark.django_db
def test_telegrams_are_handed_in_by_command(
    run: Callable[..., Result],
    tmp_path: Path,
    sample: Callable[[str], bytes],  # noqa: F811
) -> None:
    found_town("07204", "いわき市")
    good, bad = tmp_path / TOHOKU, tmp_path / "bad.xml"
    good.write_bytes(sample(TOHOKU))
    bad.write_bytes(b"no")
    assert "事案はありません" in run("incident", "list").output
    done = run("incident", "receive", good, bad)
    assert done.exit_code == 1
    assert "bad.xml" in done.stderr
    row = IncidentRow.objects.get()
    assert row.key in run("incident", "list").output
    assert json.loads(run("incident", "list", "--json").output)[0]["posture"] == "third"
    for name in ("t.pdf", "t.csv", "t.xlsx"):
        assert run("incident", "timeline", row.key, tmp_path / name).exit_code == 0
        assert (tmp_path / name).stat().st_size > 100
    assert run("incident", "timeline", row.key, tmp_path / "t.doc").exit_code == 1
    assert run("incident", "timeline", "none", tmp_path / "t.pdf").exit_code == 1
