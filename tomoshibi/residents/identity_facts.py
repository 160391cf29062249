"""What can happen to records of people that may be one person's, and to the names of towns.

Namesakes are never merged by the program: it proposes (:mod:`tomoshibi.residents.proposing`), a person confirms, and
what was confirmed can be parted again.
"""

from __future__ import annotations

import datetime as dt

from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.residents import queries
from tomoshibi.residents.models import KnownRow
from tomoshibi.residents.persons import PROTECTED
from tomoshibi.residents.subjects import Identity, Person, TownName
from tomoshibi.vocabulary import T

grant("clerk", "residents.merged", "residents.parted", "residents.kept_apart")
for _role in ("headquarters", "ict"):
    grant(_role, "residents.town_renamed")


class _OfTwo(Fact):
    """A fact about two records: who may not see one of the people may say nothing of it."""

    def allowed(self, actor: Actor, present: Present) -> bool:
        if not actor.may(self.kind):
            return False
        two = [Person.ref(present.subject.partition(":")[2]), getattr(self, "other", "")]
        people = queries.persons(filter(None, two), actor)
        return actor.may(PROTECTED) or not any(p.protected for p in people.values())


class Merged(_OfTwo):
    """This record is another's: the same person stands in both. Questions about either give that other."""

    kind = "residents.merged"
    subject = Identity
    label = T("同一人として統合", "Records merged")
    sentence = T("2つの記録を同一人として統合", "Two records were found to be one person's")

    other: str = field(T("統合先", "Same as"), extra={"widget": "hidden"})
    reason: str = field(T("同一人と確かめた根拠", "How this was made sure"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        own = Person.ref(present.subject.partition(":")[2])
        disputed = present.disputed("into")
        if present.exists and present.state.into.value and not disputed:
            raise Refused(T("この記録は統合されています。", "This record is merged already."))
        found = queries.persons([own, self.other], present.actor)
        if len(found) < 2:
            raise Refused(T("統合する2人の記録が見つかりません。", "One of the two records is not there."), "other")
        if found[own].ref == found[self.other].ref and not disputed:
            raise Refused(T("2つはすでに同じ人の記録です。", "The two are one person's already."), "other")
        added = set(
            KnownRow.objects.filter(subject__in=[own, self.other], added=True).values_list("subject", flat=True)
        )
        if own not in added and self.other in added:
            raise Refused(
                T(
                    "台帳にある記録を、台帳にない記録へ統合することはできません。逆に統合してください。",
                    "A record of the register is not merged into one that is in no register. Do it the other way.",
                ),
                "other",
            )

    def apply(self, state: Identity, entry: Entry) -> None:
        state.into.set(entry, self.other)
        state.reason.set(entry, self.reason)


class Parted(_OfTwo):
    """What was merged is two people after all: each record is its own again, with all that was recorded of it."""

    kind = "residents.parted"
    subject = Identity
    label = T("統合の取り消し", "Merge undone")
    sentence = T("統合を取り消し", "A merge of two records was undone")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or not (present.state.into.value or present.disputed("into", "reason")):
            raise Refused(T("この記録は統合されていません。", "This record is not merged."))

    def apply(self, state: Identity, entry: Entry) -> None:
        state.into.set(entry, "")
        state.reason.set(entry, self.reason)


class KeptApart(_OfTwo):
    """Somebody made sure that two records are two people: they are proposed no more."""

    kind = "residents.kept_apart"
    subject = Identity
    label = T("別人と確認", "Found to be two people")
    sentence = T("2つの記録を別人と確認", "Two records were found to be two people's")

    other: str = field(T("相手", "The other"), extra={"widget": "hidden"})
    reason: str = field(T("根拠", "How this was made sure"), "", max_length=500)

    def apply(self, state: Identity, entry: Entry) -> None:
        state.apart.add(entry, self.other)


class TownRenamed(Fact):
    """A town got another name, or its numbering was made anew 住居表示. Search knows both from then on."""

    kind = "residents.town_renamed"
    subject = TownName
    label = T("町名の変更", "Town renamed")
    sentence = T("{old} は {new}", "{old} became {new}")

    old: str | None = field(T("旧町名", "Old name"), None, max_length=100)
    new: str | None = field(T("新町名", "New name"), None, max_length=100)
    on: dt.date | None = field(T("実施日", "From"), None)
    note: str | None = field(T("備考", "Note"), None, max_length=500)
    withdrawn: bool | None = field(T("取り下げ", "Withdrawn"), None)

    def check(self, present: Present) -> None:
        for name in ("old", "new"):
            given = getattr(self, name)
            if (given is None and not present.exists) or (given is not None and not given.strip()):
                raise Refused(T("旧町名と新町名を入れてください。", "Enter the old name and the new."), name)
        if self.old is not None and self.old == self.new:
            raise Refused(T("旧町名と新町名が同じです。", "The two names are the same."), "new")

    def apply(self, state: TownName, entry: Entry) -> None:
        put(self, state, entry)
