"""Readings of the plan: rows of its tables as the facts that wrote them, the graph's nodes and edges."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from tomoshibi.continuity.models import DependencyRow, ItemRow, PlanRow
from tomoshibi.continuity.plan_tables import TableFact
from tomoshibi.continuity.words import ItemKind


@dataclass(frozen=True, slots=True)
class TableRow[F: TableFact]:
    """A row of a plan's table: its subject, and its cells as the table's fact."""

    subject: str
    said: F

    @property
    def title(self) -> str:
        """What it is called."""
        return str(getattr(self.said, self.said.named) or "")


def plan_rows[F: TableFact](table: type[F]) -> list[TableRow[F]]:
    """Rows of a table (``plan_rows(RiskDescribed)``) that were not taken out, in their order."""
    rows = PlanRow.objects.filter(table=table.table, removed=False).order_by("order", "name", "subject")
    return [
        TableRow(subject, table.model_validate_json(values))
        for subject, values in rows.values_list("subject", "values")
    ]


def nodes(*kinds: ItemKind) -> QuerySet[ItemRow]:
    """Items in use, of some kinds or all, by code: the nodes of the graph."""
    found = ItemRow.objects.filter(retired=False).order_by("code", "name", "subject")
    return found.filter(kind__in=[k.value for k in kinds]) if kinds else found


def dependencies() -> QuerySet[DependencyRow]:
    """What needs what: the edges of the graph, whose ends are items in use."""
    used = ItemRow.objects.filter(retired=False).values("subject")
    found = DependencyRow.objects.filter(removed=False, dependent__in=used, needs__in=used)
    return found.order_by("dependent", "group", "needs")
