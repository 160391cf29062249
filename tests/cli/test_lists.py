"""``tomoshibi places`` and ``tomoshibi people`` as people and scripts call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.journal.worlds import founded
from tests.people import town
from tests.places.test_geometry import SQUARE, collection
from tomoshibi.cli import main
from tomoshibi.journal import worlds
from tomoshibi.people.models import CallRow, StaffRow
from tomoshibi.places.models import AreaRow, LayerRow, SiteRow

pytestmark = pytest.mark.django_db(databases=["default", "training"])


@pytest.fixture(autouse=True)
def _nodes() -> None:
    founded("default", "training")


def run(*arguments: object, lang: str = "ja_JP.UTF-8") -> Result:
    return CliRunner(env={"LC_ALL": lang, "LC_MESSAGES": "", "LANG": ""}).invoke(main, [*map(str, arguments)])


def test_a_list_of_sites_with_bad_rows(tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text("施設番号,名称,種別\n1,公民館,指定避難所\n2,城,お城\n")
    refused = run("places", "import", file)
    assert refused.exit_code == 1 and "3行" in refused.stderr and "何も取り込んでいません" in refused.stderr
    assert not SiteRow.objects.exists()
    english = run("places", "import", file, "--accept-good", lang="C")
    assert english.exit_code == 0 and "1 new" in english.stdout and "row 3" in english.stderr
    assert SiteRow.objects.get().name == "公民館"


def test_out_and_in_again(tmp_path: Path) -> None:
    town.build()
    for what in ("staff", "sections", "roles", "rules"):
        file = tmp_path / f"{what}.xlsx"
        assert run("people", "export", file, "--list", what).exit_code == 0
        done = run("people", "import", file, "--list", what)
        assert done.exit_code == 0 and "新規0件、変更0件" in done.stdout, done.output
    for what in ("sites", "areas"):
        file = tmp_path / f"{what}.csv"
        assert run("places", "export", file, "--list", what).exit_code == 0
    assert "灯町役場" in (tmp_path / "sites.csv").read_text(encoding="utf-8-sig")
    assert run("people", "export", tmp_path / "staff.doc").exit_code == 1


def test_a_map_layer(tmp_path: Path) -> None:
    file = tmp_path / "hazard.geojson"
    file.write_bytes(collection(SQUARE, {"type": "Point", "coordinates": [37, 140]}))
    terms = ("--name", "浸水想定", "--attribution", "灯市", "--licence", "CC BY 4.0", "--kind", "hazard")
    refused = run("places", "import-layer", file, *terms)
    assert refused.exit_code == 1 and "2番" in refused.stderr
    assert run("places", "import-layer", file, *terms, "--accept-good").exit_code == 0
    assert LayerRow.objects.get().features == 1
    assert run("places", "import-layer", file, *terms[:-1], "castle").exit_code == 2


def test_areas_from_geojson(tmp_path: Path) -> None:
    file = tmp_path / "blocks.geojson"
    file.write_bytes(collection(SQUARE, {"type": "Point", "coordinates": [140, 37]}))
    refused = run("places", "import-areas", file)
    assert refused.exit_code == 1 and "面ではありません" in refused.stderr
    assert "新規1件" in run("places", "import-areas", file, "--accept-good", "--kind", "district").stdout
    assert AreaRow.objects.get().kind == "district"


def test_each_world_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("職員番号,氏名\n1,人\n")
    assert run("people", "import", file, "--training").exit_code == 0
    assert not StaffRow.objects.exists()
    with worlds.inhabit("training"):
        assert StaffRow.objects.count() == 1


def test_calling_out_by_command() -> None:
    town.build()
    assert "参集はありません" in run("people", "call-outs").stdout
    unknown = run("people", "call", "震度9")
    assert unknown.exit_code == 1 and "震度5弱" in unknown.stderr
    assert "3人を招集します" in run("people", "call", "震度4", "--reason", "余震").stdout
    assert CallRow.objects.count() == 3
    (made,) = json.loads(run("people", "call-outs", "--json").stdout)
    assert (made["name"], made["called"], made["no_answer"], made["closed"]) == ("震度4", 3, 3, None)
    assert "called 3" in run("people", "call-outs", lang="C").stdout
