"""Objectives inherited along dependencies: what a service promises is asked of everything that it stands on.

No Django here: the plan's rows (:mod:`.recovery`) and a copy of any edition (:mod:`.plan_book`) are asked alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence


def inherited(own: Mapping[str, float], needs: Iterable[tuple[str, str]]) -> dict[str, tuple[float, str]]:
    """Of each thing the smallest value of whatever depends on it, directly or not, and whose value that is.

    ``own``: values that things have themselves (hours of an objective); ``needs``: pairs (dependent, what it needs).
    Its own value is not inherited by a thing. Alternatives inherit alike: any of them may have to stand in.
    """
    below: dict[str, list[str]] = defaultdict(list)
    for dependent, needed in needs:
        below[dependent].append(needed)
    found: dict[str, tuple[float, str]] = {}
    needed_too = {needed for some in below.values() for needed in some}
    # of equal values that of what carries nothing else: the service, not the system that promised the same
    for source in sorted(own, key=lambda thing: (own[thing], thing in needed_too)):
        edge = [source]
        for thing in edge:  # what a smaller value has reached, it has reached with all that lies below
            for needed in below[thing]:
                if needed not in found and needed != source:
                    found[needed] = own[source], source
                    edge.append(needed)
    return found


def lines_needed(ends_of: Mapping[str, Sequence[str]], reach: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What ends of lines need besides: each the lines that join it to its head office, (end, line) pairs.

    ``ends_of``: by line its two ends; ``reach``: (end, head office to which it must find a path). A line is that of
    its end which lies farther out, of both where they lie alike: a spur is the school's, and no school's before it.
    """
    pairs = list(reach)
    around: dict[str, list[str]] = defaultdict(list)
    for a, b in ends_of.values():
        around[a].append(b)
        around[b].append(a)
    steps = dict.fromkeys((hub for _, hub in pairs), 0)
    edge = list(steps)
    for end in edge:
        for other in around[end]:
            if other not in steps:
                steps[other] = steps[end] + 1
                edge.append(other)
    wanted = {end for end, _ in pairs}
    return [
        (end, line)
        for line, (a, b) in ends_of.items()
        for end, other in ((a, b), (b, a))
        if end in wanted and steps.get(end, 0) >= steps.get(other, 0)
    ]
