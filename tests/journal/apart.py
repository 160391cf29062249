"""A world in a database of its own, outside the test's transaction, which several threads see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.utils import load_backend

from tests.journal.worlds import founded
from tomoshibi.journal import asof, worlds
from tomoshibi.web.settings import _database, _sqlite

ALIAS = "apart"


@contextmanager
def inside(settings: dict[str, Any], alias: str = ALIAS) -> Iterator[None]:
    """Be in that world, through a connection of this thread's own."""
    connections[alias] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    try:
        with worlds.inhabit(alias):
            yield
    finally:
        connections[alias].close()
        del connections[alias]


@pytest.fixture
def world_apart(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Settings of such a world, of the kind of database that this run is on."""
    if connections["default"].vendor == "sqlite":
        given = {**_sqlite("unused"), "NAME": str(tmp_path / "apart.sqlite3")}
    else:
        given = _database(request.getfixturevalue("fresh_postgres_url"))
    settings = {**connections["default"].settings_dict, **given}
    settings["CONN_MAX_AGE"] = None
    with inside(settings):
        with connections[ALIAS].schema_editor() as editor:
            for model in asof.world_tables():
                editor.create_model(model)
        founded(ALIAS)
    return settings
