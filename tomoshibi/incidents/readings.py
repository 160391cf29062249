"""What a bulletin says of us: typed readings for the trigger table, and the summary that lists show.

"Ours" are the municipality and the area codes that ``places`` keeps for this headquarters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from tomoshibi.bulletins import Area, Bulletin, Info, Kind
from tomoshibi.incidents.deciding import Unknown
from tomoshibi.incidents.words import Hazard
from tomoshibi.places.models import MunicipalityRow
from tomoshibi.places.queries import our_codes
from tomoshibi.vocabulary import Grade, IntensityClass, T

#: telegrams that list every municipality with intensity 1 and over: one that is not listed did not reach 1
LISTS_MUNICIPALITIES = frozenset({"VXSE53"})


@dataclass(frozen=True, slots=True)
class Ours:
    """The codes that mean us in bulletins: municipalities by their five digits, other areas by code list and code."""

    municipalities: frozenset[str]
    areas: frozenset[tuple[str, str]]

    def owns(self, area: Area) -> bool:
        """Whether a bulletin's area is ours. A municipality's code is JMA's seven digits, of which five are its own."""
        if len(area.code) == 7 and area.code[:5] in self.municipalities:
            return True
        return (area.scheme, area.code) in self.areas


def ours() -> Ours:
    """The codes of this headquarters, as ``places`` keeps them."""
    codes = MunicipalityRow.objects.filter(ours=True).values_list("code", flat=True)
    return Ours(frozenset(c[:5] for c in codes if c), our_codes())


def readings_of(bulletin: Bulletin, here: Ours) -> dict[str, Any]:
    """Typed readings by name (:data:`tomoshibi.incidents.deciding.READINGS`); None: it does not speak of that."""
    towns = [a for a in bulletin.municipalities if here.owns(a)]
    areas = [a for a in bulletin.areas if here.owns(a)]
    standing = [a for a in finest(bulletin, here) if not a.lifted]
    levels = [a.level for a in standing if a.level is not None]
    grades = [a.grade for a in standing if a.grade]
    intensity = _strongest(a.intensity for a in towns)
    if intensity is None and bulletin.type in LISTS_MUNICIPALITIES and bulletin.municipalities:
        # listed without a class: its stations do not count, and nobody knows; not listed: it did not reach 1
        intensity = Unknown(IntensityClass.ZERO) if towns else IntensityClass.ZERO
    return {
        "type": bulletin.type,
        "kind": bulletin.kind,
        "hazard": Hazard.of(bulletin.kind),
        "status": bulletin.status,
        "info": bulletin.info,
        "intensity": intensity,
        "area_intensity": _strongest(a.intensity for a in areas),
        "max_intensity": _known(bulletin.max_intensity),
        "magnitude": _magnitude(bulletin),
        "level": float(max(levels)) if levels else None,
        "grade": Grade(max(grades)) if grades else None,
    }


def _known(klass: IntensityClass | None) -> IntensityClass | Unknown | None:
    return klass if klass is None or klass.known else Unknown(IntensityClass.FIVE_LOWER)


def _strongest(classes: Iterable[IntensityClass | None]) -> IntensityClass | Unknown | None:
    """The strongest of several areas. What did not come in stays unknown beside a weaker or equal class, and is at
    least the stronger of the two otherwise.
    """
    found = [c for c in classes if c is not None]
    if not found:
        return None
    known = [c for c in found if c.known]
    strongest = max(known) if known else None
    if len(known) == len(found):
        return strongest
    return Unknown(reduce(max, [*known, IntensityClass.FIVE_LOWER]))


def _magnitude(bulletin: Bulletin) -> float | Unknown | None:
    if bulletin.magnitude is not None:
        return bulletin.magnitude
    if not bulletin.magnitude_text:
        return None
    return Unknown(8.0) if "巨大" in bulletin.magnitude_text else Unknown()


def finest(bulletin: Bulletin, here: Ours) -> list[Area]:
    """What a warning says of us by the smallest areas it speaks of.

    The rows of a prefecture or a forecast area tell the gravest thing anywhere in it: where a telegram has rows for
    municipalities, only those are about us.
    """
    return [a for a in (bulletin.municipalities or bulletin.areas) if here.owns(a)]


def said_of_us(bulletin: Bulletin, here: Ours) -> list[Area]:
    """The areas of a bulletin that are ours, municipalities first."""
    return [a for a in (*bulletin.municipalities, *bulletin.areas) if here.owns(a)]


_MARKS = {
    Info.CANCELLED: T("【取消】", "CANCELLED: "),
    Info.CORRECTED: T("【訂正】", "Corrected: "),
    Info.DELAYED: T("【遅延】", "Late: "),
}


def summary(bulletin: Bulletin, here: Ours) -> T:
    """One line of what a bulletin says, first of us: for the timeline and for call-outs."""
    mark = _MARKS.get(bulletin.info, T("", ""))
    ja, en = [mark.ja + (bulletin.title or bulletin.name)], [mark.en + bulletin.kind.text.en]
    if bulletin.hypocentre:
        ja.append(bulletin.hypocentre.name)
        en.append(bulletin.hypocentre.name)
    if bulletin.magnitude is not None:
        ja.append(f"M{bulletin.magnitude:g}")
        en.append(f"M{bulletin.magnitude:g}")
    if bulletin.max_intensity is not None:
        ja.append(f"最大{bulletin.max_intensity.text.ja}")
        en.append(f"maximum {bulletin.max_intensity.text.en}")
    for area in said_of_us(bulletin, here):
        if area.intensity is not None:
            ja.append(f"{area.name} {area.intensity.text.ja}")
            en.append(f"{area.name} {area.intensity.text.en}")
        elif area.kind:
            ja.append(f"{area.name} {area.kind}")
            en.append(f"{area.name} {area.kind}")
    return T("　".join(ja), " · ".join(en))


def incident_name(bulletin: Bulletin) -> T:
    """What an incident is called that this bulletin opens."""
    if bulletin.kind in (Kind.EARTHQUAKE, Kind.EEW) and bulletin.hypocentre:
        size = f" M{bulletin.magnitude:g}" if bulletin.magnitude is not None else ""
        where = bulletin.hypocentre.name
        return T(f"{where}の地震{size}", f"Earthquake of {where}{size}")
    return T(bulletin.title or bulletin.name, bulletin.title or bulletin.name)
