"""Revisions of the plan: drafted, reviewed by another, approved by the responsible officer who did neither draft it.

A draft keeps the whole plan as it stood as a dataset, so that any two revisions can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from tomoshibi.continuity.models import RevisionRow
from tomoshibi.continuity.plan_words import Stage, Trigger
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, OwnWork, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Row, Subject, Track
from tomoshibi.places.facts import put
from tomoshibi.vocabulary import T

_HIDDEN = {"widget": "hidden"}
_TEXT = {"widget": "textarea"}
#: who answers for the plan; a role that keeps it does not approve it
APPROVE = "plan.approve"
grant("approver", APPROVE, *(f"continuity.revision_{step}" for step in ("reviewed", "approved", "dropped")))
grant("headquarters", "continuity.revision_reviewed")


class Revision(Subject):
    """One revision 版 of the plan, from its draft on."""

    type = "continuity.revision"
    label = T("計画の版", "Revision of the plan")
    tables = (RevisionRow,)

    trigger = Register[Trigger](T("見直しの理由", "Why"), Trigger.YEARLY)
    summary = Register[str](T("改訂の内容", "What changed"), "")
    sha256 = Register[str](T("計画の写し", "Copy of the plan"), "")
    stage = Track[Stage](T("段階", "Stage"), Stage.NONE)
    edition = Register[int | None](T("版数", "Edition"), None)
    note = Register[str](T("備考", "Note"), "")

    def title(self) -> str:
        edition = self.edition.value
        return f"第{edition}版" if edition else f"改訂案（{self.trigger.value.label.ja}）"

    def by(self, stage: Stage) -> Entry | None:
        """The entry that brought it to a stage last."""
        return next((e for e, value in reversed(self.stage.points()) if value is stage), None)

    def rows(self) -> Iterable[Row]:
        said = {stage: self.by(stage) for stage in (Stage.DRAFT, Stage.REVIEWED, Stage.APPROVED, Stage.DROPPED)}
        drafted = said[Stage.DRAFT]
        if drafted is None:
            return
        ended = said[Stage.APPROVED] or said[Stage.DROPPED]
        yield RevisionRow.row(
            self.subject,
            trigger=self.trigger.value.value,
            summary=self.summary.value,
            sha256=self.sha256.value,
            stage=self.stage.value.value,
            edition=self.edition.value,
            note=self.note.value,
            drafted_by=_name(drafted),
            drafted_at=drafted.happened,
            reviewed_by=_name(said[Stage.REVIEWED]),
            reviewed_at=_when(said[Stage.REVIEWED]),
            ended_by=_name(ended),
            ended_at=_when(ended),
        )


def _name(entry: Entry | None) -> str:
    return entry.actor_name if entry else ""


def _when(entry: Entry | None) -> object:
    return entry.happened if entry else None


class RevisionDrafted(Fact):
    kind = "continuity.revision_drafted"
    subject = Revision
    label = T("改訂案の作成", "Revision drafted")
    sentence = T("ICT-BCPの改訂案を作成（{trigger}） {summary}", "Plan: revision drafted ({trigger}) {summary}")
    datasets = ("sha256",)

    trigger: Trigger = field(T("見直しの理由", "Why"))
    summary: str = field(T("改訂の内容", "What changed"), "", max_length=2000, extra=_TEXT)
    sha256: str = field(T("計画の写し", "Copy of the plan"), pattern="^[0-9a-f]{64}$", extra=_HIDDEN)

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この改訂案はできています。", "This draft exists already."))

    def apply(self, state: Revision, entry: Entry) -> None:
        put(self, state, entry)
        state.stage.set(entry, Stage.DRAFT)


class _Step(Fact):
    """Base of what happens to a draft."""

    def _must_be(self, present: Present, *stages: Stage) -> None:
        if not present.exists or present.state.stage.value not in stages:
            raise Refused(T("この版は、いまこの操作ができる段階にありません。", "The revision is not at that stage."))

    def _by_another(self, present: Present, does: T) -> None:
        drafted = present.state.by(Stage.DRAFT)
        if drafted is not None and present.actor.is_same(drafted.actor):
            raise OwnWork(did=T("案を作成した", "drafted it"), does=does)


class RevisionReviewed(_Step):
    kind = "continuity.revision_reviewed"
    subject = Revision
    label = T("改訂案の確認", "Revision reviewed")
    sentence = T("ICT-BCPの改訂案を確認 {note}", "Plan: revision reviewed {note}")

    note: str = field(T("確認の結果", "Result"), "", max_length=1000, extra=_TEXT)

    def check(self, present: Present) -> None:
        self._must_be(present, Stage.DRAFT)
        self._by_another(present, T("確認", "review it"))

    def apply(self, state: Revision, entry: Entry) -> None:
        state.stage.set(entry, Stage.REVIEWED)
        state.note.set(entry, self.note)


class RevisionApproved(_Step):
    kind = "continuity.revision_approved"
    subject = Revision
    label = T("改訂の承認", "Revision approved")
    sentence = T("ICT-BCP 第{edition}版を承認", "Plan: edition {edition} approved")

    edition: int = field(T("版数", "Edition"), ge=1, le=9999)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(APPROVE)

    def check(self, present: Present) -> None:
        self._must_be(present, Stage.REVIEWED)
        self._by_another(present, T("承認", "approve it"))
        if RevisionRow.objects.filter(edition=self.edition).exclude(subject=present.subject).exists():
            raise Refused(T("この版数は使われています。", "There is such an edition already."), "edition")

    def apply(self, state: Revision, entry: Entry) -> None:
        state.edition.set(entry, self.edition)
        state.stage.set(entry, Stage.APPROVED)


class RevisionDropped(_Step):
    kind = "continuity.revision_dropped"
    subject = Revision
    label = T("改訂案の差し戻し・取り下げ", "Revision dropped")
    sentence = T("ICT-BCPの改訂案を取り下げ: {reason}", "Plan: revision dropped: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=1000)

    def check(self, present: Present) -> None:
        self._must_be(present, Stage.DRAFT, Stage.REVIEWED)

    def apply(self, state: Revision, entry: Entry) -> None:
        state.stage.set(entry, Stage.DROPPED)
        state.note.set(entry, self.reason)
