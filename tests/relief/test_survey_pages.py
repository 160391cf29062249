"""Planning, a team's day and its tablet: pages, what is recorded, who may."""

from __future__ import annotations

import io
import json
import re
import uuid
from datetime import date, timedelta
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import HEAD, INCIDENT, SURVEYOR, say
from tests.relief.test_dwelling_facts import jpeg
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import field_links, keys, panels, queries, survey_queries
from tomoshibi.relief.dwelling_facts import RiskMarked
from tomoshibi.relief.facts import DwellingDescribed
from tomoshibi.relief.models import PhotographRow, SurveyRow, TeamRow
from tomoshibi.relief.subjects import Dwelling
from tomoshibi.relief.survey_facts import TeamDescribed, TeamDisbanded
from tomoshibi.relief.words import Risk, Structure
from tomoshibi.vocabulary.damage import Method

pytestmark = pytest.mark.django_db
PLANNING = f"/relief/planning/?incident={INCIDENT}"


@pytest.fixture(autouse=True)
def _town(settings: Any, tmp_path: Any) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    house.shaken()


@pytest.fixture
def head() -> Client:
    return client_of("headquarters")


def dwellings(count: int, first: int = 0) -> list[str]:
    """Houses along a road, each applied for."""
    refs = [Dwelling.ref(f"h{n:04}") for n in range(first, first + count)]
    drafts = []
    for n, ref in enumerate(refs, first):
        described = DwellingDescribed(
            address=f"灯市本町{n + 1}番地", lat=37.0 + n / 5000, lon=140.8, structure=Structure.WOODEN, storeys=2
        )
        applied = house.applied(
            dwelling=ref, damaged_address=f"灯市本町{n + 1}番地", household=f"residents.household:{n}"
        )
        drafts += [Draft(described, ref), Draft(applied, f"relief.application:p{n}", incident=INCIDENT)]
    record(drafts, system("test"))
    return refs


def teams(*per_day: int) -> list[str]:
    found = []
    for n, each in enumerate(per_day, 1):
        ref = keys.team(INCIDENT, f"第{n}班")
        say(TeamDescribed(name=f"第{n}班", members=[f"班員{n}"], per_day=each), ref, HEAD)
        found.append(ref)
    return found


def assigned() -> dict[str, tuple[str, date | None, int]]:
    return {r.dwelling: (r.team, r.planned_on, r.stop) for r in SurveyRow.objects.all()}


def test_a_plan_is_recorded_once_and_said_when_it_ends(head: Client) -> None:
    refs = dwellings(10)
    assert "班を編成すると" in head.get(PLANNING).content.decode()
    assert head.post(PLANNING, {"first": str(survey_queries.today()), "days": "2", "second": "3"}).status_code == 422
    one, two = teams(3, 3)
    html = head.get(PLANNING).content.decode()
    assert re.findall(r'class="number">([^<]+)<', html)[:3] == ["10", "6", "2日"]
    seen = survey_queries.capacity(INCIDENT)
    assert (seen.remaining, seen.per_day, seen.days) == (10, 6, 2)
    first = survey_queries.today() + timedelta(1)
    asked = {"incident": INCIDENT, "first": str(first), "days": "1", "second": "3"}
    answer = head.post(PLANNING, asked)
    assert answer.status_code == 303
    assert "6棟を割り当てました" in head.get(answer["Location"]).content.decode()
    days = assigned()
    assert len(days) == 6 and {d for _, d, _ in days.values()} == {first}
    assert sorted(stop for team, _, stop in days.values() if team == one) == [1, 2, 3]
    before = EntryRow.objects.count()
    head.post(PLANNING, asked)
    assert EntryRow.objects.count() == before, "the same plan says nothing new"
    head.post(PLANNING, asked | {"days": "2"})
    assert set(assigned()) == set(refs) and max(d for _, d, _ in assigned().values() if d) == first + timedelta(1)
    for wrong in ({"days": "x"}, {"days": "99"}, {"first": "2020-01-01"}, {"second": "0"}):
        assert head.post(PLANNING, asked | wrong).status_code == 422
    say(TeamDisbanded(), two, HEAD)
    head.post(PLANNING, asked)
    assert {t for t, _, _ in assigned().values()} == {one, ""}, "what no longer fits is nobody's"


def test_how_far_each_district_is(head: Client) -> None:
    refs = dwellings(7)
    for ref in refs[:4]:
        say(DwellingDescribed(area="places.area:hon"), ref)
    for ref in refs[4:6]:
        say(DwellingDescribed(area="places.area:taira"), ref)
    teams(2)
    first = survey_queries.today()
    head.post(PLANNING, {"incident": INCIDENT, "first": str(first), "days": "2", "second": "3"})
    done = SurveyRow.objects.filter(planned_on=first).order_by("dwelling")[0]
    say(house.surveyed, done.subject, SURVEYOR)
    say(house.judged, done.subject, house.JUDGE)
    found = {d.area: d for d in survey_queries.districts(INCIDENT)}
    assert {a: d.waiting + d.surveyed for a, d in found.items()} == {
        "places.area:hon": 4,
        "places.area:taira": 2,
        "": 1,
    }
    assert sum(d.assigned for d in found.values()) == 3, "a team's two days of two, less what is done"
    assert sum(d.surveyed for d in found.values()) == sum(d.judged for d in found.values()) == 1
    days = [d for f in found.values() if f.assigned for d in (f.first, f.last)]
    assert (min(days), max(days)) == (first, first + timedelta(1))
    assert [d.waiting for d in survey_queries.districts(INCIDENT)] == sorted(
        (d.waiting for d in found.values()), reverse=True
    )
    html = head.get(PLANNING).content.decode()
    assert "地区ごと" in html and "地区不明" in html


def test_a_second_survey_weighs_more(head: Client) -> None:
    (ref,) = dwellings(1)
    teams(3)
    survey = keys.survey(INCIDENT, ref, 1)
    say(house.planned.model_copy(update={"dwelling": ref}), survey)
    say(house.surveyed, survey, SURVEYOR)
    say(house.judged, survey, house.JUDGE)
    assert survey_queries.capacity(INCIDENT).remaining == 0
    again = house.planned.model_copy(update={"dwelling": ref, "round": 2, "reason": "内部を見てほしい"})
    say(type(again)(**again.model_dump()), keys.survey(INCIDENT, ref, 2))
    seen = survey_queries.capacity(INCIDENT)
    assert (seen.remaining, seen.load, seen.days, seen.pace) == (1, 3.0, 1, 1.0)
    assert survey_queries.stops(INCIDENT, survey_queries.today())[ref].load == 3.0


def test_a_teams_day_its_map_its_paper_and_moving(head: Client) -> None:
    refs = dwellings(4)
    one, two = teams(2, 2)
    first = survey_queries.today()
    head.post(PLANNING, {"incident": INCIDENT, "first": str(first), "days": "1", "second": "3"})
    page = f"/relief/planning/{one.partition(':')[2]}/{first}/"
    html = head.get(page).content.decode()
    assert "灯市本町1番地" in html or "灯市本町3番地" in html
    drawn = json.loads(head.get(f"{page}route.geojson").content)["features"]
    assert [f["geometry"]["type"] for f in drawn] == ["LineString", "Point", "Point"]
    assert [f["properties"].get("mark") for f in drawn[1:]] == ["1", "2"]
    assert head.get(f"{page}route.pdf").content.startswith(b"%PDF")
    sheets = head.get(f"{page}sheets.pdf").content
    assert len(pypdf.PdfReader(io.BytesIO(sheets)).pages) == 2, "a page for each dwelling"
    for method in (Method.FLOOD_WOODEN_DEPTH, Method.WIND_WOODEN, Method.GROUND):  # each fits on its page
        sheets = head.get(f"{page}sheets.pdf?method={method.value}").content
        assert len(pypdf.PdfReader(io.BytesIO(sheets)).pages) == 2, method
    mine = list(SurveyRow.objects.filter(team=one))
    moved = {"survey": [mine[0].subject.partition(":")[2]], "team": two.partition(":")[2], "day": str(first)}
    assert head.post(page, {**moved, "survey": []}).status_code == 422
    assert head.post(page, moved).status_code == 303
    assert SurveyRow.objects.get(subject=mine[0].subject).team == two
    assert SurveyRow.objects.get(subject=mine[0].subject).stop == 3
    assert head.post(page, {**moved, "team": ""}).status_code == 303
    assert SurveyRow.objects.get(subject=mine[0].subject).team == ""
    assert {p.assigned for p in survey_queries.progress(INCIDENT)} == {1, 2}
    assert head.get(f"/relief/planning/{one.partition(':')[2]}/yesterday/").status_code == 404
    assert len(refs) == SurveyRow.objects.count()


def test_the_list_names_teams_and_the_map_gathers_what_is_much(head: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = dwellings(3)
    teams(5)
    head.post(PLANNING, {"incident": INCIDENT, "first": str(survey_queries.today()), "days": "1", "second": "3"})
    html = client_of("surveyor").get("/relief/surveys/").content.decode()
    assert f"{survey_queries.today()} 第1班" in html and "relief.team:" not in html
    for ref in refs:
        say(house.surveyed, keys.survey(INCIDENT, ref, 1), SURVEYOR)
        say(RiskMarked(dwelling=ref, mark=Risk.LIMITED), keys.risk(INCIDENT, ref), SURVEYOR)
    assert len(panels.features(INCIDENT)) == 3
    monkeypatch.setattr(panels, "MOST_MARKS", 2)
    cells = [f["properties"] for f in panels.features(INCIDENT)]
    assert (
        0 < len(cells) <= 7
        and sum(int(c["mark"]) for c in cells) == 3
        and {c["state"] for c in cells} == {"中規模半壊"}
    )
    assert {(f["properties"]["state"], f["properties"]["shape"]) for f in panels.risks(INCIDENT)} == {
        ("要注意（黄）", "triangle")
    }


def test_planning_asks_as_often_for_forty_houses_as_for_four(head: Client) -> None:
    asked = {"incident": INCIDENT, "first": str(survey_queries.today()), "days": "5", "second": "3"}
    teams(8, 8)
    counts: dict[str, list[int]] = {}
    surveyor = client_of("surveyor")
    for first, count in ((0, 4), (4, 36)):
        dwellings(count, first)
        head.post(PLANNING, asked)
        team = TeamRow.objects.order_by("name")[0].subject.partition(":")[2]
        pages = (PLANNING, f"/relief/planning/{team}/{survey_queries.today()}/", "/relief/surveys/",
                 f"/relief/field/{team}/")  # fmt: skip
        for page in pages:
            client = surveyor if "field" in page else head
            with CaptureQueriesContext(connection) as caught:
                assert client.get(page).status_code == 200
            counts.setdefault(page, []).append(len(caught))
    assert all(few >= many - 1 for few, many in counts.values()), counts


class TestTablet:
    @pytest.fixture(autouse=True)
    def _day(self, _town: None, head: Client) -> None:
        self.refs = dwellings(2)
        (self.team,) = teams(5)
        head.post(PLANNING, {"incident": INCIDENT, "first": str(survey_queries.today()), "days": "1", "second": "3"})
        self.row = SurveyRow.objects.order_by("stop")[0]

    def sheet(self, **changes: Any) -> dict[str, Any]:
        said = {
            "id": str(uuid.uuid4()), "survey": self.row.subject.partition(":")[2], "method": "earthquake-wooden-1",
            "wall-4": "40", "surveyors": "班員1", "ago": "7200",
        }  # fmt: skip
        return said | changes

    def test_a_sheet_of_two_hours_ago_with_photographs(self) -> None:
        page = field_links.address(TeamRow.objects.get())
        tablet = Client(enforce_csrf_checks=True)
        html = tablet.get(page).content.decode()
        assert "灯市本町1番地" in html and "灯　太郎" not in html, "addresses, and nobody's name"
        figures = json.loads(re.findall(r'id="figures" type="application/json">(.+?)</script>', html)[0])
        assert figures["rules"]["2024-01-01"]["ground"]["tilts"][0] == [1, 20, 50]
        assert "caches.open" in tablet.get(f"{page}worker.js").content.decode()
        sent = self.sheet(photo=SimpleUploadedFile("a.jpg", jpeg(size=(300, 200))), taken="2024-01-03T00:00:00Z")
        assert tablet.post(page, sent).status_code == 204
        row = SurveyRow.objects.get(subject=self.row.subject)
        assert row.ratio == 22.5 and row.surveyed_at is not None
        assert timedelta(hours=1.9) < worlds.now() - row.surveyed_at < timedelta(hours=2.1)
        assert PhotographRow.objects.get().about == row.subject
        entries = EntryRow.objects.count()
        again = {**sent, "photo": SimpleUploadedFile("a.jpg", jpeg(size=(300, 200)))}
        assert tablet.post(page, again).status_code == 204
        assert EntryRow.objects.count() == entries, "sent twice, recorded once"

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"wall-4": "140"}, "100"),
            ({"surveyors": " "}, "調査員"),
            ({"method": "nonsense"}, "調査票を選んで"),
            ({"survey": "nowhere"}, "予定されていません"),
            ({"method": "self-judged", "agreed": "1"}, "写真が必要"),
            ({"photo": SimpleUploadedFile("a.jpg", b"no picture")}, "画像として読めません"),
        ],
    )
    def test_what_is_refused_is_said_and_nothing_is_recorded(self, changes: dict[str, Any], why: str) -> None:
        page = field_links.address(TeamRow.objects.get())
        entries = EntryRow.objects.count()
        answer = Client().post(page, self.sheet(**changes))
        assert answer.status_code == 422 and why in answer.json()["text"]
        assert EntryRow.objects.count() == entries

    def test_a_link_runs_out_and_sees_nothing_else(self) -> None:
        page = field_links.address(TeamRow.objects.get())
        for other in ("/relief/surveys/", "/relief/dwellings/h0000/", PLANNING):
            assert Client().get(other).status_code in (302, 403)
        assert Client().get(page.replace("/s/", "/s/x")).status_code == 403
        with worlds.at(worlds.now() + timedelta(days=4)):
            assert Client().get(page).status_code == 403
        say(TeamDisbanded(), self.team, HEAD)
        assert Client().get(page).status_code == 403

    def test_whoever_signs_in_as_a_surveyor_has_the_same_page(self) -> None:
        page = f"/relief/field/{self.team.partition(':')[2]}/"
        surveyor = client_of("surveyor")
        assert surveyor.get(page).status_code == 200
        assert client_of("clerk").get(page).status_code == 403
        assert surveyor.post(page, self.sheet()).status_code == 204
        assert queries.to_judge(INCIDENT).count() == 1
