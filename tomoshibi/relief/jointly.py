"""What a round of survey says of the area with which its dwelling was judged 一括判定, and how that explains itself."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from tomoshibi.journal.access import name_of
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.words import Ground
from tomoshibi.vocabulary import T

#: how a dwelling was judged, in place of its sheet's method
JOINTLY = T("区域の一括判定", "Judged with an area")


class Joint(BaseModel):
    """The area's judgement as each of its dwellings keeps it: ``ref`` of the judgement, ``name`` of the area, the
    ground, what it was seen on (``source``, of the day ``seen_on``), who proposed it (an actor's text), and on how
    many samples 標本 a depth stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ref: str = Field(max_length=200)
    name: str = Field(max_length=100)
    ground: Ground
    source: str = Field(max_length=200)
    seen_on: date
    proposer: str = Field(max_length=300)
    samples: int = Field(0, ge=0)

    @property
    def proposed_by(self) -> str:
        """The name of who proposed it."""
        return name_of(self.proposer)

    def explained(self, sheet: Sheet, named: T, approver: str) -> T:
        """Why a dwelling of the area was judged as ``named``, on what evidence and by whom, in one sentence."""
        ground = self.ground.label
        if self.ground is Ground.DEPTH:
            depth = f"{sheet.depth_cm:g}"
            ground = T(
                f"標本{self.samples}棟のうち最も浅い住家で床上 {depth} cm",
                f"{depth} cm above the floor in the shallowest of {self.samples} samples",
            )
        return T(
            f"区域「{self.name}」の一括判定: {ground.ja}（{self.source}、{self.seen_on}）→ {named.ja}。"
            f"提案 {self.proposed_by}、承認 {approver}",
            f"Judged with the area “{self.name}”: {ground.en.lower()} ({self.source}, {self.seen_on}) → {named.en}. "
            f"Proposed by {self.proposed_by}, approved by {approver}",
        )
