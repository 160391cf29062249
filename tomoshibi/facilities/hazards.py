"""What may come to a facility, and where to go: from imported hazard areas and from what its profile says.

Levels are today's five alert levels. A storey is taken as 3 m: water of less than 3 m leaves the second floor dry,
of less than 6 m the third (hazard maps draw depths of 0.5, 3, 5 and 10 m).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.queries import dangers_at
from tomoshibi.facilities.words import Danger
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T

STOREY_M = 3.0
#: by what a hazard area's name tells its danger
_NAMED: tuple[tuple[Danger, str], ...] = (
    (Danger.TSUNAMI, r"津波|tsunami"),
    (Danger.SURGE, r"高潮|surge"),
    (Danger.LANDSLIDE, r"土砂|土石流|急傾斜|崖|がけ|地すべり|landslide|slide"),
    (Danger.SNOW, r"雪|snow|avalanche"),
    (Danger.FLOOD, r"洪水|浸水|氾濫|flood|inundation"),
)
#: a depth in a name: 3.0m, ３ｍ, 0.5～3.0m (the deeper holds)
_DEPTH = re.compile(r"(\d+(?:\.\d+)?)\s*(?:m\b|m(?=[^a-z])|メートル)", re.IGNORECASE)


@dataclass(frozen=True)
class Coming:
    """One danger of a facility: the hazard areas that say so (empty: its profile does), and the depth in metres."""

    danger: Danger
    areas: tuple[str, ...] = ()
    depth_m: float | None = None

    def dry_floor(self, floors: int | None) -> int | None:
        """The lowest floor above the water; None where no floor is, or where depth or floors are not known."""
        if self.depth_m is None or not floors:
            return None
        lowest = int(self.depth_m // STOREY_M) + 2
        return lowest if lowest <= floors else None


def coming(site: SiteRow, profile: FacilityRow | None) -> list[Coming]:
    """What may come to a facility: hazard areas that it lies in first, then what its profile adds."""
    found = of_areas(dangers_at(site))
    known = {c.danger for c in found}
    told = profile.danger_words if profile else []
    return [*found, *(Coming(d) for d in told if d not in known)]


def of_areas(names: Iterable[str]) -> list[Coming]:
    """Dangers of hazard areas by their names. An area whose name tells no danger is left out."""
    found: dict[Danger, list[str]] = {}
    for name in names:
        danger = next((d for d, words in _NAMED if re.search(words, name, re.IGNORECASE)), None)
        if danger:
            found.setdefault(danger, []).append(name)
    return [Coming(d, tuple(ns), max((m for n in ns for m in _depths(n)), default=None)) for d, ns in found.items()]


def _depths(name: str) -> list[float]:
    import unicodedata

    return [float(m) for m in _DEPTH.findall(unicodedata.normalize("NFKC", name))]


def where_to_go(found: Coming, profile: FacilityRow | None) -> list[T]:
    """Where to go, best first: elsewhere, a safer building near by, a floor of the house."""
    to = (profile.destination if profile else "") or ""
    upstairs = (profile.upstairs if profile else "") or ""
    floors = profile.floors if profile else None
    there = (
        T(f"{to}へ移る", f"go to {to}")
        if to
        else T("避難先へ移る（まだ決めていません）", "go to the destination (not settled yet)")
    )
    room = T(f"（{upstairs}）", f" ({upstairs})") if upstairs else T("", "")
    if found.danger is Danger.SNOW:
        return [
            T(
                "外へ出ないで暖を取り、雪下ろしと道を市に頼む",
                "Stay indoors and warm; ask the town to clear roof and road",
            ),
            T(f"建物が危ないときは{there.ja}", f"Where the building is in danger, {there.en}"),
        ]
    if found.danger is Danger.TSUNAMI:
        minutes = profile.tsunami_min if profile else None
        time = T(f"{minutes}分で着く見込み。", f"It may arrive in {minutes} minutes. ") if minutes else T("", "")
        return [
            T(
                f"{time.ja}揺れたら警報を待たずに、近くて高い所へ",
                f"{time.en}After a shake, at once to the nearest high ground",
            ),
            T(
                f"間に合わないときだけ、{_floor(found, floors, room).ja}",
                f"Only where there is no time: {_floor(found, floors, room).en}",
            ),
        ]
    first = T(f"警戒レベル3（高齢者等避難）で{there.ja}", f"At level 3, {there.en}")
    near = T("道が危ないときは、近くのより安全な建物へ", "Where the way is dangerous, to a safer building near by")
    if found.danger is Danger.LANDSLIDE:
        last = T(
            f"外へ出られないときは、2階より上の、斜面と反対側の部屋へ{room.ja}",
            f"Where nobody can go out: upstairs, on the side away from the slope{room.en}",
        )
    else:
        said = _floor(found, floors, room)
        last = T(f"外へ出られないときは、{said.ja}", f"Where nobody can go out: {said.en}")
    return [first, near, last]


def _floor(found: Coming, floors: int | None, room: T) -> T:
    dry = found.dry_floor(floors)
    if dry:
        return T(f"水より高い{dry}階以上へ{room.ja}", f"floor {dry} or higher, above the water{room.en}")
    if found.depth_m is not None and floors:
        return T(
            f"建物は{floors}階までで、深さ{found.depth_m:g}mの水より高い階がない。必ず早く出る",
            f"the house has {floors} floors, none above {found.depth_m:g} m of water: leave early without fail",
        )
    return T(f"一番上の階へ{room.ja}", f"the top floor{room.en}")
