"""What this room keeps: telegrams, files that were no telegrams, incidents, notes, and trigger tables."""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tomoshibi.bulletins.inforce import identity
from tomoshibi.incidents.models import (
    BulletinRow,
    CaseRow,
    IncidentRow,
    NoteRow,
    RejectedRow,
    RuleRow,
    SourceRow,
    StationRow,
    TableRow,
)
from tomoshibi.incidents.words import Hazard, Posture, Report, SitingForm, SitingGrade, SourceKind
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.bulletins import Bulletin
    from tomoshibi.incidents.deciding import Case, Rule


def natural(subject: type[Subject], *parts: object) -> str:
    """Reference of the subject of that type with this natural key: every node that names it means the same."""
    name = "/".join(str(p) for p in parts)
    return subject.ref(str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{subject.type}:{name}")))


class Telegram(Subject):
    """A telegram 電文 by its natural key, so that two nodes that both received it meet on one subject."""

    type = "incidents.bulletin"
    label = T("電文", "Bulletin")
    tables = (BulletinRow,)

    #: one, or as many as nodes took it in before they met
    received = Bag[Any](T("受信", "Received"))
    repeats = Bag[str](T("重複", "Duplicates"))
    evaluation = Register[Any](T("自動判断", "Evaluation"))
    decided = Register[str](T("人の判断", "Decided by a person"), "")
    #: what became of its figures when stations were left out, or put back
    corrected = Register[Any](T("観測点の除外による訂正", "Figures corrected"))
    corrections = Bag[Any](T("これまでの訂正", "Figures corrected so far"))

    @classmethod
    def of_bulletin(cls, bulletin: Bulletin) -> str:
        """Reference of a telegram's subject: the same by whatever line and in whatever bytes it came."""
        return natural(cls, identity(bulletin))

    def title(self) -> str:
        for _, said in self.received.items():
            return f"{said.title or said.name}（{said.type}）"
        return super().title()

    def rows(self) -> Iterable[Row]:
        received = self.received.items()
        if not received:
            return
        entry, said = received[0]
        evaluation, corrected = self.evaluation.value, self.corrected.value
        yield BulletinRow.row(
            self.subject,
            type=said.type,
            kind=said.about.value,
            status=said.status.value,
            info=said.info.value,
            event=said.event,
            serial=said.serial,
            name=said.name,
            title=said.title,
            headline=said.headline,
            reported=said.reported,
            received=entry.happened,
            hypocentre=said.hypocentre,
            magnitude=said.magnitude,
            max_intensity=said.max_intensity,
            here=json.dumps([h.model_dump(mode="json") for h in said.here], ensure_ascii=False),
            digest=said.digest,
            source=said.source,
            via=said.via,
            arrival=said.arrival.value,
            stream=said.stream,
            rank=said.rank,
            until=said.until,
            repeats=len({s.digest for _, s in received} | set(self.repeats)) - 1,
            outcome=evaluation.outcome if evaluation else "",
            alerts=self._alerts(),
            trace=json.dumps(evaluation.model_dump(mode="json"), ensure_ascii=False) if evaluation else "{}",
            decided=self.decided.value,
            incident=evaluation.incident if evaluation else "",
            corrected=json.dumps(corrected.model_dump(mode="json"), ensure_ascii=False) if corrected else "",
            corrected_at=self.corrected.entry.happened if self.corrected.entry else None,
            overturned=" ".join(self._overturned()),
        )

    def _overturned(self) -> list[str]:
        """Classes that the maximum or an area of ours was said to have, and has no more."""
        said: dict[str, set[str]] = {}
        stands: dict[str, str] = {}
        for each in self.corrections:
            for code, (before, after) in each.figures.items():
                said.setdefault(code, set()).update((before, after))
                stands[code] = before  # what the telegram says: of what the last correction does not name
        if self.corrected.value:
            stands |= {code: after for code, (_, after) in self.corrected.value.figures.items()}
        return sorted(set[str]().union(*(classes - {stands[code], ""} for code, classes in said.items())))

    def _alerts(self) -> int:
        """What waits for a person: what the evaluation left open, and figures corrected after they were acted on."""
        evaluation, corrected, decided = self.evaluation.value, self.corrected.entry, self.decided.entry
        left = 0 if evaluation is None or self.decided.value else int(evaluation.alerts)
        acted = evaluation is not None and bool(evaluation.acts)
        if corrected and acted and self.corrected.value.ours_changed:
            left += decided is None or decided.happened < corrected.happened
        return left


class Source(Subject):
    """Where telegrams come from. When it was last heard is no part of it (:class:`HeardRow`)."""

    type = "incidents.source"
    label = T("情報源", "Source")
    tables = (SourceRow,)

    name = Register[str](T("名称", "Name"), "")
    source_kind = Register[SourceKind](T("種別", "Kind"), SourceKind.INBOX)
    url = Register[str](T("アドレス", "Address"), "")
    every_s = Register[int](T("間隔", "Interval"), 60)
    silent_min = Register[int | None](T("沈黙とみなす時間", "Silent after"), None)
    note = Register[str](T("備考", "Note"), "")
    withdrawn = Register[bool](T("取り下げ", "Withdrawn"), False)
    token = Register[str](T("トークン", "Token"), "")
    #: True where it fell silent, False where it was heard again
    silences = Bag[bool](T("沈黙", "Silence"))

    def title(self) -> str:
        return self.name.value or super().title()

    def rows(self) -> Iterable[Row]:
        name, token, silences = self.name.entry, self.token.entry, self.silences.items()
        if name is None:
            return
        silent = silences[-1] if silences else None
        yield SourceRow.row(
            self.subject,
            name=self.name.value,
            kind=self.source_kind.value.value,
            url=self.url.value,
            every_s=self.every_s.value,
            silent_min=self.silent_min.value,
            note=self.note.value,
            since=name.happened,
            withdrawn=self.withdrawn.value,
            token=self.token.value,
            token_at=token.happened if token and self.token.value else None,
            silent=bool(silent and silent[1]),
            silent_at=silent[0].happened if silent and silent[1] else None,
        )


#: the folder that every home has, and the form for what people type; a town may describe them further
INBOX, HAND = Source.ref("inbox"), Source.ref("hand")


class Station(Subject):
    """A seismic station 震度観測点: where it stands, how it is sited, and whether its readings count."""

    type = "incidents.station"
    label = T("震度観測点", "Seismic station")
    tables = (StationRow,)

    code = Register[str](T("観測点番号", "Station code"), "")
    also = Register[str](T("ほかの表での番号", "Numbers in other lists"), "")
    name = Register[str](T("名称", "Name"), "")
    agency = Register[str](T("機関", "Agency"), "")
    municipality = Register[str](T("市区町村コード", "Municipality code"), "")
    lat = Register[float | None](T("緯度", "Latitude"), None)
    lon = Register[float | None](T("経度", "Longitude"), None)
    form = Register[SitingForm | None](T("設置形態", "Siting form"), None)
    grade = Register[SitingGrade | None](T("設置環境の評価", "Siting grade"), None)
    #: every grade that was given, with since when it holds
    gradings = Bag[Any](T("評価の経過", "Grades so far"))
    assessed_on = Register[date | None](T("評価した日", "Assessed on"), None)
    assessed_by = Register[str](T("評価した人", "Assessed by"), "")
    reason = Register[str](T("評価の理由", "Reason"), "")
    excluded = Register[Any](T("除外", "Left out"), None)

    @classmethod
    def coded(cls, code: str) -> str:
        """Reference of the station of that code: the same at every node, in any width and spacing."""
        return natural(cls, "".join(unicodedata.normalize("NFKC", code).split()))

    def title(self) -> str:
        return " ".join(filter(None, (self.code.value, self.name.value))) or super().title()

    def search(self) -> str:
        return f"{self.code.value} {self.also.value} {self.name.value}"

    def rows(self) -> Iterable[Row]:
        if not self.code.value:
            return
        out, entry = self.excluded.value, self.excluded.entry
        # in the order of the fold, which is that of the register: the last is the grade in force
        graded = sorted(self.gradings.items(), key=lambda item: item[0].bit)
        yield StationRow.row(
            self.subject,
            code=self.code.value,
            also=self.also.value,
            name=self.name.value,
            agency=self.agency.value,
            municipality=self.municipality.value,
            lat=self.lat.value,
            lon=self.lon.value,
            form=self.form.value.value if self.form.value else "",
            grade=self.grade.value.value if self.grade.value else "",
            assessed_on=self.assessed_on.value,
            assessed_by=self.assessed_by.value,
            reason=self.reason.value,
            gradings=json.dumps(
                [(e.recorded_at, grade, since.isoformat() if since else "") for e, (grade, since) in graded]
            ),
            excluded=out is not None,
            excluded_since=out.since if out else None,
            excluded_until=out.until if out else None,
            excluded_reason=out.why if out else "",
            excluded_at=entry.happened if out and entry else None,
            excluded_by=entry.actor_name if out and entry else "",
        )


class RejectedFile(Subject):
    """A file that came into the inbox and is no bulletin that we can read, by the digest of its bytes."""

    type = "incidents.rejected"
    label = T("読めなかったファイル", "Rejected file")
    tables = (RejectedRow,)

    content = Register[Any](T("内容", "Content"))

    def title(self) -> str:
        return self.content.value.name if self.content.value else super().title()

    def rows(self) -> Iterable[Row]:
        said, entry = self.content.value, self.content.entry
        if said is None or entry is None:
            return
        yield RejectedRow.row(
            self.subject,
            name=said.name,
            reason_ja=said.reason_ja,
            reason_en=said.reason_en,
            size=said.size,
            digest=said.digest,
            at=entry.happened,
        )


class Incident(Subject):
    """A disaster, or anything that headquarters works on as one, from opening to closing."""

    type = "incidents.incident"
    label = T("事案", "Incident")
    tables = (IncidentRow,)

    name = Register[str](T("名称", "Title"), "")
    hazard = Register[Hazard](T("災害の種類", "Hazard"), Hazard.OTHER)
    event = Register[str](T("気象庁の識別番号", "Event ID"), "")
    began = Register[datetime | None](T("発生時刻", "Began"), None)
    is_open = Track[bool](T("対応中", "Open"), False)
    posture = Track[Posture](T("配備体制", "Posture"), Posture.NORMAL)
    merged_into = Register[str](T("統合先", "Merged into"), "")
    bulletins = Bag[str](T("電文", "Bulletins"))
    reports = Bag[Report](T("報告", "Reports"))

    def title(self) -> str:
        return self.name.value or super().title()

    def search(self) -> str:
        return self.name.value

    def rows(self) -> Iterable[Row]:
        openings = [entry for entry, is_open in self.is_open.points() if is_open]
        closing = self.is_open.entry if not self.is_open.value else None
        yield IncidentRow.row(
            self.subject,
            title=self.name.value,
            hazard=self.hazard.value.value,
            event=self.event.value,
            began=self.began.value,
            opened=openings[0].happened if openings else None,
            closed=closing.happened if closing else None,
            posture=self.posture.value.value,
            merged_into=self.merged_into.value,
            bulletins=len(set(self.bulletins)),
            sent=" ".join(sorted({r.value for r in self.reports})),
        )


class Note(Subject):
    """A line that somebody wrote into the timeline; a subject of its own, because an incident gathers thousands."""

    type = "incidents.note"
    label = T("記録", "Note")
    tables = (NoteRow,)

    what = Register[str](T("内容", "What"), "")
    where = Register[str](T("場所", "Where"), "")
    who = Register[str](T("情報源", "Told by"), "")
    happened = Register[datetime | None](T("日時", "When"), None)
    cancelled = Register[bool](T("取消", "Cancelled"), False)

    def title(self) -> str:
        return self.what.value[:60] or super().title()

    def search(self) -> str:
        return f"{self.what.value} {self.where.value}"

    def rows(self) -> Iterable[Row]:
        at = self.happened.value
        if at is None:  # a correction that came without the note it corrects
            return
        yield NoteRow.row(
            self.subject,
            incident=self.incident,
            at=at,
            what=self.what.value,
            where=self.where.value,
            who=self.who.value,
            cancelled=self.cancelled.value,
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """One proposal of a table: the entry that made it, when and by whom, its rules and its cases."""

    id: str
    at: datetime
    by: str
    actor: str
    rules: Sequence[Rule]
    cases: Sequence[Case]


class TriggerTable(Subject):
    """A trigger table: what the program does by itself when a bulletin comes in. In force as approved."""

    type = "incidents.table"
    label = T("自動判断表", "Trigger table")
    tables = (TableRow, RuleRow, CaseRow)

    name = Register[str](T("名称", "Name"), "")
    proposals = Bag[Revision](T("案", "Proposals"))
    approved = Register[str](T("施行中の案", "Revision in force"), "")

    def title(self) -> str:
        return self.name.value or super().title()

    def revision(self, id: str) -> Revision | None:
        """The proposal of that entry id."""
        return next((r for r in self.proposals if r.id == id), None)

    @property
    def in_force(self) -> Revision | None:
        """The revision that was approved last."""
        return self.revision(self.approved.value)

    @property
    def proposed(self) -> Revision | None:
        """The newest proposal, where it is not in force."""
        newest = [r for _, r in self.proposals.items()]
        return newest[-1] if newest and newest[-1].id != self.approved.value else None

    def rows(self) -> Iterable[Row]:
        in_force, proposed, approval = self.in_force, self.proposed, self.approved.entry
        yield TableRow.row(
            self.subject,
            name=self.name.value,
            in_force=in_force.id if in_force else "",
            approved_at=approval.happened if approval else None,
            approved_by=approval.actor_name if approval else "",
            proposed=proposed.id if proposed else "",
            proposed_at=proposed.at if proposed else None,
            proposed_by=proposed.by if proposed else "",
        )
        for revision in filter(None, (in_force, proposed)):
            for number, rule in enumerate(revision.rules):
                yield RuleRow.row(
                    self.subject,
                    f"{revision.id}/{number}",
                    revision=revision.id,
                    number=number,
                    name=rule.name,
                    rule=rule.model_dump_json(),
                )
            for number, case in enumerate(revision.cases):
                yield CaseRow.row(
                    self.subject,
                    f"{revision.id}/{number}",
                    revision=revision.id,
                    number=number,
                    name=case.name,
                    case=case.model_dump_json(),
                )


#: the table that the inbox asks: a town has one
TABLE = TriggerTable.ref("bulletins")
