"""Between CAP's alerts and our bulletins."""

from __future__ import annotations

from datetime import datetime, timedelta

from tomoshibi.bulletins import model as bulletin_model
from tomoshibi.bulletins.cap.model import Alert, Info, Place, Reference
from tomoshibi.bulletins.model import MUNICIPALITY, Area, Bulletin, Kind, Status
from tomoshibi.vocabulary import Grade
from tomoshibi.vocabulary.levels import warning_level

_STATUS = {"Actual": Status.NORMAL, "Exercise": Status.TRAINING}
_CAP_STATUS = {Status.NORMAL: "Actual", Status.TRAINING: "Exercise", Status.TEST: "Test"}
_GRADES = {
    "Extreme": Grade.SPECIAL,
    "Severe": Grade.DANGER,
    "Moderate": Grade.WARNING,
    "Minor": Grade.ADVISORY,
    "Unknown": Grade.EARLY,
}
_SEVERITIES = {grade: name for name, grade in _GRADES.items()} | {Grade.NONE: "Unknown"}
# Words in an event's name that tell its kind; the first that fits decides.
_WORDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (Kind.TSUNAMI, ("tsunami", "津波")),
    (Kind.EEW, ("earthquake early warning", "緊急地震速報")),
    (Kind.EARTHQUAKE, ("earthquake", "地震")),
    (Kind.VOLCANO, ("volcan", "噴火", "火山")),
    (Kind.LANDSLIDE, ("landslide", "土砂")),
    (Kind.TORNADO, ("tornado", "竜巻")),
    (Kind.TYPHOON, ("typhoon", "hurricane", "cyclone", "台風")),
    (Kind.FLOOD, ("flood", "洪水", "氾濫")),
    (Kind.HEAVY_RAIN, ("rain", "大雨")),
    (Kind.HEAT, ("heat", "熱中症")),
    (Kind.MARINE, ("marine", "surf", "海上")),
)
_CATEGORY = {
    **dict.fromkeys((Kind.EARTHQUAKE, Kind.EEW, Kind.TSUNAMI, Kind.VOLCANO, Kind.LANDSLIDE), "Geo"),
    Kind.OTHER: "Safety",
}


def to_bulletin(alert: Alert, source: str, digest: str) -> Bulletin:
    """Bulletin of an alert; ``event`` is its identifier, ``references`` are the messages that it is about.

    Words are taken from the Japanese part where there is one, else the English, else the first.
    """
    info = _spoken(alert.infos)
    areas = tuple(_areas(alert, info)) if info else ()
    expires = [each.expires for each in alert.infos if each.expires is not None]
    cancelled = alert.msg_type == "Cancel"
    in_force = [area for area in areas if not area.lifted]
    return Bulletin(
        type="cap",
        kind=_kind(info),
        status=_STATUS.get(alert.status, Status.TEST),
        info=bulletin_model.Info.CANCELLED if cancelled else bulletin_model.Info.ISSUED,
        name="CAP " + alert.version,
        title=(info.headline or info.event) if info else alert.msg_type,
        event=alert.identifier,
        serial=None,
        reported=alert.sent,
        issued=alert.sent,
        target=(info.onset or info.effective) if info else None,
        valid=max(expires, default=None),
        office=alert.sender,
        publishers=(info.sender_name,) if info and info.sender_name else (),
        headline=info.headline if info else "",
        text="\n\n".join(filter(None, (info.headline, info.description, info.instruction))) if info else alert.note,
        areas=tuple(area for area in areas if area.scheme != MUNICIPALITY),
        municipalities=tuple(area for area in areas if area.scheme == MUNICIPALITY),
        level=max((area.level for area in in_force if area.level is not None), default=None),
        grade=Grade(max((area.grade for area in in_force), default=0)),
        references=tuple(str(reference) for reference in alert.references),
        source=source,
        digest=digest,
    )


def to_alert(
    bulletin: Bulletin,
    *,
    sender: str,
    identifier: str,
    sent: datetime,
    references: tuple[Reference, ...] = (),
    lasts: timedelta = timedelta(hours=24),
) -> Alert:
    """Alert that passes a bulletin on, in ``sender``'s name: one ``info`` for each warning, with its areas' codes.

    ``references`` are our earlier alerts that this one replaces; ``lasts`` is said where the bulletin has no end.
    """
    rows: dict[tuple[str, int], list[Area]] = {}
    for area in bulletin.everywhere:
        rows.setdefault((area.kind or bulletin.title or bulletin.name, area.grade), []).append(area)
    if not rows:
        rows[bulletin.title or bulletin.name, int(bulletin.grade)] = []
    cancelled = bulletin.info is bulletin_model.Info.CANCELLED
    infos = tuple(_info(bulletin, kind, Grade(grade), areas, lasts) for (kind, grade), areas in rows.items())
    return Alert(
        identifier=identifier,
        sender=sender,
        sent=sent.replace(microsecond=0),
        status=_CAP_STATUS[bulletin.status],
        msg_type="Alert" if not references else "Cancel" if cancelled else "Update",
        source=f"{bulletin.office} {bulletin.type}".strip(),
        references=references,
        infos=infos,
    )


def _info(bulletin: Bulletin, kind: str, grade: Grade, areas: list[Area], lasts: timedelta) -> Info:
    lifted = bool(areas) and all(area.lifted for area in areas)
    return Info(
        language="ja",
        categories=(_CATEGORY.get(bulletin.kind, "Met"),),
        event=kind,
        response_types=("AllClear",) if lifted else (),
        urgency="Past" if lifted else "Immediate" if grade >= Grade.WARNING else "Expected",
        severity="Minor" if lifted else _SEVERITIES[grade],
        certainty="Observed" if bulletin.kind is Kind.EARTHQUAKE else "Likely",
        event_codes=(("JMA", bulletin.type),),
        effective=bulletin.reported.replace(microsecond=0),
        expires=(bulletin.valid or bulletin.reported + lasts).replace(microsecond=0),
        sender_name=bulletin.office,
        headline=bulletin.title,
        description=bulletin.text,
        areas=tuple(Place(description=a.name, geocodes=((a.scheme, a.code),) if a.code else ()) for a in areas),
    )


def _spoken(infos: tuple[Info, ...]) -> Info | None:
    """The part in Japanese, else in English, else the first."""
    for language in ("ja", "en"):
        for info in infos:
            if info.language.lower().startswith(language):
                return info
    return infos[0] if infos else None


def _kind(info: Info | None) -> Kind:
    if info is None:
        return Kind.OTHER
    event = info.event.lower()
    for kind, words in _WORDS:
        if any(word in event for word in words):
            return kind
    return Kind.WEATHER if "Met" in info.categories else Kind.OTHER


def _areas(alert: Alert, spoken: Info) -> list[Area]:
    """A row for each code of each area (or one for its name); every ``info`` of the spoken language counts."""
    rows: list[Area] = []
    for info in alert.infos:
        if info.language != spoken.language:
            continue
        lifted = "AllClear" in info.response_types or alert.msg_type == "Cancel" or info.urgency == "Past"
        change = "解除" if lifted else "発表"
        grade = int(_GRADES.get(info.severity, Grade.EARLY))
        level = warning_level(info.event)
        for place in info.areas:
            for scheme, code in place.geocodes or (("", ""),):
                rows.append(Area(code, place.description, scheme, info.event, "", change, level, grade))
    return rows
