"""What can happen to a source of telegrams: described, given a token, silent, heard again, withdrawn."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tomoshibi.incidents.subjects import Source
from tomoshibi.incidents.words import SourceKind
from tomoshibi.journal.access import Actor
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.vocabulary import T

#: held by administrators only: who has a receiver's token can put telegrams into our inbox
TOKENS = "machine.receiver_token"


class SourceDescribed(Fact):
    kind = "incidents.source_described"
    subject = Source
    label = T("情報源の登録・変更", "Source described")

    name: str | None = field(T("名称", "Name"), None, max_length=100)
    source_kind: SourceKind | None = field(T("種別", "Kind"), None)
    url: str | None = field(
        T("フィードのアドレス", "The feed's address"),
        None,
        max_length=1000,
        help=T("フィードのときだけ。https:// で始めてください。", "For a feed only. Begin with https://."),
    )
    every_s: int | None = field(
        T("見に行く間隔", "Asked every"), None, unit=T("秒", "seconds"), ge=15, le=86_400,
        help=T("フィードのときだけ。空なら60秒。", "For a feed only. Blank: 60 seconds."),
    )  # fmt: skip
    silent_min: int | None = field(
        T("沈黙とみなすまで", "Silent after"), None, unit=T("分", "minutes"), ge=1, le=100_000,
        help=T(
            "この時間なにも届かなければ、すべての画面で知らせます。空なら知らせません。",
            "Where nothing comes for so long, every page says so. Blank: never.",
        ),
    )  # fmt: skip
    note: str | None = field(T("備考", "Note"), None, max_length=1000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        kind = self.source_kind or (present.state.source_kind.value if present.exists else SourceKind.INBOX)
        url = self.url if "url" in self.model_fields_set else present.state.url.value
        if kind is SourceKind.FEED and not _is_web(url or ""):
            raise Refused(
                T("フィードのアドレスを http:// か https:// で入れてください。", "Enter the feed's http(s) address."),
                "url",
            )

    def apply(self, state: Any, entry: Entry) -> None:
        put(self, state, entry)
        state.withdrawn.set(entry, False)


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


class SourceWithdrawn(Fact):
    kind = "incidents.source_withdrawn"
    subject = Source
    label = T("情報源の取り下げ", "Source withdrawn")
    sentence = T("情報源を取り下げ: {reason}", "Source withdrawn: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        must_stand(present)

    def apply(self, state: Any, entry: Entry) -> None:
        state.withdrawn.set(entry, True)
        state.token.set(entry, "")


class SourceTokenMade(Fact):
    """A receiver was given a token; only its SHA-256 is kept. A new one ends the one before."""

    kind = "incidents.source_token_made"
    subject = Source
    label = T("受信機のトークンの発行", "Receiver's token made")

    digest: str = field(T("トークンのハッシュ", "The token's hash"), pattern="^[0-9a-f]{64}$")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(TOKENS)

    def check(self, present: Present) -> None:
        must_stand(present)
        if present.state.source_kind.value is not SourceKind.POST:
            raise Refused(T("トークンは受信機のものです。", "Only a receiver has a token."))

    def apply(self, state: Any, entry: Entry) -> None:
        state.token.set(entry, self.digest)


class SourceTokenEnded(Fact):
    """A receiver's token holds no longer."""

    kind = "incidents.source_token_ended"
    subject = Source
    label = T("受信機のトークンの失効", "Receiver's token ended")

    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(TOKENS)

    def apply(self, state: Any, entry: Entry) -> None:
        state.token.set(entry, "")


class SourceFellSilent(Fact):
    """Nothing was heard of a source for longer than it may be silent."""

    kind = "incidents.source_fell_silent"
    subject = Source
    label = T("情報源の沈黙", "Source fell silent")
    sentence = T("情報源「{name}」から{minutes}分間、応答がありません", "Nothing heard of {name} for {minutes} minutes")

    name: str = field(T("名称", "Name"), "")
    minutes: int = field(T("時間", "For"), unit=T("分", "minutes"), ge=0)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.id.startswith("system:")

    def apply(self, state: Any, entry: Entry) -> None:
        state.silences.add(entry, True)


class SourceHeardAgain(Fact):
    """A source that was silent was heard again."""

    kind = "incidents.source_heard_again"
    subject = Source
    label = T("情報源の回復", "Source heard again")
    sentence = T("情報源「{name}」が回復", "{name} is heard again")

    name: str = field(T("名称", "Name"), "")

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.id.startswith("system:")

    def apply(self, state: Any, entry: Entry) -> None:
        state.silences.add(entry, False)


def must_stand(present: Present) -> None:
    """Refuse what is said of a source that nobody described, or that was withdrawn."""
    if not present.exists or present.state.withdrawn.value:
        raise Refused(
            T("その情報源はありません。先に登録してください。", "There is no such source. Describe it first.")
        )
