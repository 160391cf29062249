"""Worlds: the real one, the training one, and readings of either as of a moment. Each is a database of its own.

The world is a matter of context, never a flag on a row: every query made inside :func:`inhabit` goes to that world's
database through :class:`Router`. Accounts, sessions and access logs stand outside the worlds, on ``default``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: alias of the real world's database
REAL = "default"
#: alias of the training world's database
TRAINING = "training"
#: stands in an alias between a world and what reading of it this is (:mod:`tomoshibi.journal.snapshots`)
READING = "@"

#: apps whose tables belong to the machine, not to a world
MACHINE_APPS = frozenset({"auth", "contenttypes", "sessions", "account", "mfa", "socialaccount", "access"})

_world: ContextVar[str] = ContextVar("tomoshibi_world", default=REAL)
_clock: ContextVar[datetime | None] = ContextVar("tomoshibi_clock", default=None)


def world() -> str:
    """The alias of the world that we are in."""
    return _world.get()


def is_training() -> bool:
    """Whether what happens here and now is training."""
    return _world.get().startswith(TRAINING)


def is_reading() -> bool:
    """Whether we look at a world as it was at a moment: nothing is recorded there."""
    return READING in _world.get()


@contextmanager
def inhabit(alias: str) -> Iterator[None]:
    """Be in the world ``alias`` within this block (this thread or task only)."""
    token = _world.set(alias)
    try:
        yield
    finally:
        _world.reset(token)


def present() -> AbstractContextManager[None]:
    """Be in the world itself within this block, wherever it is looked back from: for what must hold of every page of
    its past as well, because it is so today.
    """
    return inhabit(_world.get().partition(READING)[0])


def home() -> Path:
    """The folder of the world that we are in: ``TOMOSHIBI_HOME``, or ``training`` in it."""
    top = Path(settings.TOMOSHIBI_HOME)
    return top / TRAINING if is_training() else top


def now() -> datetime:
    """The time by this world's clock, UTC: a drill may run its own (:func:`at`)."""
    return _clock.get() or datetime.now(UTC)


@contextmanager
def at(clock: datetime) -> Iterator[None]:
    """Let the clock stand at ``clock`` (with zone) within this block."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


def connection() -> BaseDatabaseWrapper:
    """The database connection of the world that we are in."""
    return connections[_world.get()]


class Router:
    """Sends a world's tables to the world that we are in, and the machine's own to ``default``."""

    def _alias(self, app_label: str) -> str:
        return REAL if app_label in MACHINE_APPS else _world.get()

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return self._alias(model._meta.app_label)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self._alias(model._meta.app_label)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return (obj1._meta.app_label in MACHINE_APPS) == (obj2._meta.app_label in MACHINE_APPS)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == REAL or app_label not in MACHINE_APPS
