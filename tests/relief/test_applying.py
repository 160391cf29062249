"""Ways to apply: by proxy, for what is no dwelling, by the public form; and applications that look like one."""

from __future__ import annotations

import io
import json
import re
import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import APPLICATION, CLERK, HEAD, INCIDENT, SURVEYOR
from tests.relief.test_dwelling_facts import jpeg
from tests.relief.test_pages import PERSON, _town, home  # noqa: F401  # the same town for every test
from tomoshibi.journal.access import system
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import entering, issuing, online_views, photographs, survey_papers
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.duplicates import ApplicationKeptApart, of
from tomoshibi.relief.limits import HourlyLimit
from tomoshibi.relief.models import ApplicationRow, CertificateRow, DwellingRow, PhotographRow, SurveyRow
from tomoshibi.relief.online import REQUEST_BYTES, OnlineForm, OnlineFormSwitched
from tomoshibi.relief.paper_models import OnlineRow, SealUseRow
from tomoshibi.relief.seals import SealKept
from tomoshibi.relief.words import Kind
from tomoshibi.residents.facts import PersonCorrected, ProtectionSet
from tomoshibi.vocabulary.damage import Method

pytestmark = pytest.mark.django_db
JPEG = jpeg(size=(300, 200))  # as a telephone writes it: with its name and where it was
SENT = {
    "kind_of_paper": "disaster",
    "applicant": "灯 太郎",
    "applicant_kana": "あかり たろう",
    "birth": "1960-01-02",
    "address": "灯市平字梅本21番地",
    "damaged_address": "灯市平字梅本21番地",
    "contact": "000-0000-0000",
    "copies": "1",
    "id": "00000000-0000-4000-8000-00000000000f",
}


def page() -> str:
    return f"/relief/counter/{home().key}/"


def form(clerk: Client, address: str, **changes: str) -> dict[str, str]:
    html = clerk.get(address).content.decode()
    sent = dict(re.findall(r'<input[^>]* name="([\w]+)"[^>]*? value="([^"]*)"', html))
    sent |= {"members": "0", "way": "counter", "structure": "wooden", "kind_of_paper": "disaster", "things": ""}
    return {k: v for k, v in (sent | changes).items() if v}


def test_a_proxy_is_taken_once_their_authority_was_seen() -> None:
    clerk = client_of("clerk")
    asked = form(clerk, page(), way="proxy", proxy="灯 次郎", proxy_relation="子")
    answer = clerk.post(page(), asked)
    assert answer.status_code == 422 and "委任状などで確かめて" in answer.content.decode()
    assert clerk.post(page(), {**asked, "authority": "letter"}).status_code == 303
    row = ApplicationRow.objects.get()
    assert (row.way, row.proxy, row.proxy_relation, row.authority) == ("proxy", "灯 次郎", "子", "letter")


def test_a_certificate_of_being_a_victim_needs_no_survey_and_certifies_no_class() -> None:
    clerk = client_of("clerk")
    asked = form(clerk, page(), kind_of_paper="victim", interest="tenant")
    answer = clerk.post(page(), asked)
    assert answer.status_code == 422 and "被災した物を選んでください" in answer.content.decode()
    asked |= {"things": ["belongings", "vehicle"], "damage_told": "床上浸水で水に浸かった"}
    taken = clerk.post(page(), asked)
    assert taken.status_code == 303 and not DwellingRow.objects.exists()
    address = taken["Location"].partition("?")[0]
    html = clerk.get(address).content.decode()
    assert "被災証明書を交付する" in html and "調査と判定" not in html
    assert clerk.post(address, {"copies": "3", "id": "00000000-0000-4000-8000-00000000000b"}).status_code == 303
    row = CertificateRow.objects.get()
    assert (row.kind, row.damage_class, row.damage, row.copies) == (Kind.VICTIM, "", "", 3)
    signed = issuing.signed_items(row, issuing.signer())[0]
    assert signed["things"] == "家財、車両" and signed["interest"] == "借家人・借主" and "damage" not in signed
    assert clerk.get(f"/relief/certificates/{row.subject.partition(':')[2]}/certificate.pdf").status_code == 200
    # both may be had of one event: they are two applications
    assert clerk.post(page(), form(clerk, page())).status_code == 303
    assert {a.kind for a in ApplicationRow.objects.all()} == set(Kind) and not [
        law.name for law, _ in breaches() if law.name.startswith("relief.")
    ]


def test_every_use_of_the_seal_is_a_line_of_its_log() -> None:
    house.until("judged")
    with pytest.raises(Forbidden):
        record(Draft(SealKept(name="灯市長印"), "relief.seal:1"), CLERK)
    record(Draft(SealKept(name="灯市長印"), "relief.seal:1"), HEAD)
    subject = issuing.issue(APPLICATION, CLERK, copies=2, id="00000000-0000-4000-8000-00000000000b")
    assert issuing.issue(APPLICATION, CLERK, id="00000000-0000-4000-8000-00000000000b") == subject
    paper = CertificateRow.objects.get()
    issuing.reissue(paper, CLERK, copies=1, reason="紛失", id="00000000-0000-4000-8000-00000000000c")
    issuing.reissue(paper, CLERK, copies=1, reason="紛失", id="00000000-0000-4000-8000-00000000000c")
    lines = list(SealUseRow.objects.order_by("used_at", "why").values_list("seal_name", "way", "serials", "times"))
    assert sorted(lines) == [("灯市長印", "stamped", paper.serial, 1), ("灯市長印", "stamped", paper.serial, 2)]
    paper.refresh_from_db()
    assert (paper.copies, paper.issues) == (3, 2)


def test_the_public_form_takes_what_a_clerk_then_checks() -> None:
    anyone, clerk = Client(), client_of("clerk")
    assert "いまはオンラインで受け付けていません" in anyone.get("/relief/apply/").content.decode()
    assert anyone.post("/relief/apply/", SENT).status_code == 409
    record(Draft(OnlineFormSwitched(open=True), OnlineForm.ref("quake"), incident=INCIDENT), HEAD)
    assert anyone.post("/relief/apply/", {**SENT, "birth": "x"}).status_code == 422
    told = anyone.post("/relief/apply/", {**SENT, "photos": SimpleUploadedFile("a.jpg", b"<svg onload=x>")})
    assert told.status_code == 422 and "JPEG、HEIC、PNG" in told.content.decode() and not OnlineRow.objects.exists()
    told = anyone.post("/relief/apply/", {**SENT, "photos": SimpleUploadedFile("a.jpg", JPEG)})
    row = OnlineRow.objects.get()
    assert row.number in told.content.decode() and row.state == "waiting"
    assert row.number in anyone.post("/relief/apply/", SENT).content.decode(), "the same form twice is one application"
    assert OnlineRow.objects.count() == 1
    assert anyone.get(f"/relief/online/{row.key}/").status_code == 302, "what was sent is not for the public"

    assert client_of("surveyor").get(f"/relief/online/{row.key}/").status_code == 403
    assert row.number in clerk.get("/relief/online/").content.decode()
    html = clerk.get(f"/relief/online/{row.key}/").content.decode()
    assert home().key in html, "the register's household of that name is proposed"
    shown = clerk.get(f"/relief/online/{row.key}/photos/0/")
    assert shown.content.startswith(b"\xff\xd8\xff") and shown["Content-Type"] == "image/jpeg"
    assert b"SECRETPHONE" in JPEG and b"SECRET" not in shown.content and b"Exif" not in shown.content
    assert clerk.get(f"/relief/online/{row.key}/photos/1/").status_code == 404
    take = f"{page()}?online={row.subject}&incident={INCIDENT}"
    assert clerk.post(page(), form(clerk, take, way="online")).status_code == 303
    row.refresh_from_db()
    taken = ApplicationRow.objects.get()
    assert (row.state, row.application) == ("taken", taken.subject)
    assert (taken.way, taken.online, taken.contact) == ("online", row.subject, "000-0000-0000")


def test_a_photograph_of_an_iphone_is_taken_as_it_is() -> None:
    clerk = client_of("clerk")
    heic = (Path(__file__).parents[1] / "documents" / "turned.heic").read_bytes()
    row = _sent_with_photographs(heic, JPEG)
    shown = clerk.get(f"/relief/online/{row.key}/photos/0/")
    assert shown["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(shown.content)) as image:
        assert image.size == (200, 400) and not dict(image.getexif())
    assert json.loads(row.photo_times)[0] == "2024-01-03T09:30:00+09:00"


def _sent_with_photographs(*photos: bytes) -> OnlineRow:
    record(Draft(OnlineFormSwitched(open=True), OnlineForm.ref("quake"), incident=INCIDENT), HEAD)
    files = [SimpleUploadedFile("a.jpg", photo) for photo in photos]
    assert Client().post("/relief/apply/", {**SENT, "photos": files}).status_code == 200
    return OnlineRow.objects.get()


def test_photographs_of_an_online_application_become_the_dwellings() -> None:
    clerk, surveyor = client_of("clerk"), client_of("surveyor")
    plain = io.BytesIO()
    Image.new("RGB", (90, 60)).save(plain, "JPEG")
    row = _sent_with_photographs(JPEG, jpeg(size=(120, 90)), plain.getvalue())
    address = f"{page()}?online={row.subject}&incident={INCIDENT}"
    asked = form(clerk, address, way="online")
    assert clerk.get(address).content.decode().count('name="photos"') == 3
    # the clerk leaves one out: it shows an identity card
    assert clerk.post(page(), {**asked, "photos": ["0", "2"]}).status_code == 303
    taken = ApplicationRow.objects.get()
    kept = {p.width: p for p in PhotographRow.objects.filter(dwelling=taken.dwelling)}
    assert {(p.width, p.height) for p in kept.values()} == {(200, 300), (90, 60)}, "as they are looked at: upright"
    assert {p.about for p in kept.values()} == {taken.subject}
    assert kept[200].taken_at.isoformat() == "2024-01-03T01:20:30+00:00", "when the camera took it"
    assert kept[90].taken_at == row.sent_at, "a camera that does not say: when it was sent"
    entries = EntryRow.objects.count()
    assert clerk.post(page(), {**asked, "photos": ["0", "2"]}).status_code in (303, 422)
    assert EntryRow.objects.count() == entries, "sent twice, recorded once"

    dwelling = f"/relief/dwellings/{taken.dwelling.partition(':')[2]}/"
    html = surveyor.get(dwelling).content.decode()
    assert html.count("申請者の写真") == 2 and "灯　太郎" not in html
    assert clerk.get(f"/relief/applications/{taken.subject.partition(':')[2]}/").content.decode().count("<figure>") == 2
    # they are what the owner's own judgement stands on
    sheet = f"{dwelling}survey/?incident={INCIDENT}&method=self-judged"
    assert surveyor.get(sheet).content.decode().count("<figure>") == 2
    said = {"incident": INCIDENT, "method": "self-judged", "agreed": "1", "surveyors": "調査 一郎"}
    assert surveyor.post(f"{dwelling}survey/", {**said, "id": str(uuid.uuid4())}).status_code == 303
    survey = SurveyRow.objects.get()
    place = DwellingRow.objects.get(subject=taken.dwelling)
    assert [p.about for p in survey_papers.pictures(survey, place)] == [taken.subject] * 2


def test_photographs_of_a_protected_household_do_not_say_whose_they_are() -> None:
    row = _sent_with_photographs(JPEG)
    record(Draft(ProtectionSet(), PERSON), system("test"))
    boss = client_of("administrator")
    asked = form(boss, f"{page()}?online={row.subject}&incident={INCIDENT}", way="online")
    assert boss.post(page(), {**asked, "photos": ["0"]}).status_code == 303
    taken, photo = ApplicationRow.objects.get(), PhotographRow.objects.get()
    assert taken.protected and photo.about == "" and photo.dwelling == taken.dwelling
    said = EntryRow.objects.get(subject=photo.subject)
    assert "application" not in str(said.payload), "nor does its entry"


def test_a_survey_of_another_disaster_lends_no_photographs() -> None:
    house.until("planned")
    other = "relief.survey:other"
    drafts = photographs.drafts([JPEG], house.HOUSE, other)
    record(drafts, system("test"))
    owner = Sheet(method=Method.SELF_JUDGED, agreed=True)
    with pytest.raises(Refused, match="写真が必要"):
        entering.enter(
            owner,
            "調査員",
            SURVEYOR,
            survey=house.SURVEY,
            dwelling=house.HOUSE,
            incident=INCIDENT,
            id=str(uuid.uuid4()),
        )


def test_what_a_protected_person_sends_is_seen_by_few() -> None:
    record(Draft(OnlineFormSwitched(open=True), OnlineForm.ref("quake"), incident=INCIDENT), HEAD)
    record(Draft(ProtectionSet(), PERSON), system("test"))
    record(Draft(PersonCorrected(birth="1960-01-02"), PERSON), system("test"))
    assert Client().post("/relief/apply/", SENT).status_code == 200
    row = OnlineRow.objects.get()
    assert row.protected
    clerk = client_of("clerk")
    assert row.number not in clerk.get("/relief/online/").content.decode()
    assert clerk.get(f"/relief/online/{row.key}/").status_code == 403
    assert client_of("administrator").get(f"/relief/online/{row.key}/").status_code == 200


def online_of(**changes: str) -> OnlineRow:
    """What somebody sent by the open form."""
    if not OnlineRow.objects.exists():
        record(Draft(OnlineFormSwitched(open=True), OnlineForm.ref("quake"), incident=INCIDENT), HEAD)
    sent = SENT | {"id": str(uuid.uuid4())} | changes
    assert Client().post("/relief/apply/", sent).status_code == 200
    return OnlineRow.objects.get(subject__endswith=sent["id"])


def test_a_protected_person_is_known_by_kana_too() -> None:
    record([Draft(PersonCorrected(birth="1960-01-02"), PERSON), Draft(ProtectionSet(), PERSON)], system("test"))
    assert online_of(applicant="燈火 太朗").protected, "a name as they write it, and its kana"
    assert online_of(applicant="燈火 太朗", applicant_kana="あがり たろう").protected, "as it is heard"
    assert not online_of(applicant="燈火 太朗", applicant_kana="ともしび はな").protected
    assert not online_of(birth="1960-01-03").protected


def test_what_was_sent_before_its_sender_was_protected_is_closed() -> None:
    """On its page, in the list, on the journal's pages, and on the form that would be filled in with it."""
    record(Draft(PersonCorrected(birth="1960-01-02"), PERSON), system("test"))
    waiting, taken = online_of(), online_of(applicant="別名", applicant_kana="べつめい", contact="111-2222")
    clerk, few = client_of("clerk"), client_of("administrator")
    new = "/relief/counter/new/?online="
    assert waiting.contact in clerk.get(f"{new}{waiting.subject}").content.decode()
    assert Reading.objects.filter(subject=waiting.subject, where__contains="/relief/counter/").exists()
    take = f"{page()}?online={taken.subject}&incident={INCIDENT}"
    assert clerk.post(page(), form(clerk, take, way="online")).status_code == 303
    record(Draft(ProtectionSet(), PERSON), system("test"))
    listed = clerk.get("/relief/online/").content.decode()
    for row in (waiting, taken):
        assert row.contact not in clerk.get(f"{new}{row.subject}").content.decode()
        assert row.contact in few.get(f"{new}{row.subject}").content.decode()
        assert clerk.get(f"/relief/online/{row.key}/").status_code == 403 and row.number not in listed
        assert clerk.get(reverse("journal:subject", args=[row.subject])).status_code in (403, 404)


def test_strangers_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    limit = HourlyLimit(2, 3, lambda: clock[0])
    assert [limit.take(a) for a in "aaabb"] == [True, True, False, True, False]
    clock[0] = 3601
    assert limit.take("a")
    record(Draft(OnlineFormSwitched(open=True), OnlineForm.ref("quake"), incident=INCIDENT), HEAD)
    monkeypatch.setattr(online_views, "limit", HourlyLimit(0, 0))
    assert Client().post("/relief/apply/", SENT).status_code == 429
    large = Client().post("/relief/apply/", b"", content_type="multipart/form-data", CONTENT_LENGTH=REQUEST_BYTES + 1)
    assert large.status_code == 413 and not OnlineRow.objects.exists()


def test_applications_alike_are_shown_and_settled_by_a_person() -> None:
    house.until("applied")
    other, near = "relief.application:a2", "relief.application:a3"
    named = house.applied(household="", householder="灯 太郎", dwelling="relief.dwelling:other")
    neighbour = house.applied(household="residents.household:h9", householder="灯　次郎")
    record([Draft(named, other, incident=INCIDENT), Draft(neighbour, near, incident=INCIDENT)], CLERK)
    row = ApplicationRow.objects.get(subject=APPLICATION)
    assert [(a.row.subject, a.duplicate) for a in of(row)] == [(other, True), (near, False)]
    twice = house.applied(dwelling="relief.dwelling:third", damaged_address="灯市平字梅本22番地")
    record(Draft(twice, "relief.application:a4", incident=INCIDENT), CLERK)
    broken = {law.name: findings for law, findings in breaches()}["relief.applied_once"]
    assert [f.subjects for f in broken] == [(APPLICATION, "relief.application:a4")]
    clerk = client_of("clerk")
    assert "重複かもしれません" in clerk.get(f"/relief/applications/{APPLICATION.partition(':')[2]}/").content.decode()
    settled = ApplicationKeptApart(other="relief.application:a4", reason="二軒とも被災した")
    with pytest.raises(Forbidden):
        record(Draft(settled, APPLICATION), SURVEYOR)
    with pytest.raises(Refused):
        record(Draft(ApplicationKeptApart(other=APPLICATION, reason="x"), APPLICATION), CLERK)
    record(Draft(settled, APPLICATION), CLERK)
    assert not [law.name for law, _ in breaches() if law.name == "relief.applied_once"]
    assert "relief.application:a4" not in [a.row.subject for a in of(ApplicationRow.objects.get(subject=APPLICATION))]
    assert not of(ApplicationRow.objects.get(subject="relief.application:a4")), "said of one, it is said of both"


def test_the_seals_page_keeps_its_image_and_exports_its_log() -> None:
    house.until("judged")
    head, clerk = client_of("headquarters"), client_of("clerk")
    assert client_of("surveyor").get("/relief/seal/").status_code == 403
    sent = {"name": "灯市長印", "image": SimpleUploadedFile("seal.png", b"no picture")}
    assert "PNGにしてください" in head.post("/relief/seal/", sent).content.decode()
    png = red_square()
    assert (
        head.post("/relief/seal/", {"name": "灯市長印", "image": SimpleUploadedFile("a.png", png)}).status_code == 303
    )
    assert head.get("/relief/seal/image.png").content == png
    assert clerk.get("/relief/seal/image.png").status_code == 403
    subject = issuing.issue(APPLICATION, CLERK, id="00000000-0000-4000-8000-00000000000b")
    row = CertificateRow.objects.get()
    page = f"/relief/certificates/{subject.partition(':')[2]}/"
    assert clerk.post(f"{page}reissue/", {"copies": "99", "reason": "紛失"}).status_code == 422
    assert clerk.post(f"{page}reissue/", {"copies": "2", "reason": "紛失"}).status_code == 303
    assert "灯市長印 2回" in clerk.get(page).content.decode()
    log = clerk.get("/relief/seal/?as=csv").content.decode("utf-8-sig")
    assert log.count(row.serial) == 2 and "印影を印刷" in log and "窓口 職員" in log
    made = clerk.get(f"{page}certificate.pdf")
    assert made.status_code == 200 and b"/Subtype/Image" in made.content.replace(b" ", b"")


def red_square() -> bytes:
    """A red square, as a seal's image."""
    import struct
    import zlib

    def piece(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\xc8\x1e\x1e" * 8 for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", header) + piece(b"IDAT", zlib.compress(rows)) + piece(b"IEND", b"")
