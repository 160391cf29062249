"""Each fact of the room records, refuses, rebuilds, merges and prints."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from tests.incidents.conftest import CASES, RULES
from tests.journal.case import FactCase
from tests.journal.worlds import exchange, founded
from tomoshibi.bulletins import Info, Kind, Status
from tomoshibi.incidents import queries
from tomoshibi.incidents.facts import (
    BulletinDecided,
    BulletinEvaluated,
    BulletinLinked,
    BulletinReceived,
    BulletinRejected,
    Here,
    IncidentClosed,
    IncidentDescribed,
    IncidentMerged,
    IncidentOpened,
    IncidentReopened,
    NoteCancelled,
    NoteCorrected,
    NoteRecorded,
    PostureChanged,
    ReportSent,
    TableApproved,
    TableProposed,
)
from tomoshibi.incidents.models import (
    BulletinRow,
    CaseRow,
    IncidentRow,
    NoteRow,
    RejectedRow,
    RuleRow,
    TableRow,
)
from tomoshibi.incidents.subjects import TABLE, Incident, Note, RejectedFile, Telegram
from tomoshibi.incidents.words import Hazard, Posture, Report
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.projecting import contents
from tomoshibi.journal.recording import Draft, record

RAW = "電文".encode()
DIGEST = sha256(RAW).hexdigest()
AT = datetime(2026, 11, 22, 5, 33, tzinfo=UTC)
SUBJECT, TELEGRAM, NOTE = Incident.ref("i"), Telegram.ref("b"), Note.ref("n")
OPENED = Draft(IncidentOpened(name="灯市沖の地震", hazard=Hazard.EARTHQUAKE, began=AT), SUBJECT, incident=SUBJECT)
RECEIVED = BulletinReceived(
    digest=DIGEST,
    type="VXSE53",
    about=Kind.EARTHQUAKE,
    status=Status.NORMAL,
    info=Info.ISSUED,
    title="震源・震度情報",
    event="20261122143000",
    serial=1,
    reported=AT,
    max_intensity="6弱",
    here=(Here(code="0720400", name="いわき市", intensity="6弱"),),
)


@pytest.fixture(autouse=True)
def _kept(home: object, db: None) -> None:
    datasets.put(RAW, "application/xml")


class TestIncidentOpened(FactCase):
    fact = OPENED.fact
    subject = SUBJECT
    refused = (IncidentOpened(name="もう一度"),)

    def holds(self, state: Any) -> None:
        row = IncidentRow.objects.get()
        assert (row.title, row.hazard, row.began, row.is_open) == ("灯市沖の地震", "earthquake", AT, True)
        assert list(queries.open_incidents()) == [row]


class TestIncidentDescribed(FactCase):
    fact = IncidentDescribed(name="灯市沖を震源とする地震")
    subject = SUBJECT
    before = (OPENED,)

    def holds(self, state: Any) -> None:
        row = IncidentRow.objects.get()
        assert (row.title, row.began) == ("灯市沖を震源とする地震", AT)


class TestPostureChanged(FactCase):
    fact = PostureChanged(posture=Posture.SECOND, reason="震度5弱")
    subject = SUBJECT
    before = (OPENED,)

    def holds(self, state: Any) -> None:
        assert IncidentRow.objects.get().posture_word is Posture.SECOND


class TestReportSent(FactCase):
    fact = ReportSent(report=Report.FIRE_4_1, to="県へメール")
    subject = SUBJECT
    before = (OPENED,)

    def holds(self, state: Any) -> None:
        assert IncidentRow.objects.get().reports_sent == {"fire-4-1"}


class TestIncidentClosed(FactCase):
    fact = IncidentClosed(reason="対応終了")
    subject = SUBJECT
    before = (OPENED,)
    refused = (IncidentClosed(), PostureChanged(posture=Posture.FIRST))

    def holds(self, state: Any) -> None:
        assert not IncidentRow.objects.get().is_open
        assert not queries.open_incidents().exists()


class TestIncidentReopened(FactCase):
    fact = IncidentReopened(reason="余震")
    subject = SUBJECT
    before = (OPENED, Draft(IncidentClosed(), SUBJECT))
    refused = (IncidentReopened(),)

    def holds(self, state: Any) -> None:
        assert IncidentRow.objects.get().is_open


class TestIncidentMerged(FactCase):
    fact = IncidentMerged(into=Incident.ref("j"))
    subject = SUBJECT
    before = (OPENED, Draft(IncidentOpened(name="本体"), Incident.ref("j")))
    refused = (IncidentMerged(into=SUBJECT), IncidentMerged(into=Incident.ref("none")))

    def holds(self, state: Any) -> None:
        row = queries.incident(SUBJECT)
        assert row is not None
        assert queries.final(row).title == "本体"
        assert queries.with_merged(Incident.ref("j")) == [Incident.ref("j"), SUBJECT]
        assert [r.title for r in queries.open_incidents()] == ["本体"]


class TestBulletinLinked(FactCase):
    fact = BulletinLinked(bulletin=TELEGRAM, summary_ja="震度6弱", summary_en="6 Lower")
    subject = SUBJECT
    before = (OPENED,)

    def holds(self, state: Any) -> None:
        assert IncidentRow.objects.get().bulletins == 1


class TestBulletinReceived(FactCase):
    fact = RECEIVED
    subject = TELEGRAM
    refused = (RECEIVED.model_copy(update={"digest": "0" * 64}),)

    def holds(self, state: Any) -> None:
        row = BulletinRow.objects.get()
        assert (row.type, row.event, row.max_intensity, row.outcome) == ("VXSE53", "20261122143000", "6弱", "")
        assert row.of_us[0]["name"] == "いわき市"


class TestBulletinEvaluated(FactCase):
    fact = BulletinEvaluated(outcome="fired", asked=("5強で全員",), incident=SUBJECT)
    subject = TELEGRAM
    before = (Draft(RECEIVED, TELEGRAM),)

    def holds(self, state: Any) -> None:
        assert BulletinRow.objects.get().alerts == 1
        assert queries.undecided().count() == 1


class TestBulletinDecided(FactCase):
    fact = BulletinDecided(decision="5強相当とみて全職員を招集した")
    subject = TELEGRAM
    before = (Draft(RECEIVED, TELEGRAM), Draft(BulletinEvaluated(outcome="fired", asked=("5強で全員",)), TELEGRAM))

    def holds(self, state: Any) -> None:
        assert queries.undecided().count() == 0
        assert BulletinRow.objects.get().decided.startswith("5強相当")


class TestBulletinRejected(FactCase):
    fact = BulletinRejected(digest=DIGEST, name="怪.xml", size=6, reason_ja="読めません", reason_en="unreadable")
    subject = RejectedFile.ref(DIGEST)

    def holds(self, state: Any) -> None:
        assert RejectedRow.objects.get().name == "怪.xml"


class TestNoteRecorded(FactCase):
    fact = NoteRecorded(what="停電", where="本庁舎", who="守衛")
    subject = NOTE
    refused = (NoteRecorded(what="もう一度"),)

    def holds(self, state: Any) -> None:
        row = NoteRow.objects.get()
        assert (row.what, row.where, row.who, row.cancelled) == ("停電", "本庁舎", "守衛", False)


FIRST = Draft(NoteRecorded(what="けが2人", where="平"), NOTE, id="11111111-0000-4000-8000-000000000001")


class TestNoteCorrected(FactCase):
    fact = NoteCorrected(corrects=FIRST.id, what="けが1人", reason="確認した")
    subject = NOTE
    before = (FIRST,)
    refused = (NoteCorrected(corrects="another", what="x"),)

    def holds(self, state: Any) -> None:
        row = NoteRow.objects.get()
        assert (row.what, row.where) == ("けが1人", "平")


class TestNoteCancelled(FactCase):
    fact = NoteCancelled(cancels=FIRST.id, reason="誤報")
    subject = NOTE
    before = (FIRST,)
    refused = (NoteCancelled(cancels="another", reason="x"), NoteCorrected(corrects=FIRST.id, what="x"))

    def holds(self, state: Any) -> None:
        assert NoteRow.objects.get().cancelled


PROPOSAL = Draft(TableProposed(name="地震", rules=RULES, cases=CASES), TABLE, id="11111111-0000-4000-8000-000000000002")


class TestTableProposed(FactCase):
    fact = PROPOSAL.fact
    subject = TABLE

    def holds(self, state: Any) -> None:
        row = TableRow.objects.get()
        assert row.in_force == ""
        assert row.proposed
        assert RuleRow.objects.count() == len(RULES)
        assert [json.loads(c.case)["name"] for c in CaseRow.objects.order_by("number")] == [c.name for c in CASES]


class TestTableApproved(FactCase):
    fact = TableApproved(revision=PROPOSAL.id)
    subject = TABLE
    before = (PROPOSAL,)
    actor = Actor("system:approver", "承認者")
    refused = (TableApproved(revision="none"),)

    def holds(self, state: Any) -> None:
        row = TableRow.objects.get()
        assert (row.in_force, row.proposed, row.approved_by) == (PROPOSAL.id, "", "承認者")

    def test_the_author_cannot_approve(self) -> None:
        with pytest.raises(Refused, match="本人"):
            record(self.draft(), system("test"))


@pytest.mark.django_db(databases=["default", "north"])
def test_two_nodes_that_open_the_same_incident_meet_on_it() -> None:
    founded("default", "north")
    for alias in ("default", "north"):
        with worlds.inhabit(alias):
            if alias == "north":
                datasets.put(RAW, "application/xml")
            record([Draft(RECEIVED, TELEGRAM, id="11111111-0000-4000-8000-000000000003"), OPENED], system("test"))
    exchange("default", "north")
    exchange("north", "default")
    with worlds.inhabit("north"):
        north = contents()
        assert IncidentRow.objects.count() == 1
        assert BulletinRow.objects.count() == 1
    ours = contents()
    assert {k: v for k, v in ours.items() if k.startswith("incidents")} == {
        k: v for k, v in north.items() if k.startswith("incidents")
    }
