"""The registered supporter list: who is on it, who is told, what leaves the house, and how it comes back."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from pypdf import PdfReader

from tests.clients import client_of
from tests.residents import register_of
from tests.residents.register_of import CHIEF, CLERK, ME, person
from tests.residents.test_movements import change
from tomoshibi.incidents import panels
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import copies, queries, support_views
from tomoshibi.residents.identity_facts import Merged
from tomoshibi.residents.models import CopyRow, SnapshotRow, SupportRow
from tomoshibi.residents.subjects import Identity
from tomoshibi.residents.support import (
    EvacuationPlanned,
    Support,
    SupportConsented,
    SupportCopy,
    SupportCopyEnded,
    SupportCopyHanded,
    SupportEnded,
    SupportListed,
)
from tomoshibi.residents.taking import take_changes
from tomoshibi.residents.words import Basis, CopyEnd, Need, Recipient

pytestmark = pytest.mark.django_db
QUAKE = Incident.ref("quake")
DAY = dt.date(2026, 11, 20)
SHELTER = Actor("user:shelter", "避難所", (("shelter", ""),))


def of(number: str) -> str:
    return Support.ref(person(number).partition(":")[2])


@pytest.fixture(autouse=True)
def _list() -> None:
    """1 consents to the fire brigade, 3 refuses, 6 was never asked, 4 is protected and consents."""
    register_of.build()
    record([Draft(SupportListed(needs=(Need.CARE, Need.BODY), contact="090-1"), of(n)) for n in "136"], CLERK)
    record(Draft(SupportListed(needs=(Need.ILLNESS,), contact="090-4"), of("4")), CHIEF)
    record(Draft(SupportConsented(consent=True, to=(Recipient.FIRE, Recipient.WELFARE), on=DAY), of("1")), CLERK)
    record(Draft(SupportConsented(consent=False, on=DAY), of("3")), CLERK)
    record(Draft(SupportConsented(consent=True, to=(Recipient.FIRE,), on=DAY), of("4")), CHIEF)
    record(
        Draft(
            EvacuationPlanned(
                helpers=("髙橋　湊　本町2-3-4　090-2",), destination="本町小学校", route="橋を渡らない", made_on=DAY
            ),
            of("1"),
        ),
        CLERK,
    )


def copy(*people: str, basis: Basis = Basis.CONSENT, **more) -> SupportCopyHanded:
    said = {"recipient": Recipient.FIRE, "name": "本町分団", "handed_on": DAY, "due_on": dt.date(2026, 11, 21)}
    return SupportCopyHanded(basis=basis, people=tuple(map(person, people)), **{**said, **more})


COPY = SupportCopy.ref("0c5f1b52-0000-4000-8000-000000000001")


def test_who_is_told_in_normal_times_and_in_a_disaster() -> None:
    told, left = copies.for_copy(CLERK, Recipient.FIRE, Basis.CONSENT)
    assert ([who.name for who in told], left) == (["髙橋　花子"], 3)
    told, left = copies.for_copy(CLERK, Recipient.POLICE, Basis.CONSENT)
    assert (told, left) == ([], 4)
    told, left = copies.for_copy(CLERK, Recipient.POLICE, Basis.EMERGENCY)
    assert {who.name for who in told} == {"髙橋　花子", "高橋　花子", "辻\U000e0102　ショウタ"}
    assert left == 1  # the protected one stands on no copy
    told, _ = copies.for_copy(CLERK, Recipient.POLICE, Basis.EMERGENCY, area="潮見")
    assert [who.name for who in told] == ["高橋　花子"]


def test_a_copy_is_refused_where_there_is_no_right() -> None:
    for fact in (copy("3"), copy("6"), copy("2"), copy(), copy("1", recipient=Recipient.POLICE), copy("4")):
        with pytest.raises(Refused):
            record(Draft(fact, COPY), CLERK)
    with pytest.raises(Refused):
        record(Draft(copy("3", basis=Basis.EMERGENCY), COPY), CLERK)
    record(Draft(IncidentOpened(name="地震"), QUAKE), ME)
    record(Draft(copy("3", basis=Basis.EMERGENCY), COPY, incident=QUAKE), CLERK)
    with pytest.raises(Refused):
        record(Draft(copy("1"), COPY), CLERK)
    with pytest.raises(Forbidden):
        record(Draft(copy("1"), SupportCopy.ref("x")), SHELTER)


def test_a_copy_comes_back_or_is_told_of() -> None:
    record(Draft(copy("1"), COPY), CLERK)
    assert [c.name for c in copies.copies_of(person("1"))] == ["本町分団"]
    assert copies.copies_of(person("3")) == []
    assert copies.overdue(DAY) == []
    assert len(copies.overdue(dt.date(2026, 11, 22))) == 1
    assert any("本町分団" in t.text.ja for t in panels.told("due", "", CLERK))
    record(Draft(SupportCopyEnded(how=CopyEnd.DESTROYED, on=DAY, note="裁断"), COPY), CLERK)
    assert copies.overdue(dt.date(2026, 11, 22)) == []
    with pytest.raises(Refused):
        record(Draft(SupportCopyEnded(how=CopyEnd.LOST, on=DAY), SupportCopy.ref("x")), CLERK)


def test_what_is_said_of_the_list_and_what_is_refused() -> None:
    row = SupportRow.objects.get(person=person("1"))
    assert (row.listed, row.needs, row.consent_to, row.plan_on) == (True, "care body ", "fire welfare ", DAY)
    for fact, number in (
        (SupportListed(contact="1"), "2"),
        (SupportListed(needs=(Need.CARE,)), "99"),
        (SupportConsented(consent=True, on=DAY), "1"),
        (EvacuationPlanned(destination="x"), "3"),
        (EvacuationPlanned(made_on=DAY), "3"),
        (SupportEnded(reason="x"), "2"),
    ):
        with pytest.raises(Refused):
            record(Draft(fact, of(number)), CLERK)
    record(Draft(SupportListed(contact="090-9"), of("1")), CLERK)  # the reasons stay
    assert SupportRow.objects.get(person=person("1")).needs == "care body "
    record(Draft(SupportEnded(reason="施設へ入所"), of("1")), CLERK)
    assert person("1") not in {row.person for _, row in copies.listed(CLERK)}
    before = contents()
    rebuild()
    assert contents() == before


def test_a_protected_person_is_for_the_few() -> None:
    for fact in (SupportListed(contact="1"), SupportEnded(reason="x")):
        with pytest.raises(Forbidden):
            record(Draft(fact, of("4")), CLERK)
    clerk = client_of("clerk")
    key = person("4").partition(":")[2]
    assert "090-4" not in clerk.get(f"/residents/people/{key}/").content.decode()
    assert "湯沢東" not in clerk.get("/residents/support/").content.decode()
    record(Draft(EvacuationPlanned(destination="秘密の寺", made_on=DAY), of("4")), CHIEF)
    assert clerk.get(f"/residents/people/{key}/plan.pdf").status_code == 403
    assert "秘密の寺" not in clerk.get(f"/residents/people/{key}/").content.decode()
    chief = client_of("administrator")
    assert chief.get(f"/residents/people/{key}/plan.pdf").status_code == 200
    # nor do the journal's own pages, or the API, tell what was recorded of them
    for path in (f"/subject/{of('4')}/", f"/api/v1/subjects/{of('4')}", "/api/v1/entries?limit=100", "/journal/"):
        said = clerk.get(path).content.decode()
        assert "秘密の寺" not in said, path
        assert "090-4" not in said, path
    assert "090-1" in clerk.get(f"/subject/{of('1')}/").content.decode()
    assert "秘密の寺" in chief.get(f"/subject/{of('4')}/").content.decode()


def test_a_record_on_the_list_that_is_another_persons_stays_on_it() -> None:
    """1 is listed and is found to be 2, who is not: their sheet shows it, copies hold it, it can be ended."""
    record(Draft(Merged(other=person("2"), reason="保険証"), Identity.ref(person("1").partition(":")[2])), CHIEF)
    told, _ = copies.for_copy(CLERK, Recipient.FIRE, Basis.CONSENT)
    assert [(who.ref, who.name) for who in told] == [(person("1"), "髙橋　湊")]
    record(Draft(copy("1"), COPY), CLERK)
    clerk = client_of("clerk")
    sheet = clerk.get(f"/residents/people/{person('2').partition(':')[2]}/").content.decode()
    assert "090-1" in sheet
    assert "本町分団" in sheet
    assert f"/record/residents.support_ended/{of('1')}/" in sheet
    assert "登録はありません" not in sheet
    assert clerk.get(f"/residents/people/{person('1').partition(':')[2]}/plan.pdf").status_code == 200
    assert Reading.objects.filter(subject=person("2"), where__endswith="plan.pdf").exists()
    record(Draft(SupportListed(needs=(Need.BODY,), contact="090-2"), of("2")), CLERK)  # by their own record too: once
    told, _ = copies.for_copy(CLERK, Recipient.FIRE, Basis.EMERGENCY)
    assert [who.ref for who in told if who.name == "髙橋　湊"] == [person("2")]
    record(Draft(SupportEnded(reason="二重"), of("1")), CLERK)
    assert person("1") not in {row.person for _, row in copies.listed(CLERK)}


def test_whom_the_register_knows_no_more_stands_on_no_copy() -> None:
    SnapshotRow.objects.all().delete()
    with pytest.raises(Refused):
        record(Draft(copy("1"), COPY), CLERK)


def test_the_list_goes_over_pages_and_each_page_is_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support_views, "PAGE", 2)
    clerk = client_of("clerk")
    pages = [clerk.get(f"/residents/support/?page={n}").content.decode() for n in (1, 2)]
    assert [page.count('data-label="事由"') for page in pages] == [2, 2]
    assert "4人" in pages[0]
    read = Reading.objects.filter(where="/residents/support/")
    assert {r.subject for r in read} == {person(n) for n in "1346"}
    first = Reading.objects.filter(where="/residents/support/").order_by("pk")[:2]
    assert len({r.subject for r in first}) == 2


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_pages_and_papers() -> None:
    clerk = client_of("clerk")
    page = clerk.get("/residents/support/").content.decode()
    assert "未確認" in page
    assert "要介護、身体障害" in page
    assert "辻" not in clerk.get("/residents/support/?area=本町").content.decode()
    key = "0c5f1b52-0000-4000-8000-000000000007"
    said = {"key": key, "recipient": "fire", "name": "本町分団", "area": "", "basis": "consent", "due_on": "2026-12-31"}
    counted = clerk.post("/residents/support/hand/", {**said, "count": "1"}).content.decode()
    assert "1人が載ります" in counted
    assert CopyRow.objects.count() == 0
    for wrong in ({"recipient": ""}, {"name": ""}, {"due_on": "あした"}, {"recipient": "police"}):
        assert clerk.post("/residents/support/hand/", {**said, **wrong}).status_code == 422
    sent = [clerk.post("/residents/support/hand/", said) for _ in range(2)]
    assert [s.status_code for s in sent] == [303, 303]
    assert CopyRow.objects.count() == 1
    assert "本町分団" in clerk.get(sent[0].url).content.decode()
    paper = clerk.get(f"{sent[0].url}list.pdf")
    told = text_of(paper.content)
    assert "0C5F1B52" in told
    assert "髙橋" in told.replace("\n", "")
    assert "090-1" in told
    sheet = clerk.get(f"/residents/people/{person('1').partition(':')[2]}/").content.decode()
    assert "本町分団" in sheet
    assert "本町小学校" in sheet
    plan = text_of(clerk.get(f"/residents/people/{person('1').partition(':')[2]}/plan.pdf").content)
    assert "本町小学校" in plan
    assert Reading.objects.filter(subject=person("1"), actor__startswith="user:clerk").exists()
    # a form says whose it is, first entries too, and that is a reading
    for kind, number, name in (("evacuation_planned", "1", "髙橋　花子"), ("support_listed", "2", "髙橋　湊")):
        assert name in clerk.get(f"/record/residents.{kind}/{of(number)}/").content.decode()
    assert Reading.objects.filter(subject=person("2"), actor__startswith="user:clerk").exists()
    assert clerk.get(f"/residents/people/{person('2').partition(':')[2]}/plan.pdf").status_code == 404
    assert clerk.get("/residents/support/copies/x/").status_code == 404
    for role in ("shelter", "ict", "staff"):
        assert client_of(role).get("/residents/support/").status_code == 403
    assert client_of("headquarters").get("/residents/support/").status_code == 200


class TestCopiesOfAPlan:
    """A plan in somebody's hands: whose, by what consent, and whether it is still the plan."""

    KEY = "0c5f1b52-0000-4000-8000-000000000003"
    COPY = SupportCopy.ref(KEY)

    def plan(self, number: str = "1", **more) -> SupportCopyHanded:
        who, row = queries.person(person(number), CHIEF), SupportRow.objects.get(person=person(number))
        return copy(number, what="plan", of_plan=copies.version(who, row), **more)

    def consents(self, number: str = "1") -> None:
        record(Draft(EvacuationPlanned(destination="本町小学校", made_on=DAY, plan_consent=True), of(number)), CHIEF)

    def stale(self) -> str:
        row = CopyRow.objects.get(subject=self.COPY)
        told = copies.to_replace([row]).get(row.subject)
        return told.ja if told else ""

    def test_it_is_handed_only_with_the_persons_consent_to_the_plan_and_as_it_was_shown(self) -> None:
        with pytest.raises(Refused, match="同意"):
            record(Draft(self.plan(), self.COPY), CLERK)
        old = self.plan()
        self.consents()
        for wrong, said in (
            (old, "変わりました"),
            (self.plan(recipient=Recipient.POLICE), "同意"),
            (copy("1", what="plan"), "変わりました"),
            (copy("1", "3", what="plan", of_plan="x"), "1人"),
            (copy("6", what="plan", of_plan="x"), "計画"),
        ):
            with pytest.raises(Refused, match=said):
                record(Draft(wrong, self.COPY), CLERK)
        record(Draft(self.plan(), self.COPY), CLERK)
        row = CopyRow.objects.get()
        assert (row.what, row.people, row.by) == ("plan", 1, "窓口")
        assert self.stale() == ""

    def test_what_changes_makes_it_one_to_replace_until_it_comes_back(self) -> None:
        self.consents()
        record(Draft(self.plan(), self.COPY), CLERK)
        for fact, subject, said in (
            (EvacuationPlanned(destination="市民会館", made_on=DAY), of("1"), "改められ"),
            (SupportConsented(consent=True, to=(Recipient.POLICE,), on=DAY), of("1"), "同意"),
            (SupportEnded(reason="施設へ入所"), of("1"), "名簿"),
        ):
            record(Draft(fact, subject), CLERK)
            assert said in self.stale(), said
        clerk = client_of("clerk")
        assert self.COPY.partition(":")[2][:8].upper() in clerk.get("/residents/support/").content.decode()
        record(Draft(SupportCopyEnded(how=CopyEnd.RETURNED, on=DAY), self.COPY), CLERK)
        assert self.stale() == ""

    def test_who_moved_died_or_is_protected_since_is_on_no_copy_that_holds(self) -> None:
        self.consents()
        record(Draft(self.plan(), self.COPY), CLERK)
        record(Draft(copy("1"), COPY), CLERK)
        moved = change("1", "A", "moved", "2026-11-21", "2026-11-21", "髙橋　花子", "タカハシ　ハナコ", town="港町")
        later = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
        with worlds.at(later):
            take_changes([moved], ME, processed_to=dt.date(2026, 11, 21))
            assert "改められ" in self.stale()
            gone = change("1", "A", "died", "2026-11-22", "2026-11-22", "髙橋　花子", "タカハシ　ハナコ")
            take_changes([gone], ME, processed_to=dt.date(2026, 11, 22))
            told = copies.to_replace(list(CopyRow.objects.all()))
            assert ["1人" in told[c].ja for c in (self.COPY, COPY)] == [True, True]

    def test_the_pages_hand_it_print_it_and_take_it_back(self) -> None:
        clerk, key = client_of("clerk"), person("1").partition(":")[2]
        page = f"/residents/people/{key}/plan/hand/"
        assert "同意" in clerk.get(page).content.decode()
        self.consents()
        form = clerk.get(page).content.decode()
        version = re.search(r'name="of_plan" value="([0-9a-f]+)"', form)[1]
        assert "本町小学校" in form
        said = {"key": self.KEY, "recipient": "fire", "name": "本町分団", "basis": "consent", "of_plan": version}
        assert clerk.post(page, {**said, "recipient": "police"}).status_code == 422
        assert clerk.post(page, {**said, "of_plan": "0"}).status_code == 422
        sent = [clerk.post(page, said) for _ in range(2)]
        assert [s.status_code for s in sent] == [303, 303]
        assert CopyRow.objects.count() == 1
        shown = clerk.get(sent[0].url).content.decode()
        for told in ("本町分団", "個別避難計画", "0C5F1B52", "髙橋", "2026-11-20"):
            assert told in shown, told
        printed = text_of(clerk.get(f"{sent[0].url}plan.pdf").content).replace("\n", "")
        assert "0C5F1B52" in printed and "本町分団" in printed and "本町小学校" in printed
        listing = clerk.get("/residents/support/").content.decode()
        assert "0C5F1B52" not in listing and "ほか1部" in listing  # a city has thousands that hold
        assert "0C5F1B52" in clerk.get("/residents/support/?copies=all").content.decode()
        assert "本町分団" in clerk.get(f"/residents/people/{key}/").content.decode()
        record(Draft(EvacuationPlanned(destination="市民会館", made_on=DAY), of("1")), CLERK)
        assert "改められ" in clerk.get(sent[0].url).content.decode()
        assert "0C5F1B52" in clerk.get("/residents/support/").content.decode()
        assert "差し替え" in clerk.get(f"/residents/people/{key}/").content.decode()
        refused = clerk.get(f"{sent[0].url}plan.pdf")
        assert refused.status_code == 409
        assert "市民会館" not in refused.content.decode(errors="replace")
        assert clerk.get(f"/residents/people/{person('2').partition(':')[2]}/plan/hand/").status_code == 404
        assert clerk.get(f"{sent[0].url}list.pdf").status_code == 404

    def test_a_protected_persons_plan_is_for_the_few_and_gives_no_address(self) -> None:
        self.consents("4")
        with pytest.raises(Refused, match="支援措置"):
            record(Draft(self.plan("4"), self.COPY), CLERK)
        record(Draft(self.plan("4", name="秘密の友"), self.COPY), CHIEF)
        clerk, chief = client_of("clerk"), client_of("administrator")
        page = f"/residents/support/copies/{self.KEY}/"
        for path in (page, f"{page}plan.pdf", f"/residents/people/{person('4').partition(':')[2]}/plan/hand/"):
            assert clerk.get(path).status_code == 403, path
        for path in ("/residents/support/", f"/subject/{self.COPY}/", "/api/v1/entries?limit=100", "/journal/"):
            assert "秘密の友" not in clerk.get(path).content.decode(), path
        printed = text_of(chief.get(f"{page}plan.pdf").content)
        assert "非開示" in printed
        assert "湯沢東" not in printed and "090-4" not in printed
