"""What can happen here: telegrams come in, incidents are opened and worked on, lines are written into the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from tomoshibi.bulletins import Info, Kind, Status
from tomoshibi.bulletins.inforce import Arrival
from tomoshibi.incidents.deciding import Case, Rule, Step, problems
from tomoshibi.incidents.subjects import Incident, Note, RejectedFile, Revision, Telegram, TriggerTable
from tomoshibi.incidents.words import Hazard, Posture, Report
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.facts import Fact, OwnWork, Refused, field
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from typing import Any

    from tomoshibi.journal.entries import Entry
    from tomoshibi.journal.recording import Present

grant("headquarters", "incidents.*")
grant("approver", "incidents.read", "incidents.table_approved", "incidents.note_*")
for _role in ("ict", "clerk", "shelter", "facility", "surveyor", "seismologist", "staff"):
    grant(_role, "incidents.read", "incidents.note_*")


class Here(BaseModel):
    """What a telegram says of one of our own areas."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    intensity: str = ""
    kind: str = ""
    level: int | None = None


class BulletinReceived(Fact):
    """A telegram came in. The telegram itself is the dataset ``digest``; here is what lists and rules need of it."""

    kind = "incidents.bulletin_received"
    subject = Telegram
    label = T("電文の受信", "Bulletin received")
    sentence = T("電文を受信: {title} {headline}", "Bulletin received: {title} {headline}")
    datasets = ("digest",)

    digest: str = field(T("データ", "Dataset"), pattern="^[0-9a-f]{64}$")
    source: str = field(T("ファイル名", "File name"), "")
    type: str = field(T("電文の種類", "Telegram code"))
    about: Kind = field(T("情報の種類", "Kind"))
    status: Status = field(T("運用種別", "Status"))
    info: Info = field(T("情報形態", "Issued or cancelled"))
    name: str = field(T("情報名称", "Name"), "")
    title: str = field(T("標題", "Title"), "")
    event: str = field(T("識別番号", "Event ID"), "")
    serial: int | None = field(T("情報番号", "Serial number"), None)
    reported: datetime = field(T("発表時刻", "Reported"))
    origin: datetime | None = field(T("発生時刻", "Origin"), None)
    headline: str = field(T("見出し", "Headline"), "")
    hypocentre: str = field(T("震源", "Hypocentre"), "")
    magnitude: float | None = field(T("マグニチュード", "Magnitude"), None)
    max_intensity: str = field(T("最大震度", "Maximum intensity"), "")
    here: tuple[Here, ...] = field(T("本市町村", "Our areas"), ())
    via: str = field(T("情報源", "Source"), "", extra={"widget": "incidents.source"})
    arrival: Arrival = field(T("到着の区分", "What it was to those before it"), Arrival.FIRST)
    stream: str = field(T("電文の系列", "Stream"), "", extra={"widget": "hidden"})
    rank: str = field(T("系列の中の順", "Place in its stream"), "", extra={"widget": "hidden"})
    until: datetime | None = field(T("有効期限", "Holds until"), None)

    def apply(self, state: Any, entry: Entry) -> None:
        state.received.add(entry, self)

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        """The trigger table is asked at once, as a task: a crash after recording loses no decision."""
        yield tasks.Task(
            "incidents.evaluate",
            entry.id,
            worlds.now(),
            present.subject,
            {"digest": self.digest, "source": self.source, "arrival": self.arrival.value},
        )


class BulletinRepeated(Fact):
    """The same telegram came again in other bytes, over another line. Both are kept; one was acted on."""

    kind = "incidents.bulletin_repeated"
    subject = Telegram
    label = T("電文の重複", "Bulletin came again")
    datasets = ("digest",)

    digest: str = field(T("データ", "Dataset"), pattern="^[0-9a-f]{64}$")
    source: str = field(T("ファイル名", "File name"), "")
    via: str = field(T("情報源", "Source"), "", extra={"widget": "incidents.source"})

    def apply(self, state: Any, entry: Entry) -> None:
        state.repeats.add(entry, self.digest)


class BulletinEvaluated(Fact):
    """What the trigger table made of a telegram, with the whole trace."""

    kind = "incidents.bulletin_evaluated"
    subject = Telegram
    label = T("電文の自動判断", "Bulletin evaluated")

    outcome: Literal["fired", "nothing", "asked", "shown", "cancelled", "late", "no-table"] = field(
        T("結果", "Outcome")
    )
    revision: str = field(T("判断表の版", "Revision of the table"), "")
    incident: str = field(T("事案", "Incident"), "")
    trace: tuple[Step, ...] = field(T("判断の経過", "Trace"), ())
    #: rules that nobody could decide: a person has to
    asked: tuple[str, ...] = field(T("人の判断を要する規則", "Rules to be decided by a person"), ())
    #: (rule, why its action could not be carried out)
    failed: tuple[tuple[str, str], ...] = field(T("実行できなかった動作", "Actions that failed"), ())
    #: acts that were carried out for this telegram
    acts: tuple[str, ...] = field(T("実行した行為", "Acts carried out"), ())

    @property
    def alerts(self) -> int:
        """What a person has to see to: rules to decide, actions to do by hand, an incident whose cause is cancelled."""
        cancelled = self.outcome == "cancelled" and bool(self.incident)
        return len(self.asked) + len(self.failed) + cancelled

    def apply(self, state: Any, entry: Entry) -> None:
        state.evaluation.set(entry, self)


class BulletinDecided(Fact):
    """A person decided what the trigger table could not, or saw to what it failed to do."""

    kind = "incidents.bulletin_decided"
    subject = Telegram
    label = T("人の判断", "Decided by a person")
    sentence = T("人の判断: {decision}", "Decided by a person: {decision}")

    decision: str = field(
        T("どう判断したか", "What was decided"),
        min_length=1,
        max_length=500,
        help=T(
            "招集や配備は、それぞれの画面で行ってください。",
            "Call out staff and change the posture on their own pages.",
        ),
        extra={"widget": "textarea"},
    )

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("その電文はありません。", "There is no such bulletin."))

    def apply(self, state: Any, entry: Entry) -> None:
        state.decided.set(entry, self.decision)


class BulletinRejected(Fact):
    """A file of the inbox could not be read as a bulletin. It is kept, with the reason beside it."""

    kind = "incidents.bulletin_rejected"
    subject = RejectedFile
    label = T("電文を読めませんでした", "Bulletin rejected")
    sentence = T("{name} を読めませんでした: {reason_ja}", "{name} could not be read: {reason_en}")
    datasets = ("digest",)

    digest: str = field(T("データ", "Dataset"), pattern="^[0-9a-f]{64}$")
    name: str = field(T("ファイル名", "File name"))
    size: int = field(T("大きさ", "Size"), unit=T("バイト", "bytes"))
    reason_ja: str = field(T("理由", "Reason (Japanese)"))
    reason_en: str = field(T("理由（英語）", "Reason (English)"))

    def apply(self, state: Any, entry: Entry) -> None:
        state.content.set(entry, self)


class IncidentOpened(Fact):
    """Headquarters begins to work on something: by hand, or by a rule over a bulletin."""

    kind = "incidents.opened"
    subject = Incident
    label = T("事案の開設", "Incident opened")
    sentence = T("事案を開設: {name}", "Incident opened: {name}")

    name: str = field(T("名称", "Title"), min_length=1, max_length=120)
    hazard: Hazard = field(T("災害の種類", "Hazard"), Hazard.OTHER)
    began: datetime | None = field(
        T("発生時刻", "Began"), None, help=T("経過時間はここから数えます。", "Elapsed time is counted from here.")
    )
    event: str = field(T("気象庁の識別番号", "Event ID"), "", extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        if present.state.is_open.value:
            raise Refused(T("この事案はすでに開かれています。", "This incident is open already."))

    def apply(self, state: Any, entry: Entry) -> None:
        super().apply(state, entry)
        state.is_open.set(entry, True)


class IncidentDescribed(Fact):
    """Title, hazard or beginning of an incident corrected or completed."""

    kind = "incidents.described"
    subject = Incident
    label = T("事案の名称などの変更", "Incident described")
    sentence = T("事案の内容を変更: {name} {began}", "Incident described: {name} {began}")

    name: str | None = field(T("名称", "Title"), None, min_length=1, max_length=120)
    hazard: Hazard | None = field(T("災害の種類", "Hazard"), None)
    began: datetime | None = field(T("発生時刻", "Began"), None)

    def check(self, present: Present) -> None:
        _must_exist(present)


class PostureChanged(Fact):
    """The town's staff posture 配備体制 from a moment on."""

    kind = "incidents.posture_changed"
    subject = Incident
    label = T("配備体制の変更", "Posture changed")
    sentence = T("配備体制: {posture} {reason}", "Posture: {posture} {reason}")

    posture: Posture = field(T("配備体制", "Posture"))
    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_open(present)

    def apply(self, state: Any, entry: Entry) -> None:
        state.posture.set(entry, self.posture)


class ReportSent(Fact):
    """A report that the town owes went to whom it is owed to; until then the operations room tells when it is due."""

    kind = "incidents.report_sent"
    subject = Incident
    label = T("報告の提出", "Report sent")
    sentence = T("報告を提出: {report}　{to}", "Report sent: {report} {to}")

    report: Report = field(T("報告", "Report"))
    to: str = field(T("提出先・方法", "To whom, and how"), "", max_length=200)

    def check(self, present: Present) -> None:
        _must_exist(present)

    def apply(self, state: Any, entry: Entry) -> None:
        state.reports.add(entry, self.report)


class IncidentClosed(Fact):
    """Work on an incident ends. It stays readable, and can be opened again."""

    kind = "incidents.closed"
    subject = Incident
    label = T("事案の終了", "Incident closed")
    sentence = T("事案を終了: {reason}", "Incident closed: {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=500, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        _must_be_open(present)

    def apply(self, state: Any, entry: Entry) -> None:
        state.is_open.set(entry, False)


class IncidentReopened(Fact):
    """Work on a closed incident begins again."""

    kind = "incidents.reopened"
    subject = Incident
    label = T("事案の再開", "Incident reopened")
    sentence = T("事案を再開: {reason}", "Incident reopened: {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=500, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        _must_exist(present)
        if present.state.is_open.value:
            raise Refused(T("この事案は終了していません。", "This incident is not closed."))

    def apply(self, state: Any, entry: Entry) -> None:
        state.is_open.set(entry, True)


class IncidentMerged(Fact):
    """An incident turned out to be part of another: both are kept, and read as one timeline."""

    kind = "incidents.merged"
    subject = Incident
    label = T("事案の統合", "Incident merged")
    sentence = T("別の事案に統合", "Merged into another incident")

    into: str = field(T("統合先", "Merged into"), extra={"widget": "incidents.incident"})

    def check(self, present: Present) -> None:
        _must_exist(present)
        from tomoshibi.incidents import queries

        goal = self.into
        seen = {present.subject}
        while goal:
            if goal in seen:
                raise Refused(T("統合先がこの事案に戻ります。", "That incident leads back to this one."), "into")
            seen.add(goal)
            row = queries.incident(goal)
            if row is None:
                raise Refused(T("統合先の事案がありません。", "There is no such incident to merge into."), "into")
            goal = row.merged_into

    def apply(self, state: Any, entry: Entry) -> None:
        state.merged_into.set(entry, self.into)


class BulletinLinked(Fact):
    """A telegram belongs to an incident. ``summary`` is what the timeline says of it."""

    kind = "incidents.bulletin_linked"
    subject = Incident
    label = T("電文を事案に結びつけた", "Bulletin linked")
    sentence = T("電文: {summary_ja}", "Bulletin: {summary_en}")

    bulletin: str = field(T("電文", "Bulletin"), extra={"widget": "incidents.bulletin"})
    info: Info = field(T("情報形態", "Issued or cancelled"), Info.ISSUED)
    summary_ja: str = field(T("要約", "Summary (Japanese)"))
    summary_en: str = field(T("要約（英語）", "Summary (English)"))

    def apply(self, state: Any, entry: Entry) -> None:
        state.bulletins.add(entry, self.bulletin)


class NoteRecorded(Fact):
    """Somebody wrote down what happened, where, and who told it."""

    kind = "incidents.note_recorded"
    subject = Note
    label = T("時系列への記入", "Note recorded")
    sentence = T("{what}", "{what}")

    what: str = field(T("内容", "What"), min_length=1, max_length=2000, extra={"widget": "textarea"})
    where: str = field(T("場所", "Where"), "", max_length=120)
    who: str = field(T("情報源", "Told by"), "", max_length=120)

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この記録はすでにあります。訂正してください。", "This note exists. Correct it instead."))

    def apply(self, state: Any, entry: Entry) -> None:
        super().apply(state, entry)
        state.happened.set(entry, entry.happened)


class NoteCorrected(Fact):
    """What was written was wrong: the old words stay, struck through."""

    kind = "incidents.note_corrected"
    subject = Note
    label = T("記録の訂正", "Note corrected")
    sentence = T("訂正: {what} {reason}", "Corrected: {what} {reason}")

    corrects: str = field(T("訂正する記録", "Entry corrected"), extra={"widget": "hidden"})
    what: str | None = field(T("内容", "What"), None, min_length=1, max_length=2000, extra={"widget": "textarea"})
    where: str | None = field(T("場所", "Where"), None, max_length=120)
    who: str | None = field(T("情報源", "Told by"), None, max_length=120)
    happened: datetime | None = field(T("日時", "When"), None)
    reason: str = field(T("訂正の理由", "Why corrected"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_know(self.corrects, present)
        if present.state.cancelled.value:
            raise Refused(T("取り消された記録です。", "This note was cancelled."))


class NoteCancelled(Fact):
    """What was written did not happen: it stays, struck through, with the reason."""

    kind = "incidents.note_cancelled"
    subject = Note
    label = T("記録の取消", "Note cancelled")
    sentence = T("取消: {reason}", "Cancelled: {reason}")

    cancels: str = field(T("取り消す記録", "Entry cancelled"), extra={"widget": "hidden"})
    reason: str = field(T("取消の理由", "Why cancelled"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        _must_know(self.cancels, present)

    def apply(self, state: Any, entry: Entry) -> None:
        state.cancelled.set(entry, True)


class TableProposed(Fact):
    """A new revision of a trigger table: all its rules, and the cases that it must pass."""

    kind = "incidents.table_proposed"
    subject = TriggerTable
    label = T("自動判断表の案", "Trigger table proposed")

    name: str = field(T("名称", "Name"), min_length=1)
    rules: tuple[Rule, ...] = field(T("規則", "Rules"), min_length=1)
    cases: tuple[Case, ...] = field(T("例", "Cases"), ())
    reason: str = field(T("変更の理由", "Reason"), "", max_length=500)

    def apply(self, state: Any, entry: Entry) -> None:
        state.name.set(entry, self.name)
        by = entry.actor_name
        state.proposals.add(entry, Revision(entry.id, entry.happened, by, entry.actor, self.rules, self.cases))


class TableApproved(Fact):
    """A second person puts a revision in force; refused where it does not pass its own cases."""

    kind = "incidents.table_approved"
    subject = TriggerTable
    label = T("自動判断表の承認", "Trigger table approved")

    revision: str = field(T("案", "Proposal"), extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        from tomoshibi.incidents.actions import actions

        revision = present.state.revision(self.revision)
        if revision is None:
            raise Refused(T("その案はありません。画面を開き直してください。", "There is no such proposal. Reload."))
        if present.actor.is_same(revision.actor):
            raise OwnWork
        if found := problems(revision.rules, revision.cases, actions()):
            raise Refused(
                T("この案は承認できません。" + " ".join(p.ja for p in found), "\n".join(p.en for p in found)),
                "revision",
            )

    def apply(self, state: Any, entry: Entry) -> None:
        state.approved.set(entry, self.revision)


def _must_exist(present: Present) -> None:
    if not present.exists:
        raise Refused(T("その事案はありません。", "There is no such incident."))


def _must_be_open(present: Present) -> None:
    _must_exist(present)
    if not present.state.is_open.value:
        raise Refused(T("この事案は終了しています。再開してください。", "This incident is closed. Reopen it first."))


def _must_know(entry_id: str, present: Present) -> None:
    if all(e.id != entry_id for e in present.entries):
        raise Refused(T("元の記録がありません。画面を開き直してください。", "The entry is not there. Reload the page."))
