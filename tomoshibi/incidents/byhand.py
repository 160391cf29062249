"""What a person heard by telephone, or reads from a fax, made into a telegram that the inbox takes like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tomoshibi.bulletins import Area, Bulletin, BulletinError, Info, Kind, Status
from tomoshibi.bulletins.cap import write_alert
from tomoshibi.bulletins.hazards import CODES
from tomoshibi.bulletins.model import FORECAST_AREAS, MUNICIPALITY
from tomoshibi.bulletins.plain import read_plain
from tomoshibi.bulletins.typed import TYPE, place, write_typed
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.places.models import AreaCodeRow, MunicipalityRow
from tomoshibi.vocabulary import MunicipalityCode, T, VocabularyError
from tomoshibi.vocabulary.levels import warning_terms

#: what may be entered: the kind of bulletin, its name, and the hazard as :mod:`tomoshibi.vocabulary.levels` calls it
HAZARDS: dict[str, tuple[Kind, T, str]] = {
    "earthquake": (Kind.EARTHQUAKE, T("地震（震度）", "Earthquake (intensity)"), ""),
    "rain": (Kind.WEATHER, T("大雨", "Heavy rain"), "大雨"),
    "landslide": (Kind.WEATHER, T("土砂災害", "Landslide"), "土砂災害"),
    "surge": (Kind.WEATHER, T("高潮", "Storm surge"), "高潮"),
    "flood": (Kind.FLOOD, T("河川氾濫", "River flood"), "河川氾濫"),
    "other": (Kind.OTHER, T("その他（文章のみ）", "Other (words only)"), ""),
}
#: what is chosen instead of a level to say that nothing is in force any more
LIFTED = "lifted"


@dataclass(frozen=True)
class Place:
    """A place of ours in a bulletin: JMA's seven digits of a municipality, or the six of a forecast area."""

    code: str
    name: str

    @property
    def is_town(self) -> bool:
        """Whether it is a municipality: those have an intensity."""
        return len(self.code) == 7


@dataclass(frozen=True)
class Entered:
    """What was typed: of which hazard (a key of :data:`HAZARDS`), by whom it was told, classes and levels by code."""

    what: str
    who: str
    title: str
    text: str
    reported: datetime
    valid: datetime | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)


def our_places() -> list[Place]:
    """Our municipalities, then our forecast areas, each once."""
    towns = MunicipalityRow.objects.filter(ours=True).exclude(code="").order_by("code")
    found = {MunicipalityCode(row.code[:5]).jma: row.name for row in towns}
    areas = AreaCodeRow.objects.filter(ours=True, scheme=FORECAST_AREAS).order_by("-code")
    for code, name in areas.values_list("code", "name"):
        if len(code) == 6:
            found.setdefault(code, name)
    return [Place(code, name) for code, name in found.items()]


def bulletin_of(entered: Entered) -> tuple[bytes, str]:
    """The bytes and the name of the telegram of what was typed. Raises :class:`Refused` for what cannot be."""
    if entered.what not in HAZARDS:
        raise Refused(T("何の情報かを選んでください。", "Choose what it is about."), "what")
    if not entered.who:
        raise Refused(T("誰から聞いたかを書いてください。", "Write who told it."), "who")
    kind, label, hazard = HAZARDS[entered.what]
    known = {p.code: p.name for p in our_places()}
    areas: list[Area] = []
    if kind is Kind.EARTHQUAKE:
        areas = [_shaken(code, known, text) for code, text in entered.classes.items()]
    elif hazard:
        areas = [_warned(code, known, text, entered, hazard) for code, text in entered.levels.items()]
    if not areas and not entered.text:
        raise Refused(T("震度、レベル、文章のどれかを入れてください。", "Enter an intensity, a level, or words."))
    status = Status.TRAINING if worlds.is_training() else Status.NORMAL
    bulletin = Bulletin(
        type=TYPE,
        kind=kind,
        status=status,
        info=Info.ISSUED,
        name=f"手入力（{label.ja}）",
        # of a hazard with levels the newest that was typed stands for all: they have one title
        title=f"{label.ja}（手入力）" if hazard else entered.title or f"{label.ja}（{entered.who}）",
        event="",
        serial=None,
        reported=entered.reported,
        issued=worlds.now(),  # two that are typed in one minute are two
        valid=entered.valid,
        office=entered.who,
        headline=entered.title or entered.text.partition("\n")[0][:200],
        text=entered.text,
        areas=tuple(a for a in areas if a.scheme != MUNICIPALITY),
        municipalities=tuple(a for a in areas if a.scheme == MUNICIPALITY),
    )
    return write_typed(bulletin), f"手入力_{entered.reported:%Y%m%d%H%M%S}.json"


def _shaken(code: str, known: Mapping[str, str], text: str) -> Area:
    try:
        return place(code, _name(code, known), intensity=text)
    except VocabularyError as error:
        raise Refused(error.text, f"class-{code}") from None


def _warned(code: str, known: Mapping[str, str], text: str, entered: Entered, hazard: str) -> Area:
    name = _name(code, known)
    if text == LIFTED:
        return place(code, name, kind="解除")._replace(change="解除")
    if text not in ("2", "3", "4", "5"):
        raise Refused(T("レベルは2から5です。", "A level is 2 to 5."), f"level-{code}")
    level = int(text)
    terms = [t.name for t in warning_terms(entered.reported.date(), level) if t.hazard.ja == hazard]
    kind = terms[0] if terms else f"{hazard} レベル{level}"
    return place(code, name, kind=kind, kind_code=CODES.get(entered.what, {}).get(level, ""), level=level)


def _name(code: str, known: Mapping[str, str]) -> str:
    if code not in known:
        raise Refused(T("本市町村の地域ではありません。", "That is no area of ours."))
    return known[code]


def document_of(text: str, at: datetime) -> tuple[bytes, str]:
    """The bytes and the name of the telegram of a text that was pasted: XML as it is, our own plain text as CAP, any
    other words as a bulletin of words. Raises :class:`Refused` where there is nothing.
    """
    if not text:
        raise Refused(T("電文を貼り付けてください。", "Paste the telegram."), "text")
    if text.startswith(("<", "{")):
        return text.encode(), "貼り付け.xml"
    try:
        return write_alert(read_plain(text, "")), "貼り付け.xml"
    except BulletinError:  # somebody else's words: kept as words
        title = text.partition("\n")[0][:120]
        return bulletin_of(Entered("other", "貼り付け", title, text, at))
