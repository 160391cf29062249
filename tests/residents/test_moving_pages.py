"""Pages of the nightly intake, of movers, of proposals: who sees what, and what their buttons do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client

from tests.clients import client_of
from tests.residents import register_of
from tests.residents.register_of import CHIEF, CLERK, ME, PEOPLE, person
from tests.residents.test_intake import CHANGES, csv_of, moved
from tests.residents.test_movements import BORN, DIED_LATE, IN_LATE, MOVED, OUT, change
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import intake, movers, proposing, queries, thinning
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import ProtectionSet
from tomoshibi.residents.identity_facts import KeptApart, Merged
from tomoshibi.residents.intake_facts import OURS, IntakeDescribed
from tomoshibi.residents.models import DeliveryRow
from tomoshibi.residents.subjects import Identity
from tomoshibi.residents.taking import take_changes

pytestmark = pytest.mark.django_db
DISASTER = dt.date(2026, 11, 11)


@pytest.fixture(autouse=True)
def _register() -> None:
    register_of.build()


class TestMovers:
    @pytest.fixture(autouse=True)
    def _changes(self, _register: None) -> None:
        hidden = change(
            "5", "C", "moved", "2026-11-19", "2026-11-19", "小野　詩", "オノ　ウタ", town="港町", block="77番"
        )
        self.all = [OUT, BORN, MOVED, IN_LATE, DIED_LATE, hidden]
        take_changes(self.all, ME, processed_to=dt.date(2026, 11, 21))
        take_changes(self.all[1:3], ME, processed_to=dt.date(2026, 11, 19))

    def test_those_after_the_day_and_those_notified_later(self) -> None:
        found = movers.told(movers.rows(DISASTER, CLERK), DISASTER, CLERK)
        assert sorted((m.person.name, m.movement.value, m.late) for m in found) == [
            ("海野　凪", "in", True),
            ("辻\U000e0102　ショウタ", "died", True),
            ("髙橋　海", "born", False),
            ("髙橋　花子", "moved", False),
        ]
        late = movers.told(movers.rows(DISASTER, CLERK, late=True), DISASTER, CLERK)
        assert {m.person.name for m in late} == {"海野　凪", "辻\U000e0102　ショウタ"}

    def test_the_page_says_who_and_keeps_what_is_protected(self) -> None:
        clerk = client_of("clerk")
        page = clerk.get("/residents/movements/?since=2026-11-11").content.decode()
        assert "海野　凪" in page
        assert "あとから届出" in page
        assert "6件" in page
        assert "小野" not in page
        assert Reading.objects.filter(subject=person("6")).exists()
        assert not Reading.objects.filter(subject=person("5")).exists()
        told = client_of("administrator").get("/residents/movements/?since=2026-11-11").content.decode()
        assert "7件" in told
        assert "77番" in told
        assert "小野　詩" in told
        only = clerk.get("/residents/movements/?since=2026-11-11&kind=died&late=1").content.decode()
        assert "海野" not in only
        assert clerk.get("/residents/movements/?since=いつか").status_code == 200
        assert client_of("staff").get("/residents/movements/").status_code == 403

    def test_sheets_say_who_left(self) -> None:
        clerk = client_of("clerk")
        key = person("6").partition(":")[2]
        assert "死亡" in clerk.get(f"/residents/people/{key}/").content.decode()
        then = clerk.get(f"/residents/people/{key}/?as_of=2026-11-10").content.decode()
        assert "死亡" not in then
        assert "2026-11-10" in then
        assert "転出" in clerk.get("/residents/?q=高橋 潮見").content.decode()
        record([Draft(ProtectionSet(), person(number)) for number in "36"], CHIEF)
        for path in (f"/residents/people/{key}/", "/residents/?q=ツジ", "/residents/?q=高橋"):
            page = clerk.get(path).content.decode()
            assert "台帳にい" in page, path
            assert not {word for word in ("死亡", "転出", "2026-11-05") if word in page}, path


class TestProposals:
    """Somebody at a shelter is like one of the register; namesakes are not merged."""

    @pytest.fixture(autouse=True)
    def _strangers(self, _register: None) -> None:
        drafts = [
            added("高橋　みなと", kana="タカハシ　ミナト", birth=dt.date(2015, 1, 2)),
            added("髙橋　花子", kana="タカハシ　ハナコ", birth=dt.date(1999, 9, 9)),
            added("小野　律", kana="オノ　リツ", birth=dt.date(1980, 5, 5)),
            added("高橋　湊", birth=dt.date(2015, 1, 2)),
            added("辻　ショウタ"),
        ]
        for some in drafts:
            record(some, CLERK)
        self.refs = [some[0].subject for some in drafts]

    def pairs(self, actor=CLERK, **more) -> set[frozenset[str]]:
        return {frozenset((p.one.ref, p.other.ref)) for p in proposing.proposals(actor, **more)}

    def test_what_is_proposed_and_what_is_not(self) -> None:
        minato, hanako, ono, minato_too, tsuji = self.refs
        assert self.pairs() == {
            frozenset((minato, person("2"))),
            frozenset((minato_too, person("2"))),
            frozenset((tsuji, person("6"))),
        }
        assert frozenset((ono, person("4"))) in self.pairs(CHIEF)  # protected: for the few
        assert not any(hanako in pair for pair in self.pairs(CHIEF))
        first = proposing.proposals(CLERK)[0]
        assert {str(r) for r in first.reasons} >= {"生年月日が同じ"}

    def test_two_people_are_proposed_no_more(self) -> None:
        minato = self.refs[0]
        record(Draft(KeptApart(other=person("2")), Identity.ref(minato.partition(":")[2])), CLERK)
        assert frozenset((minato, person("2"))) not in self.pairs()

    def test_namesakes_of_one_birthday_within_the_register(self) -> None:
        twin = PEOPLE[0]._replace(number="77", household="Q", town="松浦")
        register_of.take([*PEOPLE, twin], dt.date(2026, 11, 20), ME)
        assert frozenset((person("1"), person("77"))) not in self.pairs()
        assert frozenset((person("1"), person("77"))) in self.pairs(within_register=True)
        (found,) = [p for p in proposing.proposals(CLERK, within_register=True) if p.one.ref == person("77")]
        assert any("宛名番号が2つ" in str(d) for d in found.doubts)

    def test_the_page_merges_and_the_sheet_parts(self) -> None:
        clerk, minato = client_of("clerk"), self.refs[0]
        key = minato.partition(":")[2]
        page = clerk.get("/residents/same/").content.decode()
        address = f"/record/residents.merged/residents.identity:{key}/"
        assert address in page
        sent = clerk.post(
            address,
            {"other": person("2"), "reason": "保険証", "next": "/residents/same/", "after": "", "id": ""},
        )
        assert sent.status_code == 303, sent.content.decode()[:2000]
        assert queries.same_person(minato) == [person("2"), minato]
        assert clerk.get(f"/residents/people/{key}/").url == f"/residents/people/{person('2').partition(':')[2]}/"
        sheet = clerk.get(f"/residents/people/{person('2').partition(':')[2]}/").content.decode()
        assert f"/record/residents.parted/residents.identity:{key}/" in sheet
        assert client_of("shelter").get("/residents/same/").status_code == 403


class TestIntakePages:
    @pytest.fixture(autouse=True)
    def folder(self, _register: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(intake, "SETTLED", -1.0)
        record(Draft(IntakeDescribed(folder=str(tmp_path)), OURS), ME)
        return tmp_path

    @pytest.fixture
    def ict(self) -> Client:
        return client_of("ict")

    def test_a_held_file_is_seen_and_released(self, folder: Path, ict: Client) -> None:
        (folder / "i20261120.csv").write_bytes(
            csv_of([CHANGES, moved("1", "転出", "2026-11-18"), moved("2", "転居", "きのう")])
        )
        intake.run()
        row = DeliveryRow.objects.get()
        address = f"/residents/register/intake/{row.key}/"
        assert address in ict.get("/residents/register/intake/").content.decode()
        page = ict.get(address).content.decode()
        assert "異動日" in page
        assert "きのう" not in page
        assert "花子" not in page
        assert ict.post(address, {"act": "discard", "reason": ""}).status_code == 422
        assert ict.post(address, {"act": "take", "day": "20日"}).status_code == 422
        assert ict.post(address, {"act": "take", "day": ""}).status_code == 303
        assert "取り込んだ" in ict.get(address).content.decode()
        assert ict.post(address, {"act": "take", "day": ""}).status_code == 422
        assert ict.get("/residents/register/intake/x/").status_code == 404
        assert "i20261120.csv" in ict.get("/residents/register/").content.decode()

    def test_a_layout_is_said_on_a_page(self, folder: Path, ict: Client) -> None:
        heads = ["ID", "SETAI", "氏名", "MACHI"]
        (folder / "f20261120.csv").write_bytes(
            csv_of([heads, *[[p.number, p.household, p.name, p.town] for p in PEOPLE]])
        )
        intake.run()
        row = DeliveryRow.objects.get()
        address = f"/residents/register/layouts/{row.fingerprint}/"
        assert address in ict.get(f"/residents/register/intake/{row.key}/").content.decode()
        said = {"kind": "full", "number": "ID", "household": "SETAI", "name": "氏名", "whys": ""}
        assert ict.post(address, said).status_code == 422
        assert ict.post(address, {**said, "kind": "x"}).status_code == 422
        assert ict.post(address, {**said, "whys": "01"}).status_code == 422
        assert ict.post(address, {**said, "town": "MACHI"}).status_code == 303
        assert "MACHI" in ict.get(address).content.decode()
        intake.run()
        assert queries.snapshot().as_of == dt.date(2026, 11, 20)
        assert client_of("clerk").get(address).status_code == 403
        assert ict.get("/residents/register/layouts/x/").status_code == 404

    def test_whose_business_it_is_not(self) -> None:
        for role in ("clerk", "shelter", "staff"):
            assert client_of(role).get("/residents/register/intake/").status_code == 403


def test_a_day_whose_register_is_thinned_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    register_of.take(PEOPLE[:5], dt.date(2026, 11, 20), ME)
    thinning.thin(1)
    page = client_of("clerk").get("/residents/?q=花子&as_of=2026-11-05").content.decode()
    assert "間引かれています" in page


def test_towns_are_listed_and_entered() -> None:
    hq = client_of("headquarters")
    assert hq.get("/residents/towns/").status_code == 200
    sent = hq.post(
        "/record/residents.town_renamed/new/", {"old": "旧町", "new": "新町", "on": "2020-04-01", "note": "", "id": ""}
    )
    assert sent.status_code == 303, sent.content.decode()[-3000:]
    assert "旧町" in hq.get("/residents/towns/").content.decode()


def test_protection_set_after_a_merge_is_followed() -> None:
    drafts = added("高橋　みなと", birth=dt.date(2015, 1, 2), address="青葉3-3")
    record(drafts, CLERK)
    identity = Identity.ref(drafts[0].subject.partition(":")[2])
    record(Draft(Merged(other=person("2"), reason="保険証"), identity), CLERK)
    record(Draft(ProtectionSet(document="1"), drafts[0].subject), CHIEF)
    assert queries.person(person("2"), CLERK).address == ""
    assert queries.person(person("1"), CLERK).address == ""
