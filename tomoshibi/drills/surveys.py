"""Acts on the way to a certificate: households apply, their dwellings are surveyed and judged, certificates issued."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from tomoshibi.drills.acts import Act, Households, Stage, act
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.places.queries import area_names
from tomoshibi.relief import issuing, keys, queries
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.facts import DwellingDescribed, Judged, Surveyed, SurveyPlanned
from tomoshibi.relief.models import SurveyRow
from tomoshibi.relief.papers import Applied, kind_for
from tomoshibi.relief.subjects import Member
from tomoshibi.relief.words import Structure, Way
from tomoshibi.residents.queries import Household
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass


def _home(home: Household) -> str:
    """Reference of the dwelling at a household's address."""
    return keys.dwelling(home.address)


class _OfHouseholds(Act):
    households: Households

    def told(self, ja: str, en: str, number: int) -> T:
        """How many."""
        return T(f"{ja}: {number}件", f"{en}: {number}")


@act
class Apply(_OfHouseholds):
    """Households apply for a certificate about the dwelling at their address."""

    name: ClassVar[str] = "apply"

    structure: Structure = Structure.WOODEN
    way: Way = Way.COUNTER
    copies: int = Field(1, ge=1, le=50)
    cause: str = Field("", description="left empty: the incident's")

    def do(self, stage: Stage) -> T:
        homes, areas = stage.homes(self.households), dict(area_names())
        cause = self.cause or issuing.cause_of(stage.incident)
        for home in homes:
            dwelling, protected = _home(home), any(m.protected for m in home.members)
            fact = kind_for(Applied, protected)(
                applicant=home.head.name,
                householder=home.head.name,
                householder_kana=home.head.kana,
                householder_address=home.address,
                household=home.ref,
                members=tuple(Member(name=m.name, relation=m.relation) for m in home.members),
                dwelling=dwelling,
                damaged_address=home.address,
                cause=cause,
                way=self.way,
                copies=self.copies,
            )
            subject = keys.application(stage.incident, home.ref, dwelling, protected=protected)
            drafts = [Draft(fact, subject, id=stage.fact_id(subject), incident=stage.incident)]
            if queries.dwelling(dwelling) is None:
                area = {"area": areas[home.area]} if home.area in areas else {}
                described = DwellingDescribed(address=home.address, structure=self.structure, **area)
                drafts.insert(0, Draft(described, dwelling))
            stage.record(drafts)
        return self.told("罹災証明書の申請", "Applications for a certificate", len(homes))


@act
class Survey(_OfHouseholds):
    """The dwellings of households are looked at, with one sheet for all of them."""

    name: ClassVar[str] = "survey"

    sheet: Sheet
    surveyors: str = Field("", description="left empty: whoever acts")

    def do(self, stage: Stage) -> T:
        homes, day = stage.homes(self.households), issuing.disaster_day(stage.incident)
        if day is None:
            raise Refused(T("対応中の事案がありません。", "There is no incident."))
        for home in homes:
            subject = keys.survey(stage.incident, _home(home), 1)
            planned = SurveyPlanned(dwelling=_home(home), round=1, disaster_on=day)
            surveyed = Surveyed(sheet=self.sheet, surveyors=self.surveyors or stage.actor.name)
            drafts = [Draft(surveyed, subject, id=stage.fact_id(subject), incident=stage.incident)]
            if queries.survey(subject) is None:
                drafts.insert(0, Draft(planned, subject, incident=stage.incident))
            stage.record(drafts)
        return self.told("住家被害認定調査", "Dwellings surveyed", len(homes))


@act
class Judge(_OfHouseholds):
    """Somebody else judges the sheets of households' dwellings; without ``damage_class`` as each sheet comes to."""

    name: ClassVar[str] = "judge"

    damage_class: DamageClass | None = None
    reason: str = ""

    def do(self, stage: Stage) -> T:
        homes = stage.homes(self.households)
        for home in homes:
            row = self.waiting(stage, home)
            fact = Judged(damage_class=self.damage_class or DamageClass(row.proposed), judge_reason=self.reason)
            stage.record([Draft(fact, row.subject, id=stage.fact_id(row.subject), incident=stage.incident)])
        return self.told("被害の程度の判定", "Damage judged", len(homes))

    @staticmethod
    def waiting(stage: Stage, home: Household) -> SurveyRow:
        """The household's sheet that waits. Raises :class:`Refused` where there is none."""
        row = queries.to_judge(stage.incident).filter(dwelling=_home(home)).first()
        if row is None:
            raise Refused(T("判定を待つ調査票がありません。", "No sheet waits for judgement."), "households")
        return row


@act
class Issue(_OfHouseholds):
    """Households get their certificates."""

    name: ClassVar[str] = "issue"

    def do(self, stage: Stage) -> T:
        homes = stage.homes(self.households)
        for home in homes:
            asked = [a for a in queries.applications_of(home.ref) if a.incident == stage.incident]
            if not asked:
                raise Refused(T("この世帯の申請がありません。", "This household has not applied."), "households")
            issuing.issue(asked[0].subject, stage.actor, id=stage.fact_id(asked[0].subject))
        return self.told("罹災証明書の交付", "Certificates issued", len(homes))
