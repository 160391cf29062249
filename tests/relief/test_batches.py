"""Many certificates at once: resumed where it stopped, what cannot be printed is named, the rest goes on."""

from __future__ import annotations

import io
import uuid

import pypdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import CLERK, INCIDENT, SURVEYOR
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import batches, issuing, queries, signing
from tomoshibi.relief.batches import Progress
from tomoshibi.relief.facts import SurveyPlanned
from tomoshibi.relief.models import CertificateRow
from tomoshibi.relief.paper_models import BatchRow, SealUseRow
from tomoshibi.relief.papers import ApplicationWithdrawn, CertificateIssued
from tomoshibi.relief.words import Kind, Stage
from tomoshibi.residents import queries as residents
from tomoshibi.residents.facts import PersonAdded, ProtectionSet

pytestmark = pytest.mark.django_db
KEY = str(uuid.UUID(int=7))


@pytest.fixture(autouse=True)
def _judged() -> None:
    house.town()
    house.until("judged")
    names = {2: "灯　二郎", 3: "辻\U000e0102　\U0001f600子", 4: "灯　四郎", 5: "灯　五郎", 6: "灯　六郎"}
    asked = [
        Draft(
            house.applied(household=f"residents.household:h{n}", householder=name, copies=2 if n == 4 else 1),
            f"relief.application:a{n}",
            incident=INCIDENT,
        )
        for n, name in names.items()
    ]
    record(asked, CLERK)


def test_a_batch_goes_on_where_it_stopped_and_names_what_it_left_out() -> None:
    rows = batches.ready(INCIDENT, Kind.DISASTER, CLERK)
    assert len(rows) == 6
    with pytest.raises(Forbidden):
        batches.start("朝の分", rows, SURVEYOR, KEY)
    with pytest.raises(Refused):
        batches.start("朝の分", [], CLERK, KEY)
    ref = batches.start("朝の分", rows, CLERK, KEY)
    assert batches.start("朝の分", rows, CLERK, KEY) == ref, "sent twice, started once"
    assert batches.run(ref, CLERK, most=2) == Progress(2, 0, 4)
    # meanwhile, at another window
    record(Draft(ApplicationWithdrawn(reason="重複"), "relief.application:a5", incident=INCIDENT), CLERK)
    alone = issuing.issue("relief.application:a6", CLERK)
    assert batches.run(ref, CLERK, most=2) == Progress(3, 1, 2)
    assert batches.run(ref, CLERK) == Progress(3, 3, 0) == batches.run(ref, CLERK)
    row = BatchRow.objects.get()
    left = {s.row.householder: s.why.ja for s in batches.stopped(row, CLERK) if s.row}
    assert set(left) == {"辻\U000e0102　\U0001f600子", "灯　五郎", "灯　六郎"}
    assert "U+1F600" in left["辻\U000e0102　\U0001f600子"] and "世帯主氏名" in left["辻\U000e0102　\U0001f600子"]
    assert "取り下げ" in left["灯　五郎"] and "交付済み" in left["灯　六郎"]
    serials = [c.serial for c in batches.papers(ref, CLERK)]
    assert len(set(serials)) == 3 and CertificateRow.objects.get(subject=alone).serial not in serials
    logged = SealUseRow.objects.filter(why__contains="一括").order_by("used_at")
    assert [s for line in logged for s in line.serials.split("、")] == serials
    assert sum(line.times for line in logged) == 4, "a stamp for each copy"
    assert queries.queue(INCIDENT).judged == 1, "only who has the character waits on"
    assert queries.applications().filter(stage=Stage.JUDGED).get().subject == "relief.application:a3"


def taken_once(monkeypatch: pytest.MonkeyPatch) -> str:
    """Another window has just taken the number that ours thought was next: it is told once more, then the true one."""
    taken = CertificateRow.objects.get(subject=issuing.issue("relief.application:a6", CLERK)).serial
    told, real = iter([taken]), issuing.next_serial
    monkeypatch.setattr(issuing, "next_serial", lambda day: next(told, None) or real(day))
    return taken


def test_a_number_taken_meanwhile_is_replaced_at_the_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taken_once(monkeypatch)
    made = CertificateRow.objects.get(subject=issuing.issue(house.APPLICATION, CLERK))
    assert made.application == house.APPLICATION and made.serial > taken


def test_a_number_taken_meanwhile_leaves_nobody_out_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [r for r in batches.ready(INCIDENT, Kind.DISASTER, CLERK) if not r.subject.endswith(("a3", "a6"))]
    ref = batches.start("朝の分", rows, CLERK, KEY)
    taken_once(monkeypatch)
    assert batches.run(ref, CLERK) == Progress(4, 0, 0)
    assert len({c.serial for c in CertificateRow.objects.all()}) == 5


def test_two_windows_that_run_one_batch_leave_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [r for r in batches.ready(INCIDENT, Kind.DISASTER, CLERK) if not r.subject.endswith(("a3", "a6"))]
    ref = batches.start("朝の分", rows, CLERK, KEY)
    real, windows = issuing.printable, []

    def meanwhile(fact: CertificateIssued) -> None:
        if not windows:  # ours has read what is to do, and records nothing yet
            windows.append(1)
            issuing.issue("relief.application:a6", CLERK)
            assert batches.run(ref, CLERK, most=3) == Progress(3, 0, 1)
        real(fact)

    monkeypatch.setattr(issuing, "printable", meanwhile)
    assert batches.run(ref, CLERK) == Progress(4, 0, 0)
    assert len({c.application for c in CertificateRow.objects.all()}) == CertificateRow.objects.count() == 5


def test_who_asked_for_another_survey_meanwhile_waits_for_it() -> None:
    ref = batches.start("朝の分", batches.ready(INCIDENT, Kind.DISASTER, CLERK), CLERK, KEY)
    again = SurveyPlanned(dwelling=house.HOUSE, round=2, disaster_on=house.DAY, reason="内部の損傷")
    house.say(again, f"{house.SURVEY}-2", CLERK)
    assert batches.run(ref, CLERK) == Progress(0, 6, 0)
    with pytest.raises(Refused, match="待っています"):  # nor at the counter, from a page that is older
        issuing.issue(house.APPLICATION, CLERK)
    assert {str(s.why) for s in batches.stopped(BatchRow.objects.get(), CLERK)} == {"調査または判定を待っています。"}


def test_of_who_is_protected_since_nothing_is_listed_and_nobody_is_asked_one_by_one() -> None:
    ref = batches.start("朝の分", batches.ready(INCIDENT, Kind.DISASTER, CLERK), CLERK, KEY)
    batches.run(ref, CLERK)
    clerk, few, row = client_of("clerk"), client_of("administrator"), BatchRow.objects.get()
    hidden = CertificateRow.objects.get(household="residents.household:h4").serial
    for n in (3, 4):  # one left out, one issued
        person = PersonAdded.model_validate({"name": "灯　某", "kana": "あかり　ぼう"})
        record([Draft(f, f"residents.person:h{n}") for f in (person, ProtectionSet())], system("test"))
    page = f"/relief/batches/{KEY}/"
    assert hidden not in clerk.get(page).content.decode() and hidden in few.get(page).content.decode()
    printed = pypdf.PdfReader(io.BytesIO(clerk.get(f"{page}certificates.pdf").content))
    assert hidden not in "".join(p.extract_text() for p in printed.pages)
    assert [s.row for s in batches.stopped(row, CLERK)] == [None]
    with CaptureQueriesContext(connection) as one_by_one:
        residents.shielded()
    with CaptureQueriesContext(connection) as asked:
        assert len(batches.papers(ref, CLERK)) == 4
    assert len(asked) == len(one_by_one) + 1


def test_its_pdf_has_a_page_for_each_copy_and_a_signed_code_on_each() -> None:
    ref = batches.start("朝の分", batches.ready(INCIDENT, Kind.DISASTER, CLERK), CLERK, KEY)
    batches.run(ref, CLERK)
    papers = batches.papers(ref, CLERK)
    made = pypdf.PdfReader(io.BytesIO(batches.pdf(papers)))
    texts = [page.extract_text() for page in made.pages]
    assert len(texts) == 6 and sum("灯　四郎" in t for t in texts) == 2
    for row in papers:
        assert sum(row.serial in t for t in texts) == row.copies
        signed = issuing.signed_items(row, issuing.signer())[2]
        assert signing.verify_qr(signed.qr_text, issuing.trusted()).verdict == "genuine"
    later = batches.papers(ref, CLERK, since=papers[3].serial)
    assert [p.serial for p in later] == [p.serial for p in papers[3:]], "printing goes on after a jam"


def test_the_pages_start_go_on_and_print() -> None:
    record(Draft(IncidentOpened(name="地震", hazard="earthquake"), INCIDENT, incident=INCIDENT), system("test"))
    clerk = client_of("clerk")
    assert client_of("surveyor").get("/relief/batches/").status_code == 403
    asked = {"kind": "disaster", "incident": INCIDENT, "id": KEY}
    assert clerk.post("/relief/batches/", {**asked, "kind": "victim"}).status_code == 422
    for number in ("五", "0", "2.5"):
        said = clerk.post("/relief/batches/", {**asked, "number": number, "name": "朝の分"})
        html = said.content.decode()
        assert said.status_code == 422 and "1 以上の整数" in html, "what cannot be read is not taken for all of them"
        assert f'value="{number}"' in html and 'value="朝の分"' in html
    page = clerk.post("/relief/batches/", asked)["Location"]
    assert clerk.get(f"{page}certificates.pdf").status_code == 422
    assert clerk.post(page).status_code == 303
    html = clerk.get(page).content.decode()
    assert "U+1F600" in html and html.count("2026-") >= 5
    assert clerk.get(f"{page}certificates.pdf").content.startswith(b"%PDF")
    assert "5" in clerk.get("/relief/batches/").content.decode()
