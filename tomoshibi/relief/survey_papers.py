"""The survey sheet 調査票 on paper: what was seen, the weights, the ratio and why, with its photographs."""

from __future__ import annotations

import io
from typing import Any

from django.db.models import QuerySet
from PIL import Image

from tomoshibi.documents import render
from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.datasets import DatasetError
from tomoshibi.journal.projecting import state_of
from tomoshibi.relief import photographs
from tomoshibi.relief.damage import Sheet
from tomoshibi.relief.jointly import JOINTLY
from tomoshibi.relief.models import DwellingRow, PhotographRow, SurveyRow
from tomoshibi.relief.sheet_form import observed
from tomoshibi.relief.words import Structure, Use
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DEGREES, ROMAN, DamageClass, Method, name_of
from tomoshibi.vocabulary.wareki import to_wareki

TEMPLATE = "relief/documents/survey.typ"
#: photographs on a sheet, and the longer side of each (pixels): paper shows no more
PICTURES, SIDE = 8, 640


def sheet(row: SurveyRow, place: DwellingRow) -> bytes:
    """PDF of a round's sheet. Raises what :func:`tomoshibi.documents.render` raises."""
    state: Any = state_of(row.subject)
    said: Sheet = state.sheet.value
    found = state.assessed()
    judged = DamageClass(row.judged) if row.judged else None
    day, disaster = row.disaster_on, incidents.titles({row.incident}).get(row.incident, "")
    data = {
        "address": f"{place.address} {place.building}".strip(),
        "facts": [
            (T("構造", "Structure"), Structure(place.structure).label),
            (T("用途", "Use"), Use(place.use).label),
            (T("階数", "Storeys"), str(place.storeys or "―")),
            (T("災害", "Disaster"), f"{disaster} {to_wareki(day) if day else '―'}".strip()),
            (T("調査", "Surveyed"), f"{row.surveyed_at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if row.surveyed_at else "―"),
            (T("調査員", "Surveyors"), row.surveyors),
        ],
        "round": T(f"第{row.round}回", f"Round {row.round}"),
        "method": JOINTLY if row.joint else Method(row.method).label,
        "observed": observed(said),
        "degrees": [f"{ROMAN[d]}\n{DEGREES[d]} %" for d in range(1, 6)],
        "parts": _parts(said, found),
        "ratio": found.ratio_text if found else "―",
        "proposed": name_of(found.damage_class, day) if found and day else "―",
        "why": state.explained(),
        "sure": row.sure,
        "judged": name_of(judged, day) if judged and day else T("判定待ち", "not judged"),
        "judge": f"{row.judge} {row.judged_at.astimezone(JAPAN):%Y-%m-%d}" if row.judged_at else "",
        "judge_reason": row.judge_reason,
        "pictures": [
            small for p in photographs.shown(pictures(row, place)[:PICTURES]) if (small := _small(p)) is not None
        ],
        "words": {
            "part": T("部位", "Part"),
            "weight": T("構成比", "Weight"),
            "points": T("損害割合", "Ratio"),
            "judged": T("判定", "Judged"),
            "unsure": T("構成比は確かめられていません。", "The weights are not confirmed."),
        },
    }  # fmt: skip
    title = T("住家被害認定調査票", "Damage survey sheet")
    return render(TEMPLATE, data, title=title, created=worlds.now(), training=worlds.is_training())


def pictures(row: SurveyRow, place: DwellingRow) -> QuerySet[PhotographRow]:
    """The photographs of a round's sheet: those taken with it, or all that an owner's own judgement stands on."""
    found = photographs.for_survey(row.subject, place.subject, row.incident)
    return found if row.method == Method.SELF_JUDGED else found.filter(about=row.subject)


def _parts(said: Sheet, found: Any) -> list[dict[str, Any]]:
    """Each part with its weight, the share in each degree, and what it adds."""
    points = {step.part: f"{float(step.points):.2f}" for step in found.steps} if found else {}
    weights = {step.part: step.weight for step in found.steps} if found else {}
    shares = {(s.part, s.degree): s.share for s in said.seen}
    return [
        {
            "name": part.label,
            "weight": f"{weight} %",
            "shares": [f"{shares[part, d]:g}" if (part, d) in shares else "" for d in range(1, 6)],
            "points": points[part],
        }
        for part, weight in weights.items()
    ]


def _small(picture: photographs.Picture) -> dict[str, Any] | None:
    """A photograph as paper needs it; None where the picture is not on this machine."""
    row = picture.row
    try:
        content = datasets.require(row.photo).read_bytes()
    except DatasetError:
        return None
    with Image.open(io.BytesIO(content)) as image:
        image.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=75)
    words = [
        str(picture.origin or ""),
        row.caption,
        f"{row.taken_at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if row.taken_at else "",
    ]
    return {"content": out.getvalue(), "caption": " ".join(filter(None, words))}
