"""Entering somebody who lives here and is in no register: one act of two facts, who they are and where they live."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from tomoshibi.journal.recording import Draft
from tomoshibi.residents.facts import PersonAdded, WhereaboutsTold
from tomoshibi.residents.subjects import Person, Whereabouts
from tomoshibi.residents.words import Sex


def added(
    name: str,
    *,
    kana: str = "",
    birth: dt.date | None = None,
    sex: Sex | None = None,
    household: str = "",
    relation: str = "",
    note: str = "",
    address: str = "",
    area: str = "",
    key: str = "",
    incident: str = "",
) -> list[Draft]:
    """Drafts that enter a person, to be recorded under one act; the first one's subject is the person's reference.

    ``household`` is the reference of the household that they live with, empty where they are one of their own; ``key``
    a uuid that makes a retry the same person.
    """
    key = key or str(uuid.uuid4())
    said: dict[str, Any] = {
        "kana": kana,
        "birth": birth,
        "sex": sex,
        "household": household,
        "relation": relation,
        "note": note,
    }
    drafts = [
        Draft(
            PersonAdded(name=name, **{k: v for k, v in said.items() if v}),
            Person.ref(key),
            id=_id(key, PersonAdded.kind),
            incident=incident,
        )
    ]
    where = {k: v for k, v in {"address": address, "area": area}.items() if v}
    if where:
        drafts.append(
            Draft(WhereaboutsTold(**where), Whereabouts.ref(key), id=_id(key, WhereaboutsTold.kind), incident=incident)
        )
    return drafts


def _id(key: str, kind: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{kind}:{key}"))
