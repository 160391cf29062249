"""Photographs of dwellings: taken in, made small, rid of where they were taken, kept as datasets, shown.

What the camera wrote into the file (place, device, owner) does not enter: the picture is drawn anew. Only when it was
taken is kept, as a field. The same file gives the same picture, so it is recorded once.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from PIL import Image, ImageOps, UnidentifiedImageError

from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.relief import keys
from tomoshibi.relief.dwelling_facts import Photographed
from tomoshibi.vocabulary import T

#: a file may have at most so many bytes, a picture so many pixels, one send so many files
LARGEST, MOST_PIXELS, MOST = 20 * 1024 * 1024, 120_000_000, 20
#: longer side of a kept picture (pixels), and its JPEG quality
SIDE, QUALITY = 1600, 80
MEDIA_TYPE = "image/jpeg"
JAPAN = ZoneInfo("Asia/Tokyo")
_TAKEN, _TAKEN_ZONE, _EXIF = 36867, 36881, 34665  # DateTimeOriginal, OffsetTimeOriginal, the Exif block


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: JPEG bytes, its size in pixels, and when the camera says it was taken (ISO text)."""

    content: bytes
    width: int
    height: int
    taken_at: str


def picture(content: bytes) -> Picture:
    """The picture of an uploaded file, upright, at most :data:`SIDE` pixels wide and high, without metadata.

    Raises :class:`Refused` for what is too large or no picture that can be read.
    """
    if len(content) > LARGEST:
        raise Refused(
            T(
                f"写真は1枚 {LARGEST >> 20} MB までです。小さくして選び直してください。",
                f"A photograph may have at most {LARGEST >> 20} MB. Make it smaller and choose it again.",
            ),
            "photo",
        )
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused(
                    T("写真の画素数が大きすぎます。", "The photograph has too many pixels."),
                    "photo",
                )
            taken = _taken(image)
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((SIDE, SIDE))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused(
            T(
                "写真として読み取れません。JPEG、PNG、WebPの写真を選んでください。",
                "It cannot be read as a photograph. Choose a JPEG, PNG or WebP file.",
            ),
            "photo",
        ) from error
    out = io.BytesIO()
    plain = Image.frombytes("RGB", upright.size, upright.tobytes())  # its pixels and nothing else
    plain.save(out, "JPEG", quality=QUALITY)
    return Picture(out.getvalue(), *plain.size, taken)


def _taken(image: Image.Image) -> str:
    """When the camera says that it was taken, in Japan where it names no zone; empty where it says nothing."""
    try:
        block = image.getexif().get_ifd(_EXIF)
        text, zone = str(block.get(_TAKEN, "")), str(block.get(_TAKEN_ZONE, ""))
        moment = datetime.strptime(text.strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # its zone follows
        if zone.strip("\x00 "):
            return datetime.fromisoformat(f"{moment.isoformat()}{zone.strip(chr(0) + ' ')}").isoformat()
        return moment.replace(tzinfo=JAPAN).isoformat()
    except (ValueError, OSError, SyntaxError):
        return ""


def drafts(
    files: Iterable[bytes], dwelling: str, about: str = "", caption: str = "", incident: str = ""
) -> list[Draft]:
    """Keep the pictures of uploaded ``files`` and make what is to be recorded of them; nothing is recorded yet.

    ``about``: the survey or application that they are for. Raises :class:`Refused` as :func:`picture` does, and for
    more than :data:`MOST` at once.
    """
    taken = list(files)
    if len(taken) > MOST:
        raise Refused(
            T(f"写真は1回に {MOST} 枚までです。", f"At most {MOST} photographs can be sent at once."), "photo"
        )
    pictures = [picture(content) for content in taken]
    made = []
    for one in pictures:
        digest = datasets.put(one.content, MEDIA_TYPE)
        fact = Photographed(
            dwelling=dwelling,
            about=about,
            photo=digest,
            caption=caption,
            width=one.width,
            height=one.height,
            taken_at=one.taken_at,
        )
        made.append(Draft(fact, keys.photograph(dwelling, digest), incident=incident))
    return list({draft.subject: draft for draft in made}.values())
