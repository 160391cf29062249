"""What can happen to a seismic station: described, its siting assessed, its readings left out afterwards, put back.

A station of grade D or E, or left out, reaches neither maps nor triggers. What it had read stays in the telegrams; the
figures that rested on it are corrected (:mod:`tomoshibi.incidents.correcting`): of the past where it was left out, or
where its grade says since when it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from tomoshibi.incidents.subjects import Station, Telegram
from tomoshibi.incidents.words import SitingForm, SitingGrade
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

grant("seismologist", "incidents.station_*")

_HIDDEN = {"widget": "hidden"}


def _must_be_named(fact: StationDescribed | StationSited | StationExcluded, present: Present) -> None:
    """Refuse a first fact about a station that does not say which one it is, and a code that is another station's."""
    code = (fact.code or "").strip()
    if not present.exists and not code:
        raise Refused(T("観測点番号を入れてください。", "Enter the station's code."), "code")
    if code and Station.coded(code) != present.subject:
        raise Refused(
            T(
                f"観測点番号「{code}」は、この観測点のものではありません。番号は変えられません。",
                f"The code {code!r} is not this station's. A code cannot be changed.",
            ),
            "code",
        )


class StationDescribed(Fact):
    kind = "incidents.station_described"
    subject = Station
    label = T("観測点の登録・変更", "Station described")

    code: str | None = field(T("観測点番号", "Station code"), None, max_length=50)
    also: str | None = field(
        T("ほかの表での番号", "Numbers in other lists"), None, max_length=200,
        help=T(
            "電文、観測点表、観測網で番号が違うとき、空白で区切って書きます。",
            "Where telegrams, tables and the network number it otherwise; separated by spaces.",
        ),
    )  # fmt: skip
    name: str | None = field(T("名称", "Name"), None, max_length=100)
    agency: str | None = field(T("機関", "Agency"), None, max_length=100)
    municipality: str | None = field(T("市区町村コード", "Municipality code"), None, pattern=r"^(\d{5})?$")
    lat: float | None = field(T("緯度", "Latitude"), None, unit=T("度", "°"), ge=-90, le=90)
    lon: float | None = field(T("経度", "Longitude"), None, unit=T("度", "°"), ge=-180, le=180)

    def check(self, present: Present) -> None:
        _must_be_named(self, present)

    def apply(self, state: Station, entry: Entry) -> None:
        put(self, state, entry)


class StationSited(Fact):
    """Somebody looked at how a station stands, and graded it. Earlier grades stay in the journal."""

    kind = "incidents.station_sited"
    subject = Station
    label = T("設置環境の評価", "Siting assessed")
    sentence = T(
        "設置環境の評価: {grade} {form} {assessed_by} {reason}",
        "Siting assessed: {grade} {form} {assessed_by} {reason}",
    )

    code: str | None = field(T("観測点番号", "Station code"), None, max_length=50, extra=_HIDDEN)
    also: str | None = field(T("ほかの表での番号", "Numbers in other lists"), None, max_length=200, extra=_HIDDEN)
    name: str | None = field(T("名称", "Name"), None, max_length=100, extra=_HIDDEN)
    grade: SitingGrade | None = field(
        T("設置環境の評価", "Siting grade"), None,
        help=T("D と E は、地図にも自動判断にも使われません。", "D and E reach neither maps nor triggers."),
    )  # fmt: skip
    form: SitingForm | None = field(T("設置形態", "Siting form"), None)
    assessed_on: date | None = field(T("評価した日", "Assessed on"), None)
    assessed_by: str | None = field(T("評価した人", "Assessed by"), None, max_length=100)
    reason: str | None = field(T("評価の理由", "Reason"), None, max_length=1000, extra={"widget": "textarea"})
    since: datetime | None = field(
        T("いつの読みから当てはめるか", "Holds for readings since"), None,
        help=T(
            "空なら、これからの読みだけに当てはめます。過去の日時を入れると、それ以後の地震の最大震度を計算し直し、"
            "参集で知らせた人に訂正を送ります。取り消すときは、前の評価を同じ日時から当てはめます。",
            "Blank: readings to come only. A past moment: the maxima of the earthquakes since then are worked out "
            "again, and who was called out is told. To take it back, let the former grade hold since that moment.",
        ),
    )  # fmt: skip

    def check(self, present: Present) -> None:
        _must_be_named(self, present)
        if self.since and self.since > worlds.now():
            raise Refused(
                T(
                    "これから先の日時です。空にすると、これからの読みに当てはまります。",
                    "This is in the future. Leave it blank for readings to come.",
                ),
                "since",
            )
        if self.grade is None and ("grade" in self.model_fields_set or present.state.grade.value is None):
            raise Refused(T("評価 A〜E を選んでください。", "Choose a grade, A to E."), "grade")

    def apply(self, state: Station, entry: Entry) -> None:
        put(self, state, entry)
        given = state.grade.value
        if given is not None and (self.grade is not None or self.since is not None):
            state.gradings.add(entry, (given, self.since))

    def tell(self) -> T:
        said = super().tell()
        if self.since is None:
            return said
        at = f"{self.since.astimezone(JAPAN):%Y-%m-%d %H:%M}"
        return T(f"{said.ja}（{at} の読みから当てはめる）", f"{said.en} (holds for readings since {at})")

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        if self.since is not None:
            given = self.grade or present.state.grade.value
            why = f"設置環境の評価 {given}{'、' if self.reason else ''}{self.reason or ''}"
            yield tasks.Task("incidents.correct", entry.id, worlds.now(), present.subject, {"why": why})


class StationExcluded(Fact):
    """A station's readings are left out, of the past as of now; what it had a part in is corrected, and told."""

    kind = "incidents.station_excluded"
    subject = Station
    label = T("観測点の除外", "Station left out")
    sentence = T("観測点を除外: {why}", "Station left out: {why}")

    code: str | None = field(T("観測点番号", "Station code"), None, max_length=50, extra=_HIDDEN)
    also: str | None = field(T("ほかの表での番号", "Numbers in other lists"), None, max_length=200, extra=_HIDDEN)
    name: str | None = field(T("名称", "Name"), None, max_length=100, extra=_HIDDEN)
    since: datetime | None = field(
        T("いつの読みから", "Readings since"), None,
        help=T("空なら、これまでのすべての読みを除きます。", "Blank: every reading so far."),
    )  # fmt: skip
    until: datetime | None = field(
        T("いつの読みまで", "Readings until"), None, help=T("空なら、これからも除きます。", "Blank: from now on, too.")
    )
    why: str = field(
        T("除外する理由", "Why it is left out"), min_length=1, max_length=1000,
        help=T(
            "関わった地震の最大震度を計算し直し、参集で知らせた人に訂正を送ります。",
            "The maxima of the earthquakes it had a part in are worked out again, and who was called out is told.",
        ),
        extra={"widget": "textarea"},
    )  # fmt: skip

    def check(self, present: Present) -> None:
        _must_be_named(self, present)
        if self.since and self.until and self.until <= self.since:
            raise Refused(T("終わりが始まりより前です。", "The end is before the beginning."), "until")

    def apply(self, state: Station, entry: Entry) -> None:
        for name in ("code", "also", "name"):
            if value := getattr(self, name):
                getattr(state, name).set(entry, value)
        state.excluded.set(entry, self)

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        yield tasks.Task("incidents.correct", entry.id, worlds.now(), present.subject, {"why": self.why})


class StationPutBack(Fact):
    """A station that was left out counts again, and what was corrected is as it was said."""

    kind = "incidents.station_put_back"
    subject = Station
    label = T("除外の取り消し", "Station put back")
    sentence = T("観測点の除外を取り消し: {why}", "Station put back: {why}")

    why: str = field(T("戻す理由", "Why it is put back"), min_length=1, max_length=1000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        if not present.exists or present.state.excluded.value is None:
            raise Refused(T("この観測点は除外されていません。", "This station is not left out."))

    def apply(self, state: Station, entry: Entry) -> None:
        state.excluded.set(entry, None)

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        yield tasks.Task("incidents.correct", entry.id, worlds.now(), present.subject, {"why": self.why})


class LeftOut(BaseModel):
    """A station that does not count in a telegram, and the class that it had there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    intensity: str

    def __str__(self) -> str:
        return f"{self.name} {self.intensity}"


class Figure(BaseModel):
    """One of our areas in a telegram: its class as said, and without those stations ("": not known)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name} {self.before}→{self.after or '不明'}"


class BulletinCorrected(Fact):
    """What a telegram's figures are without stations that do not count; none where all count again."""

    kind = "incidents.bulletin_corrected"
    subject = Telegram
    label = T("観測点の除外による訂正", "Figures corrected")
    sentence = T(
        "震度を訂正: 最大 {max_before} → {max_after}　除外: {stations}　{why}",
        "Figures corrected: maximum {max_before} → {max_after}. Left out: {stations}. {why}",
    )

    stations: tuple[LeftOut, ...] = field(T("除いた観測点", "Stations left out"), ())
    max_before: str = field(T("発表の最大震度", "Maximum as said"), "")
    max_after: str = field(T("訂正後の最大震度", "Maximum without them"), "")
    here: tuple[Figure, ...] = field(T("本市町村", "Our areas"), ())
    why: str = field(T("理由", "Reason"), "")

    @property
    def figures(self) -> dict[str, tuple[str, str]]:
        """The maximum (by "") and our areas (by their codes): as said, and without those stations."""
        return {"": (self.max_before, self.max_after)} | {f.code: (f.before, f.after) for f in self.here}

    @property
    def ours_changed(self) -> bool:
        """Whether what was said of our own areas is other than it was."""
        return any(figure.before != figure.after for figure in self.here)

    def apply(self, state: Any, entry: Entry) -> None:
        state.corrected.set(entry, self)
        state.corrections.add(entry, self)
