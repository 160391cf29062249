"""Pages of shelters, through Django's test client: the desk, who may see whom, rosters, enquiries."""

from __future__ import annotations

import io
import re
import uuid

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory

from tests.clients import client_of
from tests.shelters import town
from tests.shelters.town import AT_HALL, AT_SCHOOL, HALL, INCIDENT, ME, SCHOOL, check_in, household, resident
from tomoshibi.incidents.facts import IncidentClosed, IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.accounts.queries import actor_of
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents.facts import ProtectionSet
from tomoshibi.shelters import whereabouts
from tomoshibi.shelters.facts import Closed, Reported
from tomoshibi.shelters.models import NeedRow, ShelterRow, StayRow
from tomoshibi.shelters.stay_facts import CheckedIn, StayDescribed
from tomoshibi.shelters.subjects import Stay

pytestmark = pytest.mark.django_db(databases=["default"])
TARO, HANAKO, JIRO, HIKARI, ICHIRO = (resident(n) for n in "12345")
AKARI, KAGEYAMA = household("a"), household("b")


def page_of(shelter: str) -> str:
    return f"/shelters/{shelter.partition(':')[2]}/"


@pytest.fixture(autouse=True)
def _town() -> None:
    town.build()


@pytest.fixture
def desk() -> Client:
    """The school's own staff."""
    return client_of("shelter", SCHOOL)


@pytest.fixture
def honbu() -> Client:
    return client_of("headquarters")


def act() -> str:
    return str(uuid.uuid4())


def take_in(client: Client, shelter: str = AT_SCHOOL, home: str = AKARI, people=(TARO, HANAKO, JIRO), **more):
    data = {"act": act(), "household": home, "person": list(people), **more}
    return client.post(f"{page_of(shelter)}take-in/", data)


def text_of(response) -> str:
    return response.content.decode()


def test_a_household_is_found_while_typing_and_taken_in_by_one_act(desk: Client) -> None:
    found = desk.get(f"{page_of(AT_SCHOOL)}find/", {"q": "あかり"}, headers={"HX-Request": "true"})
    assert "<html" not in text_of(found)
    assert "灯　太郎" in text_of(found)
    assert "影山" not in text_of(found)
    key = AKARI.partition(":")[2]
    party = text_of(desk.get(f"{page_of(AT_SCHOOL)}household/{key}/", headers={"HX-Request": "true"}))
    assert re.findall(r'name="person" value="([^"]+)" checked', party) == [TARO, HANAKO, JIRO]
    assert take_in(desk, tell="1", place="体育館").status_code == 303
    stays = StayRow.objects.order_by("birth")
    assert [s.person for s in stays] == [TARO, HANAKO, JIRO]
    assert {(s.shelter, s.place, s.may_tell_family, s.household_size) for s in stays} == {
        (AT_SCHOOL, "体育館", True, 3)
    }
    assert EntryRow.objects.filter(kind="shelters.checked_in").values("act").distinct().count() == 1
    assert Reading.objects.filter(subject=TARO).exists()


def test_the_same_act_twice_is_one(desk: Client) -> None:
    data = {"act": act(), "household": AKARI, "person": [TARO, HANAKO]}
    for _ in range(2):
        assert desk.post(f"{page_of(AT_SCHOOL)}take-in/", data).status_code == 303
    assert StayRow.objects.count() == 2


def test_who_was_not_ticked_is_unknown_and_stays_in_sight(desk: Client) -> None:
    take_in(desk, people=(TARO, JIRO))
    page = text_of(desk.get(page_of(AT_SCHOOL)))
    assert "所在未確認" in page
    assert re.search(r'class="missing">.*灯　花子.*世帯3人のうち', page, re.S)
    record(check_in(HANAKO, AT_HALL), ME)
    assert "所在未確認" not in text_of(desk.get(page_of(AT_SCHOOL)))


def test_nobody_ticked_is_refused_and_the_household_is_still_there(desk: Client) -> None:
    response = take_in(desk, people=())
    assert response.status_code == 422
    assert "一人以上" in text_of(response)
    assert AKARI in text_of(response)
    assert not StayRow.objects.exists()


def test_somebody_in_another_shelter_is_shown_and_moved(desk: Client) -> None:
    take_in(client_of("shelter", HALL), AT_HALL, people=(TARO,))
    key = AKARI.partition(":")[2]
    party = text_of(desk.get(f"{page_of(AT_SCHOOL)}household/{key}/"))
    assert "本町公民館 にいます" in party
    assert re.findall(r'name="person" value="([^"]+)" checked', party) == [HANAKO, JIRO]
    take_in(desk)
    assert set(StayRow.objects.filter(out_at=None).values_list("shelter", flat=True)) == {AT_SCHOOL}
    assert StayRow.objects.get(shelter=AT_HALL).where_to == "shelter"


def test_a_desk_is_that_of_its_own_shelter_only(desk: Client) -> None:
    record(check_in(ICHIRO, AT_HALL, name="浜一郎"), ME)
    page = desk.get(page_of(AT_HALL))
    assert page.status_code == 200  # numbers are for all
    assert "浜一郎" not in text_of(page)
    hall = page_of(AT_HALL)
    assert desk.get(f"{hall}find/", {"q": "灯"}).status_code == 403
    assert desk.get(f"{hall}roster.pdf").status_code == 403
    response = take_in(desk, AT_HALL)
    assert response.status_code in (403, 422)
    assert StayRow.objects.count() == 1
    assert not Reading.objects.filter(actor__startswith="user:shelter-school", subject=Stay.of_person(INCIDENT, ICHIRO))


def test_a_protected_person_is_withheld_from_all_but_the_shelters_own_staff(honbu: Client) -> None:
    hall = client_of("shelter", HALL)
    take_in(hall, AT_HALL, KAGEYAMA, (HIKARI,), tell="1")
    stay = StayRow.objects.get()
    assert (stay.protected, stay.may_tell_family, stay.address) == (True, False, "")
    assert "影山　光" in text_of(hall.get(page_of(AT_HALL)))
    at_honbu = text_of(honbu.get(page_of(AT_HALL)))
    assert "影山" not in at_honbu
    assert "非開示の方" in at_honbu
    # another shelter's desk sees a household of whom nothing is known, and can take her in all the same
    school = client_of("shelter", SCHOOL)
    party = text_of(school.get(f"{page_of(AT_SCHOOL)}household/{KAGEYAMA.partition(':')[2]}/"))
    assert "本町公民館" not in party
    assert re.search(r'name="person" value="[^"]+" checked', party)
    assert take_in(school, home=KAGEYAMA, people=(HIKARI,)).status_code == 303
    assert StayRow.objects.get(out_at=None).shelter == AT_SCHOOL


def test_who_is_protected_after_they_came_is_withheld_from_then_on(honbu: Client) -> None:
    record(check_in(TARO, AT_HALL, name="灯太郎", may_tell_family=True), ME)
    assert "灯太郎" in text_of(honbu.get(page_of(AT_HALL)))
    seen = EntryRow.objects.latest("pos").pos
    record(Draft(ProtectionSet(document="第1号"), TARO), ME)
    assert "灯太郎" not in text_of(honbu.get(page_of(AT_HALL)))
    assert "灯太郎" not in text_of(honbu.get(f"/asof/{seen}{page_of(AT_HALL)}"))
    asked = client_of("clerk").post("/shelters/enquiry/", {"name": "灯太郎"})
    assert "お答えできる情報はありません" in text_of(asked)


def test_whose_whereabouts_are_withheld_later_is_withheld_in_pages_of_the_past_too(honbu: Client) -> None:
    stranger = Stay.ref("red-hat")
    record(Draft(CheckedIn(shelter=AT_HALL, site=HALL, name="赤い帽子の子"), stranger, incident=INCIDENT), ME)
    seen = EntryRow.objects.latest("pos").pos
    assert "赤い帽子の子" in text_of(honbu.get(f"/asof/{seen}{page_of(AT_HALL)}"))
    record(Draft(StayDescribed(protected=True), stranger, incident=INCIDENT), ME)
    assert "赤い帽子の子" not in text_of(honbu.get(f"/asof/{seen}{page_of(AT_HALL)}"))


def test_family_are_told_of_those_only_who_said_so(desk: Client) -> None:
    take_in(desk, people=(TARO,), tell="1")
    take_in(desk, people=(HANAKO,))
    take_in(desk, home=KAGEYAMA, people=(HIKARI,), tell="1")
    clerk = client_of("clerk")

    def asked(name: str, birth: str = "") -> str:
        return text_of(clerk.post("/shelters/enquiry/", {"name": name, "birth": birth}))

    assert "本町小学校" in asked("あかりたろう")
    assert "本町小学校" in asked("灯太郎", "昭和55年4月1日")
    silent = [asked("灯花子"), asked("影山光"), asked("存在しない"), asked("灯太郎", "1980-04-02"), asked("灯")]
    for answer in silent:
        assert "お答えできる情報はありません" in answer
        assert "本町小学校" not in answer
    assert Reading.objects.filter(subject=Stay.of_person(INCIDENT, TARO), actor__startswith="user:clerk").exists()
    assert "読めません" in asked("灯太郎", "きのう")
    assert desk.get("/shelters/enquiry/").status_code == 200
    assert client_of("staff").get("/shelters/enquiry/").status_code == 403


def test_a_visitor_is_taken_in_by_the_short_form(desk: Client) -> None:
    data = {"act": act(), "name": "旅行者 トム", "age": "30代", "needs": ["interpreter"], "address": "London"}
    for _ in range(2):
        assert desk.post(f"{page_of(AT_SCHOOL)}visitor/", data).status_code == 303
    stay = StayRow.objects.get()
    assert (stay.person, stay.name, stay.age, stay.address) == ("", "旅行者 トム", "30代", "London")
    wrong = desk.post(f"{page_of(AT_SCHOOL)}visitor/", {"act": act(), "name": "", "kana": "とむ"})
    assert wrong.status_code == 422
    assert "氏名" in text_of(wrong)
    assert 'value="とむ"' in text_of(wrong)
    hidden = {"act": act(), "name": "匿名 希望", "protected": "1", "address": "どこか"}
    assert desk.post(f"{page_of(AT_SCHOOL)}visitor/", hidden).status_code == 303
    assert StayRow.objects.get(protected=True).address == ""


def test_people_leave_together_with_where_to(desk: Client) -> None:
    take_in(desk)
    going = list(StayRow.objects.filter(person__in=[TARO, JIRO]).values_list("key", flat=True))
    data = {"act": act(), "stay": going, "where_to": "relatives", "address": "水戸市", "contact": "090"}
    assert desk.post(f"{page_of(AT_SCHOOL)}let-go/", {**data, "where_to": ""}).status_code == 422
    assert desk.post(f"{page_of(AT_SCHOOL)}let-go/", {**data, "stay": []}).status_code == 422
    assert desk.post(f"{page_of(AT_SCHOOL)}let-go/", data).status_code == 303
    gone = StayRow.objects.exclude(out_at=None)
    assert {(s.person, s.where_to, s.out_address) for s in gone} == {
        (TARO, "relatives", "水戸市"),
        (JIRO, "relatives", "水戸市"),
    }
    assert EntryRow.objects.filter(kind="shelters.checked_out").values("act").distinct().count() == 1
    assert [s.person for s in StayRow.objects.filter(out_at=None)] == [HANAKO]


def test_rosters_on_paper_and_in_excel(desk: Client, honbu: Client) -> None:
    take_in(desk)
    take_in(desk, home=KAGEYAMA, people=(HIKARI,))
    odd = {"act": act(), "name": "旅人 \U0001f9f3"}  # no font has a suitcase, and the roster is printed all the same
    assert desk.post(f"{page_of(AT_SCHOOL)}visitor/", odd).status_code == 303
    pdf = desk.get(f"{page_of(AT_SCHOOL)}roster.pdf")
    assert pdf.content.startswith(b"%PDF")
    book = openpyxl.load_workbook(io.BytesIO(honbu.get(f"{page_of(AT_SCHOOL)}roster.xlsx").content))
    cells = [str(c.value) for row in book.active.iter_rows() for c in row if c.value is not None]
    assert "灯　太郎" in cells
    assert "灯町本町1-1" in cells
    assert "非開示" in cells
    assert not any("影山" in c for c in cells)
    assert client_of("clerk").get(f"{page_of(AT_SCHOOL)}roster.xlsx").status_code == 403


def test_counted_and_registered_stand_side_by_side_and_unknown_is_not_zero(honbu: Client, desk: Client) -> None:
    take_in(desk)
    page = text_of(honbu.get("/shelters/"))
    assert "未報告 2 か所" in page
    record(Draft(Reported(inside=120, in_cars=4), AT_SCHOOL, incident=INCIDENT), ME)
    page = text_of(honbu.get("/shelters/"))
    assert "124（屋内120・車中4・屋外不明）" in page
    assert "未報告 1 か所" in page
    figures = text_of(honbu.get(f"/shelters/{AT_SCHOOL.partition(':')[2]}/figures/"))
    assert figures.count("124") == 1 and "屋内120・車中4・屋外不明" in figures
    book = openpyxl.load_workbook(io.BytesIO(honbu.get("/shelters/?as=xlsx").content))
    rows = list(book.active.iter_rows(values_only=True))
    head = next(r for r in rows if r[0] == "避難所")
    school, hall = (
        dict(zip(head, next(r for r in rows if r[0] == name), strict=True)) for name in ("本町小学校", "本町公民館")
    )
    assert (school["数えた人数"], school["名簿の人数"], school["屋外"]) == (124, 3, None)
    assert (hall["数えた人数"], hall["名簿の人数"]) == (None, 0)
    assert honbu.get("/shelters/?as=pdf").content.startswith(b"%PDF")


def test_who_works_at_one_shelter_is_led_to_its_desk_first(honbu: Client, desk: Client) -> None:
    led = f'<a class="button main" href="{page_of(AT_SCHOOL)}">本町小学校 の受付</a>'
    page = text_of(desk.get("/shelters/"))
    assert page.count(led) == 1 and page.count("の受付</a>") == 1
    assert "の受付</a>" not in text_of(honbu.get("/shelters/"))
    record(Draft(Closed(), AT_SCHOOL), ME)
    assert "の受付</a>" not in text_of(desk.get("/shelters/"))


def test_opened_by_one_press_while_an_incident_is_open(honbu: Client) -> None:
    record(Draft(Closed(), AT_HALL), ME)
    page = text_of(honbu.get("/shelters/"))
    assert f'name="site" value="{HALL}"' in page
    data = {"act": act(), "incident": INCIDENT, "site": HALL}
    for _ in range(2):
        assert honbu.post("/shelters/open/", data).status_code == 303
    assert ShelterRow.objects.get(subject=AT_HALL).is_open
    assert honbu.post("/shelters/open/", {**data, "act": act()}).status_code == 422
    assert client_of("clerk").post("/shelters/open/", data).status_code == 403
    record(Draft(IncidentClosed(), INCIDENT), ME)
    assert "平常時です" in text_of(honbu.get("/shelters/"))


def test_shelters_of_two_incidents_stand_together_until_one_is_chosen(honbu: Client) -> None:
    flood = Incident.ref("flood")
    record(Draft(IncidentOpened(name="台風第9号"), flood, incident=flood), ME)
    assert honbu.post("/shelters/open/", {"act": act(), "incident": flood, "site": SCHOOL}).status_code == 303
    names = re.compile(r'<a href="/shelters/[-0-9a-f]{36}/">([^<]+)</a>')
    assert sorted(names.findall(text_of(honbu.get("/shelters/")))) == ["本町公民館", "本町小学校", "本町小学校"]
    assert names.findall(text_of(honbu.get(f"/shelters/?incident={flood}"))) == ["本町小学校"]
    assert "避難所　台風第9号" in text_of(honbu.get(f"/shelters/?incident={flood}"))


def test_needs_are_noted_and_met_and_how_full_is_one_press(desk: Client) -> None:
    here = page_of(AT_SCHOOL)
    data = {"act": act(), "item": "水 500 ml", "quantity": "200", "unit": "本", "urgent": "1"}
    assert desk.post(f"{here}needs/", data).status_code == 303
    assert "水 500 ml × 200本" in text_of(desk.get(here))
    assert desk.post(f"{here}needs/", {**data, "quantity": "たくさん"}).status_code == 422
    need = NeedRow.objects.get()
    assert desk.post(f"{here}needs/{need.subject.partition(':')[2]}/met/", {"act": act()}).status_code == 303
    assert NeedRow.objects.get().met_at is not None
    assert desk.post(f"{here}fullness/", {"act": act(), "fullness": "full"}).status_code == 303
    assert ShelterRow.objects.get(subject=AT_SCHOOL).fullness == "full"
    hall = page_of(AT_HALL)
    assert desk.post(f"{hall}fullness/", {"act": act(), "fullness": "full"}).status_code in (403, 422)
    assert ShelterRow.objects.get(subject=AT_HALL).fullness == ""


def test_the_sheet_of_a_household_tells_where_each_is(desk: Client, honbu: Client) -> None:
    take_in(desk, people=(TARO,))
    take_in(desk, home=KAGEYAMA, people=(HIKARI,))

    def told(ref: str, client: Client) -> str:
        actor = actor_of(get_user_model().objects.get(pk=client.session["_auth_user_id"]))
        section = whereabouts.told(ref, actor)
        return str(section.render(RequestFactory().get("/"))) if section else ""

    assert "本町小学校" in told(AKARI, honbu)
    assert "所在は不明" in told(AKARI, honbu)
    assert "非開示" in told(HIKARI, honbu)
    assert "本町小学校" not in told(HIKARI, honbu)
    assert "本町小学校" in told(HIKARI, desk)
    assert "本町小学校" not in told(TARO, client_of("shelter", HALL))
    assert told(ICHIRO, honbu) == ""
