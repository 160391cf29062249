"""What a backup keeps of the machine itself, outside the worlds: accounts, and a few files."""

from __future__ import annotations

import io
from datetime import datetime
from typing import IO, Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models

from tomoshibi.journal import worlds
from tomoshibi.journal.accounts.models import Reading

#: files of ``TOMOSHIBI_HOME``: the key that signed the links on people's phones, the town's certificate authority that
#: their browsers trust, and what setting up has done already
HOME_FILES = ("secret.key", "setup.json", "tls/*")

#: made anew by migrations or by signing in; and Django's own permissions, in whose place roles stand
LEFT_OUT = frozenset({"auth.permission", "auth.group", "contenttypes.contenttype", "sessions.session"})

#: grows with every page that shows a person, and only at its end: a difference holds what was added
GROWING = Reading


def account_models() -> list[type[models.Model]]:
    """Tables of accounts, each after those that it refers to."""
    found = [
        m
        for m in apps.get_models()
        if m._meta.app_label in worlds.MACHINE_APPS and m._meta.managed and m._meta.label_lower not in LEFT_OUT
    ]
    ordered = []
    while found:
        ready = [m for m in found if not any(r in found and r is not m for r in _references(m))] or found[:1]
        ordered += ready
        found = [m for m in found if m not in ready]
    return ordered


def _references(model: type[models.Model]) -> list[type[models.Model]]:
    return [f.related_model for f in model._meta.concrete_fields if isinstance(f.related_model, type)]


def account_count(alias: str) -> int:
    """How many people may sign in."""
    return int(get_user_model()._default_manager.using(alias).count())


def last_reading(alias: str) -> int:
    """Key of the newest row of what only grows."""
    last: int | None = GROWING.objects.using(alias).order_by("-pk").values_list("pk", flat=True).first()
    return last or 0


class _Exactly(DjangoJSONEncoder):
    """Times to the microsecond: Django's own encoder cuts them to the millisecond."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def write_rows(rows: models.QuerySet[Any], stream: IO[bytes]) -> None:
    """Rows of one table as JSON lines."""
    text = io.TextIOWrapper(stream, encoding="utf-8")
    serializers.serialize("jsonl", rows.iterator(), stream=text, fields=_columns(rows.model), cls=_Exactly)
    text.flush()
    text.detach()


def _columns(model: type[models.Model]) -> list[str]:
    return [f.name for f in model._meta.concrete_fields]


def restore_rows(stream: IO[bytes], alias: str) -> None:
    """Put rows of one table into an empty one, as they were. Columns that this version has not are left out."""
    for made in serializers.deserialize("jsonl", stream, using=alias, ignorenonexistent=True):
        made.save(using=alias)


def restore_sequences(alias: str) -> None:
    """Let new rows be numbered after those that came with their numbers (PostgreSQL)."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), account_models()):
            cursor.execute(statement)
