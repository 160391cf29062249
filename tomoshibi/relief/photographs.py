"""Photographs of dwellings: made fit to keep (:func:`tomoshibi.documents.clean`), and kept as datasets.

What the camera wrote into the file (place, device, owner) does not enter. Only when it was taken is kept, as a field.
The same file gives the same picture, so it is recorded once.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from PIL import Image, UnidentifiedImageError

from tomoshibi.documents import PictureError, clean
from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.relief import keys
from tomoshibi.relief.dwelling_facts import Photographed
from tomoshibi.vocabulary import T

#: files in one send
MOST = 20
JAPAN = ZoneInfo("Asia/Tokyo")
_TAKEN, _ZONE, _EXIF = 36867, 36881, 34665  # DateTimeOriginal, OffsetTimeOriginal, the block that holds them


def taken_at(content: bytes) -> str:
    """When the camera says that a picture was taken (ISO text with its zone, Japan's where it names none), or empty."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            block = image.getexif().get_ifd(_EXIF)
        text, zone = (str(block.get(tag, "")).strip("\x00 ") for tag in (_TAKEN, _ZONE))
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # its zone follows
        return (datetime.fromisoformat(f"{moment}{zone}") if zone else moment.replace(tzinfo=JAPAN)).isoformat()
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, OSError, SyntaxError):
        return ""


def _aware(text: str) -> str:
    """A moment with its zone as it was given, or nothing."""
    try:
        return text if datetime.fromisoformat(text).tzinfo else ""
    except ValueError:
        return ""


def drafts(
    files: Iterable[bytes],
    dwelling: str,
    about: str = "",
    caption: str = "",
    incident: str = "",
    times: Sequence[str] = (),
) -> list[Draft]:
    """Keep the pictures of uploaded ``files`` and make what is to be recorded of them; nothing is recorded yet.

    ``about``: the survey or application that they are for. ``times``: when each was taken (ISO text with its zone),
    where the file itself says nothing. Raises :class:`Refused` for what is no picture or too
    large, and for more than :data:`MOST` at once.
    """
    taken = list(files)
    if len(taken) > MOST:
        raise Refused(
            T(f"写真は1回に {MOST} 枚までです。", f"At most {MOST} photographs can be sent at once."), "photo"
        )
    try:
        told = [*times, *[""] * len(taken)]
        pictures = [(clean(content), taken_at(content) or _aware(told[n])) for n, content in enumerate(taken)]
    except PictureError as error:
        raise Refused(error.text, "photo") from error
    made: dict[str, Draft] = {}
    for one, moment in pictures:
        digest = datasets.put(one.data, one.mime)
        fact = Photographed(
            dwelling=dwelling,
            about=about,
            photo=digest,
            caption=caption,
            width=one.width,
            height=one.height,
            taken_at=moment,
        )
        subject = keys.photograph(dwelling, digest)
        made[subject] = Draft(fact, subject, incident=incident)
    return list(made.values())
