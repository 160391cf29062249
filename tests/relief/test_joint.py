"""All dwellings of an area judged at once: which they are, two people, what each dwelling then says, what stays out."""

from __future__ import annotations

import io
import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.http import urlencode

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import APPLICATION, CLERK, DAY, HEAD, HOUSE, INCIDENT, JUDGE, ME, SURVEYOR, say
from tests.relief.test_dwelling_facts import jpeg
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import datasets, tasks, worlds
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.relief import joint, keys, queries, survey_queries
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.joint import Chosen
from tomoshibi.relief.joint_facts import JointApproved, JointDeclined, JudgedJointly
from tomoshibi.relief.joint_models import JointRow
from tomoshibi.relief.models import CertificateRow, DwellingRow, SurveyRow
from tomoshibi.relief.queueing import History
from tomoshibi.relief.words import Ground, Stage, Standing, Structure, Use
from tomoshibi.vocabulary.damage import DamageClass, Method

pytestmark = pytest.mark.django_db
#: round the house of the tests, and round what stands north of it
SOUTH = ((37.04, 140.88), (37.055, 140.88), (37.055, 140.9), (37.04, 140.9))
FLOOD = "incidents.incident:flood"
FLOODED = date(2024, 9, 8)


@pytest.fixture(autouse=True)
def _town(settings: Any, tmp_path: Any) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    house.shaken()


def place(address: str, **more: Any) -> str:
    """A wooden house of two storeys at an address."""
    ref = keys.dwelling(address)
    said = {"structure": Structure.WOODEN, "storeys": 2, **more}
    record(Draft(DwellingDescribed(address=address, **said), ref), ME)
    return ref


def quarter(count: int = 3, town: str = "灯市平字梅本") -> list[str]:
    """Houses side by side, from north of the first on."""
    return [place(f"{town}{n}番地", lat=37.05 + n / 10000, lon=140.89) for n in range(1, count + 1)]


def incident(ref: str = INCIDENT) -> IncidentRow:
    return IncidentRow.objects.get(subject=ref)


def propose(chosen: Chosen, actor: Any = SURVEYOR, where: str = INCIDENT, **more: Any) -> JointRow:
    """The area as it stands is proposed."""
    ground = more.get("ground", Ground.WASHED_AWAY)
    day = DAY if where == INCIDENT else FLOODED
    places, _ = joint.dwellings(chosen)
    said: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "number": joint.standing(places, where, ground, day).number,
        "name": "梅本",
        "ground": ground,
        "damage_class": DamageClass.DESTROYED,
        "judge_reason": "",
        "seen_on": day + timedelta(2),
        "source": "国土地理院 空中写真",
        "photo": datasets.put(jpeg(), "image/jpeg"),
        **more,
    }
    return JointRow.objects.get(subject=joint.propose(incident(where), chosen, actor, **said))


def approve(row: JointRow, actor: Any = JUDGE) -> int:
    return joint.approve(row, actor, SubjectRow.objects.get(subject=row.subject).head_ids, str(uuid.uuid4()))


def flooded() -> None:
    began = datetime(2024, 9, 8, 1, 0, tzinfo=UTC)
    opened = IncidentOpened(name="豪雨", hazard=Hazard.WIND_AND_FLOOD, began=began)
    record(Draft(opened, FLOOD, incident=FLOOD), ME)


def surveyed(ref: str, sheet: Sheet, where: str = FLOOD, day: date = FLOODED) -> str:
    """A dwelling surveyed by itself; its round."""
    survey = keys.survey(where, ref, 1)
    facts = SurveyPlanned(dwelling=ref, disaster_on=day), Surveyed(sheet=sheet, surveyors="調査員")
    record([Draft(fact, survey, incident=where) for fact in facts], SURVEYOR)
    return survey


def depth(cm: float, force: bool = True) -> Sheet:
    return Sheet(method=Method.FLOOD_WOODEN_DEPTH, depth_cm=cm, force=force)


class TestChoosing:
    def test_by_address_district_and_drawing_all_together(self) -> None:
        district = record(Draft(AreaDescribed(name="中町"), "places.area:naka"), ME)[0].subject
        drawn, listed, named = place("灯市平9番地", lat=37.05, lon=140.89), place("灯市本町二丁目3番4号"), None
        named = place("灯市中町1番地", area=district)
        place("灯市本町2丁目34番地"), place("灯市南10番地", lat=37.2, lon=140.89)
        chosen = Chosen((district,), ("本町2-3", "灯市西町"), SOUTH)
        found, nothing = joint.dwellings(chosen)
        assert set(found) == {drawn, listed, named} and nothing == ["灯市西町"]
        assert chosen.text == "中町、本町2-3、灯市西町、地図で描いた範囲（4点）"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("37.0, 140\nx", "2行目"),
            ("37, 140\n38, 140", "3つ以上"),
            ("37, 140\n38, 141\n37, 141\n38, 140", "交わ"),
            ("nan, 140\n38, 141\n37, 141", "範囲"),
            ("140, 37\n141, 37\n141, 38", "逆"),
        ],
    )
    def test_a_drawing_that_is_none_is_refused_with_its_reason(self, text: str, said: str) -> None:
        with pytest.raises(Refused, match=said):
            joint.read_corners(text)

    def test_what_stays_out_is_named_with_its_reason(self) -> None:
        whole, shed, judged, waits, again = (place(f"灯市平{n}番地") for n in range(1, 6))
        record(Draft(DwellingDescribed(use=Use.SHED), shed), ME)
        leaning = Sheet(method=Method.EARTHQUAKE_WOODEN_FIRST, tilt_mm=60)
        for ref in (judged, again):
            survey = surveyed(ref, leaning, INCIDENT, DAY)
            record(Draft(Judged(damage_class=DamageClass.DESTROYED), survey, incident=INCIDENT), JUDGE)
        surveyed(waits, leaning, INCIDENT, DAY)
        second = SurveyPlanned(dwelling=again, round=2, disaster_on=DAY, reason="内部も見てほしい")
        say(second, keys.survey(INCIDENT, again, 2))
        places, _ = joint.dwellings(Chosen(addresses=("灯市平",)))
        area = joint.standing(places, INCIDENT, Ground.BURNT, DAY)
        assert [m.place.subject for m in area.judged] == [whole]
        told = {m.place.subject: str(m.why) for m in area.out}
        assert told == {
            shed: "住家ではない（物置・車庫（非住家））",
            judged: "判定済み（全壊）",
            waits: "個別の調査票が判定を待っている",
            again: "個別の再調査を予定",
        }

    def test_a_depth_is_for_wooden_houses_of_two_storeys(self) -> None:
        good = place("灯市平1番地")
        for n, more in enumerate(({"storeys": 3}, {"structure": Structure.OTHER}, {"storeys": None}), 2):
            place(f"灯市平{n}番地", **more)
        places, _ = joint.dwellings(Chosen(addresses=("平",)))
        assert len(joint.standing(places, INCIDENT, Ground.WASHED_AWAY, DAY).judged) == 4
        area = joint.standing(places, INCIDENT, Ground.DEPTH, DAY)
        assert [m.place.subject for m in area.judged] == [good] and sum(n for _, n in area.reasons) == 3


class TestJudging:
    def test_one_proposes_another_approves_and_each_dwelling_says_why(self) -> None:
        refs = quarter()
        row = propose(Chosen(corners=SOUTH))
        assert (row.state, row.wanted) == ("proposed", 3) and not SurveyRow.objects.exists()
        with pytest.raises(Refused, match="案を出した本人"):
            approve(row, SURVEYOR.__class__(SURVEYOR.id, "別名", (("headquarters", ""),)))
        assert approve(row) == 3
        for ref in refs:
            found = queries.judgement(INCIDENT, ref)
            assert found is not None and found.joint == row.subject and not found.same_eyes
            assert (found.judged, found.ratio, found.at_least) == ("destroyed", 50.0, True)
            assert found.explanation_ja == (
                "区域「梅本」の一括判定: 流失（国土地理院 空中写真、2024-01-03）→ 全壊。提案 調査員、承認 副市長"
            )
            assert "washed away" in found.explanation_en and (found.surveyors, found.judge) == ("調査員", "副市長")
        assert joint.left(JointRow.objects.get()) == []
        tables = contents()
        rebuild()
        assert contents() == tables

    def test_what_stopped_goes_on_and_twice_is_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        quarter(5)
        row = propose(Chosen(corners=SOUTH))
        monkeypatch.setattr(joint, "BATCH", 2)
        sent, real = [], joint.record

        def failing(drafts: Any, actor: Any) -> Any:
            sent.append(drafts)
            if len(sent) == 3:
                raise Refused(house_on_fire)
            return real(drafts, actor)

        from tomoshibi.vocabulary import T

        house_on_fire = T("停電", "The power is out")
        monkeypatch.setattr(joint, "record", failing)
        with pytest.raises(Refused, match="停電"):
            approve(row)
        row = JointRow.objects.get()
        assert row.state == "approved" and joint.done(row).count() == 2 and len(joint.left(row)) == 3
        assert joint.judge(row, JUDGE) == 3 and joint.judge(row, JUDGE) == 0 and joint.done(row).count() == 5

    def test_what_was_surveyed_by_itself_meanwhile_stays_out(self) -> None:
        mine, *_ = quarter()
        row = propose(Chosen(corners=SOUTH))
        surveyed(mine, Sheet(method=Method.EARTHQUAKE_WOODEN_FIRST, tilt_mm=10), INCIDENT, DAY)
        assert approve(row) == 2
        found = SurveyRow.objects.get(dwelling=mine)
        assert (found.joint, found.judged) == ("", "")

    def test_a_planned_round_is_judged_and_leaves_the_plan(self) -> None:
        mine, *_ = quarter()
        survey = keys.survey(INCIDENT, mine, 1)
        say(SurveyPlanned(dwelling=mine, disaster_on=DAY), survey)
        assert queries.to_survey(INCIDENT).count() == 1
        approve(propose(Chosen(corners=SOUTH)))
        assert SurveyRow.objects.get(dwelling=mine).subject == survey and not queries.to_survey(INCIDENT).exists()

    def test_a_changed_area_is_shown_anew(self) -> None:
        quarter()
        number = joint.standing(joint.dwellings(Chosen(corners=SOUTH))[0], INCIDENT, Ground.BURNT, DAY).number
        place("灯市平77番地", lat=37.05, lon=140.89)
        with pytest.raises(Refused, match="変わりました"):
            propose(Chosen(corners=SOUTH), number=number)

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"photo": ""}, "写真"),
            ({"seen_on": DAY - timedelta(1)}, "災害の日より前"),
            ({"damage_class": DamageClass.HALF}, "理由"),
            ({"damage_class": DamageClass.NONE, "judge_reason": "x", "ground": Ground.DEPTH}, "標本"),
        ],
    )
    def test_a_proposal_that_cannot_be_is_refused(self, more: dict[str, Any], said: str) -> None:
        quarter()
        with pytest.raises(Refused, match=said):
            propose(Chosen(corners=SOUTH), **more)
        assert not JointRow.objects.exists()

    def test_too_many_or_none_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(Refused, match="ありません"):
            propose(Chosen(corners=SOUTH))
        quarter()
        monkeypatch.setattr(joint, "LARGEST", 2)
        with pytest.raises(Refused, match="3棟"):
            propose(Chosen(corners=SOUTH))

    def test_declined_it_reaches_nobody(self) -> None:
        quarter()
        row = propose(Chosen(corners=SOUTH))
        say(JointDeclined(reason="写真が古い"), row.subject, JUDGE)
        row.refresh_from_db()
        assert (row.state, row.reason) == ("declined", "写真が古い")
        with pytest.raises(Refused, match="決定済み"):
            approve(row)
        assert not SurveyRow.objects.exists()

    def test_a_dwelling_that_was_not_approved_cannot_be_slipped_in(self) -> None:
        mine, *_ = quarter()
        other = place("灯市北1番地")
        row = propose(Chosen(corners=SOUTH))
        say(JointApproved(), row.subject, JUDGE)
        row.refresh_from_db()
        fact: dict[str, Any] = {}

        def keep(drafts: Any, actor: Any) -> None:
            fact["it"] = next(d.fact for d in drafts if d.fact.dwelling == mine)

        real, joint.record = joint.record, keep  # type: ignore[assignment]
        try:
            joint.judge(row, JUDGE)
        finally:
            joint.record = real
        right: JudgedJointly = fact["it"]
        wrong = (
            right.model_copy(update={"dwelling": other}),
            right.model_copy(update={"damage_class": DamageClass.HALF}),
            right.model_copy(update={"sheet": depth(10)}),
            right.model_copy(update={"joint": right.joint.model_copy(update={"proposer": "user:9 別人"})}),
        )
        for n, said in enumerate(wrong):
            with pytest.raises(Refused, match="承認された"):
                say(said, f"relief.survey:wrong{n}", JUDGE)
        with pytest.raises(Refused, match="案を出した本人"):
            say(right, keys.survey(INCIDENT, mine, 1), HEAD.__class__("user:2", "調査員", (("approver", ""),)))
        say(right, keys.survey(INCIDENT, mine, 1), JUDGE)

    def test_a_household_asks_for_a_survey_of_its_own_and_certificates_follow(self) -> None:
        house.until("applied")
        row = propose(Chosen(corners=SOUTH))
        approve(row)
        first = SurveyRow.objects.get(dwelling=HOUSE)
        say(house.issued(survey=first.subject, damage_class=DamageClass.DESTROYED), "relief.certificate:c1", CLERK)
        second = keys.survey(INCIDENT, HOUSE, 2)
        say(SurveyPlanned(dwelling=HOUSE, round=2, disaster_on=DAY, reason="流失していない"), second, CLERK)
        say(Surveyed(sheet=house.CRACKED, surveyors="調査員"), second, SURVEYOR)
        say(Judged(damage_class=DamageClass.MEDIUM_HALF), second, JUDGE)
        tasks.tick()
        assert CertificateRow.objects.get().standing == Standing.SUPERSEDED
        found = queries.judgement(INCIDENT, HOUSE)
        assert found is not None and (found.round, found.joint, found.judged) == (2, "", "medium-half")

    def test_a_judgement_is_corrected_as_any_other(self) -> None:
        mine, *_ = quarter()
        approve(propose(Chosen(corners=SOUTH)))
        survey = keys.survey(INCIDENT, mine, 1)
        again = Judged(damage_class=DamageClass.HALF, judge_reason="写真の家は隣だった")
        with pytest.raises(Refused, match="調査した本人"):
            say(again, survey, HEAD.__class__("user:2", "調査員", (("headquarters", ""),)))
        say(again, survey, JUDGE)
        found = SurveyRow.objects.get(dwelling=mine)
        assert (found.judged, found.judge_reason) == ("half", "写真の家は隣だった") and found.joint

    def test_it_tells_nothing_of_how_fast_teams_are(self) -> None:
        house.until("applied")
        waiting = say(house.applied(dwelling=place("灯市西1番地")), "relief.application:a2", CLERK)
        approve(propose(Chosen(corners=SOUTH)))
        assert queries.applications(INCIDENT).get(subject=APPLICATION).stage == Stage.JUDGED
        assert survey_queries.pace(INCIDENT) is None
        forecast = History(INCIDENT).forecast(worlds.now())
        pace = forecast.paces[Stage.APPLIED]
        assert (pace.rate, pace.teams) == (0.0, 0) and forecast.waiting == 2 and waiting.id


class TestSamples:
    def test_all_are_judged_by_the_shallowest_and_named(self) -> None:
        flooded()
        quarter()
        corners = [place(f"灯市角{n}番地", lat=37.05, lon=140.885 + n / 1000) for n in range(4)]
        rounds = [surveyed(ref, depth(cm)) for ref, cm in zip(corners, (230, 190.5, 250, 210), strict=True)]
        row = propose(Chosen(corners=SOUTH), where=FLOOD, ground=Ground.DEPTH, photo="", sampled=rounds)
        assert (row.depth_cm, row.wanted) == (190.5, 3) and set(json.loads(row.samples)) == set(rounds)
        approve(row)
        found = SurveyRow.objects.filter(joint=row.subject).first()
        assert found is not None and (found.judged, found.method) == ("destroyed", "flood-wooden-depth")
        assert "標本4棟のうち最も浅い住家で床上 190.5 cm" in found.explanation_ja
        places = {r.subject: r for r in DwellingRow.objects.filter(subject__in=corners)}
        assert joint.doubts(Ground.DEPTH, joint.samples(places, FLOOD)) == []

    def test_shallower_samples_give_the_class_of_their_depth_with_a_doubt(self) -> None:
        flooded()
        quarter()
        corner = place("灯市角1番地", lat=37.05, lon=140.886)
        survey = surveyed(corner, depth(120))
        with pytest.raises(Refused, match="大規模半壊"):
            propose(Chosen(corners=SOUTH), where=FLOOD, ground=Ground.DEPTH, sampled=[survey])
        large = DamageClass.LARGE_HALF
        row = propose(
            Chosen(corners=SOUTH), where=FLOOD, ground=Ground.DEPTH, sampled=[survey], damage_class=large, photo=""
        )
        approve(row)
        assert SurveyRow.objects.filter(joint=row.subject, judged="large-half").count() == 3
        places = {r.subject: r for r in DwellingRow.objects.filter(subject=corner)}
        assert len(joint.doubts(Ground.DEPTH, joint.samples(places, FLOOD))) == 2

    def test_a_sample_of_another_incident_is_none(self) -> None:
        flooded()
        quarter()
        other = surveyed(place("灯市角1番地", lat=37.05, lon=140.886), depth(200), INCIDENT, DAY)
        with pytest.raises(Refused, match="標本"):
            propose(Chosen(corners=SOUTH), where=FLOOD, ground=Ground.DEPTH, sampled=[other])


class TestPages:
    asked = urlencode({"incident": INCIDENT, "addresses": "平字梅本", "ground": "burnt"})

    @pytest.fixture
    def surveyor(self) -> Client:
        return client_of("surveyor")

    def sent(self, surveyor: Client, **more: Any) -> dict[str, Any]:
        page = surveyor.get(f"/relief/areas/new/?{self.asked}")
        assert page.status_code == 200
        return {
            "id": str(uuid.uuid4()), "number": page.context["area"].number, "name": "梅本", "class": "destroyed",
            "reason": "", "source": "消防の空撮", "seen_on": "2024-01-02",
            "photo": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg"), **more,
        }  # fmt: skip

    def test_from_the_list_to_the_judgement(self, surveyor: Client) -> None:
        refs = quarter()
        assert surveyor.get("/relief/areas/").status_code == 200
        answer = surveyor.post(f"/relief/areas/new/?{self.asked}", self.sent(surveyor))
        assert answer.status_code == 303
        page = surveyor.get(answer["Location"]).content.decode()
        assert "自分が提案した区域は承認できません" in page and "焼失" in page
        judge = client_of("approver")
        shown = judge.get(answer["Location"])
        assert "承認して判定する" in shown.content.decode()
        assert judge.get(f"{answer['Location']}photo").status_code == 200
        said = {"do": "approve", "id": str(uuid.uuid4()), "after": shown.context["after"]}
        assert judge.post(answer["Location"], said).status_code == 303
        page = judge.get(answer["Location"]).content.decode()
        assert "3棟を判定しました" in page
        marks = json.loads(judge.get(f"{answer['Location']}map.geojson").content)["features"]
        assert {m["properties"]["state"] for m in marks} == {"全壊"} and len(marks) == 3
        book = openpyxl.load_workbook(io.BytesIO(judge.get(f"{answer['Location']}?as=xlsx").content))
        told = [[cell.value for cell in line] for line in book.active.iter_rows()]  # type: ignore[union-attr]
        assert ["灯市平字梅本1番地", "木造・プレハブ", 2, "判定済み"] in told
        own = judge.get(f"/relief/dwellings/{refs[0].partition(':')[2]}/").content.decode()
        assert "区域「梅本」の一括判定: 焼失" in own and "区域とその資料" in own
        assert Reading.objects.filter(subject=refs[0]).exists()
        paper = judge.get(f"/relief/dwellings/{refs[0].partition(':')[2]}/sheet-1.pdf?incident={INCIDENT}")
        assert (
            paper.status_code == 200
            and "区域「梅本」"
            in judge.get(f"/relief/judging/{keys.survey(INCIDENT, refs[0], 1).partition(':')[2]}/").content.decode()
        )

    def test_what_is_refused_keeps_what_was_typed_and_the_photograph(self, surveyor: Client) -> None:
        quarter()
        answer = surveyor.post(f"/relief/areas/new/?{self.asked}", self.sent(surveyor, seen_on="2023-12-31"))
        page = answer.content.decode()
        assert answer.status_code == 422 and "災害の日より前" in page and 'value="消防の空撮"' in page
        again = self.sent(surveyor, photo="", photo_kept=answer.context["photo_kept"])
        assert surveyor.post(f"/relief/areas/new/?{self.asked}", again).status_code == 303
        assert JointRow.objects.get().photo == answer.context["photo_kept"]

    def test_bad_input_is_answered_in_words(self, surveyor: Client) -> None:
        quarter()
        for bad in ({"class": "x"}, {"seen_on": "昨日"}, {"id": "x"}, {"name": ""}, {"photo_kept": "x", "photo": ""}):
            answer = surveyor.post(f"/relief/areas/new/?{self.asked}", self.sent(surveyor, **bad))
            assert answer.status_code == 422 and answer.context["refused"], bad
        answer = surveyor.get("/relief/areas/new/?corners=1,2")
        assert answer.status_code == 422 and "3つ以上" in answer.content.decode()
        assert "西町" in surveyor.get("/relief/areas/new/?addresses=西町").content.decode()
        assert not JointRow.objects.exists()

    def test_declining_needs_a_reason_and_who_may_not_is_refused(self, surveyor: Client) -> None:
        quarter()
        address = surveyor.post(f"/relief/areas/new/?{self.asked}", self.sent(surveyor))["Location"]
        head = SubjectRow.objects.get(subject=JointRow.objects.get().subject).head_ids
        said = {"do": "decline", "id": str(uuid.uuid4()), "after": " ".join(head)}
        assert surveyor.post(address, said).status_code == 422
        assert client_of("clerk").post(address, {**said, "reason": "x"}).status_code == 422
        assert client_of("staff").get(address).status_code == 403
        assert client_of("clerk", login="c2").get("/relief/areas/new/").status_code == 403
        assert surveyor.post(address, {**said, "reason": "取り違えた"}).status_code == 303
        assert JointRow.objects.get().state == "declined"

    def test_the_map_of_many_counts_by_cell(self, surveyor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        quarter(4)
        address = f"/relief/areas/new/map.geojson?{self.asked}"
        assert len(json.loads(surveyor.get(address).content)["features"]) == 4
        monkeypatch.setattr("tomoshibi.relief.joint_views.MOST_MARKS", 2)
        (cell,) = json.loads(surveyor.get(address).content)["features"]
        assert cell["properties"]["mark"] == "4"
