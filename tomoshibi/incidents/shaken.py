"""What our own live network of stations detects, told as a telegram that the inbox takes like any other.

So the same trigger table decides and the same call-outs go out, whoever measured the shaking. The telegram's event is
that of the detection, and its bytes follow from it alone: the same detection, told twice or by two nodes, is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tomoshibi.bulletins import Bulletin, Info, Kind, Station, Status
from tomoshibi.bulletins.typed import NETWORK, place, write_typed
from tomoshibi.shaking.network import Detection
from tomoshibi.vocabulary import MunicipalityCode, T, VocabularyError


def telegram_of(detection: Detection, *, exercise: bool = False) -> tuple[bytes, str]:
    """The bytes and the file name of a detection's telegram; ``exercise``: it sets nothing off but in a drill.

    Municipalities whose code is none are left out: what cannot be named cannot be decided on.
    """
    places = []
    for shaken in detection.places:
        try:
            code = MunicipalityCode(shaken.municipality).jma
        except VocabularyError:
            continue
        places.append(place(code, shaken.name, intensity=shaken.klass.label))
    strongest = T(
        "最大{k}({s})。{n}地点が震度1以上。規則: {rule}。自前の観測網による速報で、気象庁の発表ではありません。",
        "Largest {k} ({s}); {n} stations at intensity 1 or more. Rule: {rule}. By our own network, not by JMA.",
    )
    text = strongest.ja.format(
        k=detection.largest.text.ja, s=detection.strongest, n=detection.stations, rule=detection.rule.text.ja
    )
    bulletin = Bulletin(
        type=NETWORK,
        kind=Kind.EARTHQUAKE,
        status=Status.TRAINING if exercise else Status.NORMAL,
        info=Info.ISSUED,
        name="観測網による震度速報",
        title="観測網による震度速報",
        event=detection.event,
        serial=detection.serial,
        reported=detection.at,
        office="自前の観測網",
        headline=f"最大{detection.largest.text.ja}({detection.strongest})",
        text=text,
        municipalities=tuple(places),
        stations=tuple(_stations(detection)),
    )
    return write_typed(bulletin), f"network-{detection.event}-{detection.serial:03d}.json"


def _stations(detection: Detection) -> Iterator[Station]:
    for reading in detection.readings:
        where = reading.station
        try:
            code = MunicipalityCode(where.municipality).jma if where.municipality else ""
        except VocabularyError:
            code = ""
        yield Station(where.code, where.name, reading.klass, area=code)


def drop(detection: Detection, inbox: Path, *, exercise: bool = False) -> Path:
    """Put a detection's telegram into an inbox, whole or not at all; returns where."""
    data, name = telegram_of(detection, exercise=exercise)
    inbox.mkdir(parents=True, exist_ok=True)
    part = inbox / f".{name}.part"
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    target = inbox / name
    part.replace(target)
    return target
