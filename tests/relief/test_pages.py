"""Pages of relief, through Django's test client: the counter's way, who sees what, exports, the PDF."""

from __future__ import annotations

import io
import re
import uuid
from datetime import UTC, datetime

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import INCIDENT
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.subjects import Site  # noqa: F401  # its facts register
from tomoshibi.relief import keys, panels, queries
from tomoshibi.relief.facts import DwellingDescribed
from tomoshibi.relief.models import ApplicationRow, CertificateRow, DwellingRow, SurveyRow
from tomoshibi.relief.papers import CertificateRevoked, ProtectedApplied
from tomoshibi.relief.words import Stage
from tomoshibi.residents import queries as residents
from tomoshibi.residents.facts import PersonAdded, ProtectionSet, WhereaboutsTold

pytestmark = pytest.mark.django_db
ADDRESS = "灯市平字梅本21番地"
OTHER = "residents.person:00000000-0000-4000-8000-000000000002"
PERSON = "residents.person:00000000-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def _town() -> None:
    house.town()
    opened = IncidentOpened(name="石川県能登の地震", hazard="earthquake", began=datetime(2024, 1, 1, 7, 10, tzinfo=UTC))
    record(Draft(opened, INCIDENT, incident=INCIDENT), system("test"))
    person = PersonAdded.model_validate({"name": "灯　太郎", "kana": "あかり　たろう", "relation": "世帯主"})
    told = WhereaboutsTold(address=ADDRESS)
    record([Draft(person, PERSON), Draft(told, f"residents.whereabouts:{PERSON.partition(':')[2]}")], system("test"))


@pytest.fixture
def clerk() -> Client:
    return client_of("clerk")


def home() -> residents.Household:
    (found,) = residents.search("あかり", system("test"))
    return found


def apply(clerk: Client, **changes: str) -> str:
    """The page of the application that the counter takes from the proposed form."""
    page = f"/relief/counter/{home().key}/"
    html = clerk.get(page).content.decode()
    sent = dict(re.findall(r'<input[^>]* name="([\w]+)"[^>]*? value="([^"]*)"', html)) | changes
    sent["members"] = "0"
    answer = clerk.post(page, {**sent, "way": "counter", "structure": "wooden"})
    assert answer.status_code == 303, re.findall(r"error[^>]*>([^<]+)<", answer.content.decode())
    return answer["Location"].partition("?")[0]


def test_from_the_box_to_the_paper(clerk: Client) -> None:
    found = clerk.get("/relief/counter/?q=あかり")
    assert found.status_code == 302, "one household is opened at once"
    page = apply(clerk)
    row = ApplicationRow.objects.get()
    assert (row.householder, row.damaged_address, row.cause) == ("灯　太郎", ADDRESS, "令和6年1月1日の地震")
    assert row.members == '[{"name": "灯　太郎", "relation": "世帯主"}]'
    assert DwellingRow.objects.get().address == ADDRESS
    assert "まだ調査していません" in clerk.get(page).content.decode()

    surveyor = client_of("surveyor")
    assert ADDRESS in surveyor.get("/relief/surveys/").content.decode()
    sheet = f"/relief/dwellings/{row.dwelling.partition(':')[2]}/survey/"
    seen = {"method": "earthquake-wooden-1", "roof-3": "50", "wall-4": "40", "wall-3": "20", "surveyors": "調査 一郎"}
    part = surveyor.get(sheet, {**seen, "part": "ratio"}).content.decode()
    assert "33.7 %" in part and "中規模半壊" in part and "屋根" in part
    assert surveyor.post(sheet, {**seen, "wall-4": "90"}).status_code == 422  # 110 % of the walls
    assert surveyor.post(sheet, {**seen, "id": "00000000-0000-4000-8000-00000000000a"}).status_code == 303
    assert SurveyRow.objects.get().ratio == 33.75
    # before it is judged a sheet may be corrected: it opens as it was recorded, by whichever method
    settled = {"method": "ground", "tilt_mm": "20", "sunk": "floor", "surveyors": "調査 一郎"}
    assert surveyor.post(sheet, {**settled, "id": str(uuid.uuid4())}).status_code == 303
    again = surveyor.get(sheet).content.decode()
    assert (
        "台帳では" not in again
        and "台帳では木造・プレハブです" in surveyor.get(f"{sheet}?method=earthquake-other-1").content.decode()
    )
    assert '<option value="ground" selected>' in again and '<option value="floor" selected>' in again
    assert surveyor.post(sheet, {**seen, "id": str(uuid.uuid4())}).status_code == 303

    approver = client_of("approver")
    assert ADDRESS in approver.get("/relief/judging/").content.decode()
    judge = f"/relief/judging/{SurveyRow.objects.get().subject.partition(':')[2]}/"
    assert approver.post(judge, {"class": "half"}).status_code == 422
    assert approver.post(judge, {"class": "medium-half"}).status_code == 303
    assert queries.applications().get().stage == Stage.JUDGED

    issued = clerk.post(page, {"copies": "2", "id": "00000000-0000-4000-8000-00000000000b"})
    assert issued.status_code == 303
    again = clerk.post(page, {"copies": "2", "id": "00000000-0000-4000-8000-00000000000b"})
    assert (CertificateRow.objects.get().copies, again["Location"]) == (2, issued["Location"])
    assert "有効" in clerk.get(issued["Location"]).content.decode()
    sheet = clerk.get(f"/relief/counter/{home().key}/").content.decode()
    assert f'href="{issued["Location"]}"' in sheet, "who comes for another copy is one press from the certificate"
    clerk.cookies["tomoshibi_language"] = "en"
    listed = clerk.get("/relief/certificates/").content.decode()
    assert "Medium-scale half destroyed" in listed and "中規模半壊" not in listed.partition("<tbody>")[2]
    clerk.cookies.pop("tomoshibi_language")
    pdf = clerk.get(f"{issued['Location']}certificate.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    checked = clerk.post("/relief/check/", {"file": SimpleUploadedFile("c.pdf", pdf.content)}).content.decode()
    assert "本物です" in checked and CertificateRow.objects.get().serial in checked
    broken = pdf.content[:2000] + b"x" + pdf.content[2001:]
    assert (
        "本物ではありません"
        in clerk.post("/relief/check/", {"file": SimpleUploadedFile("c.pdf", broken)}).content.decode()
    )
    house.say(CertificateRevoked(reason="誤り"), CertificateRow.objects.get().subject, house.HEAD)
    revoked = clerk.get(f"{issued['Location']}certificate.pdf")
    assert revoked.status_code == 422 and "効力がありません" in revoked.content.decode()
    assert "申請を開いて交付し直す" in clerk.get(issued["Location"]).content.decode()
    assert "取消し" in clerk.post("/relief/check/", {"file": SimpleUploadedFile("c.pdf", pdf.content)}).content.decode()
    read = set(Reading.objects.filter(actor__contains="clerk").values_list("subject", flat=True))
    assert {row.subject, CertificateRow.objects.get().subject, home().head.ref} <= read


def test_a_character_that_no_font_has_stops_it_before_anything_is_recorded(clerk: Client) -> None:
    house.until("judged")
    odd = "灯　\U0001f600郎"
    page = apply(clerk, householder=odd, householder_address=ADDRESS)
    application = ApplicationRow.objects.get(householder=odd)
    place = application.dwelling
    survey = keys.survey(INCIDENT, place, 1)
    for fact, actor in (
        (house.planned.model_copy(update={"dwelling": place}), house.CLERK),
        (house.surveyed, house.SURVEYOR),
        (house.judged, house.JUDGE),
    ):
        house.say(fact, survey, actor)
    before = EntryRow.objects.count()
    answer = clerk.post(page, {"copies": "1"})
    assert answer.status_code == 422
    assert "世帯主氏名「\U0001f600」(U+1F600)" in answer.content.decode()
    assert EntryRow.objects.count() == before


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("clerk", ("counter", "applications", "certificates", "check", "surveys"), ("judging",)),
        ("surveyor", ("surveys",), ("counter", "applications", "certificates", "check", "judging")),
        ("approver", ("judging",), ("counter", "applications", "certificates", "surveys")),
        ("staff", (), ("counter", "applications", "certificates", "check", "surveys", "judging")),
    ],
)
def test_who_may_see_what(role: str, may: tuple[str, ...], may_not: tuple[str, ...]) -> None:
    house.until("issued")
    client = client_of(role)
    for name in may:
        assert client.get(f"/relief/{name}/").status_code == 200, name
    for name in may_not:
        refused = client.get(f"/relief/{name}/")
        told = refused.content.decode().partition("<main")[2].partition("</main>")[0]
        assert refused.status_code == 403 and "この画面を見られる役割: " in told and "relief." not in told, name


def test_lists_filter_count_and_export(clerk: Client) -> None:
    house.until("issued")
    html = clerk.get("/relief/applications/").content.decode()
    assert re.findall(r'class="number">(\d+)<', html) == ["0", "0", "0", "1"]
    assert "灯　太郎" in clerk.get("/relief/applications/?stage=issued").content.decode()
    assert "灯　太郎" not in clerk.get("/relief/applications/?stage=judged").content.decode()
    for name, there in (("applications", "交付済み"), ("certificates", house.SERIAL)):
        sheet = openpyxl.load_workbook(io.BytesIO(clerk.get(f"/relief/{name}/?as=xlsx").content)).worksheets[0]
        cells = [str(c) for row in sheet.iter_rows(values_only=True) for c in row if c]
        assert there in cells and ADDRESS in cells
        assert clerk.get(f"/relief/{name}/?as=pdf").content.startswith(b"%PDF")


def test_what_the_other_rooms_are_told(clerk: Client) -> None:
    head = client_of("headquarters")
    page = apply(clerk)
    row = ApplicationRow.objects.get()
    room = head.get("/", follow=True).content.decode()
    assert "罹災証明の調査待ち 1件" in room
    survey = keys.survey(INCIDENT, row.dwelling, 1)
    house.say(house.planned.model_copy(update={"dwelling": row.dwelling}), survey)
    house.say(house.surveyed, survey, house.SURVEYOR)
    assert "被害の判定待ち 1件" in head.get("/", follow=True).content.decode()
    assert map_of(INCIDENT) == []  # nobody has said where it stands
    house.say(DwellingDescribed(lat=37.39, lon=136.9), row.dwelling)
    assert map_of(INCIDENT) == [("中規模半壊（判定待ち）", "diamond")]
    house.say(house.judged, survey, house.JUDGE)
    assert map_of(INCIDENT) == [("中規模半壊", "square")]
    assert "罹災証明の交付待ち 1件" in head.get("/", follow=True).content.decode()
    assert clerk.post(page, {"copies": "1"}).status_code == 303
    assert "罹災証明書 1件（1通）" in head.get("/", follow=True).content.decode()
    sheet = clerk.get(f"/residents/households/{home().key}/").content.decode()
    assert CertificateRow.objects.get().serial in sheet and "交付済み" in sheet
    person = clerk.get(f"/residents/people/{PERSON.partition(':')[2]}/").content.decode()
    assert CertificateRow.objects.get().serial in person
    assert [c.serial for c in queries.certificates_of(PERSON)] == [CertificateRow.objects.get().serial]


def map_of(incident: str) -> list[tuple[str, str]]:
    return [(f["properties"]["state"], f["properties"]["shape"]) for f in panels.features(incident)]


class TestProtected:
    """Of a household under 支援措置, nothing of where it is reaches a clerk without the right."""

    @pytest.fixture(autouse=True)
    def _protected(self, _town: None) -> None:
        record(Draft(ProtectionSet(), PERSON), system("test"))

    def test_the_counter_refuses_and_says_what_to_do(self, clerk: Client) -> None:
        page = f"/relief/counter/{home().key}/"
        html = clerk.get(page).content.decode()
        assert "支援措置" in html and "役割: システム管理者" in html and ADDRESS not in html
        assert clerk.post(page, {"applicant": "灯　太郎"}).status_code == 200
        assert not ApplicationRow.objects.exists()

    def test_lists_pages_exports_and_the_pdf_keep_it(self, clerk: Client) -> None:
        admin = client_of("administrator")
        page = apply(admin, householder_address=ADDRESS, damaged_address=ADDRESS)
        row = ApplicationRow.objects.get()
        assert row.protected and row.subject.startswith("relief.application_protected:")
        survey = keys.survey(INCIDENT, row.dwelling, 1)
        house.say(house.planned.model_copy(update={"dwelling": row.dwelling}), survey)
        house.say(house.surveyed, survey, house.SURVEYOR)
        house.say(house.judged, survey, house.JUDGE)
        issued = admin.post(page, {"copies": "1"})
        assert issued.status_code == 303
        assert admin.get(f"{issued['Location']}certificate.pdf").content.startswith(b"%PDF")
        for address in (page, issued["Location"], f"{issued['Location']}certificate.pdf"):
            answer = clerk.get(address)
            assert answer.status_code == 403 and ADDRESS not in answer.content.decode()
        for address in (
            "/relief/applications/", "/relief/applications/?q=梅本", "/relief/applications/?as=csv",
            "/relief/certificates/", "/relief/certificates/?as=csv", "/relief/counter/?q=灯",
            f"/residents/households/{home().key}/", "/journal/", "/search/?q=梅本",
        ):  # fmt: skip
            text = clerk.get(address).content.decode("utf-8-sig", "replace")
            assert row.subject not in text and page not in text, address
            assert "灯　太郎" not in text or ADDRESS not in text, address

    def test_who_was_certified_before_is_kept_from_then_on(self, clerk: Client) -> None:
        house.until("issued")
        record(Draft(PersonAdded(name="灯　花子"), OTHER), system("test"))
        mine = residents.person(OTHER, system("test"))
        assert mine is not None
        house.say(house.applied(household=mine.household), "relief.application:a2")
        page = "/relief/applications/a2/"
        assert ADDRESS in clerk.get(page).content.decode()
        seen = EntryRow.objects.latest("pos").pos
        record(Draft(ProtectionSet(), OTHER), system("test"))
        assert clerk.get(page).status_code == 403
        listed = clerk.get("/relief/applications/").content.decode()
        assert "/relief/applications/a1/" in listed and page not in listed
        assert clerk.post(page, {"copies": "1"}).status_code == 403
        subject = "/subject/relief.application:a2/"
        for generic in (subject, f"/asof/{seen}{page}", f"/asof/{seen}{subject}", f"/api/v1{subject[:-1]}"):
            answer = clerk.get(generic.replace("/api/v1/subject/", "/api/v1/subjects/"))
            assert answer.status_code in (403, 404), generic
            assert ADDRESS not in answer.content.decode(), generic
        for generic in ("/search/?q=灯", "/api/v1/subjects?q=灯", "/api/v1/entries?kind=relief.applied"):
            text = clerk.get(generic).content.decode()
            assert "relief.application:a1" in text and "relief.application:a2" not in text, generic
        admin = client_of("administrator")
        assert admin.post(page, {"copies": "1"}).status_code == 303
        assert CertificateRow.objects.get(household=mine.household).protected

    def test_no_clerk_can_record_it(self) -> None:
        from tomoshibi.journal.facts import Forbidden

        fact = ProtectedApplied(**house.applied().model_dump())
        with pytest.raises(Forbidden):
            house.say(fact, "relief.application_protected:x", house.CLERK)


def test_the_counter_stays_with_the_incident_that_was_chosen(clerk: Client) -> None:
    later = "incidents.incident:later"
    opened = IncidentOpened(name="別の地震", hazard="earthquake", began=datetime(2024, 3, 1, 0, 0, tzinfo=UTC))
    record(Draft(opened, later, incident=later), system("test"))
    html = clerk.get(f"/relief/counter/?incident={INCIDENT}").content.decode()
    assert f'value="{INCIDENT}" selected' in html and f'value="{later}"' in html
    found = clerk.get(f"/relief/counter/?incident={INCIDENT}&q=あかり")
    assert found.status_code == 302 and found["Location"].endswith(f"?incident={INCIDENT}".replace(":", "%3A"))
    page = clerk.get(found["Location"]).content.decode()
    assert "令和6年1月1日の地震" in page and "石川県能登の地震" in page and 'name="way"' in page
    sent = dict(re.findall(r'<input[^>]* name="([\w]+)"[^>]*? value="([^"]*)"', page)) | {"members": "0"}
    done = clerk.post(found["Location"].partition("?")[0], {**sent, "way": "counter", "structure": "wooden"})
    assert ApplicationRow.objects.get().incident == INCIDENT
    after = clerk.get(done["Location"]).content.decode()
    assert f"/relief/counter/?incident={INCIDENT}" in after, "the next person is asked about the same disaster"
