"""What can happen to dwellings and in surveys; applications and certificates are in :mod:`tomoshibi.relief.papers`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, OwnWork, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.relief.damage import Assessment, Sheet, assess
from tomoshibi.relief.subjects import Dwelling, Survey, same_actor
from tomoshibi.relief.survey_facts import may_survey
from tomoshibi.relief.words import Structure, Tenure, Use
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import DamageClass, classes_on

# Least privilege: who applies and issues does not survey, who surveys does not judge, who judges does not issue.
# relief.read: dwellings, surveys and counts, without anybody's name. relief.personal: applications and certificates.
grant(
    "clerk",
    "relief.read",
    "relief.personal",
    "relief.dwelling_described",
    "relief.*applied",
    "relief.*application_*",
    "relief.survey_planned",
    "relief.*certificate_issued",
    "relief.*certificate_reissued",
)
grant("surveyor", "relief.read", "relief.dwelling_described", "relief.survey_planned", "relief.surveyed")
grant("approver", "relief.read", "relief.judged")
grant(
    "headquarters",
    "relief.read",
    "relief.personal",
    "relief.survey_planned",
    "relief.judged",
    "relief.*certificate_revoked",
)


class DwellingDescribed(Fact):
    kind = "relief.dwelling_described"
    subject = Dwelling
    label = T("住家の登録・変更", "Dwelling described")

    address: str | None = field(T("所在地", "Address"), None, max_length=300)
    building: str | None = field(T("建物名・部屋番号", "Building"), None, max_length=200)
    area: str | None = field(T("地区", "District"), None, extra={"widget": "places.area"})
    lat: float | None = field(T("緯度", "Latitude"), None, ge=-90, le=90, unit=T("度", "degrees"))
    lon: float | None = field(T("経度", "Longitude"), None, ge=-180, le=180, unit=T("度", "degrees"))
    structure: Structure | None = field(T("構造", "Structure"), None)
    storeys: int | None = field(T("階数", "Storeys"), None, ge=1, le=100)
    use: Use | None = field(T("用途", "Use"), None)
    tenure: Tenure | None = field(T("居住の別", "Tenure"), None)
    number: str | None = field(
        T("家屋番号", "Building number"), None, max_length=50, help=T("固定資産台帳の番号", "As in the ledger")
    )
    built: int | None = field(T("建築年", "Built"), None, ge=1500, le=2200, unit=T("年", ""))
    floor_m2: float | None = field(T("延床面積", "Floor area"), None, gt=0, le=1_000_000, unit=T("㎡", "m²"))

    def check(self, present: Present) -> None:
        required_at_first(self, present, "address")

    def apply(self, state: Dwelling, entry: Entry) -> None:
        put(self, state, entry)


class SurveyPlanned(Fact):
    """A round of survey is to be made: the first, or another that somebody asked for."""

    kind = "relief.survey_planned"
    subject = Survey
    label = T("調査の予定", "Survey planned")
    sentence = T("住家被害認定調査（第{round}回）を予定 {reason}", "Damage survey (round {round}) planned {reason}")

    dwelling: str = field(T("住家", "Dwelling"), extra={"widget": "relief.dwelling"})
    round: int = field(T("回", "Round"), 1, ge=1, le=100)
    disaster_on: date = field(
        T("災害の日", "Day of the disaster"), help=T("この日の基準で判定します。", "Its classes are those of this day.")
    )
    planned_on: date | None = field(T("調査予定日", "Planned for"), None)
    team: str = field(T("調査班", "Team"), "", max_length=100)
    reason: str = field(
        T("再調査の理由", "Reason"),
        "",
        max_length=500,
        help=T("第2回から必要です。", "Needed from the second round on."),
    )

    def check(self, present: Present) -> None:
        if self.round > 1 and not self.reason.strip():
            raise Refused(T("再調査の理由を入れてください。", "Say why it is surveyed again."), "reason")
        try:
            classes_on(self.disaster_on)
        except VocabularyError as error:
            raise Refused(error.text, "disaster_on") from error

    def apply(self, state: Survey, entry: Entry) -> None:
        state.steps.add(entry, "planned")
        put(self, state, entry)
        state.round.set(entry, self.round)


class Surveyed(Fact):
    """A dwelling was looked at: the sheet, as it was filled in. Until it is judged it may be filled in anew."""

    kind = "relief.surveyed"
    subject = Survey
    label = T("住家の調査", "Surveyed")
    sentence = T("住家被害認定調査を実施", "A dwelling was surveyed")

    sheet: Sheet = field(T("調査票", "Sheet"))
    surveyors: str = field(T("調査員", "Surveyors"), min_length=1, max_length=200)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return may_survey(actor, present.incident)

    def check(self, present: Present) -> None:
        day = present.state.disaster_on.value
        if day is None:
            raise Refused(T("先に調査の予定を記録してください。", "Record first that the survey is planned."))
        if present.state.damage_class.value is not None and not present.disputed("sheet", "surveyors"):
            raise Refused(
                T(
                    "この回は判定済みです。見直すときは再調査を予定してください。",
                    "This round is judged. Plan another round to look again.",
                )
            )
        try:
            assess(self.sheet, day)
        except VocabularyError as error:
            raise Refused(error.text, "sheet") from error

    def apply(self, state: Survey, entry: Entry) -> None:
        state.steps.add(entry, "surveyed")
        state.sheet.set(entry, self.sheet)
        state.surveyors.set(entry, self.surveyors)


class Judged(Fact):
    """A second person holds the sheet against the criteria and decides the class."""

    kind = "relief.judged"
    subject = Survey
    label = T("被害の程度の判定", "Judged")
    sentence = T("住家の被害の程度を判定: {damage_class}", "Damage judged: {damage_class}")

    damage_class: DamageClass = field(T("被害の程度", "Degree of damage"))
    judge_reason: str = field(
        T("調査票と異なるときの理由", "Reason where it differs from the sheet"), "", max_length=500
    )

    def check(self, present: Present) -> None:
        state = present.state
        if state.sheet.entry is None:
            raise Refused(T("調査票がまだありません。", "There is no sheet yet."))
        if same_actor(present.actor.text, state.recorder, state.surveyors.value):
            raise OwnWork(did=T("調査した", "surveyed it"), does=T("判定", "judge it"))
        # a rival that is settled on said its own reason
        found = None if present.disputed("damage_class") else state.assessed()
        check_class(self.damage_class, state.disaster_on.value, found, self.judge_reason)

    def apply(self, state: Survey, entry: Entry) -> None:
        state.steps.add(entry, "judged")
        state.damage_class.set(entry, self.damage_class)
        state.judge_reason.set(entry, self.judge_reason)

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        """Certificates of another class that stand on an earlier judgement lose their force."""
        yield tasks.Task("relief.supersede", entry.id, worlds.now(), present.subject)


def check_class(said: DamageClass, day: date, found: Assessment | None, reason: str) -> None:
    """Raise :class:`Refused` for a class that a disaster of that day does not know, or for another than was ``found``
    without a reason.
    """
    if said not in classes_on(day):
        raise Refused(
            T(
                f"「{said.label.ja}」は {day} の災害の区分にありません。",
                f"“{said.label.en}” is no class of a disaster of {day}.",
            ),
            "damage_class",
        )
    if found is not None and found.damage_class is not said and not reason.strip():
        raise Refused(
            T(
                f"調査票は「{found.damage_class.label.ja}」です。異なる判定の理由を書いてください。",
                f"The sheet comes to “{found.damage_class.label.en}”. Say why you judge otherwise.",
            ),
            "judge_reason",
        )
