"""What relief is about: dwellings, applications, rounds of survey and certificates, and the rows these give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tomoshibi.journal.access import person_of
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.relief.damage import Assessment, Sheet, assess
from tomoshibi.relief.jointly import Joint
from tomoshibi.relief.models import ApplicationRow, CertificateRow, DwellingRow, SurveyRow
from tomoshibi.relief.words import Authority, Interest, Kind, Standing, Structure, Tenure, Thing, Use, Way
from tomoshibi.residents.matching import name_form, place_form
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import DamageClass, name_of


class Member(BaseModel):
    """One of a household, as the certificate lists them: name and relation to the householder 続柄."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    relation: str = Field("", max_length=50)

    def __str__(self) -> str:
        return f"{self.name}（{self.relation}）" if self.relation else self.name


def _members(members: Iterable[Member]) -> str:
    return json.dumps([m.model_dump() for m in members], ensure_ascii=False)


class Dwelling(Subject):
    """A building that somebody lives in, or did. It is nobody's in particular, and outlasts incidents."""

    type = "relief.dwelling"
    label = T("住家・建物", "Dwelling")
    tables = (DwellingRow,)
    reading = "relief.read"
    personal = True  # whose home it is can be told from it; owner and tenants are a subject of their own

    address = Register[str](T("所在地", "Address"), "")
    building = Register[str](T("建物名・部屋番号", "Building"), "")
    area = Register[str](T("地区", "District"), "")
    lat = Register[float | None](T("緯度", "Latitude"), None)
    lon = Register[float | None](T("経度", "Longitude"), None)
    structure = Register[Structure](T("構造", "Structure"), Structure.UNKNOWN)
    storeys = Register[int | None](T("階数", "Storeys"), None)
    use = Register[Use](T("用途", "Use"), Use.DWELLING)
    tenure = Register[Tenure](T("居住の別", "Tenure"), Tenure.UNKNOWN)
    number = Register[str](T("家屋番号", "Building number"), "")
    built = Register[int | None](T("建築年", "Built"), None)
    floor_m2 = Register[float | None](T("延床面積", "Floor area"), None)

    def title(self) -> str:
        return " ".join(filter(None, (self.address.value, self.building.value))) or super().title()

    def search(self) -> str:
        return f"{self.title()} {self.number.value}".strip()

    def rows(self) -> Iterable[Row]:
        yield DwellingRow.row(
            self.subject,
            address=self.address.value,
            placed=place_form(self.address.value),
            building=self.building.value,
            area=self.area.value,
            lat=self.lat.value,
            lon=self.lon.value,
            structure=self.structure.value.value,
            storeys=self.storeys.value,
            use=self.use.value.value,
            tenure=self.tenure.value.value,
            number=self.number.value,
            built=self.built.value,
            floor_m2=self.floor_m2.value,
        )


class Application(Subject):
    """A household's application for a certificate in one incident, about one dwelling."""

    type = "relief.application"
    label = T("罹災証明書の申請", "Application for a certificate")
    tables = (ApplicationRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"
    #: whether the household is protected (支援措置)
    protected = False

    kind = Register[Kind](T("証明書の種類", "Kind"), Kind.DISASTER)
    applicant = Register[str](T("申請者", "Applicant"), "")
    householder = Register[str](T("世帯主氏名", "Householder"), "")
    householder_kana = Register[str](T("世帯主氏名かな", "Householder (kana)"), "")
    householder_address = Register[str](T("世帯主住所", "Householder's address"), "")
    household = Register[str](T("世帯", "Household"), "")
    members = Register[tuple[Member, ...]](T("世帯構成員", "Household members"), ())
    dwelling = Register[str](T("住家", "Dwelling"), "")
    damaged_address = Register[str](T("被災住家の所在地", "Damaged address"), "")
    cause = Register[str](T("罹災原因", "Cause"), "")
    contact = Register[str](T("連絡先", "Contact"), "")
    proxy = Register[str](T("代理人", "Proxy"), "")
    copies = Register[int](T("必要な通数", "Copies"), 1)
    way = Register[Way](T("申請の方法", "How"), Way.COUNTER)
    note = Register[str](T("備考", "Note"), "")
    interest = Register[Interest | None](T("申請者の立場", "In what right"), None)
    things = Register[tuple[Thing, ...]](T("被災した物", "What was damaged"), ())
    damage_told = Register[str](T("被害の状況", "What happened to it"), "")
    proxy_relation = Register[str](T("代理人の続柄・関係", "Proxy's relation"), "")
    authority = Register[Authority | None](T("代理権の確認", "Proxy's authority"), None)
    online = Register[str](T("オンライン申請", "Online application"), "")
    #: when it was first made
    applied = Bag[str](T("申請", "Applied"))
    withdrawn = Track[bool](T("取下げ", "Withdrawn"), False)
    #: applications that look like this one and were found to be another household's
    apart = Bag[str](T("別の申請", "Another application"))

    def title(self) -> str:
        place = "" if self.protected else self.damaged_address.value
        return f"{self.kind.value.label.ja}の申請 {place}".strip()

    def search(self) -> str:
        if self.protected:
            return ""
        closed_up = "".join(self.householder.value.split())
        return f"{self.householder.value} {closed_up} {self.householder_kana.value} {self.damaged_address.value}"

    def rows(self) -> Iterable[Row]:
        first = next((e for e, _ in self.applied.items()), None)
        if first is None:
            return
        names = (
            "applicant", "householder", "householder_kana", "householder_address", "household", "dwelling",
            "damaged_address", "cause", "contact", "proxy", "copies", "note", "damage_told", "proxy_relation", "online",
        )  # fmt: skip
        made = self.applied.items()
        yield ApplicationRow.row(
            self.subject,
            incident=self.incident,
            kind=self.kind.value.value,
            protected=self.protected,
            named=name_form(self.householder.value),
            members=_members(self.members.value),
            way=self.way.value.value,
            interest=self.interest.value.value if self.interest.value else "",
            things=json.dumps([t.value for t in self.things.value]),
            authority=self.authority.value.value if self.authority.value else "",
            applied_at=first.happened,
            taken=len(made),
            withdrawn=self.withdrawn.value,
            withdrawals=json.dumps([[e.happened_at, value] for e, value in self.withdrawn.points()]),
            apart=json.dumps(sorted(set(self.apart))),
            **{name: getattr(self, name).value for name in names},
        )


class ProtectedApplication(Application):
    """The same of a household whose address is protected 支援措置: a type of its own, so that no page shows it."""

    type = "relief.application_protected"
    label = T("罹災証明書の申請（支援措置）", "Application for a certificate (protected)")
    reading = "residents.protected"
    protected = True


class Survey(Subject):
    """One round of survey of a dwelling in an incident: planned, surveyed, judged by another pair of eyes."""

    type = "relief.survey"
    label = T("住家被害認定調査", "Damage survey")
    tables = (SurveyRow,)
    reading = "relief.read"

    dwelling = Register[str](T("住家", "Dwelling"), "")
    round = Register[int](T("回", "Round"), 1)
    disaster_on = Register[date | None](T("災害の日", "Day of the disaster"), None)
    planned_on = Register[date | None](T("調査予定日", "Planned for"), None)
    team = Register[str](T("調査班", "Team"), "")
    stop = Register[int](T("順", "Stop"), 0)
    reason = Register[str](T("再調査の理由", "Reason"), "")
    sheet = Register[Sheet | None](T("調査票", "Sheet"), None)
    surveyors = Register[str](T("調査員", "Surveyors"), "")
    damage_class = Register[DamageClass | None](T("判定", "Judgement"), None)
    judge_reason = Register[str](T("判定の理由", "Reason of the judgement"), "")
    joint = Register[Joint | None](T("一括判定", "Judged with an area"), None)
    #: what was done, each time: sheets and judgements may be made anew, and the queue counts from the first
    steps = Bag[str](T("経過", "Steps"))

    def title(self) -> str:
        return f"住家の調査 第{self.round.value}回"

    def assessed(self) -> Assessment | None:
        """What the sheet comes to; None without a sheet, or where there are no figures for the disaster's day."""
        sheet, day = self.sheet.value, self.disaster_on.value
        if sheet is None or day is None:
            return None
        try:
            return assess(sheet, day)
        except VocabularyError:
            return None

    @property
    def jointly(self) -> Joint | None:
        """The area with which the sheet that stands was judged; None where the dwelling was surveyed by itself."""
        said, sheet = self.joint.entry, self.sheet.entry
        return self.joint.value if said and sheet and said.id == sheet.id else None

    @property
    def recorder(self) -> str:
        """Who filled in the sheet that stands, as entries keep actors; of an area, who proposed it."""
        if self.jointly:
            return self.jointly.proposer
        return self.sheet.entry.actor if self.sheet.entry else ""

    def explained(self) -> T:
        """Why the sheet comes to what it does; of an area, on what and by whom the area was judged."""
        return self._why(self.assessed())

    def _why(self, found: Assessment | None) -> T:
        joint, said = self.jointly, self.sheet.entry
        if found is None:
            return T("", "")
        if joint is None or said is None or self.sheet.value is None or self.disaster_on.value is None:
            return found.explanation
        return joint.explained(self.sheet.value, name_of(found.damage_class, self.disaster_on.value), said.actor_name)

    @property
    def same_eyes(self) -> bool:
        """Whether one person recorded the sheet, or surveyed, and judged."""
        judged, recorder = self.damage_class.entry, self.recorder
        return bool(judged and recorder and same_actor(judged.actor, recorder, self.surveyors.value))

    def rows(self) -> Iterable[Row]:
        found, surveyed, judged = self.assessed(), self.sheet.entry, self.damage_class.entry
        first = {step: entry.happened for entry, step in reversed(self.steps.items())}
        values: dict[str, Any] = {}
        if found is not None:
            why = self._why(found)
            values = {
                "ratio": float(found.ratio),
                "at_least": found.at_least,
                "proposed": found.damage_class.value,
                "explanation_ja": why.ja,
                "explanation_en": why.en,
                "sure": found.sure,
            }
        yield SurveyRow.row(
            self.subject,
            incident=self.incident,
            dwelling=self.dwelling.value,
            round=self.round.value,
            disaster_on=self.disaster_on.value,
            planned_at=first.get("planned"),
            first_surveyed_at=first.get("surveyed"),
            first_judged_at=first.get("judged"),
            planned_on=self.planned_on.value,
            team=self.team.value,
            stop=self.stop.value,
            reason=self.reason.value,
            method=self.sheet.value.method.value if self.sheet.value else "",
            surveyed_at=surveyed.happened if surveyed else None,
            surveyors=self.surveyors.value,
            recorded_by=self.recorder,
            joint=self.jointly.ref if self.jointly else "",
            judged=self.damage_class.value.value if self.damage_class.value else "",
            judged_at=judged.happened if judged else None,
            judge=judged.actor_name if judged else "",
            judge_reason=self.judge_reason.value,
            same_eyes=self.same_eyes,
            **values,
        )


def same_actor(judge: str, recorder: str, surveyors: str) -> bool:
    """Whether who judges also surveyed, of actors as entries keep them: by account, or by the names on the sheet."""
    bare = "".join(judge.partition(" ")[2].split())
    return person_of(judge) == person_of(recorder) or bool(bare and bare in "".join(surveyors.split()))


class Certificate(Subject):
    """One certificate (罹災証明書 or 被災証明書) with a serial number: what it certifies never changes."""

    type = "relief.certificate"
    label = T("罹災証明書", "Disaster certificate")
    tables = (CertificateRow,)
    reading = "relief.personal"
    personal = True
    zone = "resident"
    protected = False

    serial = Register[str](T("整理番号", "Serial number"), "")
    kind = Register[Kind](T("証明書の種類", "Kind"), Kind.DISASTER)
    application = Register[str](T("申請", "Application"), "")
    household = Register[str](T("世帯", "Household"), "")
    dwelling = Register[str](T("住家", "Dwelling"), "")
    survey = Register[str](T("調査", "Survey"), "")
    householder = Register[str](T("世帯主氏名", "Householder"), "")
    householder_address = Register[str](T("世帯主住所", "Householder's address"), "")
    members = Register[tuple[Member, ...]](T("世帯構成員", "Household members"), ())
    cause = Register[str](T("罹災原因", "Cause"), "")
    damaged_address = Register[str](T("被災住家の所在地", "Damaged address"), "")
    damage_class = Register[DamageClass | None](T("住家の被害の程度", "Degree of damage"), None)
    interest = Register[Interest | None](T("申請者の立場", "In what right"), None)
    things = Register[tuple[Thing, ...]](T("被災した物", "What was damaged"), ())
    damage_told = Register[str](T("被害の状況", "What happened to it"), "")
    layout = Register[str](T("書式の版", "Layout"), "")
    batch = Register[str](T("一括印刷", "Batch"), "")
    disaster_on = Register[date | None](T("災害の日", "Day of the disaster"), None)
    issued_on = Register[date | None](T("交付日", "Issued on"), None)
    issuer = Register[str](T("発行者", "Issuer"), "")
    #: copies handed out: at the issue and every reissue
    handed = Bag[int](T("交付した通数", "Copies handed out"))
    superseded = Register[str](T("再判定による失効", "Superseded by"), "")
    revoked = Register[str](T("取消し", "Revoked"), "")

    def title(self) -> str:
        return f"{self.kind.value.label.ja} {self.serial.value}".strip()

    def search(self) -> str:
        return self.serial.value

    @property
    def standing(self) -> Standing:
        """Whether it still holds."""
        if self.revoked.value:
            return Standing.REVOKED
        return Standing.SUPERSEDED if self.superseded.value else Standing.VALID

    def rows(self) -> Iterable[Row]:
        if self.serial.entry is None:
            return
        ended = self.revoked.entry or self.superseded.entry
        day, found = self.disaster_on.value, self.damage_class.value
        damage = T("", "")
        if found is not None:
            try:
                damage = name_of(found, day) if day else found.label
            except VocabularyError:
                damage = found.label
        names = (
            "serial", "application", "household", "dwelling", "survey", "householder", "householder_address", "cause",
            "damaged_address", "issued_on", "issuer", "damage_told", "layout", "batch",
        )  # fmt: skip
        yield CertificateRow.row(
            self.subject,
            incident=self.incident,
            kind=self.kind.value.value,
            protected=self.protected,
            members=_members(self.members.value),
            damage_class=found.value if found else "",
            damage=damage.ja,
            interest=self.interest.value.value if self.interest.value else "",
            things=json.dumps([t.value for t in self.things.value]),
            issued_by=self.serial.entry.actor,
            copies=sum(self.handed),
            issues=len(self.handed),
            issued_at=self.serial.entry.happened,
            standing=self.standing.value,
            ended_at=ended.happened if ended else None,
            reason=self.revoked.value,
            superseded_by=self.superseded.value,
            **{name: getattr(self, name).value for name in names},
        )


class ProtectedCertificate(Certificate):
    """The same of a household whose address is protected 支援措置."""

    type = "relief.certificate_protected"
    label = T("罹災証明書（支援措置）", "Disaster certificate (protected)")
    reading = "residents.protected"
    protected = True
