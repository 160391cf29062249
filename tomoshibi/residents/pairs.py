"""The index by which PostgreSQL finds a part of a name or an address among everybody's search words.

SQLite runs through an index that holds the words themselves, from memory. PostgreSQL has every row's pairs of
neighbouring letters in an inverted index (GIN): 花子 is looked up, not looked for. Its extension pg_trgm would need
three letters to look anything up, most names have two, and in a database of locale C it knows no kanji; pairs need
neither the extension nor the right to create one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Index, Lookup, Model, Q, TextField
from django.db.models.functions import Collate

from tomoshibi.journal import worlds

#: costs are said to the planner so that it asks the index before it reckons a row's pairs
FUNCTION = """
CREATE OR REPLACE FUNCTION residents_pairs(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
SELECT coalesce(array_agg(substr(words, n, 2) COLLATE "C"), '{}') FROM generate_series(1, length(words) - 1) AS n
$$;
"""


class PairsIndex(Index):
    """An inverted index of the pairs of letters of a column, on PostgreSQL; on SQLite nothing at all."""

    def create_sql(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, using: str = "", **kwargs: Any
    ) -> Statement:
        """The statements that make it."""
        if schema_editor.connection.vendor != "postgresql":
            nothing = "SELECT 1 /* %(table)s */"
            return Statement(nothing, table=Table(model._meta.db_table, schema_editor.quote_name))
        return Statement(
            FUNCTION + "CREATE INDEX %(name)s ON %(table)s USING gin (residents_pairs(%(column)s))",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name or ""),
            column=schema_editor.quote_name(self.fields[0]),
        )

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor, **kwargs: Any) -> str:
        """The statement that drops it."""
        if schema_editor.connection.vendor != "postgresql":
            return "SELECT 1"
        return super().remove_sql(model, schema_editor, **kwargs)


@TextField.register_lookup
class Holds(Lookup):
    """``words__holds="花子"``: what ``contains`` asks, of a column that is caseless already: LIKE would try each letter
    in both cases.
    """

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Both databases have it, by another name."""
        words, params = self.process_lhs(compiler, connection)
        place = "strpos" if connection.vendor == "postgresql" else "instr"
        return f"{place}({words}, %s) > 0", (*params, self.rhs)


@TextField.register_lookup
class Pairs(Lookup):
    """``words__pairs=[…]``: the words hold every one of these pairs of letters, on PostgreSQL."""

    lookup_name = "pairs"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Asked of the index."""
        words, params = self.process_lhs(compiler, connection)
        return f"residents_pairs({words}) @> %s::text[]", (*params, list(self.rhs))


def ordered(*columns: str) -> list[str | Collate]:
    """What to order by so that text comes in the order of its code points, as Python and SQLite have it, and PostgreSQL
    only where it is told to: by the rules of its locale it takes longer, and ヤマザキ may stand before ヤマサト.
    """
    return [Collate(name, "C") if worlds.connection().vendor == "postgresql" else name for name in columns]


def within(parts: Sequence[str]) -> Q:
    """What the index may answer of those whose search words hold each of ``parts``: it goes before the question itself.
    True of everybody on SQLite, and where no part has two letters.
    """
    pairs = {part[n : n + 2] for part in parts for n in range(len(part) - 1)}
    if not pairs or worlds.connection().vendor != "postgresql":
        return Q()
    return Q(words__pairs=sorted(pairs))
