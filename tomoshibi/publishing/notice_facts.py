"""What can happen to a notice to the public: proposed by one, published or withdrawn by the approval of another."""

from __future__ import annotations

from typing import ClassVar

from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.publishing.facts import approvable, known_areas, may_be_asked, must_wait
from tomoshibi.publishing.subjects import Notice, Return
from tomoshibi.publishing.words import Act
from tomoshibi.vocabulary import T

LONG = {"widget": "textarea"}


class NoticeProposed(Fact):
    """Somebody asks that a notice be published, replaced by this text, or withdrawn."""

    kind = "publishing.notice_proposed"
    subject = Notice
    label = T("お知らせの提案", "Notice proposed")
    sentence = T("お知らせを提案（{act}）: {title}", "Notice proposed ({act}): {title}")

    act: Act = field(T("求めること", "What is asked"), Act.ISSUE)
    title: str = field(T("題", "Title"), "", max_length=200)
    body: str = field(T("本文", "Text"), "", max_length=5000, extra=LONG)
    title_en: str = field(T("題（英語）", "Title in English"), "", max_length=200)
    body_en: str = field(T("本文（英語）", "Text in English"), "", max_length=5000, extra=LONG)
    easy: str = field(T("やさしい日本語", "Plain Japanese"), "", max_length=5000, extra=LONG)
    areas: tuple[str, ...] = field(T("関係する区域", "Areas"), (), extra={"widget": "places.area"})

    def check(self, present: Present) -> None:
        may_be_asked(self.act, present.state, present)
        if self.act is not Act.LIFT and not (self.title.strip() and self.body.strip()):
            raise Refused(T("題と本文を入力してください。", "Enter a title and a text."), "title")
        known_areas(self.areas)

    def apply(self, state: Notice, entry: Entry) -> None:
        state.propose(entry, self)


class _NoticeApproval(Fact):
    acts: ClassVar[tuple[Act, ...]]

    proposal: str = field(T("案", "Proposal"), extra={"widget": "hidden"})
    title: str = field(T("題", "Title"), "", max_length=200, extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        found = present.state.proposal(self.proposal)
        asked = found[1].act if found and found[1].act in self.acts else self.acts[0]
        approvable(self.proposal, asked, present)

    def apply(self, state: Notice, entry: Entry) -> None:
        state.approve(entry, self.proposal)


class NoticePublished(_NoticeApproval):
    kind = "publishing.notice_published"
    subject = Notice
    label = T("お知らせの公表（承認）", "Notice published")
    sentence = T("お知らせを公表（承認） {title}", "Notice published {title}")
    acts = (Act.ISSUE, Act.CHANGE)


class NoticeWithdrawn(_NoticeApproval):
    kind = "publishing.notice_withdrawn"
    subject = Notice
    label = T("お知らせの取り下げ（承認）", "Notice withdrawn")
    sentence = T("お知らせを取り下げ（承認） {title}", "Notice withdrawn {title}")
    acts = (Act.LIFT,)


class NoticeReturned(Fact):
    kind = "publishing.notice_returned"
    subject = Notice
    label = T("お知らせの案の差し戻し", "Notice returned")
    sentence = T("お知らせの案を差し戻し: {reason}", "Proposal of a notice returned: {reason}")

    proposal: str = field(T("案", "Proposal"), extra={"widget": "hidden"})
    reason: str = field(T("差し戻す理由", "Why it is returned"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_wait(self.proposal, present)

    def apply(self, state: Notice, entry: Entry) -> None:
        state.returns.add(entry, Return(self.proposal, self.reason, entry.happened, entry.actor_name))
