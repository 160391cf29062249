"""Judging all dwellings of an area at once 一括判定: which they are, which stay out and why, and the acts of it."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from itertools import batched
from typing import Any

from django.db.models import F, Q, QuerySet

from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.geometry import check_polygon
from tomoshibi.places.importing import BATCH
from tomoshibi.places.queries import names_of, who_are_we
from tomoshibi.relief import issuing, keys, queries
from tomoshibi.relief.joint_facts import (
    CORNERS,
    LARGEST,
    JointApproved,
    JointJudgement,
    JointProposed,
    JudgedJointly,
    sheet_of,
)
from tomoshibi.relief.joint_models import JointDwellingRow, JointRow
from tomoshibi.relief.jointly import Joint
from tomoshibi.relief.models import ApplicationRow, DwellingRow, ResidenceRow, SurveyRow
from tomoshibi.relief.sheet_form import misfit, proposed_method
from tomoshibi.relief.words import Ground, Structure, Use
from tomoshibi.residents import queries as residents
from tomoshibi.residents.matching import place_form
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass, Method, name_of

#: lines of addresses of one area
LINES = 300
#: least number of samples, and depth (cm) from which on, by the guideline, samples may stand for an area
CORNER_SAMPLES, SAMPLED_FROM = 4, 180


@dataclass(frozen=True)
class Chosen:
    """By what the dwellings of an area are chosen, all of it together: districts, addresses that theirs begin with
    (the municipality's name may be left out), and the corners (latitude, longitude) of a drawn polygon.
    """

    areas: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    corners: tuple[tuple[float, float], ...] = ()

    @property
    def text(self) -> str:
        """The same as people read it."""
        named = names_of(self.areas)
        said = [*(named.get(a, a) for a in self.areas), *self.addresses]
        return "、".join([*said, *([f"地図で描いた範囲（{len(self.corners)}点）"] if self.corners else [])])


def read_corners(text: str) -> tuple[tuple[float, float], ...]:
    """Corners typed as one ``latitude, longitude`` a line. Raises :class:`Refused`, naming the line."""
    found = []
    for number, line in enumerate(filter(None, map(str.strip, text.replace("；", "\n").splitlines())), 1):
        try:
            lat, lon = (round(float(part), 6) for part in line.replace("，", ",").split(","))
        except ValueError:
            raise Refused(
                T(
                    f"範囲の{number}行目「{line[:40]}」を「緯度, 経度」の形で書いてください。",
                    f"Line {number} of the corners, “{line[:40]}”: write latitude, longitude.",
                ),
                "corners",
            ) from None
        found.append((lat, lon))
    if len(found) > CORNERS:
        raise Refused(T(f"範囲の点は{CORNERS}までです。", f"At most {CORNERS} corners."), "corners")
    if found:
        _polygon(found)
    return tuple(found)


def _polygon(corners: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """The drawn area as GeoJSON. Raises :class:`Refused` for fewer than three corners, or sides that cross."""
    if len(corners) < 3:
        raise Refused(T("範囲の点が3つ以上必要です。", "An area has three corners or more."), "corners")
    ring = [[lon, lat] for lat, lon in (*corners, corners[0])]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    check_polygon(polygon)
    return polygon


def dwellings(chosen: Chosen) -> tuple[dict[str, DwellingRow], list[str]]:
    """Buildings of an area by reference, in the order of their addresses, and the addresses by which none was found.

    Raises :class:`Refused` for a drawn area that is none, and for more lines than :data:`LINES`.
    """
    if len(chosen.addresses) > LINES:
        raise Refused(T(f"所在地は{LINES}行までです。", f"At most {LINES} lines of addresses."), "addresses")
    wanted, nothing = Q(area__in=chosen.areas), []
    for line in chosen.addresses:
        mine = _beginning(line)
        if mine is None or not DwellingRow.objects.filter(mine).exists():
            nothing.append(line)
        else:
            wanted |= mine
    found = {row.subject: row for row in DwellingRow.objects.filter(wanted)}
    if chosen.corners:
        found |= _within(chosen.corners)
    rows = sorted(found.values(), key=lambda row: (row.address, row.building, row.subject))
    return {row.subject: row for row in rows}, nothing


def _beginning(line: str) -> Q | None:
    """Addresses that begin so, with our town's name before it or without."""
    form, town = place_form(line), who_are_we()
    if not form:
        return None
    return Q(placed__startswith=form) | Q(placed__startswith=place_form(f"{town.name if town else ''}{line}"))


def _within(corners: Sequence[tuple[float, float]]) -> dict[str, DwellingRow]:
    import shapely
    from shapely.geometry import shape

    outline = shape(_polygon(corners))
    shapely.prepare(outline)
    west, south, east, north = outline.bounds
    near = list(DwellingRow.objects.filter(lat__gte=south, lat__lte=north, lon__gte=west, lon__lte=east))
    inside = shapely.intersects_xy(outline, [row.lon for row in near], [row.lat for row in near])
    return {row.subject: row for row, yes in zip(near, inside, strict=True) if yes}


@dataclass(frozen=True, slots=True)
class Member:
    """A building of an area: ``why`` it stays out (None: it is judged with it), and its ``round`` of survey where one
    stands already.
    """

    place: DwellingRow
    why: T | None
    round: SurveyRow | None


@dataclass(frozen=True)
class Area:
    """An area as it stands on the disaster's ``day`` and now: every building of it, by address; ``inside`` are the
    incidents of the disaster.
    """

    members: list[Member]
    inside: Sequence[str]
    day: date

    @cached_property
    def judged(self) -> list[Member]:
        """What is judged with it."""
        return [m for m in self.members if m.why is None]

    @cached_property
    def out(self) -> list[Member]:
        """What stays out of it."""
        return [m for m in self.members if m.why is not None]

    @cached_property
    def reasons(self) -> list[tuple[T, int]]:
        """Why how many stay out, the most first."""
        words = {m.why.ja: m.why for m in self.out if m.why is not None}
        return [(words[ja], n) for ja, n in Counter(m.why.ja for m in self.out if m.why).most_common()]

    @cached_property
    def homes(self) -> int:
        """Households of what is judged with it, as far as anybody said or applied."""
        return _homes([m.place.subject for m in self.judged], self.inside, self.day)

    @property
    def number(self) -> str:
        """What an act on it would do, as a number: pressed after something has changed, it is shown anew."""
        text = "\n".join(sorted(m.place.subject for m in self.judged))
        return sha256(text.encode()).hexdigest()[:8].upper()


def standing(places: dict[str, DwellingRow], incident: str, ground: Ground, day: date, mine: str = "") -> Area:
    """How the buildings of an area stand in an incident: what would be judged with it on that ground, and what not.

    ``mine``: of an area's judgement that is under way, whose own dwellings are told as such.
    """
    inside = queries.whole(incident)
    rounds: dict[str, SurveyRow] = {}
    for refs in batched(places, LARGEST):
        # of two first rounds, of incidents that were merged, what has come further stands
        further = (F(name).asc(nulls_first=True) for name in ("judged_at", "surveyed_at"))
        rows = SurveyRow.objects.filter(incident__in=inside, dwelling__in=refs).order_by("round", *further, "subject")
        rounds |= {row.dwelling: row for row in rows}
    members = [
        Member(place, _why(place, rounds.get(ref), ground, day, mine), rounds.get(ref)) for ref, place in places.items()
    ]
    return Area(members, inside, day)


def _why(place: DwellingRow, row: SurveyRow | None, ground: Ground, day: date, mine: str) -> T | None:
    """Why a building is not judged with an area; None: it is."""
    use, structure = Use(place.use), Structure(place.structure)
    if row is not None and row.judged and (not mine or row.joint != mine):
        named = name_of(DamageClass(row.judged), day)
        return T(f"判定済み（{named.ja}）", f"Judged already ({named.en})")
    if row is not None and row.judged:
        return None
    if row is not None and row.surveyed_at:
        return T("個別の調査票が判定を待っている", "Surveyed by itself, waits for judgement")
    if row is not None and row.round > 1:
        return T("個別の再調査を予定", "Another survey of its own is planned")
    if not use.lived_in:
        return T(f"住家ではない（{use.label.ja}）", f"No dwelling ({use.label.en})")
    if ground is Ground.DEPTH:
        if structure is Structure.UNKNOWN or place.storeys is None:
            return T("構造か階数が台帳にない", "Structure or storeys not in the register")
        if misfit(Method.FLOOD_WOODEN_DEPTH, place):
            return T("木造1～2階建てではない", "Not wooden, or of more than 2 storeys")
    return None


def _homes(refs: Sequence[str], inside: Sequence[str], day: date) -> int:
    """Households that lived in these dwellings on the day of the disaster: said to, or applied. The protected are
    counted only where they were said to live: who applied may not be told by its house.
    """
    who: set[str] = set()
    lived = Q(since=None) | Q(since__lte=day), Q(until=None) | Q(until__gte=day)
    shielded = residents.shielded()
    for some in batched(refs, LARGEST):
        who |= set(ResidenceRow.objects.filter(*lived, dwelling__in=some).values_list("household", flat=True))
        applied = ApplicationRow.objects.filter(
            incident__in=inside, dwelling__in=some, withdrawn=False, protected=False
        ).exclude(household="")
        who |= set(applied.values_list("household", flat=True)) - shielded
    return len(who)


@dataclass(frozen=True, slots=True)
class Sample:
    """A dwelling whose depth was surveyed: its round, where it is, and the depth above the floor (cm)."""

    row: SurveyRow
    place: DwellingRow
    depth_cm: float
    force: bool

    @property
    def key(self) -> str:
        """The round's key."""
        return self.row.subject.partition(":")[2]


def samples(places: dict[str, DwellingRow], incident: str, only: Iterable[str] | None = None) -> list[Sample]:
    """Dwellings of an area whose depth was surveyed in an incident, the shallowest first; ``only``: these rounds."""
    found = []
    rows = SurveyRow.objects.filter(
        incident__in=queries.whole(incident), surveyed_at__isnull=False, method=Method.FLOOD_WOODEN_DEPTH, joint=""
    )
    if only is not None:
        rows = rows.filter(subject__in=list(only))
    for row in rows:
        if row.dwelling not in places:
            continue
        state: Any = state_of(row.subject)
        sheet = state.sheet.value
        if sheet.depth_cm:
            found.append(Sample(row, places[row.dwelling], sheet.depth_cm, sheet.force))
    return sorted(found, key=lambda s: (s.depth_cm, s.place.address))


def doubts(ground: Ground, taken: Sequence[Sample]) -> list[T]:
    """What the guideline of 2013-06 does not have of these samples: fewer than four, or less than 1.8 m of water."""
    if ground is not Ground.DEPTH or not taken:
        return []
    said = []
    if len(taken) < CORNER_SAMPLES:
        said.append(
            T(
                f"標本が{len(taken)}棟です。国の運用指針は区域の四隅の住家を標本とします。",
                f"There are {len(taken)} samples: the guideline takes those at the area's four corners.",
            )
        )
    if min(s.depth_cm for s in taken) < SAMPLED_FROM or not all(s.force for s in taken):
        said.append(
            T(
                "国の運用指針の標本による一括判定は、外力による損傷があり床上1.8 m以上浸水した区域のものです。",
                "The guideline's judgement by samples is for areas with damage by the water's force and 1.8 m or more "
                "above the floor.",
            )
        )
    return said


def propose(
    incident: IncidentRow,
    chosen: Chosen,
    actor: Actor,
    *,
    id: str,
    number: str,
    name: str,
    ground: Ground,
    damage_class: DamageClass,
    judge_reason: str,
    seen_on: date,
    source: str,
    photo: str = "",
    sampled: Iterable[str] = (),
) -> str:
    """Propose the judgement of an area; its reference. ``number``: of the area as it was shown (:attr:`Area.number`).
    ``photo``: digest of a picture that was made clean. The same ``id`` again records nothing more.

    Raises :class:`Refused` where the area has changed since it was shown, is empty or too large, and what
    :func:`record` raises.
    """
    ref = JointJudgement.ref(id)
    if JointRow.objects.filter(subject=ref).exists():
        return ref
    day = issuing.disaster_day(incident.subject)
    if day is None:
        raise Refused(
            T(
                "災害の日が分かりません。事案に発生日時を入れてください。",
                "The day of the disaster is not known: enter when the incident began.",
            )
        )
    places, _ = dwellings(chosen)
    area = standing(places, incident.subject, ground, day)
    if not area.judged:
        raise Refused(T("一括して判定する住家がありません。", "There is no dwelling to judge with this area."))
    if len(area.judged) > LARGEST:
        raise Refused(
            T(
                f"住家が{len(area.judged)}棟あります。一度に{LARGEST}棟までです。区域を分けてください。",
                f"There are {len(area.judged)} dwellings: at most {LARGEST} at once. Divide the area.",
            )
        )
    if number != area.number:
        raise Refused(
            T(
                "表示したあとに区域の住家が変わりました。下の一覧を確かめて、もう一度提案してください。",
                "The dwellings of the area have changed since they were shown. Look at the list and propose it again.",
            )
        )
    taken = samples(places, incident.subject, sampled) if ground is Ground.DEPTH else []
    fact = JointProposed(
        name=name,
        ground=ground,
        damage_class=damage_class,
        judge_reason=judge_reason,
        disaster_on=day,
        dwellings=tuple(m.place.subject for m in area.judged),
        samples=tuple(s.row.subject for s in taken),
        depth_cm=taken[0].depth_cm if taken else None,
        force=all(s.force for s in taken),
        photo=photo,
        seen_on=seen_on,
        source=source,
        corners=chosen.corners,
        chosen=chosen.text[:5000],
    )
    record(Draft(fact, ref, id=id, incident=incident.subject), actor)
    return ref


def members(row: JointRow) -> dict[str, DwellingRow]:
    """The dwellings of a judgement, by address."""
    mine = JointDwellingRow.objects.filter(subject=row.subject).values("dwelling")
    found = DwellingRow.objects.filter(subject__in=mine).order_by("address", "building", "subject")
    return {place.subject: place for place in found}


def done(row: JointRow) -> QuerySet[SurveyRow]:
    """Rounds that were judged with an area."""
    return SurveyRow.objects.filter(joint=row.subject)


def approve(row: JointRow, actor: Actor, after: Sequence[str], id: str) -> int:
    """Approve an area's judgement and judge its dwellings; how many. Raises what :func:`record` raises."""
    record(Draft(JointApproved(), row.subject, after, id, incident=row.incident), actor)
    return judge(JointRow.objects.get(subject=row.subject), actor)


def left(row: JointRow) -> list[Member]:
    """Dwellings of an approved area that are still to be judged with it."""
    area = standing(members(row), row.incident, Ground(row.ground), row.disaster_on, row.subject)
    return [m for m in area.judged if m.round is None or not m.round.judged]


def judge(row: JointRow, actor: Actor) -> int:
    """Judge what an approved area has left, some hundreds in an act; how many. Called again, it goes on where it
    stopped, and what was surveyed by itself meanwhile stays out. Raises what :func:`record` raises.
    """
    joint = Joint(
        ref=row.subject,
        name=row.name,
        ground=Ground(row.ground),
        source=row.source,
        seen_on=row.seen_on,
        proposer=row.proposer,
        samples=len(json.loads(row.samples)),
    )
    hazard = IncidentRow.objects.filter(subject=row.incident).values_list("hazard", flat=True).first() or ""
    drafts = []
    for member in left(row):
        place, held = member.place, member.round
        fact = JudgedJointly(
            dwelling=place.subject,
            disaster_on=row.disaster_on,
            joint=joint,
            sheet=sheet_of(row, proposed_method(place, hazard, 1)),
            damage_class=DamageClass(row.damage_class),
            judge_reason=row.judge_reason,
        )
        survey = held.subject if held else keys.survey(row.incident, place.subject, 1)
        own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{row.subject} {place.subject}"))
        drafts.append(Draft(fact, survey, id=own, incident=held.incident if held else row.incident))
    for some in batched(drafts, BATCH):
        record(some, actor)
    return len(drafts)
