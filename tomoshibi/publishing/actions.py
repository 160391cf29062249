"""What a trigger table may do here: propose an order. It never issues one: a person reads the proposal first."""

from __future__ import annotations

import re
import uuid

from tomoshibi.incidents.actions import Action, Firing, any_text, register
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.places.queries import area_names, names_of
from tomoshibi.publishing.facts import OrderProposed
from tomoshibi.publishing.subjects import Order
from tomoshibi.publishing.words import LEVELS, Danger
from tomoshibi.vocabulary import T

_BETWEEN = re.compile(r"[、,，]\s*")


def _level(value: str) -> T | None:
    if value in map(str, LEVELS):
        return None
    return T(f"警戒レベル「{value}」はありません。3、4、5 のどれかにしてください。", f"{value!r} is none of 3, 4, 5.")


def _danger(value: str) -> T | None:
    if value in set(Danger):
        return None
    listed = ", ".join(Danger)
    return T(f"災害の種類「{value}」はありません。{listed} のどれかにしてください。", f"{value!r} is none of {listed}.")


def drafts(firing: Firing) -> list[Draft]:
    """The proposal that a rule makes. Raises :class:`Refused` where it names an area that is not there."""
    fields = firing.rule.fields
    known = dict(area_names())
    wanted = [name.strip() for name in _BETWEEN.split(fields["areas"]) if name.strip()]
    missing = [name for name in wanted if name not in known]
    if missing:
        listed = "、".join(missing)
        raise Refused(
            T(
                f"区域「{listed}」が登録されていません。区域を登録するか、規則の areas を直してください。",
                f"The areas {listed} are not entered. Enter them, or correct the rule's “areas”.",
            )
        )
    refs = tuple(dict.fromkeys(known[name] for name in wanted))
    names = names_of(refs)
    fact = OrderProposed.model_validate(
        {
            "level": int(fields["level"]),
            "danger": fields.get("danger", Danger.OTHER.value),
            "areas": refs,
            "where": "、".join(names[ref] for ref in refs),
            "reason": fields.get("reason") or firing.summary.ja,
            "advice": fields.get("advice", ""),
            "rule": firing.rule.name,
        }
    )
    subject = Order.ref(str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:order:{firing.act}")))
    return [Draft(fact, subject, incident=firing.incident)]


PROPOSE = register(
    Action(
        "propose_order",
        T("避難情報を提案する（発令はしない）", "Propose evacuation information (never issues it)"),
        drafts,
        {"level": _level, "areas": any_text, "danger": _danger, "reason": any_text, "advice": any_text},
        {"danger": lambda value: Danger(value).label},
        required=("level", "areas"),
    )
)
