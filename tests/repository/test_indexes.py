"""In every room, what is asked of one is found by the one: never by an index of what is alike for everybody.

SQLite keeps no statistics here: between two indexes that answer a question in part it takes either, mostly the one that
was made last. Of forty thousand people in shelters all are of one incident and nearly all still there, so by either
index each question about one of them goes through all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

pytestmark = pytest.mark.django_db

#: columns with few values, or with one that most rows of a city have; besides them all that are true or false, and
#: every moment that has not come yet
ALIKE = {"incident", "state", "standing", "kind", "outcome", "grade", "answer", "sense"}
#: tables in which it does not matter: of a few hundred rows in a city, or, of telegrams, mostly of no incident at all
APART = {
    "incidents.bulletinrow",
    "places.siterow",
    "incidents.stationrow",
    "publishing.proposalrow",
    "continuity.pointrow",
    "continuity.countereventrow",
    "facilities.evacuationrow",
    "relief.layoutrow",
    "relief.schemerow",
}


def asked() -> Iterator[tuple[type[models.Model], dict[str, Any], str]]:
    """A table, a condition that most of its rows fulfil, and a column with an index that singles some out."""
    for model in apps.get_models():
        meta = model._meta
        if not model.__module__.startswith("tomoshibi.") or meta.label_lower in APART:
            continue
        fields = {f.name: f for f in meta.concrete_fields}
        conditions: dict[str, dict[str, Any]] = {}
        for name, field in fields.items():
            if isinstance(field, models.BooleanField):
                conditions[name] = {name: True}
            elif isinstance(field, models.DateField) and field.null:
                conditions[name] = {f"{name}__isnull": True}
            elif name in ALIKE:
                conditions[name] = {f"{name}__in": ["x"]}
        first = {name for name, f in fields.items() if f.db_index and not f.primary_key}
        first |= {index.fields[0] for index in meta.indexes if not index.condition and type(index) is models.Index}
        for condition in conditions.values():
            yield from ((model, condition, name) for name in sorted(first - conditions.keys()))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps statistics")
def test_what_singles_out_is_what_it_is_found_by() -> None:
    wrong, tried = [], 0
    for model, condition, name in asked():
        field = model._meta.get_field(name)
        told = model._default_manager.filter(**condition, **{f"{name}__in": [_some(field)]}).explain()
        tried += 1
        if not re.search(rf"\b{field.column}=\?", told):
            wrong.append(f"{model._meta.label} by {', '.join(condition)} and {name}: {told}")
    assert not wrong, "\n".join(wrong)
    assert tried > 200


def _some(field: Any) -> Any:
    if isinstance(field, models.DateField):
        return dt.datetime(2026, 11, 11, tzinfo=dt.UTC)
    return 1 if isinstance(field, (models.IntegerField, models.ForeignKey)) else "x"


def test_tables_set_apart_are_there() -> None:
    assert {model._meta.label_lower for model in apps.get_models()} >= APART
