"""A sheet that was filled in becomes facts, with its photographs: from the desk, or from a tablet hours later."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import photographs
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.facts import Surveyed, SurveyPlanned
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import Method


def enter(
    sheet: Sheet,
    surveyors: str,
    actor: Actor,
    *,
    survey: str,
    dwelling: str,
    incident: str,
    id: str,
    planned: date | None = None,
    photos: Iterable[bytes] = (),
    times: Sequence[str] = (),
    happened_at: datetime | None = None,
) -> None:
    """Record the sheet of a round of survey and the photographs taken with it, together or not at all.

    ``planned``: the day of the disaster, where nobody had planned the round. ``times``: when each photograph was
    taken, where the file itself says nothing. The same ``id`` again records nothing more.
    Raises :class:`Refused` for what cannot be, and what :func:`record` raises.
    """
    if not surveyors.strip():
        raise Refused(T("調査員の氏名を入れてください。", "Enter who surveyed."), "surveyors")
    pictures = photographs.drafts(photos, dwelling, survey, incident=incident, times=times)
    known = photographs.for_survey(survey, dwelling, incident)
    if sheet.method is Method.SELF_JUDGED and not pictures and not known.exists():
        raise Refused(
            T(
                "自己判定には写真が必要です。写真を添えてください。",
                "Add photographs: there is nothing else to judge by.",
            ),
            "photo",
        )
    drafts = []
    if planned is not None:
        drafts.append(Draft(SurveyPlanned(dwelling=dwelling, round=1, disaster_on=planned), survey, incident=incident))
    fact = Surveyed(sheet=sheet, surveyors=surveyors.strip())
    drafts.append(Draft(fact, survey, id=id, incident=incident, happened_at=happened_at))
    record([*drafts, *(_of(id, picture) for picture in pictures)], actor)


def _of(id: str, picture: Draft) -> Draft:
    """The photograph's own id follows from the sheet's: sent twice, recorded once."""
    try:
        return replace(picture, id=str(uuid.uuid5(uuid.UUID(id), picture.subject)))
    except ValueError:
        return picture
