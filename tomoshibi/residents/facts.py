"""What can happen to the register and to people in it.

``residents.read`` shows names, households, birth dates and the addresses of whoever is not protected;
``residents.protected`` shows and sets what is protected 支援措置, and no role but the administrator's holds it: a town
gives it to the few who handle these cases.
"""

from __future__ import annotations

import datetime as dt

from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.residents.models import ChangesRow, MovementRow, PersonRow, SnapshotRow
from tomoshibi.residents.subjects import Person, ResidentRegister, Whereabouts
from tomoshibi.residents.words import Sex
from tomoshibi.vocabulary import T

for _role in ("headquarters", "clerk", "shelter"):
    grant(_role, "residents.read")
grant("clerk", "residents.person_*", "residents.whereabouts_told")
grant("shelter", "residents.person_added", "residents.whereabouts_told")  # who comes and is in no register
grant("ict", "residents.snapshot_*", "residents.changes_*")  # takes the register in, and reads nobody

PROTECTED = "residents.protected"


class SnapshotTaken(Fact):
    """The register as of a day came in; the people themselves are the dataset ``sha256``."""

    kind = "residents.snapshot_taken"
    subject = ResidentRegister
    label = T("名簿の写しの取り込み", "Register snapshot taken in")
    sentence = T("{as_of} 現在の名簿 {people}人 {households}世帯", "Register as of {as_of}: {people} people")
    datasets = ("sha256",)

    as_of: dt.date = field(T("いつ現在か", "As of"))
    sha256: str = field(T("データ", "Dataset"), pattern="^[0-9a-f]{64}$", extra={"widget": "hidden"})
    people: int = field(T("人数", "People"), ge=1)
    households: int = field(T("世帯数", "Households"), ge=1)
    source: str = field(T("元のファイル", "Source file"), "", max_length=300)

    def check(self, present: Present) -> None:
        loaded = PersonRow.objects.filter(snapshot=self.sha256[:16]).count()
        if loaded != self.people:
            raise Refused(
                T(
                    f"データには{loaded}人しか読み込まれていません（{self.people}人のはずです）。もう一度取り込んでください。",
                    f"{loaded} people of the dataset are loaded, not {self.people}. Import it again.",
                ),
                "sha256",
            )

    def apply(self, state: ResidentRegister, entry: Entry) -> None:
        state.snapshots.add(entry, self)


class ChangesTaken(Fact):
    """A file of changes of the register came in; the changes themselves are the dataset ``sha256``."""

    kind = "residents.changes_taken"
    subject = ResidentRegister
    label = T("異動の取り込み", "Changes of the register taken in")
    sentence = T("{processed_to} までの異動 {count}件", "{count} changes of the register up to {processed_to}")
    datasets = ("sha256",)

    processed_from: dt.date = field(T("最初の処理日", "First day of processing"))
    processed_to: dt.date = field(T("最後の処理日", "Last day of processing"))
    sha256: str = field(T("データ", "Dataset"), pattern="^[0-9a-f]{64}$", extra={"widget": "hidden"})
    count: int = field(T("件数", "Changes"), ge=0)
    source: str = field(T("元のファイル", "Source file"), "", max_length=300)

    def check(self, present: Present) -> None:
        loaded = MovementRow.objects.filter(changes=self.sha256[:16]).count()
        if loaded != self.count:
            raise Refused(
                T(
                    f"データには異動が{loaded}件しか読み込まれていません（{self.count}件のはずです）。もう一度取り込んでください。",
                    f"{loaded} changes of the dataset are loaded, not {self.count}. Import it again.",
                ),
                "sha256",
            )

    def apply(self, state: ResidentRegister, entry: Entry) -> None:
        state.changes.add(entry, self)


class ChangesWithdrawn(Fact):
    kind = "residents.changes_withdrawn"
    subject = ResidentRegister
    label = T("異動の取り下げ", "Changes of the register withdrawn")
    sentence = T("異動の取り下げ: {reason}", "Changes of the register withdrawn: {reason}")

    entry: str = field(T("取り下げる記録", "Entry"), extra={"widget": "hidden"})
    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if all(entry.id != self.entry for entry, _ in present.state.changes.items()):
            raise Refused(T("その異動ファイルはありません。", "There is no such file of changes."), "entry")

    def apply(self, state: ResidentRegister, entry: Entry) -> None:
        state.changes.cancel(self.entry)


class SnapshotWithdrawn(Fact):
    kind = "residents.snapshot_withdrawn"
    subject = ResidentRegister
    label = T("名簿の写しの取り下げ", "Register snapshot withdrawn")
    sentence = T("名簿の写しの取り下げ: {reason}", "Register snapshot withdrawn: {reason}")

    entry: str = field(T("取り下げる記録", "Entry"), extra={"widget": "hidden"})
    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if all(entry.id != self.entry for entry, _ in present.state.snapshots.items()):
            raise Refused(T("その写しはありません。", "There is no such snapshot."), "entry")

    def apply(self, state: ResidentRegister, entry: Entry) -> None:
        state.snapshots.cancel(self.entry)


class PersonAdded(Fact):
    """Somebody lives here and is in no register. Where they live is said by :class:`WhereaboutsTold`."""

    kind = "residents.person_added"
    subject = Person
    label = T("台帳にない人の登録", "Person in no register added")
    sentence = T("台帳にない1人を登録", "One person in no register was added")

    name: str = field(T("氏名", "Name"), min_length=1, max_length=100)
    kana: str = field(T("氏名カナ", "Kana"), "", max_length=200)
    birth: dt.date | None = field(T("生年月日", "Born"), None)
    sex: Sex | None = field(T("性別", "Sex"), None)
    household: str = field(
        T("世帯", "Household"), "", help=T("空なら一人の世帯", "Empty: of their own"), extra={"widget": "hidden"}
    )
    relation: str = field(T("続柄", "Relation"), "", max_length=50)
    note: str = field(
        T("備考", "Note"),
        "",
        max_length=1000,
        help=T("住所は書かないでください。", "Do not write the address here."),
        extra={"widget": "textarea"},
    )

    def check(self, present: Present) -> None:
        if present.exists and present.state.added.value:
            raise Refused(T("この人は登録されています。", "This person is entered already."))
        _named(self.name)
        if in_register(present.subject):
            raise Refused(T("この人は名簿にいます。", "This person is in the register."))

    def apply(self, state: Person, entry: Entry) -> None:
        put(self, state, entry)
        state.added.set(entry, True)


class PersonCorrected(Fact):
    """What the register or an entry says of a person is otherwise; the register itself stays as it came."""

    kind = "residents.person_corrected"
    subject = Person
    label = T("住民の記録の訂正・追記", "Person corrected")
    sentence = T("1人の記録を訂正", "One person's record was corrected")

    name: str | None = field(T("氏名", "Name"), None, max_length=100)
    kana: str | None = field(T("氏名カナ", "Kana"), None, max_length=200)
    birth: dt.date | None = field(T("生年月日", "Born"), None)
    sex: Sex | None = field(T("性別", "Sex"), None)
    relation: str | None = field(T("続柄", "Relation"), None, max_length=50)
    note: str | None = field(
        T("備考", "Note"),
        None,
        max_length=1000,
        help=T("住所は書かないでください。", "Do not write the address here."),
        extra={"widget": "textarea"},
    )

    def check(self, present: Present) -> None:
        must_be_known(present)
        if self.name is not None:
            _named(self.name)

    def apply(self, state: Person, entry: Entry) -> None:
        put(self, state, entry)


class WhereaboutsTold(Fact):
    """Where a person lives or stays, other than the register says. The subject's key is the person's."""

    kind = "residents.whereabouts_told"
    subject = Whereabouts
    label = T("居所の登録・変更", "Whereabouts told")
    sentence = T("1人の居所を記録", "One person's whereabouts were recorded")

    address: str | None = field(T("住所・居所", "Address"), None, max_length=300)
    area: str | None = field(T("町字", "Town"), None, max_length=100)
    note: str | None = field(T("備考", "Note"), None, max_length=1000, extra={"widget": "textarea"})

    def apply(self, state: Whereabouts, entry: Entry) -> None:
        put(self, state, entry)


class ProtectionSet(Fact):
    """A person is protected 支援措置 from here on, whatever the register says."""

    kind = "residents.protection_set"
    subject = Person
    label = T("支援措置の開始", "Protection set")
    sentence = T("1人に支援措置", "One person was protected")

    document: str = field(T("文書番号", "Document number"), "", max_length=100)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(PROTECTED)

    def check(self, present: Present) -> None:
        must_be_known(present)
        if present.state.protected.value and not present.disputed("protected"):
            raise Refused(T("支援措置は開始されています。", "This person is protected already."))

    def apply(self, state: Person, entry: Entry) -> None:
        state.protected.set(entry, True)


class ProtectionLifted(Fact):
    """What was set here is lifted. What the register itself says is lifted in the register, by its next snapshot."""

    kind = "residents.protection_lifted"
    subject = Person
    label = T("支援措置の終了", "Protection lifted")
    sentence = T("1人の支援措置を終了", "One person's protection was lifted")

    document: str = field(T("文書番号", "Document number"), min_length=1, max_length=100)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(PROTECTED)

    def check(self, present: Present) -> None:
        if not present.state.protected.value and not present.disputed("protected"):
            raise Refused(
                T(
                    "ここで開始した支援措置はありません。住民基本台帳の支援措置は、台帳で終了し、新しい写しを取り込んでください。",
                    "No protection was set here. One of the register itself is lifted there: take in a new snapshot.",
                )
            )

    def apply(self, state: Person, entry: Entry) -> None:
        state.protected.set(entry, False)


def in_register(person: str) -> bool:
    """Whether any snapshot holds the person of this reference."""
    key, taken = person.partition(":")[2], SnapshotRow.objects.values("snapshot")
    if PersonRow.objects.filter(snapshot__in=taken, key=key).exists():
        return True
    return MovementRow.objects.filter(changes__in=ChangesRow.objects.values("changes"), key=key).exists()


def must_be_known(present: Present) -> None:
    """Refuse what is said of a person who is in no snapshot and was never entered."""
    if present.exists or in_register(present.subject):
        return
    raise Refused(T("この人は名簿にいません。", "This person is in no register."))


def _named(name: str) -> None:
    if not name.strip():
        raise Refused(T("氏名を入れてください。", "Enter a name."), "name")
