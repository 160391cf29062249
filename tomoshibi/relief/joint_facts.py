"""All dwellings of an area judged at once 一括判定: one proposes, another approves, each dwelling gets its judgement.

After a tsunami or a fire whole quarters are gone, and an aerial photograph says so of all at once: the Cabinet Office
let towns judge so on 2011-03-31 (what is washed away is 全壊). Since its guideline of 2013-06, samples at the four
corners of an area may say that the water stood 1.8 m or more above all floors (2018-07: 2,100 dwellings of one town).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, OwnWork, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.relief import queries
from tomoshibi.relief.damage import Sheet, assess
from tomoshibi.relief.facts import check_class
from tomoshibi.relief.joint_models import JointDwellingRow, JointRow
from tomoshibi.relief.jointly import Joint
from tomoshibi.relief.models import SurveyRow
from tomoshibi.relief.subjects import Survey, same_actor
from tomoshibi.relief.words import Ground
from tomoshibi.vocabulary import T, VocabularyError
from tomoshibi.vocabulary.damage import DamageClass, Method

#: most dwellings of one judgement, most samples, most corners of a drawn area
LARGEST, SAMPLES, CORNERS = 5000, 500, 200

grant("surveyor", "relief.joint_proposed", "relief.joint_declined")
grant("approver", "relief.joint_approved", "relief.joint_declined", "relief.judged_jointly")
grant("headquarters", "relief.joint_*", "relief.judged_jointly")


class JointJudgement(Subject):
    """One area whose dwellings are judged at once."""

    type = "relief.joint"
    label = T("一括判定", "Judgement of an area")
    tables = (JointRow, JointDwellingRow)
    reading = "relief.read"

    proposal = Register[Any](T("提案", "Proposal"), None)
    approved = Register[bool](T("承認", "Approved"), False)
    declined = Register[str](T("差戻し", "Declined"), "")

    def title(self) -> str:
        said: JointProposed | None = self.proposal.value
        return f"{self.label.ja} {said.name}" if said else super().title()

    @property
    def decision(self) -> Entry | None:
        """The entry that approved or declined it. Where two did both apart, it is approved: dwellings stand on it."""
        return (self.approved.value and self.approved.entry) or self.declined.entry

    def rows(self) -> Iterable[Row]:
        said: JointProposed | None = self.proposal.value
        entry, decided = self.proposal.entry, self.decision
        if said is None or entry is None:
            return
        yield JointRow.row(
            self.subject,
            incident=self.incident,
            name=said.name,
            ground=said.ground.value,
            damage_class=said.damage_class.value,
            judge_reason=said.judge_reason,
            disaster_on=said.disaster_on,
            depth_cm=said.depth_cm,
            force=said.force,
            samples=json.dumps(said.samples),
            photo=said.photo,
            seen_on=said.seen_on,
            source=said.source,
            corners=json.dumps(said.corners),
            chosen=said.chosen,
            wanted=len(said.dwellings),
            proposed_at=entry.happened,
            proposer=entry.actor,
            state="approved" if self.approved.value else "declined" if decided else "proposed",
            decided_at=decided.happened if decided else None,
            decider=decided.actor if decided else "",
            reason="" if self.approved.value else self.declined.value,
        )
        for dwelling in said.dwellings:
            yield JointDwellingRow.row(self.subject, dwelling.partition(":")[2], dwelling=dwelling)


class JointProposed(Fact):
    """The dwellings of an area, the class that all are judged to have, and on what it stands."""

    kind = "relief.joint_proposed"
    subject = JointJudgement
    label = T("一括判定の提案", "Judgement of an area proposed")
    sentence = T(
        "区域「{name}」の一括判定を提案: {damage_class}", "Judgement of the area “{name}” proposed: {damage_class}"
    )
    datasets = ("photo",)

    name: str = field(T("区域の名称", "Name of the area"), min_length=1, max_length=100)
    ground: Ground = field(T("判定の根拠", "Ground"))
    damage_class: DamageClass = field(T("被害の程度", "Degree of damage"))
    judge_reason: str = field(
        T("根拠と異なるときの理由", "Reason where it differs from the ground"), "", max_length=500
    )
    disaster_on: date = field(T("災害の日", "Day of the disaster"))
    dwellings: tuple[str, ...] = field(
        T("住家", "Dwellings"), min_length=1, max_length=LARGEST, extra={"widget": "hidden"}
    )
    samples: tuple[str, ...] = field(T("標本の調査", "Samples"), (), max_length=SAMPLES, extra={"widget": "hidden"})
    depth_cm: float | None = field(
        T("標本の最も浅い浸水深（床上）", "Shallowest sample above the floor"),
        None,
        gt=0,
        le=10_000,
        unit=T("cm", "cm"),
    )
    force: bool = field(T("外力による損傷", "Damage by the water's force"), True)
    photo: str = field(
        T("区域の写真", "Photograph of the area"), "", pattern=r"^([0-9a-f]{64})?$", extra={"widget": "hidden"}
    )
    seen_on: date = field(T("撮影・調査の日", "Seen on"))
    source: str = field(T("資料の出典", "Source"), min_length=1, max_length=200)
    corners: tuple[tuple[float, float], ...] = field(
        T("描いた範囲", "Drawn"), (), max_length=CORNERS, extra={"widget": "hidden"}
    )
    chosen: str = field(T("区域の選び方", "Chosen by"), "", max_length=5000, extra={"widget": "hidden"})

    def shown(self) -> dict[str, str]:
        counted = {name: str(len(getattr(self, name))) for name in ("dwellings", "samples", "corners")}
        return {**super().shown(), **{name: n for name, n in counted.items() if name in self.model_fields_set}}

    def check(self, present: Present) -> None:
        if present.exists:
            raise Refused(T("この一括判定は提案済みです。", "This judgement has been proposed."))
        if not present.incident:
            raise Refused(T("事案を選んでください。", "Choose the incident."))
        if len(set(self.dwellings)) != len(self.dwellings):
            raise Refused(T("同じ住家が二度あります。", "A dwelling is listed twice."), "dwellings")
        if self.seen_on < self.disaster_on:
            raise Refused(T("撮影・調査の日が災害の日より前です。", "It was seen before the disaster."), "seen_on")
        if self.ground is not Ground.DEPTH and not self.photo:
            raise Refused(T("区域の写真を添えてください。", "Add a photograph of the area."), "photo")
        if self.ground is Ground.DEPTH:
            self._check_samples(present)
        try:
            found = assess(sheet_of(self, Method.EARTHQUAKE_WOODEN_FIRST), self.disaster_on)
        except VocabularyError as error:
            raise Refused(error.text, "ground") from error
        check_class(self.damage_class, self.disaster_on, found, self.judge_reason)

    def _check_samples(self, present: Present) -> None:
        inside = queries.whole(present.incident)
        known = set(
            SurveyRow.objects.filter(
                subject__in=self.samples,
                incident__in=inside,
                surveyed_at__isnull=False,
                method=Method.FLOOD_WOODEN_DEPTH,
            ).values_list("subject", flat=True)
        )
        if self.depth_cm is None or not self.samples or known != set(self.samples):
            raise Refused(
                T(
                    "浸水深で判定するには、この事案で浸水深を調査した住家を標本に選んでください。",
                    "To judge by the depth, choose dwellings of this incident whose depth was surveyed as samples.",
                ),
                "samples",
            )

    def apply(self, state: JointJudgement, entry: Entry) -> None:
        state.proposal.set(entry, self)


class JointApproved(Fact):
    """Another person holds the area against its evidence; from now on its dwellings are judged with it."""

    kind = "relief.joint_approved"
    subject = JointJudgement
    label = T("一括判定の承認", "Judgement of an area approved")
    sentence = T("区域の一括判定を承認", "The judgement of an area was approved")

    def check(self, present: Present) -> None:
        proposed = check_open(present)
        if same_actor(present.actor.text, proposed.actor, proposed.actor_name):
            raise OwnWork

    def apply(self, state: JointJudgement, entry: Entry) -> None:
        state.approved.set(entry, True)


class JointDeclined(Fact):
    """It is not approved, or taken back before it was: nothing of it reaches a dwelling."""

    kind = "relief.joint_declined"
    subject = JointJudgement
    label = T("一括判定の差戻し・取下げ", "Judgement of an area declined or taken back")
    sentence = T("区域の一括判定を差戻し: {reason}", "The judgement of an area was declined: {reason}")

    reason: str = field(T("理由", "Reason"), min_length=1, max_length=500)

    def check(self, present: Present) -> None:
        if not present.disputed("declined"):
            check_open(present)

    def apply(self, state: JointJudgement, entry: Entry) -> None:
        state.declined.set(entry, self.reason)


def sheet_of(said: JointProposed | JointRow, method: Method) -> Sheet:
    """What stands on the sheet of each dwelling of an area; ``method``: its sheet where it is judged at sight."""
    if said.ground == Ground.DEPTH:
        return Sheet(method=Method.FLOOD_WOODEN_DEPTH, depth_cm=said.depth_cm, force=said.force)
    return Sheet(method=method, collapsed=True)


def check_open(present: Present) -> Entry:
    """The entry that proposed it. Raises :class:`Refused` where none did, or somebody has decided."""
    state: JointJudgement = present.state
    if state.proposal.entry is None:
        raise Refused(T("その一括判定の提案はありません。", "No such judgement was proposed."))
    if state.decision is not None:
        raise Refused(T("この一括判定は決定済みです。", "This judgement has been decided."))
    return state.proposal.entry


@lru_cache(maxsize=2)
def _approved(world: str, ref: str, act: str) -> tuple[JointRow | None, frozenset[str]]:
    """An approved judgement and its dwellings. Read once an act: hundreds of dwellings are judged in one."""
    row = JointRow.objects.filter(subject=ref, state="approved").first()
    return row, frozenset(JointDwellingRow.objects.filter(subject=ref).values_list("dwelling", flat=True))


class JudgedJointly(Fact):
    """A dwelling is judged as a part of an area: sheet and judgement at once, by two people."""

    kind = "relief.judged_jointly"
    subject = Survey
    label = T("一括判定による被害の程度の判定", "Judged with an area")
    sentence = T("住家の被害の程度を一括判定: {damage_class}", "Damage judged with an area: {damage_class}")

    dwelling: str = field(T("住家", "Dwelling"), extra={"widget": "relief.dwelling"})
    round: int = field(T("回", "Round"), 1, ge=1, le=100)
    disaster_on: date = field(T("災害の日", "Day of the disaster"))
    joint: Joint = field(T("一括判定", "Judged with an area"), extra={"widget": "hidden"})
    sheet: Sheet = field(T("調査票", "Sheet"), extra={"widget": "hidden"})
    damage_class: DamageClass = field(T("被害の程度", "Degree of damage"))
    judge_reason: str = field(
        T("根拠と異なるときの理由", "Reason where it differs from the ground"), "", max_length=500
    )

    def shown(self) -> dict[str, str]:
        said = super().shown()
        return {**said, "joint": self.joint.name} if "joint" in said else said

    def check(self, present: Present) -> None:
        state: Survey = present.state
        # a rival that is settled on is said again, whole
        settles = present.disputed("joint", "sheet", "surveyors", "damage_class", "judge_reason")
        if (state.sheet.entry is not None or state.damage_class.value is not None) and not settles:
            raise Refused(
                T(
                    "この住家はすでに調査または判定されています。一括判定からは除かれます。",
                    "This dwelling has been surveyed or judged by itself: it stays out of the area's judgement.",
                )
            )
        row, mine = _approved(worlds.world(), self.joint.ref, present.act)
        if row is None or self.dwelling not in mine or not self._says(row):
            raise Refused(
                T("承認された一括判定のとおりではありません。", "It is not as the area's judgement was approved.")
            )
        if same_actor(present.actor.text, row.proposer, self.joint.proposed_by):
            raise OwnWork(does=T("判定", "judge it"))

    def _says(self, row: JointRow) -> bool:
        joint = self.joint
        return (joint.name, joint.ground, joint.source, joint.seen_on, joint.proposer, joint.samples) == (
            row.name, row.ground, row.source, row.seen_on, row.proposer, len(json.loads(row.samples)),
        ) and (self.damage_class, self.judge_reason, self.disaster_on, self.sheet) == (
            row.damage_class, row.judge_reason, row.disaster_on, sheet_of(row, self.sheet.method),
        )  # fmt: skip

    def apply(self, state: Survey, entry: Entry) -> None:
        for step in ("planned", "surveyed", "judged"):
            state.steps.add(entry, step)
        state.dwelling.set(entry, self.dwelling)
        state.round.set(entry, self.round)
        state.disaster_on.set(entry, self.disaster_on)
        state.joint.set(entry, self.joint)
        state.sheet.set(entry, self.sheet)
        state.surveyors.set(entry, self.joint.proposed_by)
        state.damage_class.set(entry, self.damage_class)
        state.judge_reason.set(entry, self.judge_reason)

    def effects(self, entry: Entry, present: Present) -> Iterable[tasks.Task]:
        """As of every judgement: certificates of another class lose their force, support is reckoned anew."""
        yield tasks.Task("relief.supersede", entry.id, worlds.now(), present.subject)
