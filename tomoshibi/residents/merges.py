"""Which records are one person's: what people confirmed, followed to its end."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from tomoshibi.residents.models import MergeRow


class Merges:
    """The merges of the world that we are in, as they stand."""

    @cached_property
    def _into(self) -> dict[str, str]:
        return dict(MergeRow.objects.exclude(into="").values_list("person", "into"))

    def final(self, ref: str) -> str:
        """Whom this record stands for in the end; itself where nobody said.

        Two nodes that merged two records crosswise close a circle: then the least reference stands for all of it.
        """
        path = [ref]
        while (following := self._into.get(path[-1])) is not None:
            if following in path:
                return min(path[path.index(following) :])
            path.append(following)
        return path[-1]

    @cached_property
    def absorbed(self) -> dict[str, list[str]]:
        """Reference of a person -> the other records that stand for them."""
        found: dict[str, list[str]] = defaultdict(list)
        for ref in sorted(self._into):
            if (final := self.final(ref)) != ref:
                found[final].append(ref)
        return found

    @cached_property
    def hidden(self) -> set[str]:
        """References that are nobody's own any more."""
        return {ref for refs in self.absorbed.values() for ref in refs}
