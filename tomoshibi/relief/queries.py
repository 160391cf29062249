"""Readings of the tables of relief, named as questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)

from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.queries import with_merged
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.pages import withholds
from tomoshibi.relief.models import ApplicationRow, CertificateRow, DwellingRow, SurveyRow
from tomoshibi.relief.subjects import Application, Certificate
from tomoshibi.relief.words import Kind, Stage, Standing
from tomoshibi.residents import queries as residents


def whole(incident: str) -> list[str]:
    """The incident that this one was merged into in the end, first, and every other that was."""
    ends = incidents.finals()
    end = ends.get(incident, incident)
    return [end, *(subject for subject, its in ends.items() if its == end and subject != end)]


def disaster() -> Case | F:
    """Of a row, the incident that its own was merged into in the end: what is of one disaster has the same."""
    merged: dict[str, list[str]] = {}
    for subject, end in incidents.finals().items():
        merged.setdefault(end, []).append(subject)
    whens = [When(incident__in=subjects, then=Value(end)) for end, subjects in merged.items()]
    return Case(*whens, default=F("incident"), output_field=TextField()) if whens else F("incident")


def surveys_of_its_dwelling() -> QuerySet[Any]:
    """Rounds of survey of an outer row's dwelling in its disaster; the outer row is annotated with :func:`disaster`."""
    rows = SurveyRow.objects.filter(dwelling=OuterRef("dwelling"))
    return rows.annotate(disaster=disaster()).filter(disaster=OuterRef("disaster"))


#: rounds in their order; of two first rounds, of incidents that were merged, the one that was judged last holds
IN_ORDER = ("round", F("judged_at").asc(nulls_last=True), "subject")
LAST_FIRST = ("-round", F("judged_at").desc(nulls_first=True), "-subject")


def dwelling(ref: str) -> DwellingRow | None:
    """The dwelling of that reference."""
    return DwellingRow.objects.filter(subject=ref).first()


def application(ref: str) -> ApplicationRow | None:
    """The application of that reference."""
    return ApplicationRow.objects.filter(subject=ref).first()


def survey(ref: str) -> SurveyRow | None:
    """The round of survey of that reference."""
    return SurveyRow.objects.filter(subject=ref).first()


def certificate(ref: str) -> CertificateRow | None:
    """The certificate of that reference."""
    return CertificateRow.objects.filter(subject=ref).first()


def rounds(incident: str, dwelling: str) -> QuerySet[SurveyRow]:
    """Every round of survey of a dwelling in an incident and what was merged with it, the first first."""
    return SurveyRow.objects.filter(incident__in=whole(incident), dwelling=dwelling).order_by(*IN_ORDER)


def judgement(incident: str, dwelling: str) -> SurveyRow | None:
    """The judgement in force: of the latest round that was judged; None where none was."""
    return rounds(incident, dwelling).exclude(judged="").last()


def valid_certificate(row: ApplicationRow) -> CertificateRow | None:
    """The valid certificate of an application, or of its household about its dwelling in its incident."""
    meant = Q(application=row.subject)
    if row.household and row.dwelling:
        meant |= Q(household=row.household)
    inside = whole(row.incident)
    # the rest is asked of these few here: SQLite would rather go through every valid certificate of the city
    for found in CertificateRow.objects.filter(meant).order_by("issued_at"):
        about = found.incident in inside and (found.household, found.dwelling) == (row.household, row.dwelling)
        if found.kind == row.kind and found.standing == Standing.VALID and (about or found.application == row.subject):
            return found
    return None


def serial_taken(serial: str) -> bool:
    """Whether a certificate of that serial number is known here."""
    return CertificateRow.objects.filter(serial=serial).exists()


def certificates_of(ref: str) -> QuerySet[CertificateRow]:
    """Every certificate of a household, a person's household, a dwelling or an application, newest first."""
    of_type = ref.partition(":")[0]
    if of_type == "residents.person":
        person = residents.person(ref, system("relief"))
        if person is None:
            return CertificateRow.objects.none()
        ref, of_type = person.household, "residents.household"
    column = {
        "residents.household": "household",
        "relief.dwelling": "dwelling",
        "relief.application": "application",
        "relief.application_protected": "application",
    }.get(of_type)
    if column is None or not ref:
        return CertificateRow.objects.none()
    return CertificateRow.objects.filter(**{column: ref}).order_by("-issued_at", "serial")


def applications_of(household: str) -> list[ApplicationRow]:
    """Every application of a household, newest first."""
    return list(ApplicationRow.objects.filter(household=household).order_by("-applied_at")) if household else []


def applications(incident: str = "") -> QuerySet[Any]:
    """Applications, oldest first, each with ``stage`` (a :class:`Stage`'s value) and ``judged`` (a class, or None).

    With an incident, those of it and of what was merged into it.
    """
    surveys = surveys_of_its_dwelling()
    valid = CertificateRow.objects.filter(application=OuterRef("subject"), standing=Standing.VALID)
    rows = ApplicationRow.objects.annotate(disaster=disaster()).annotate(
        judged=Subquery(surveys.exclude(judged="").order_by(*LAST_FIRST).values("judged")[:1]),
        stage=Case(
            When(withdrawn=True, then=Value(Stage.WITHDRAWN.value)),
            When(Exists(valid), then=Value(Stage.ISSUED.value)),
            # nobody surveys what is no dwelling
            When(kind=Kind.VICTIM, then=Value(Stage.JUDGED.value)),
            When(Exists(surveys.filter(judged="", surveyed_at__isnull=False)), then=Value(Stage.SURVEYED.value)),
            # a further round that was only planned: the last judgement does not stand for what was asked anew
            When(Exists(surveys.filter(judged="")), then=Value(Stage.APPLIED.value)),
            When(Exists(surveys), then=Value(Stage.JUDGED.value)),
            default=Value(Stage.APPLIED.value),
            output_field=CharField(),
        ),
    )
    if incident:
        rows = rows.filter(incident__in=with_merged(incident))
    return rows.order_by("applied_at", "subject")


@dataclass(frozen=True, slots=True)
class Queue:
    """How applications stand. ``applied``, ``surveyed`` and ``judged`` wait for the next step; with ``issued`` they
    make up all that were not withdrawn. ``dwellings`` are buildings applied for, ``certificates`` valid papers,
    ``copies`` what was handed out: households and buildings are two counts.
    """

    applied: int
    surveyed: int
    judged: int
    issued: int
    withdrawn: int
    dwellings: int
    certificates: int
    copies: int

    @property
    def all(self) -> int:
        """Applications that stand."""
        return self.applied + self.surveyed + self.judged + self.issued

    @property
    def waiting(self) -> int:
        """Applications that still wait for a certificate."""
        return self.applied + self.surveyed + self.judged


def queue(incident: str = "") -> Queue:
    """The queue of an incident, or of all."""
    rows = applications(incident).order_by()
    counts = dict.fromkeys((s.value for s in Stage), 0)
    counts |= dict(rows.values_list("stage").annotate(n=Count("pk")))
    papers = CertificateRow.objects.filter(standing=Standing.VALID)
    if incident:
        papers = papers.filter(incident__in=with_merged(incident))
    handed = papers.aggregate(papers=Count("pk"), copies=Sum("copies"))
    return Queue(
        **counts,
        dwellings=rows.exclude(withdrawn=True).aggregate(n=Count("dwelling", distinct=True))["n"],
        certificates=handed["papers"],
        copies=handed["copies"] or 0,
    )


def to_judge(incident: str = "") -> QuerySet[SurveyRow]:
    """Rounds with a sheet that nobody has judged, oldest first."""
    found = SurveyRow.objects.filter(judged="", surveyed_at__isnull=False)
    if incident:
        found = found.filter(incident__in=with_merged(incident))
    return found.order_by("surveyed_at", "subject")


def to_survey(incident: str) -> QuerySet[DwellingRow]:
    """Dwellings of an incident that wait for a surveyor: planned, or applied for and in no round yet."""
    inside = with_merged(incident)
    planned = SurveyRow.objects.filter(incident__in=inside, surveyed_at__isnull=True, judged="")
    applied = ApplicationRow.objects.filter(incident__in=inside, withdrawn=False)
    looked_at = SurveyRow.objects.filter(incident__in=inside)
    waiting = Q(subject__in=planned.values("dwelling")) | (
        Q(subject__in=applied.values("dwelling")) & ~Q(subject__in=looked_at.values("dwelling"))
    )
    return DwellingRow.objects.filter(waiting).order_by("area", "address", "building")


def is_protected(row: ApplicationRow | CertificateRow) -> bool:
    """Whether a row's household is protected: it was when this was recorded, or has become so since."""
    return row.protected or row.household in residents.shielded()


def may_see(actor: Actor, row: ApplicationRow | CertificateRow) -> bool:
    """Whether ``actor`` may see what one row says: those of protected households need ``residents.protected``. Of many
    ask :func:`seen_by`.
    """
    return actor.may("residents.protected") or (actor.may("relief.personal") and not is_protected(row))


def seen_by[M: (ApplicationRow, CertificateRow)](rows: QuerySet[M], actor: Actor) -> QuerySet[M]:
    """The rows of a list, without those of protected households for whoever may not see these."""
    if actor.may("residents.protected"):
        return rows
    return rows.filter(protected=False).exclude(household__in=residents.shielded())


@withholds(Application.type, Certificate.type)
def sealed_since(actor: Actor) -> set[str]:
    """References of the applications and certificates of households that were protected after these were recorded."""
    if actor.may("residents.protected") or not actor.may("relief.personal"):
        return set()  # sees them all, or none of these types
    homes = residents.shielded()
    of = (rows.objects.filter(household__in=homes, protected=False) for rows in (ApplicationRow, CertificateRow))
    return {subject for rows in of for subject in rows.values_list("subject", flat=True)}


def oldest_waiting(incident: str = "") -> timedelta | None:
    """How long the oldest application that has no certificate waits; None where none does."""
    from tomoshibi.journal import worlds

    open_stages = (Stage.APPLIED, Stage.SURVEYED, Stage.JUDGED)
    first = applications(incident).filter(stage__in=[s.value for s in open_stages]).first()
    return worlds.now() - first.applied_at if first and first.applied_at else None
