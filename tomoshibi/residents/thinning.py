"""Old full files leave the tables, and come back when somebody asks: their datasets stay in the journal's keeping."""

from __future__ import annotations

from tomoshibi.documents.values import japan
from tomoshibi.incidents.queries import incidents
from tomoshibi.residents import edition
from tomoshibi.residents.models import HouseholdRow, PersonRow, SnapshotRow

#: rows go in so many portions, by the first digits of their keys, so that nobody waits long for the database
_DIGITS = "0123456789abcdef"


def in_use(keep: int) -> set[str]:
    """The full files that stay: the ``keep`` newest, and each that answers for the day of an incident."""
    newest = SnapshotRow.objects.order_by("-as_of", "-place").values_list("snapshot", flat=True)
    kept = set(list(dict.fromkeys(newest))[:keep])
    for incident in incidents():
        for moment in filter(None, (incident.began, incident.opened)):
            if answer := edition.full(japan(moment).date()):
                kept.add(answer.snapshot)
    return kept


def thin(keep: int) -> list[SnapshotRow]:
    """Take the rows of old full files out of the tables; gives the files whose rows went. Raises :class:`ValueError`
    where not even one is to be kept.
    """
    if keep < 1:
        raise ValueError("at least one full file is kept")
    kept, gone = in_use(keep), []
    for taken in SnapshotRow.objects.order_by("as_of", "place"):
        if taken.snapshot in kept or not HouseholdRow.objects.filter(snapshot=taken.snapshot).exists():
            continue
        for model in (PersonRow, HouseholdRow):
            for first in _DIGITS:
                for second in _DIGITS:
                    model.objects.filter(snapshot=taken.snapshot, key__startswith=first + second).delete()
        gone.append(taken)
    return gone
