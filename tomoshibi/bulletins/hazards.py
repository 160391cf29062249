"""Names and colours of what is in force, for people: a colour always comes with its word."""

from __future__ import annotations

from tomoshibi.bulletins.inforce import Held
from tomoshibi.bulletins.model import Kind
from tomoshibi.vocabulary import Grade, T
from tomoshibi.vocabulary.levels import ACTIONS

_NAMES: dict[str, T] = {
    "rain": T("大雨", "Heavy rain"),
    "landslide": T("土砂災害", "Landslide"),
    "surge": T("高潮", "Storm surge"),
    "wind": T("暴風・強風", "Strong wind"),
    "snowstorm": T("暴風雪・風雪", "Snowstorm"),
    "snow": T("大雪", "Heavy snow"),
    "wave": T("波浪", "High waves"),
    "flood": T("洪水・氾濫", "Flood"),
    "thunder": T("雷", "Thunderstorm"),
    "snowmelt": T("融雪", "Snowmelt"),
    "fog": T("濃霧", "Dense fog"),
    "dry": T("乾燥", "Dry air"),
    "avalanche": T("なだれ", "Avalanche"),
    "cold": T("低温", "Low temperature"),
    "frost": T("霜", "Frost"),
    "icing": T("着氷", "Icing"),
    "snow accretion": T("着雪", "Snow accretion"),
    "eruption": T("噴火", "Eruption"),
    "ash": T("降灰", "Ash fall"),
}
#: hazards of weather by which a person may enter a level by hand, with JMA's code of the warning at each level
CODES: dict[str, dict[int, str]] = {
    "rain": {2: "10", 3: "03", 4: "43", 5: "33"},
    "landslide": {2: "29", 3: "09", 4: "49", 5: "39"},
    "surge": {2: "19", 3: "08", 4: "48", 5: "38"},
}


def hazard_name(hazard: str) -> T:
    """What a :class:`Held`'s hazard is called: ``wind`` is 暴風・強風. One without a name is its own."""
    if (known := _NAMES.get(hazard)) is not None:
        return known
    kind, _, rest = hazard.partition(" ")
    if kind in set(Kind):
        text = Kind(kind).text
        return T(f"{text.ja} {rest}".strip(), f"{text.en} {rest}".strip())
    return T(hazard, hazard)


def tone_of(held: Held) -> str:
    """The name of a colour of JMA's rules: ``level-1`` to ``level-5``, ``tsunami-53`` (by the code of the warning)."""
    if held.hazard == Kind.TSUNAMI and held.area.kind_code:
        return f"tsunami-{held.area.kind_code}"
    return f"level-{max(1, held.area.level or held.area.grade)}"


def word_of(held: Held) -> T:
    """How grave, in words: ``レベル4``, or the grade where the hazard has no level."""
    level = held.area.level
    if held.hazard in ("eruption", "volcano") and level:
        return T(f"噴火警戒レベル{level}", f"Volcanic alert level {level}")
    return T(f"レベル{level}", f"Level {level}") if level else Grade(held.area.grade).text


def action_of(held: Held) -> T | None:
    """What people do at this level 警戒レベル; None where the hazard has none (a volcano's levels are others)."""
    if held.hazard in ("eruption", "volcano", "ash"):
        return None
    return ACTIONS.get(held.area.level or 0)
