"""Several nodes within one test: each a database of its own."""

from __future__ import annotations

from tomoshibi.journal import nodes, worlds
from tomoshibi.journal.merging import MergeReport, chain_slice, merge
from tomoshibi.journal.models import ChainRow


def founded(*aliases: str) -> dict[str, str]:
    """Give each database a node; returns their ids."""
    ids = {}
    for alias in aliases:
        with worlds.inhabit(alias):
            ids[alias] = nodes.found(alias).node
    return ids


def exchange(source: str, target: str) -> MergeReport:
    """Carry everything that ``source`` has and ``target`` lacks."""
    with worlds.inhabit(target):
        known = {(c.node, c.zone): c.seq for c in ChainRow.objects.all()}
    with worlds.inhabit(source):
        chains = [(c.node, c.zone) for c in ChainRow.objects.all()]
        slices = [s for node, zone in chains if (s := chain_slice(node, zone, known.get((node, zone), 0) + 1))]
    with worlds.inhabit(target):
        return merge(slices)
