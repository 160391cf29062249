"""The page that describes the API: made here from the facts' classes, with nothing from outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tomoshibi.journal import facts
from tomoshibi.journal.facts import Fact, Shown
from tomoshibi.journal.pages import reading
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class FieldTold:
    """One field of a fact, as the page describes it."""

    name: str
    label: T
    type: str
    needed: bool
    help: T | None
    unit: T | None


@dataclass(frozen=True)
class KindTold:
    """One kind of fact, as the page describes it."""

    kind: str
    label: T
    subject: str
    subject_label: T
    fields: list[FieldTold]


def _type(schema: dict[str, Any], defs: dict[str, Any]) -> str:
    """A JSON schema in a few words: ``integer``, ``a | b``, ``array of string``."""
    if "$ref" in schema:
        return _type(defs.get(schema["$ref"].rpartition("/")[2], {}), defs)
    if "enum" in schema:
        return " | ".join(json.dumps(v, ensure_ascii=False) for v in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_type(s, defs) for s in schema[key]))
    if schema.get("type") == "array":
        return f"array of {_type(schema.get('items', {}), defs)}"
    return str(schema.get("format") or schema.get("type") or "any")


def told(cls: type[Fact]) -> KindTold:
    """A kind for the page."""
    schema = cls.model_json_schema()
    defs = schema.get("$defs", {})
    fields = [
        FieldTold(
            name,
            (how := Shown.of(cls, name)).label,
            _type(s, defs),
            name in schema.get("required", ()),
            how.help,
            how.unit,
        )
        for name, s in schema.get("properties", {}).items()
    ]
    return KindTold(cls.kind, cls.label, cls.subject.type, cls.subject.label, fields)


@reading("journal.read")
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Every endpoint, with its fields."""
    kinds = [told(cls) for _, cls in sorted(facts.kinds().items())]
    return render(request, "api/docs.html", {"kinds": kinds, "host": request.get_host(), "scheme": request.scheme})
