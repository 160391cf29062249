"""Pages of residents, through Django's test client: who sees what, readings logged, nothing leaks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from tests.clients import client_of
from tests.residents import register_of
from tests.residents.register_of import CHIEF, ME, PEOPLE, household, person
from tests.residents.test_movements import change
from tomoshibi.incidents import timeline
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import queries, sheets
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import ProtectionSet
from tomoshibi.residents.households import HouseholdFound, subject_for
from tomoshibi.residents.taking import take_changes
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db
#: where the protected household lives
SECRETS = ("湯沢東丁目", "7番8号", "灯ハイツ")


@pytest.fixture(autouse=True)
def _register() -> None:
    register_of.build()


@pytest.fixture
def clerk() -> Client:
    return client_of("clerk")


def page_of(ref: str) -> str:
    kind, _, key = ref.partition(":")
    return f"/residents/{'people' if kind.endswith('person') else 'households'}/{key}/"


def test_found_opened_logged(clerk: Client) -> None:
    page = clerk.get("/residents/?q=はなこ 2-3").content.decode()
    assert page_of(household("A")) in page
    assert "灯市本町二丁目3番4号" in page
    assert set(Reading.objects.values_list("subject", flat=True)) == {person("1"), person("2")}
    assert "髙橋　湊" in clerk.get(page_of(household("A"))).content.decode()
    sheet = clerk.get(page_of(person("6"))).content.decode()
    assert "辻\U000e0102　ショウタ" in sheet
    assert Reading.objects.filter(subject=person("6"), actor__startswith="user:clerk").count() == 1


def test_everybody_who_is_named_on_a_page_was_read(clerk: Client) -> None:
    """The head on a member's sheet and on the form, who has left the household, who was found to live with them."""

    def read(path: str) -> set[str]:
        Reading.objects.all().delete()
        assert clerk.get(path).status_code == 200
        return set(Reading.objects.values_list("subject", flat=True))

    assert read(page_of(person("2"))) == {person("1"), person("2")}
    assert read(f"/residents/add/?household={household('A')}") == {person("1")}
    gone = change("2", "A", "out", "2026-11-05", "2026-11-06", "髙橋　湊", "タカハシ　ミナト")
    take_changes([gone], ME, processed_to=dt.date(2026, 11, 6))
    assert read(page_of(household("A"))) == read("/residents/?q=はなこ 2-3") | {household("A")}
    assert read("/residents/?q=はなこ 2-3") == {person("1"), person("2")}
    quake = Incident.ref("quake")
    record(Draft(IncidentOpened(name="地震"), quake), ME)
    fact = HouseholdFound(of_incident=quake, sense=Sense.SUFFERED, members=(person("1"), person("6")))
    record(Draft(fact, subject_for(quake, Sense.SUFFERED, person("1")), incident=quake), CHIEF)
    assert read(page_of(household("A"))) == {household("A"), person("1"), person("2"), person("6")}


def test_nothing_found_says_what_to_do(clerk: Client) -> None:
    assert "台帳にない人は登録できます" in clerk.get("/residents/?q=どこにも").content.decode()
    assert clerk.get(page_of(person("99"))).status_code == 404
    assert clerk.get("/residents/?q=高橋&as_of=いつか").status_code == 200
    assert "まだ取り込まれていません" in clerk.get("/residents/?q=高橋&as_of=2001-01-01").content.decode()


@pytest.mark.parametrize("role", ["ict", "surveyor", "facility", "staff", "seismologist", "approver"])
def test_who_has_no_business_with_residents_sees_nobody(role: str) -> None:
    client = client_of(role)
    for path in ("/residents/", page_of(person("1")), page_of(household("A")), "/residents/add/"):
        assert client.get(path).status_code == 403
    assert "橋　花子" not in client.get("/search/?q=花子").content.decode()
    assert Client().get("/residents/").status_code == 302


def test_the_one_box_finds_residents_and_opens_the_only_one(clerk: Client) -> None:
    assert clerk.get("/search/?q=つじ").url == page_of(household("D"))
    page = clerk.get("/search/?q=花子").content.decode()
    assert page_of(household("A")) in page
    assert page_of(household("B")) in page


def test_a_protected_address_stands_on_no_page(clerk: Client) -> None:
    record(Draft(ProtectionSet(), person("4")), CHIEF)
    where = "湯沢東丁目7番8号"
    clerk.post(f"/residents/people/{person('4').partition(':')[2]}/whereabouts/", {"address": "松浦五丁目", "area": ""})
    pages = [
        "/residents/?q=小野",
        f"/residents/?q={where}",
        f"/search/?q={where}",
        "/search/?q=小野",
        "/search/?q=松浦",
        page_of(person("4")),
        page_of(person("5")),
        page_of(household("C")),
        f"/residents/add/?household={household('C')}",
        f"/residents/people/{person('4').partition(':')[2]}/whereabouts/",
        f"/subject/{person('4')}/",
        f"/subject/residents.whereabouts:{person('4').partition(':')[2]}/",
        f"/record/residents.person_corrected/{person('4')}/",
        f"/record/residents.whereabouts_told/residents.whereabouts:{person('4').partition(':')[2]}/",
        "/journal/",
    ]
    for path in pages:
        answer = clerk.get(path)
        said = answer.content.decode().replace(where, "", 3 if "?q=" in path else 0)  # the words asked for stand there
        assert not [s for s in (*SECRETS, "松浦五丁目") if s in said], path
    assert "非開示" in clerk.get(page_of(person("5"))).content.decode()
    assert "小野" not in clerk.get(f"/residents/?q={where}").content.decode()
    chief = client_of("administrator")
    assert where in chief.get(page_of(person("5"))).content.decode()
    assert "松浦五丁目" in chief.get(page_of(person("4"))).content.decode()


def test_protection_is_the_administrators_alone(clerk: Client) -> None:
    button = f"/record/residents.protection_set/{person('1')}/"
    assert button not in clerk.get(page_of(person("1"))).content.decode()
    assert clerk.get(button).status_code == 403
    chief = client_of("administrator")
    assert button in chief.get(page_of(person("1"))).content.decode()


def test_somebody_is_entered_once_however_often_it_is_sent(clerk: Client) -> None:
    said = {
        "key": "0c5f1b52-0000-4000-8000-000000000001",
        "name": "旅野　人",
        "kana": "タビノ　ヒト",
        "birth": "1999-01-02",
        "sex": "male",
        "address": "港町1-2",
        "note": "",
    }
    sent = [clerk.post("/residents/add/", said) for _ in range(2)]
    assert [s.status_code for s in sent] == [303, 303]
    assert sent[0].url == sent[1].url
    assert EntryRow.objects.filter(kind__in=["residents.person_added", "residents.whereabouts_told"]).count() == 2
    page = clerk.get(sent[0].url).content.decode()
    assert "港町1-2" in page
    assert "1999-01-02" in page
    assert queries.households(["", person("1")], CHIEF) == [], "nobody is of a household of no name"
    assert clerk.get("/residents/add/").status_code == 200, "and the next one can be entered"


def test_an_incidents_timeline_names_nobody() -> None:
    incident = "incidents.incident:i1"
    drafts = added("旅野　人", kana="タビノ　ヒト", address="港町1-2", note="港町の親族宅", incident=incident)
    record([*drafts, Draft(ProtectionSet(), person("1"), incident=incident)], CHIEF)
    told = " ".join(f"{line.what.ja} {line.what.en} {line.where}" for line in timeline.lines_of(incident))
    assert "1人" in told
    assert not [secret for secret in ("旅野", "タビノ", "港町", "花子") if secret in told]


def test_what_is_wrong_is_said_at_its_field(clerk: Client) -> None:
    page = clerk.post("/residents/add/", {"name": "", "birth": "きのう"})
    assert page.status_code == 422
    assert "入力してください。" in page.content.decode(), "a box that is empty is asked for, not counted in characters"
    assert "1文字以上" not in page.content.decode()
    assert page.content.decode().count("aria-invalid") == 2
    path = f"/residents/people/{person('1').partition(':')[2]}/whereabouts/"
    assert clerk.post(path, {"address": " "}).status_code == 422
    assert clerk.post(path, {"address": "港町1-2"}).status_code == 303
    assert "港町1-2" in clerk.get(page_of(person("1"))).content.decode()


def test_the_register_page_counts_and_names_nobody() -> None:
    page = client_of("ict").get("/residents/register/").content.decode()
    assert "2026-11-01" in page
    assert "test.csv" in page
    assert not [p.name for p in PEOPLE if p.name in page]
    assert "/record/residents.snapshot_withdrawn/" in page


def test_rooms_put_their_sections_on_a_sheet(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_sections", [])

    @sheets.section(20, "residents.read")
    def second(ref: str, actor: Actor) -> sheets.Section:
        who = queries.person(person("1"), actor)
        return sheets.Section(T("滞在", "Stays"), template="residents/where.html", context={"who": who})

    @sheets.section(10, "residents.read")
    def first(ref: str, actor: Actor) -> sheets.Section | None:
        return sheets.Section(T("証明書", "Certificates"), acts=((T("申請", "Apply"), "/x/"),))

    @sheets.section(30, "residents.protected")
    def secret(ref: str, actor: Actor) -> sheets.Section:
        raise AssertionError("a clerk is not told this")

    page = clerk.get(page_of(person("1"))).content.decode()
    assert page.index("証明書") < page.index("滞在")
    assert '<a class="button" href="/x/">申請</a>' in page
