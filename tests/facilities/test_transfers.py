"""Beds offered and taken: every fact, the law, who sees whose card, and where everybody is."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients import client_of
from tests.facilities import home
from tests.facilities.home import CARER, HOME, HQ, INCIDENT, ME, OTHER, SEA, STRANGER, SUN, resident
from tests.facilities.test_pages import text
from tests.facilities.test_phone import names
from tests.journal.case import FactCase
from tests.journal.worlds import exchange
from tomoshibi.facilities import finding, queries, transfers
from tomoshibi.facilities.laws import beds_taken
from tomoshibi.facilities.models import EvacuationRow, ResidentRow
from tomoshibi.facilities.transfer_facts import BedsOffered, BedsWithdrawn, TransferAsked, TransferWent, taken_of
from tomoshibi.facilities.transfer_models import BedOfferRow, TransferRow
from tomoshibi.facilities.transfer_subjects import BedOffer, transfer_of
from tomoshibi.facilities.upkeep_words import HOLDING, Step
from tomoshibi.facilities.words import Care, Moves, Phase
from tomoshibi.incidents.facts import IncidentOpened
from tomoshibi.incidents.subjects import Incident
from tomoshibi.incidents.words import Hazard
from tomoshibi.journal import worlds
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.recording import Draft, record

OFFER = BedOffer.ref("sea-beds")
#: whoever works at the seaside home, which offers beds
SEASIDE = STRANGER


WHERE = {"facility": OTHER, "name": "なぎさ荘"}


def offered(number: int = 2, **more) -> Draft:
    fact = BedsOffered(**WHERE, number=number, **more)
    return Draft(fact, OFFER, incident=INCIDENT)


def asked(key: str, offer: str = OFFER) -> Draft:
    fact = TransferAsked(
        facility=HOME, name="ひだまり園", resident=resident(key), offer=offer, to=OTHER, to_name="なぎさ荘"
    )
    return Draft(fact, transfer_of(INCIDENT, resident(key)), incident=INCIDENT)


def went(key: str, step: Step, incident: str = INCIDENT) -> Draft:
    return Draft(TransferWent(step=step), transfer_of(incident, resident(key)), incident=incident)


BEFORE = (*home.places(), *home.people(), home.opened(), home.notified())


class TestBedsOffered(FactCase):
    fact = offered(moves=Moves.WHEELCHAIR, care=Care.CARE_4, note="吸引は不可").fact
    subject = OFFER
    before = BEFORE
    actor = SEASIDE
    strangers = (CARER,)
    incident = INCIDENT
    refused = (BedsOffered(number=None),)

    def holds(self, state) -> None:
        (found,) = transfers.offers(INCIDENT)
        assert (found.site.subject, found.free, found.open) == (SEA, 2, True)
        assert found.row.moves_word is Moves.WHEELCHAIR and found.row.note == "吸引は不可"

    def test_fewer_than_are_taken_cannot_be_offered(self) -> None:
        for draft in (self.draft(BedsOffered(moves=Moves.STRETCHER, **WHERE, number=2)), asked("hana"), asked("ume")):
            record(draft, ME)
        with pytest.raises(Refused, match="2人分はもう"):
            record(self.draft(BedsOffered(number=1)), SEASIDE)


class _Taken(FactCase):
    """A bed is taken for one resident already."""

    @pytest.fixture(autouse=True)
    def _asked(self, _world: None) -> None:
        record(asked("hana"), CARER)


class TestBedsWithdrawn(_Taken):
    fact = BedsWithdrawn(reason="断水")
    subject = OFFER
    before = (*BEFORE, offered())
    actor = SEASIDE
    strangers = (CARER,)
    incident = INCIDENT
    refused = (fact,)

    def holds(self, state) -> None:
        (found,) = transfers.offers(INCIDENT)
        assert not found.open and found.taken == 1  # whoever has a bed keeps it
        with pytest.raises(Refused, match="終わっています"):
            record(asked("ume"), CARER)


class TestTransferAsked(FactCase):
    fact = asked("hana").fact.model_copy(update={"note": "認知症、娘に連絡済み"})
    subject = transfer_of(INCIDENT, resident("hana"))
    before = (*BEFORE, offered(moves=Moves.WHEELCHAIR))
    actor = CARER
    strangers = (SEASIDE,)
    incident = INCIDENT
    refused = (fact, asked("ume").fact)

    def holds(self, state) -> None:
        row = TransferRow.objects.get()
        assert (row.site, row.to_site, row.step_word) == (SUN, SEA, Step.ASKED)
        assert state.title() == "ひだまり園" and "花" not in str(self.fact.tell())
        assert "認知症" not in str(self.fact.tell())  # timelines are read by many

    def test_an_offer_is_for_those_whom_it_fits_and_who_live_there(self) -> None:
        for key, why in (("kiku", "車いす"), ("wave", "入所者ではありません")):
            with pytest.raises(Refused, match=why):
                record(asked(key), ME)
        past = BedsOffered(until=worlds.now() - timedelta(hours=1))
        record(Draft(past, OFFER, incident=INCIDENT), SEASIDE)
        with pytest.raises(Refused, match="終わっています"):
            record(self.draft(), CARER)

    def test_the_last_bed_is_taken_once_here_and_shown_where_two_nodes_took_it_apart(self) -> None:
        record(Draft(BedsOffered(number=1), OFFER, incident=INCIDENT), SEASIDE)
        exchange("default", "north")
        record(asked("hana"), CARER)
        with pytest.raises(Refused, match="もう全部使われています"):
            record(asked("ume"), CARER)
        with worlds.inhabit("north"):
            record(asked("ume"), CARER)
            assert not list(beds_taken())
        exchange("north", "default")
        (finding,) = beds_taken()
        assert "2人が送られています" in finding.text.ja and OFFER in finding.subjects
        record(went("ume", Step.DECLINED), SEASIDE)
        assert not list(beds_taken())

    def test_one_person_sent_to_two_places_apart_is_a_conflict(self) -> None:
        second = BedOffer.ref("sea-more")
        record(Draft(BedsOffered(**WHERE, number=1), second, incident=INCIDENT), SEASIDE)
        exchange("default", "north")
        record(asked("hana"), CARER)
        with worlds.inhabit("north"):
            record(asked("hana", second), CARER)
        exchange("north", "default")
        assert SubjectRow.objects.get(subject=self.subject).disputes


class TestTransferWent(_Taken):
    fact = TransferWent(step=Step.RECEIVED, note="元気です")
    subject = transfer_of(INCIDENT, resident("hana"))
    before = (*BEFORE, offered())
    actor = SEASIDE
    strangers = (CARER,)
    incident = INCIDENT
    refused = (fact, TransferWent(step=Step.CANCELLED), TransferWent(step=Step.ASKED), TransferWent(step=Step.LEFT))

    def holds(self, state) -> None:
        assert str(finding.last_known(resident("hana"))) == "なぎさ荘にいる"
        assert queries.counts([EvacuationRow.objects.get()])[home.EVACUATION].safe == 1

    def test_each_says_what_it_can_know(self) -> None:
        with pytest.raises(Forbidden):
            record(went("hana", Step.LEFT), SEASIDE)
        record(went("hana", Step.LEFT), CARER)
        assert str(finding.last_known(resident("hana"))) == "なぎさ荘へ移送中"
        record(went("hana", Step.RECEIVED), SEASIDE)
        record(went("hana", Step.RETURNED), CARER)
        assert str(finding.last_known(resident("hana"))) == "なぎさ荘から戻った" and taken_of(OFFER) == 0
        record(asked("hana"), CARER)  # and may go once more
        row = TransferRow.objects.get()
        assert row.step_word is Step.ASKED and row.received_at is None

    def test_the_newest_that_is_known_of_somebody_holds(self) -> None:
        record(went("hana", Step.RECEIVED), SEASIDE)
        later = home.count("hana", Phase.IN, "本町小学校")
        at = worlds.now() + timedelta(hours=1)
        record(Draft(later.fact, later.subject, incident=later.incident, happened_at=at), CARER)
        assert "本町小学校" in str(finding.last_known(resident("hana")))

    def test_the_card_is_seen_by_those_who_have_the_person(self) -> None:
        hana, ume = (ResidentRow.objects.get(subject=resident(k)) for k in ("hana", "ume"))
        assert transfers.sees_resident(SEASIDE, hana) and not transfers.sees_resident(SEASIDE, ume)
        assert {f.title for f in finding.find("灯", SEASIDE, 9)} == {"灯　花", "灯　波"}
        record(went("hana", Step.DECLINED), SEASIDE)
        assert not transfers.sees_resident(SEASIDE, hana) and transfers.sees_resident(CARER, hana)
        assert [j.person for j in transfers.journeys(INCIDENT, SEASIDE)] == [None]
        assert [j.person.name for j in transfers.journeys(INCIDENT, HQ)] == ["灯　花"]

    def test_the_head_count_says_who_was_received_elsewhere(self) -> None:
        record(went("hana", Step.RECEIVED), SEASIDE)
        for key in ("ume", "taro", "kiku", "matsu"):
            record(home.count(key, Phase.OUT), CARER)
        own = client_of("facility", SUN)
        html = text(own, "/facilities/sun/count/")
        assert "5/5" in html and "全員を確認" in html and not names(html, "missing")
        met = re.search(r'<li data-resident="hana">(.*?)</li>', html, re.DOTALL)
        assert met is not None and "ほかの施設が受け入れた" in met[1] and "cancel" not in met[1]
        assert "ほかの施設が受け入れた" in text(own, "/facilities/sun/count/cards/")
        record(went("hana", Step.RETURNED), CARER)
        html = text(own, "/facilities/sun/count/")
        assert "4/5" in html and names(html, "missing") == ["灯　花"]

    def test_where_somebody_is_now_stands_above_where_they_were(self) -> None:
        """An old incident's received is below a newer one's returned."""
        new = Incident.ref("quake")
        record(went("hana", Step.RECEIVED), SEASIDE)
        record(Draft(IncidentOpened(name="地震", hazard=Hazard.EARTHQUAKE), new, incident=new), ME)
        offer = BedOffer.ref("sea-new")
        record(Draft(BedsOffered(**WHERE, number=1), offer, incident=new), SEASIDE)
        record(Draft(asked("hana", offer).fact, transfer_of(new, resident("hana")), incident=new), CARER)
        for step, who in ((Step.RECEIVED, SEASIDE), (Step.RETURNED, CARER)):
            record(went("hana", step, new), who)
        html = text(client_of("facility", SUN), "/facilities/residents/hana/")
        assert re.findall(r"<strong>なぎさ荘: (\w+)", html) == ["戻った", "受け入れた"]


@pytest.mark.fuzz
@pytest.mark.django_db
def test_whatever_is_tried_no_more_beds_are_taken_than_offered(trials) -> None:
    home.build()
    keys = [key for key, *_ in home.PEOPLE]
    record(offered(2), SEASIDE)
    moves = st.tuples(st.sampled_from(keys), st.sampled_from(list(Step)))

    @settings(max_examples=trials(15, 400), suppress_health_check=list(HealthCheck))
    @given(st.lists(moves, max_size=12))
    def law(tried: list[tuple[str, Step]]) -> None:
        for key, step in tried:
            try:
                record(asked(key) if step is Step.ASKED else went(key, step), ME)
            except Refused:
                continue
            holding = TransferRow.objects.filter(step__in=HOLDING).count()
            assert holding == taken_of(OFFER) <= BedOfferRow.objects.get().number
        assert not list(beds_taken())

    law()


@pytest.mark.django_db
def test_beds_are_offered_taken_and_left_on_pages() -> None:
    home.build()
    record(offered(1, moves=Moves.WHEELCHAIR), SEASIDE)
    sun, sea, staff = client_of("facility", SUN), client_of("facility", SEA), client_of("staff")
    assert sun.get("/facilities/sea/beds/").status_code == 403 == staff.get("/facilities/sun/beds/").status_code
    html = text(sun, "/facilities/sun/beds/")
    assert "灯　花" in html and "灯　菊" not in html  # a stretcher does not fit
    assert sea.get("/facilities/residents/hana/").status_code == 403
    body = {"page": str(uuid.uuid4()), "offer": "sea-beds", "resident": [resident("hana"), resident("ume")]}
    body["note"] = "認知症、夜は付き添いがいる"
    response = sun.post("/facilities/sun/beds/", body)
    assert response.status_code == 422 and "もう全部使われています" in response.content.decode()
    assert TransferRow.objects.get().resident == resident("hana")  # the one bed went to the first
    assert sun.post("/facilities/sun/beds/", {**body, "resident": [resident("hana")]}).status_code == 303  # a retry
    assert "灯　花" in text(sea, "/facilities/sea/beds/") and "灯　花" in text(sea, "/facilities/beds/")
    assert "降圧薬" in text(sea, "/facilities/residents/hana/")
    assert Reading.objects.filter(actor__startswith="user:facility-sea", subject=resident("hana")).exists()
    assert sea.get("/facilities/sea/papers/coming.pdf").content.startswith(b"%PDF-")
    assert sea.get("/facilities/residents/ume/").status_code == 403
    town = text(staff, "/facilities/beds/")
    assert "入所者1人" in town and "灯　花" not in town and "認知症" not in town
    assert "認知症" in text(sea, "/facilities/beds/")
    key = TransferRow.objects.get().key
    for client, page, step, status in (
        (sea, "sea", "left", 422),
        (sun, "sun", "left", 303),
        (sea, "sea", "received", 303),
        (sun, "sun", "perhaps", 422),
    ):
        sent = {"page": str(uuid.uuid4()), "step": f"{key} {step}"}
        assert client.post(f"/facilities/{page}/beds/", sent).status_code == status, step
    html = text(sun, "/facilities/sun/beds/")
    assert re.findall(r'class="over">(受け入れを頼んだ|送り出した) <time', html) == ["受け入れを頼んだ", "送り出した"]
    assert "なぎさ荘にいる" in text(client_of("headquarters"), "/search/?q=灯")
    assert "受け入れた" in text(sun, "/facilities/residents/hana/")
    assert sea.post("/facilities/beds/", {"page": str(uuid.uuid4()), "step": f"{key} returned"}).status_code == 303
    assert sea.get("/facilities/residents/hana/").status_code == 403  # and sees her card no longer


@pytest.mark.django_db
def test_who_is_named_on_a_transfers_page_is_read_too() -> None:
    home.build()
    record(offered(), SEASIDE)
    record(asked("hana"), CARER)
    page = f"/subject/{transfer_of(INCIDENT, resident('hana'))}/"
    assert "灯　花" in text(client_of("facility", SUN), page)
    read = set(Reading.objects.filter(where=page).values_list("subject", flat=True))
    assert read == {resident("hana"), transfer_of(INCIDENT, resident("hana"))}
