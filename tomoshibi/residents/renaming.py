"""Towns by their names of any time: who asks for the old name of a place finds it under the new, and the other way."""

from __future__ import annotations

from collections.abc import Sequence

from tomoshibi.residents.models import TownNameRow

#: pairs of names as :func:`~tomoshibi.residents.matching.place_form` writes them
Names = Sequence[tuple[str, str]]
#: a word shorter than this is no name of a town, but a part of many
SHORTEST = 2
#: names tried at most: renamed twice and split in three is still within
MOST = 12


def names() -> list[tuple[str, str]]:
    """Every pair of old and new name in use, in both directions, the longest first."""
    rows = TownNameRow.objects.filter(withdrawn=False).exclude(old_form="").exclude(new_form="")
    pairs = [p for old, new in rows.values_list("old_form", "new_form") for p in ((old, new), (new, old))]
    return sorted(pairs, key=lambda p: -len(p[0]))


def spellings(form: str, renamed: Names) -> list[str]:
    """``form`` first, then with each town in it by its other names, renamed again where they were."""
    found = [form]
    for now in found:  # grows while it is gone through
        for one, other in renamed:
            if one in now:
                if one in other and other in now:
                    continue
                other = now.replace(one, other)
            elif len(now) < SHORTEST or now not in one:
                continue
            if other not in found and len(found) < MOST:
                found.append(other)
    return found
