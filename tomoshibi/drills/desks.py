"""Acts at the desks of shelters and care facilities."""

from __future__ import annotations

import json
from typing import ClassVar

from pydantic import Field

from tomoshibi.drills.acts import Act, Households, Stage, act, told
from tomoshibi.facilities import queries as facilities
from tomoshibi.facilities.evacuation_facts import Answered, Counted, HandedOver
from tomoshibi.facilities.models import HeadcountRow, ResidentRow
from tomoshibi.facilities.subjects import evacuation_of, facility_of, headcount_of
from tomoshibi.facilities.words import Answer, Contact, Identity, Phase
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.places.models import SiteRow
from tomoshibi.shelters import desk
from tomoshibi.shelters import queries as shelters
from tomoshibi.shelters.models import ShelterRow
from tomoshibi.shelters.subjects import Shelter
from tomoshibi.shelters.words import WhereTo
from tomoshibi.vocabulary import T


def _shelter(stage: Stage, site: str) -> ShelterRow:
    """The open shelter at a site. Raises :class:`Refused` where there is none."""
    row = shelters.shelter(Shelter.of_site(stage.incident, site))
    if row is None or not row.is_open:
        raise Refused(T("その場所に開設中の避難所はありません。", "No shelter is open at that site."))
    return row


@act
class CheckIn(Act):
    """Households are taken in at the desk of a shelter, each as one act; whoever is there already is left alone."""

    name: ClassVar[str] = "check_in"

    shelter: str = Field(description="its site")
    households: Households
    place: str = ""
    may_tell_family: bool | None = None

    def do(self, stage: Stage) -> T:
        row, homes = _shelter(stage, self.shelter), stage.homes(self.households)
        people = 0
        for home in homes:
            drafts = desk.take_in(
                row,
                home.ref,
                [m.ref for m in home.members],
                stage.actor,
                stage.fact_id(home.ref),
                place=self.place,
                may_tell_family=self.may_tell_family,
            )
            people += stage.record(drafts)
        return told(f"{row.name} 受け入れ", f"{row.name}, taken in", people, homes)


@act
class CheckOut(Act):
    """Households leave a shelter, each together, with where to."""

    name: ClassVar[str] = "check_out"

    shelter: str = Field(description="its site")
    households: Households
    where_to: WhereTo
    address: str = ""

    def do(self, stage: Stage) -> T:
        row, homes = _shelter(stage, self.shelter), stage.homes(self.households)
        people = 0
        for home in homes:
            stays = shelters.staying(row.subject).filter(person__in=[m.ref for m in home.members])
            people += stage.record(desk.let_go(row, stays, stage.fact_id(home.ref), self.where_to, self.address))
        return told(f"{row.name} 退所", f"{row.name}, left", people, homes)


class _OfFacility(Act):
    facility: str = Field(description="its site")

    def site(self) -> SiteRow:
        """The site. Raises :class:`Refused` where there is none."""
        row = SiteRow.objects.filter(subject=self.facility).first()
        if row is None:
            raise Refused(T("その施設は登録されていません。", "No such facility."), "facility")
        return row

    def present(self) -> list[ResidentRow]:
        """Who lives there and is not away."""
        return list(facilities.residents(self.facility).filter(away=""))

    def headcount(self, stage: Stage, resident: str) -> str:
        """Reference of a resident's head-count."""
        return headcount_of(stage.incident, facility_of(self.facility), resident)


@act
class FacilityAnswers(_OfFacility):
    """A care facility that was told answers."""

    name: ClassVar[str] = "facility_answers"

    answer: Answer
    destination: str | None = None
    reason: str | None = None

    def do(self, stage: Stage) -> T:
        site, fact = self.site(), Answered(**self.model_dump(exclude={"facility"}, exclude_unset=True))
        subject = evacuation_of(stage.incident, facility_of(self.facility))
        stage.record([Draft(fact, subject, id=stage.fact_id("answer"), incident=stage.incident)])
        return T(f"{site.name}: {self.answer.label.ja}", f"{site.name}: {self.answer.label.en}")


@act
class Count(_OfFacility):
    """A facility counts its residents out of the building, or in at the destination; ``people`` of them, or all."""

    name: ClassVar[str] = "count"

    phase: Phase
    people: int | None = Field(None, ge=1, le=10_000)
    place: str = ""

    def do(self, stage: Stage) -> T:
        site, facility = self.site(), facility_of(self.facility)
        done = HeadcountRow.objects.filter(
            incident=stage.incident, site=self.facility, **{f"{self.phase.value}_at__isnull": False}
        )
        counted = set(done.values_list("resident", flat=True))
        waiting = [r.subject for r in self.present() if r.subject not in counted][: self.people]
        if self.people is not None and len(waiting) < self.people:
            raise Refused(
                T(f"点呼する人が {len(waiting)} 人しかいません。", f"Only {len(waiting)} are left to be counted."),
                "people",
            )
        drafts = [
            Draft(
                Counted(facility=facility, name=site.name, resident=ref, phase=self.phase, place=self.place),
                self.headcount(stage, ref),
                id=stage.fact_id(ref),
                incident=stage.incident,
            )
            for ref in waiting
        ]
        stage.record(drafts)
        return T(
            f"{site.name} 点呼（{self.phase.label.ja}）: {len(drafts)}人",
            f"{site.name}, counted ({self.phase.label.en.lower()}): {len(drafts)}",
        )


@act
class HandOver(_OfFacility):
    """Residents are handed over to the first of their family whom the facility has on its list."""

    name: ClassVar[str] = "hand_over"

    people: int = Field(1, ge=1, le=10_000)
    identity: Identity = Identity.CARD

    def do(self, stage: Stage) -> T:
        site, facility = self.site(), facility_of(self.facility)
        gone = HeadcountRow.objects.filter(incident=stage.incident, site=self.facility).exclude(handed_at=None)
        given = set(gone.values_list("resident", flat=True))
        waiting = [(r, json.loads(r.family)) for r in self.present() if r.subject not in given]
        chosen = [(r, Contact.of(family[0])) for r, family in waiting if family][: self.people]
        if len(chosen) < self.people:
            raise Refused(
                T(f"引き渡せる人が {len(chosen)} 人しかいません。", f"Only {len(chosen)} can be handed over."), "people"
            )
        drafts = [
            Draft(
                HandedOver(
                    facility=facility,
                    name=site.name,
                    resident=row.subject,
                    to=who.name,
                    relation=who.relation or "家族",
                    identity=self.identity,
                    by=stage.actor.name,
                ),
                self.headcount(stage, row.subject),
                id=stage.fact_id(row.subject),
                incident=stage.incident,
            )
            for row, who in chosen
        ]
        stage.record(drafts)
        return T(f"{site.name} 引き渡し: {len(drafts)}人", f"{site.name}, handed over: {len(drafts)}")
