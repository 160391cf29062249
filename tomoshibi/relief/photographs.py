"""Photographs of dwellings: made fit to keep (:func:`tomoshibi.documents.clean`), and kept as datasets.

What the camera wrote into the file (place, device, owner) does not enter. Only when it was taken is kept, as a field.
The same file gives the same picture, so it is recorded once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from PIL import Image, UnidentifiedImageError

from tomoshibi.documents import PictureError, clean, open_picture
from tomoshibi.journal import datasets
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.relief import keys
from tomoshibi.relief.dwelling_facts import Photographed
from tomoshibi.relief.models import ApplicationRow, PhotographRow, SurveyRow
from tomoshibi.relief.paper_models import OnlineRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: files in one send
MOST = 20
_TAKEN, _ZONE, _EXIF = 36867, 36881, 34665  # DateTimeOriginal, OffsetTimeOriginal, the block that holds them


def taken_at(content: bytes) -> str:
    """When the camera says that a picture was taken (ISO text with its zone, Japan's where it names none), or empty."""
    try:
        with open_picture(content) as image:
            block = image.getexif().get_ifd(_EXIF)
        text, zone = (str(block.get(tag, "")).strip("\x00 ") for tag in (_TAKEN, _ZONE))
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # its zone follows
        return (datetime.fromisoformat(f"{moment}{zone}") if zone else moment.replace(tzinfo=JAPAN)).isoformat()
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, OSError, SyntaxError, RuntimeError):
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


def from_online(sent: OnlineRow, chosen: Iterable[int], dwelling: str, application: str, id: str) -> list[Draft]:
    """What is to be recorded of the photographs that came with an online application, once it is taken: those
    ``chosen`` (by their place in it) become the dwelling's.

    ``application``: of which they are; empty for a protected household, whose application nobody may find by its
    house. The same ``id`` again records nothing more. Raises :class:`DatasetError` where a picture is not on this
    machine.
    """
    held, times = json.loads(sent.photos), json.loads(sent.photo_times)
    made = []
    for number in sorted({n for n in chosen if n < len(held)}):
        digest = held[number]
        with Image.open(datasets.require(digest)) as image:
            width, height = image.size
        # a camera that does not say when: at the latest when it was sent
        moment = (times[number] if number < len(times) else "") or sent.sent_at.isoformat()
        fact = Photographed(
            dwelling=dwelling, about=application, photo=digest, width=width, height=height, taken_at=moment
        )
        own = str(uuid.uuid5(uuid.UUID(id), digest))
        made.append(Draft(fact, keys.photograph(dwelling, digest), id=own, incident=sent.incident))
    return made


def for_survey(survey: str, dwelling: str, incident: str) -> QuerySet[PhotographRow]:
    """Photographs by which a round of survey may be judged: its own, those of the dwelling as such, and what its
    applicants sent in that incident; oldest first.
    """
    applications = ApplicationRow.objects.filter(dwelling=dwelling, incident=incident).values("subject")
    mine = Q(about__in=("", survey)) | Q(about__in=applications)
    return PhotographRow.objects.filter(mine, dwelling=dwelling).order_by("taken_at", "subject")


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph as pages and papers show it: its row, its key in addresses, and where it comes from."""

    row: PhotographRow
    key: str
    origin: T | None


def shown(rows: Iterable[PhotographRow]) -> list[Picture]:
    """Photographs with where they come from: a round of survey, whoever applied, or the building as such (None)."""
    found = list(rows)
    surveys = {r.about for r in found if r.about.startswith("relief.survey:")}
    rounds = dict(SurveyRow.objects.filter(subject__in=surveys).values_list("subject", "round"))

    def origin(about: str) -> T | None:
        if number := rounds.get(about):
            return T(f"第{number}回調査", f"Survey, round {number}")
        if about.startswith("relief.application"):
            return T("申請者の写真", "Sent by the applicant")
        return None

    return [Picture(row, row.subject.partition(":")[2], origin(row.about)) for row in found]
