"""Facts of relief in a scenario: 2011 replayed in the training world, with the classes and dates of its day."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest

from tomoshibi.drills.running import play
from tomoshibi.drills.scenario import load
from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.laws import breaches
from tomoshibi.relief import issuing, queries, signing
from tomoshibi.relief.models import CertificateRow, SurveyRow

SCENARIO = """title = { ja = "試し", en = "A try" }
origin = 2011-03-11T14:46:00+09:00

[[step]]
at = "0:10"
fact = "incidents.opened"
fields = { name = "東北地方太平洋沖地震", hazard = "earthquake", began = 2011-03-11T14:46:00+09:00 }
[[step]]
at = "420:14"                          # 2011-03-29 03:00
fact = "relief.dwelling_described"
as = "house"
fields = { address = "いわき市平字梅本21番地", structure = "wooden" }
[[step]]
at = "427:14"
fact = "relief.applied"
as = "asked"
by = "総合窓口"

[step.fields]
applicant = "灯　太郎"
householder = "灯　太郎"
householder_address = "いわき市平字梅本21番地"
members = [{ name = "灯　太郎", relation = "世帯主" }]
dwelling = "&house"
damaged_address = "いわき市平字梅本21番地"
cause = "平成23年3月11日の東北地方太平洋沖地震"

[[step]]
at = "430:00"
fact = "relief.survey_planned"
as = "round"
fields = { dwelling = "&house", disaster_on = 2011-03-11 }
[[step]]
at = "480:00"
fact = "relief.surveyed"
of = "round"
by = "家屋調査班"

[step.fields]
surveyors = "家屋調査班"

[step.fields.sheet]
method = "earthquake-wooden-1"
seen = [
  { part = "roof", degree = 3, share = 50 },
  { part = "wall", degree = 4, share = 40 },
  { part = "wall", degree = 3, share = 20 },
]

[[step]]
at = "500:00"
fact = "relief.judged"
of = "round"
by = "資産税課"
fields = { damage_class = "half" }
[[step]]
at = "570:14"                          # 2011-04-04 09:00
fact = "relief.certificate_issued"
by = "総合窓口"

[step.fields]
serial = "2011-T2JKPA-000001"
application = "&asked"
dwelling = "&house"
survey = "&round"
householder = "灯　太郎"
householder_address = "いわき市平字梅本21番地"
cause = "平成23年3月11日の東北地方太平洋沖地震"
damaged_address = "いわき市平字梅本21番地"
damage_class = "half"
disaster_on = 2011-03-11
issued_on = 2011-04-04
issuer = "いわき市長"
"""


@pytest.mark.django_db(databases=["default", "training"])
def test_2011_with_the_classes_of_its_day(tmp_path: Path, settings: object) -> None:
    settings.TOMOSHIBI_HOME = tmp_path / "home"  # type: ignore[attr-defined]
    (tmp_path / "home").mkdir()
    nodes.found("real")
    with worlds.inhabit(worlds.TRAINING):
        nodes.found("training")
    path = tmp_path / "try.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    play(load(path), tmp_path / "out")
    with worlds.inhabit(worlds.TRAINING):
        survey, row = SurveyRow.objects.get(), CertificateRow.objects.get()
        assert (survey.ratio, survey.proposed, survey.judge) == (33.75, "half", "資産税課")
        assert f"{survey.surveyed_at:%Y-%m-%d}" == "2011-03-31"
        assert (row.damage, f"{row.issued_at:%Y-%m-%d %H:%M}") == ("半壊", "2011-04-04 00:00")
        assert queries.queue().issued == 1
        assert [law.name for law, _ in breaches() if law.name.startswith("relief.")] == []
        made = issuing.pdf(row)
        found = signing.verify_pdf(made, issuing.trusted())
    assert (found.verdict, found.items["training"]) == ("genuine", True)
    text = pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text()
    assert "平成23年4月4日" in text
    assert not CertificateRow.objects.exists(), "nothing of a drill is in the real world"
