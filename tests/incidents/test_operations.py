"""The operations room: five questions, told by the rooms; the map as GeoJSON and as a list; calm in normal times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.incidents.conftest import TOHOKU
from tests.incidents.test_inbox import drop, work
from tests.incidents.test_pages import user
from tomoshibi.incidents import mapping, panels, telling
from tomoshibi.incidents.facts import IncidentClosed, IncidentOpened, ReportSent
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.panels import MapLayer, Told
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard, Report
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people import calling
from tomoshibi.people import queries as people
from tomoshibi.people.call_facts import Arrived, CallAnswered
from tomoshibi.people.facts import RoleAssigned, RoleDescribed, StaffDescribed
from tomoshibi.people.subjects import Role, Staff
from tomoshibi.people.words import Answer, Safety, Time
from tomoshibi.places.facts import AreaDescribed, SiteDescribed
from tomoshibi.places.subjects import Area, AreaKind, Site, SiteKind
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.web import shell

ME = system("test")
HQ = Actor("user:honbu", "本部", (("headquarters", ""),))


@pytest.fixture
def honbu(town: None) -> Client:
    return user("honbu", "headquarters")


@pytest.fixture
def quake(town: None, sample: Callable[[str], bytes]) -> IncidentRow:
    drop(sample(TOHOKU))
    work()
    return IncidentRow.objects.get()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No room tells anything but what this test registers."""
    monkeypatch.setattr(panels, "_tellers", {panel: [] for panel in panels.PANELS})
    monkeypatch.setattr(panels, "_layers", {})
    yield


def lines(panel: str, incident: str, actor: Actor = HQ) -> list[str]:
    return [line.text.ja for line in panels.told(panel, incident, actor)]


def opened(hazard: Hazard = Hazard.EARTHQUAKE, key: str = "i") -> str:
    subject = Incident.ref(key)
    record(Draft(IncidentOpened(name="地震", hazard=hazard), subject, incident=subject), ME)
    return subject


@pytest.mark.usefixtures("alone")
def test_what_alarms_stands_first_and_what_is_due_in_the_order_of_its_time() -> None:
    now = worlds.now()
    panels.tells("down")(lambda incident: [Told(T("電話", "")), Told(T("庁内網", ""), tone="alert")])
    panels.tells("due")(lambda incident: [Told(T("いつか", "")), Told(T("後", ""), at=now + timedelta(hours=1))])
    panels.tells("due")(lambda incident: [Told(T("先", ""), at=now)])
    assert lines("down", "") == ["庁内網", "電話"]
    assert lines("due", "") == ["先", "後", "いつか"]


@pytest.mark.usefixtures("alone")
def test_many_deadlines_of_one_minute_are_one_line() -> None:
    now = worlds.now().replace(second=0)
    panels.tells("due")(lambda incident: [Told(T(f"施設{n}", ""), at=now) for n in range(14)])
    panels.tells("due")(lambda incident: [Told(T("報告", ""), at=now + timedelta(minutes=1))])
    assert lines("due", "") == ["14件: 施設0 など", "報告"]


@pytest.mark.usefixtures("alone")
def test_a_room_that_cannot_tell_is_a_line_and_the_others_stand() -> None:
    def broken(incident: str) -> list[Told]:
        raise RuntimeError

    panels.tells("down")(broken)
    panels.tells("down")(lambda incident: [Told(T("電話", "Telephone"))])
    told = panels.told("down", "", HQ)
    assert [line.tone for line in told] == ["unknown", "calm"]
    assert "読み出せません" in told[0].text.ja


@pytest.mark.usefixtures("alone")
def test_only_those_who_may_are_told_and_shown() -> None:
    panels.tells("next", "people.read")(lambda incident: [Told(T("招集", "Call out"))])
    panels.show_on_map(MapLayer("x", T("層", "Layer"), lambda incident: [], "people.read"))
    nobody = Actor("user:x", "x")
    assert (lines("next", ""), lines("next", "", nobody)) == (["招集"], [])
    assert (len(panels.map_layers(HQ)), panels.map_layers(nobody)) == (1, [])
    with pytest.raises(ValueError, match="two map layers"):
        panels.show_on_map(MapLayer("x", T("別", "Other"), lambda incident: []))


def test_nobody_is_led_to_what_they_may_not_do(town: None) -> None:
    incident = opened()
    staff = Actor("user:s", "職員", (("staff", ""),))
    for who, may in ((HQ, True), (staff, False)):
        (due,) = panels.told("due", incident, who)
        assert bool(due.address) is may, due
        assert ("配備体制を決める" in lines("next", incident, who)) is may


def test_who_is_here_counts_arrivals_silence_safety_and_roles(town: None) -> None:
    incident = opened()
    assert lines("here", incident) == ["まだ招集していません"]
    staff = [Draft(StaffDescribed(number=str(n), name=f"職員{n}"), Staff.ref(str(n))) for n in range(3)]
    role = Draft(RoleDescribed(name="本部長", time=Time.DISASTER), Role.ref("r"))
    record([*staff, role, Draft(RoleAssigned(holder=Staff.ref("0"), deputies=[]), Role.ref("r"))], ME)
    drafts = calling.start_by_hand("全員", T("地震", "Quake"), list(people.staff()), incident=incident, act="a")
    record(drafts, ME)
    call_out = drafts[0].subject
    assert "役割 0／1　未定 本部長" in lines("here", incident)
    record(
        [
            Draft(CallAnswered(answer=Answer.COMING, safety=Safety.SAFE), calling.call_of(call_out, Staff.ref("0"))),
            Draft(Arrived(), calling.call_of(call_out, Staff.ref("1"))),
        ],
        ME,
    )
    assert lines("here", incident) == [
        "未回答 1",
        "到着 1／3　向かっている 1",
        "無事 1　けが 0　安否不明 2",
        "役割 1／1",
    ]


def test_form_4_is_due_within_30_minutes_until_it_was_sent(town: None) -> None:
    begun = worlds.now()
    with worlds.at(begun):
        incident = opened()
        (due,) = telling.reports_due(incident)
        assert due.at == begun + timedelta(minutes=30)
        assert telling.report_pressing() is None
    with worlds.at(begun + timedelta(minutes=16)):
        pressing = telling.report_pressing()
        assert pressing is not None and "第4号様式" in pressing.text.ja
    record(Draft(ReportSent(report=Report.FIRE_4_1, to="県"), incident), ME)
    assert telling.report_pressing() is None
    assert list(telling.reports_due(incident)) == []
    assert list(telling.reports_due(opened(Hazard.SECURITY, "other"))) == []


def test_what_waits_for_a_person_is_next(honbu: Client) -> None:
    incident = opened()
    assert lines("next", incident) == ["配備体制を決める"]
    drop(b"<Report>", "壊れた.xml")
    work()
    assert lines("next", incident)[0].startswith("読めなかったファイルを確かめる: 壊れた.xml")
    assert lines("next", "")[0].startswith("読めなかったファイルを確かめる")
    with worlds.at(worlds.now() + timedelta(hours=25)):
        assert not any("壊れた" in line for line in lines("next", ""))
        assert any("壊れた" in line for line in lines("next", incident))


def test_a_live_part_does_not_ask_what_only_whole_pages_show(
    honbu: Client, quake: IncidentRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("jobs", "statuses"):
        told = getattr(shell, name)
        monkeypatch.setattr(shell, name, lambda *of, name=name, told=told: (asked.append(name), told(*of))[1])
    honbu.get(f"/incidents/{quake.key}/")
    assert sorted(asked) == ["jobs", "statuses"], "once each"
    honbu.get(f"/incidents/{quake.key}/head/")
    assert len(asked) == 2


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_room_of_an_incident_answers_the_five_questions(honbu: Client, quake: IncidentRow, language: str) -> None:
    honbu.cookies["tomoshibi_language"] = language
    for path in ("/incidents/operations/", f"/incidents/{quake.key}/", f"/incidents/{quake.key}/head/"):
        html = honbu.get(path).content.decode()
        for panel in ("here", "down", "due", "next"):
            assert html.count(f'id="p-{panel}"') == 1, (path, panel)
        assert {"ja": "いわき市 震度6弱", "en": "いわき市 Intensity 6 Lower"}[language] in html
        assert 'class="shindo s8"' in html
    home = honbu.get("/")
    assert home.url == "/incidents/operations/"


def test_normal_times_say_what_is_ready_and_end_by_themselves(honbu: Client) -> None:
    html = honbu.get("/incidents/operations/").content.decode()
    assert "平常" in html and "自動判断表" in html and "inbox" in html
    assert "HX-Refresh" not in honbu.get("/incidents/operations/calm/")
    incident = opened()
    assert honbu.get("/incidents/operations/calm/")["HX-Refresh"] == "true"
    record(Draft(IncidentClosed(reason="終息"), incident), ME)
    assert "平常" in honbu.get("/incidents/operations/").content.decode()


def test_who_works_at_one_site_starts_with_that_sites_job(quake: IncidentRow) -> None:
    from django.contrib.auth.models import User

    from tomoshibi.journal.accounts.models import Grant

    clerk = user("madoguchi", "clerk")
    assert clerk.get("/").url == "/incidents/operations/"
    Grant.objects.filter(user=User.objects.get(username="madoguchi")).update(site="places.site:x")
    assert clerk.get("/").url != "/incidents/operations/"


def test_every_layer_is_geojson_that_a_browser_keeps(honbu: Client, quake: IncidentRow) -> None:
    record(
        Draft(SiteDescribed(name="市役所", site_kind=SiteKind.HEAD_OFFICE, lat=37.05, lon=140.89), Site.ref("hq")), ME
    )
    ring = [[140.8, 37.0], [140.9, 37.0], [140.9, 37.1], [140.8, 37.0]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    record(Draft(AreaDescribed(name="浸水想定", area_kind=AreaKind.HAZARD, geometry=shape), Area.ref("h")), ME)
    page = honbu.get(f"/incidents/{quake.key}/").content.decode()
    addresses = re.findall(r'"address": "([^"]+/map/[^"]+)"', page)
    assert len(addresses) == len(panels.map_layers(HQ))
    found = {}
    for address in addresses:
        answer = honbu.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/geo+json"), address
        assert honbu.get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
        found[address.rpartition("/")[2]] = answer.json()
    for name, layer in found.items():
        assert layer["type"] == "FeatureCollection", name
        for feature in layer["features"]:
            assert {"name", "state", "colour", "shape"} <= feature["properties"].keys(), name
            assert re.fullmatch("#[0-9A-Fa-f]{6}", feature["properties"]["colour"])
    (town,) = [f for f in found["shaking.json"]["features"] if f["properties"]["name"] == "いわき市"]
    assert town["geometry"]["coordinates"] == [140.89, 37.05]
    assert (town["properties"]["state"], town["properties"]["colour"]) == ("震度6弱", "#FF2800")
    stations = [f for f in found["shaking.json"]["features"] if f["properties"]["shape"] == "circle"]
    assert stations and all(f["geometry"] is None for f in stations)  # telegrams give no coordinates
    listed = honbu.get(f"/incidents/{quake.key}/map/").content.decode()
    assert "位置は未登録" in listed and "浸水想定" in listed
    assert honbu.get("/incidents/now/map/").status_code == 200
    assert honbu.get("/incidents/now/map/areas.json").json()["features"]
    assert honbu.get("/incidents/now/map/nothing.json").status_code == 404


def test_a_station_stands_where_places_has_its_name(quake: IncidentRow) -> None:
    name = next(f.name for f in mapping.felt(quake.subject) if f.station)
    record(Draft(SiteDescribed(name=name, site_kind=SiteKind.OTHER, lat=37.1, lon=140.9), Site.ref("s")), ME)
    features = mapping.SHAKING.features(quake.subject)
    (mark,) = [f for f in features if f["properties"]["name"] == name]
    assert mark["geometry"]["coordinates"] == [140.9, 37.1]


def test_the_room_as_it_was(honbu: Client, quake: IncidentRow) -> None:
    html = honbu.get(f"/asof/{worlds.now().isoformat()}/incidents/{quake.key}/").content.decode()
    assert 'id="p-due"' in html and "note-line" not in html and "data-until" not in html


def test_a_deadline_of_another_year_says_its_year() -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=JAPAN)

    def shown(at: datetime) -> str:
        line = Told(T("訓練", "Drill"), at=at)
        return render_to_string("incidents/due.html", {"line": line, "now": now, "as_of": None})

    assert "2010-06-01(火)" in shown(datetime(2010, 6, 1, tzinfo=JAPAN))
    assert ">11-24(火) 10:00<" in shown(datetime(2026, 11, 24, 10, tzinfo=JAPAN))
    assert ">10:00<" in shown(datetime(2026, 11, 23, 10, tzinfo=JAPAN))


def test_each_role_sees_its_own_jobs_first(town: None) -> None:
    for role, first in (("headquarters", "本部"), ("shelter", "避難所"), ("clerk", "窓口"), ("ict", "情報システム")):
        html = user(role, role).get("/incidents/operations/").content.decode()
        jobs = html.split('<nav class="jobs"')[1].split("</nav>")[0]
        assert re.findall(r">([^<>\s][^<>]*)<", jobs)[0] == first, role
