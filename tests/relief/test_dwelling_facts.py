"""Who lives in a dwelling, its photographs, the emergency marking, teams and what they are assigned."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from PIL import ExifTags, Image

from tests.journal.case import FactCase
from tests.journal.worlds import founded
from tests.relief import house
from tests.relief.house import CLERK, HEAD, HOUSE, HOUSEHOLD, INCIDENT, JUDGE, SURVEY, SURVEYOR, say
from tomoshibi.journal import datasets
from tomoshibi.journal.access import linked
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.relief import keys, photographs
from tomoshibi.relief.dwelling_facts import (
    HoldersTold,
    HouseholdPlaced,
    Photographed,
    PhotographWithdrawn,
    ResidenceCancelled,
    RiskMarked,
)
from tomoshibi.relief.models import PhotographRow, RiskRow, SurveyRow
from tomoshibi.relief.survey_facts import SurveyAssigned, TeamDescribed, TeamDisbanded
from tomoshibi.relief.words import Risk, Tenure

RESIDENCE, TEAM = keys.residence(HOUSE, HOUSEHOLD), "relief.team:a"
placed = HouseholdPlaced(dwelling=HOUSE, household=HOUSEHOLD, tenure=Tenure.RENTED, since=date(2010, 4, 1))
DESCRIBED = Draft(house.dwelling, HOUSE)
PLANNED = Draft(house.planned, SURVEY, incident=INCIDENT)


def jpeg(*, where: bool = True, size: tuple[int, int] = (3000, 2000)) -> bytes:
    """A photograph as a telephone writes it: place, device, time, and lying on its side."""
    image, exif, out = Image.new("RGB", size, (120, 90, 60)), Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "SECRETPHONE"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:01:03 10:20:30"
    if where:
        exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (37.0, 3.0, 1.5)
    image.save(out, "JPEG", exif=exif, comment=b"SECRETCOMMENT")
    return out.getvalue()


class TestHouseholdPlaced(FactCase):
    fact = placed
    subject = RESIDENCE
    before = (DESCRIBED,)
    actor = CLERK
    strangers = (SURVEYOR, JUDGE)
    refused = (placed.model_copy(update={"until": date(2009, 1, 1)}),)

    def holds(self, state: Any) -> None:
        (row,) = state.rows()
        assert (row.values["household"], row.values["tenure"]) == (HOUSEHOLD, "rented")


class TestHoldersTold(FactCase):
    fact = HoldersTold(owner="灯不動産", tenants=["店　子"])
    subject = keys.holders(HOUSE)
    before = (DESCRIBED,)
    actor = CLERK
    strangers = (SURVEYOR, JUDGE)

    def holds(self, state: Any) -> None:
        (row,) = state.rows()
        assert (row.values["owner"], row.values["tenants"]) == ("灯不動産", '["店　子"]')


class TestResidenceCancelled(FactCase):
    fact = ResidenceCancelled(reason="隣の棟")
    subject = RESIDENCE
    before = (DESCRIBED, Draft(placed, RESIDENCE))
    actor = CLERK
    strangers = (SURVEYOR,)
    refused = (ResidenceCancelled(reason="隣の棟"),)

    def holds(self, state: Any) -> None:
        assert list(state.rows()) == []


class TestRiskMarked(FactCase):
    fact = RiskMarked(dwelling=HOUSE, mark=Risk.UNSAFE, note="隣家が倒れかかる", inspector="判定士 一郎")
    subject = keys.risk(INCIDENT, HOUSE)
    before = (DESCRIBED,)
    incident = INCIDENT
    actor = SURVEYOR
    strangers = (CLERK, JUDGE)

    def holds(self, state: Any) -> None:
        assert RiskRow.objects.get().mark == "unsafe"
        assert not SurveyRow.objects.exists(), "it says nothing of the class of damage"


class TestTeamDescribed(FactCase):
    fact = TeamDescribed(name="第1班", members=["調査 一郎", "応援 花子"], per_day=12)
    subject = TEAM
    incident = INCIDENT
    actor = HEAD
    strangers = (CLERK, JUDGE)
    refused = (TeamDescribed(name=" "),)


class TestTeamDisbanded(FactCase):
    fact = TeamDisbanded()
    subject = TEAM
    before = (Draft(TestTeamDescribed.fact, TEAM, incident=INCIDENT),)
    incident = INCIDENT
    actor = HEAD
    strangers = (CLERK,)
    refused = (TeamDisbanded(),)


class TestSurveyAssigned(FactCase):
    fact = SurveyAssigned(team=TEAM, planned_on=date(2024, 1, 6), stop=3)
    subject = SURVEY
    before = (DESCRIBED, PLANNED)
    incident = INCIDENT
    actor = HEAD
    strangers = (CLERK, JUDGE)

    def holds(self, state: Any) -> None:
        row = SurveyRow.objects.get()
        assert (row.team, row.stop, row.planned_on, row.dwelling) == (TEAM, 3, date(2024, 1, 6), HOUSE)


@pytest.mark.django_db
class TestPhotographs:
    @pytest.fixture(autouse=True)
    def _house(self, tmp_path: Any, settings: Any) -> None:
        settings.TOMOSHIBI_HOME = tmp_path
        house.town()
        house.until("planned")

    def test_nothing_of_where_it_was_taken_is_kept(self) -> None:
        raw = jpeg()
        assert b"SECRETPHONE" in raw and b"SECRETCOMMENT" in raw
        (own,) = photographs.drafts([raw], HOUSE)
        say(own.fact, own.subject, SURVEYOR)
        (draft,) = photographs.drafts([raw, raw], HOUSE, SURVEY, incident=INCIDENT)  # the same twice is one
        say(draft.fact, draft.subject, SURVEYOR)
        row = PhotographRow.objects.get()
        assert (row.width, row.height, row.about) == (1067, 1600, SURVEY), "upright, small, and the survey's"
        assert row.taken_at is not None and row.taken_at.isoformat() == "2024-01-03T01:20:30+00:00"
        kept = datasets.require(row.photo).read_bytes()
        assert b"SECRET" not in kept and b"Exif" not in kept and len(kept) < 300_000
        with Image.open(io.BytesIO(kept)) as image:
            assert not image.getexif() and "comment" not in image.info

    def test_what_is_no_photograph_is_refused(self) -> None:
        for content, why in (
            (b"x" * 10, "画像として読めません"),
            (jpeg()[:5000], "画像が壊れています"),
            (b"\xff" * (26 << 20), "25 MB 以下"),
        ):
            with pytest.raises(Refused, match=why):
                photographs.drafts([content], HOUSE)
        with pytest.raises(Refused, match="20 枚まで"):
            photographs.drafts([b""] * 21, HOUSE)

    def test_it_can_be_taken_back(self) -> None:
        (draft,) = photographs.drafts([jpeg(where=False)], HOUSE)
        say(draft.fact, draft.subject, SURVEYOR)
        say(PhotographWithdrawn(reason="隣の家"), draft.subject, SURVEYOR)
        assert not PhotographRow.objects.exists()
        with pytest.raises(Refused):
            say(PhotographWithdrawn(reason="もう一度"), draft.subject, SURVEYOR)

    def test_a_picture_that_is_not_here_is_no_photograph(self) -> None:
        with pytest.raises(Refused, match="この端末にありません"):
            say(Photographed(dwelling=HOUSE, photo="0" * 64), keys.photograph(HOUSE, "0" * 64), SURVEYOR)


@pytest.mark.django_db
def test_a_teams_link_enters_sheets_of_its_incident_only() -> None:
    founded("default")
    house.until("planned")
    say(TestTeamDescribed.fact, TEAM, HEAD)
    holder = linked("team:a", "第1班", [("relief.surveyed", TEAM)])
    other = linked("team:b", "よそ", [("relief.surveyed", "relief.team:elsewhere")])
    with pytest.raises(Forbidden):
        say(house.surveyed, SURVEY, other)
    with pytest.raises(Forbidden):
        say(house.judged, SURVEY, holder)
    say(house.surveyed, SURVEY, holder)
    assert SurveyRow.objects.get().surveyed_at is not None
