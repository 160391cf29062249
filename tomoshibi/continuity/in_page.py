"""The plan's graph for the page that asks what stops: the page answers by itself, without a word to the server.

The data are the graph's own arrays (:attr:`.graph.Graph.arrays`) with names, kinds and who is told; what computes on
them is ``static/continuity/whatif-kernel.js``, held against :mod:`.graph` and :mod:`.whatif` by a test.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import numpy as np

from tomoshibi.continuity.graph import Graph
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.whatif import REACH, sides

#: the graph's arrays by the names that the page knows them by, in the order of ``Graph.arrays``
ARRAYS = (
    "order",
    "group_start",
    "member_start",
    "members",
    "hold",
    "network",
    "hub",
    "around_start",
    "around_link",
    "around_joint",
)


def compiled(graph: Graph) -> dict[str, Any]:
    """What the page computes with: arrays, and of each node name, kind, whose side it is (-1: nobody's), who is told.

    ``never``: nodes that do not work whatever happens; ``silent``: those of which nothing is said; ``site``: of which
    site a node says that it is cut off, or -1; ``who``: names that ``tell`` refers to.
    """
    silent, site = sides(graph)
    who: dict[str, int] = {}
    tell = [[who.setdefault(name, len(who)) for name in node.tell] for node in graph.nodes]
    kinds = list(dict.fromkeys(node.kind for node in graph.nodes))
    return {
        **{name: np.asarray(held).astype(float if name == "hold" else int).tolist() for name, held in _arrays(graph)},
        "never": np.flatnonzero(graph.never == 0).tolist(),
        "silent": silent.astype(int).tolist(),
        "site": site.tolist(),
        "label": [node.label for node in graph.nodes],
        "kind": [kinds.index(node.kind) for node in graph.nodes],
        "kinds": kinds,
        "reach": kinds.index(REACH) if REACH in kinds else -1,
        "tell": tell,
        "who": list(who),
    }


def _arrays(graph: Graph) -> zip[tuple[str, Any]]:
    return zip(ARRAYS, graph.arrays, strict=True)


def for_page(plan: Plan, words: dict[str, str]) -> tuple[str, str]:
    """The plan as JSON for the page, and its digest. ``words``: kinds in the reader's language.

    ``items`` are all that somebody may ask of: node (-1: no node), key, code, name and reference.

    :raises GraphError: where the rows make no graph.
    """
    index = plan.graph.index
    said = compiled(plan.graph) | {
        "items": [[index.get(x.subject, -1), x.key, x.code, x.name, x.subject] for x in plan.items],
        "words": words,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return text, sha256(text.encode()).hexdigest()
