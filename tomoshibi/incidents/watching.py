"""The sources as a process of their own: what comes in is taken, decided about, and told in a line each."""

from __future__ import annotations

from collections.abc import Iterator

from tomoshibi.incidents import ticks
from tomoshibi.incidents.source_facts import SourceFellSilent, SourceHeardAgain
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.queries import tell
from tomoshibi.vocabulary import T

#: facts that a watcher sees
KINDS = (
    "incidents.bulletin_received",
    "incidents.bulletin_repeated",
    "incidents.bulletin_rejected",
    SourceFellSilent.kind,
    SourceHeardAgain.kind,
)


class Watch:
    """Looks at every source of the world that we are in; each look tells what came since the one before."""

    def __init__(self) -> None:
        self._after = EntryRow.objects.order_by("-pos").values_list("pos", flat=True).first() or 0
        self._looks = 0

    def look(self) -> Iterator[T]:
        """Take what is there, and tell every fact about telegrams and sources, whoever recorded it."""
        ticks.look_into_inbox()
        if self._looks % 7 == 0:
            ticks.ask_feeds()
        if self._looks % 70 == 0:
            ticks.listen_for_silence()
        self._looks += 1
        for item in tell(EntryRow.objects.filter(pos__gt=self._after, kind__in=KINDS).order_by("pos")):
            self._after = item.row.pos
            said = item.fact.tell() if item.fact else T(item.unread, item.unread)
            title = "" if item.title in str(said) else f"  {item.title}"
            yield T(f"{item.row.happened_at}  {said.ja}{title}", f"{item.row.happened_at}  {said.en}{title}")
