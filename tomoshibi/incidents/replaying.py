"""A week of telegrams played into the inbox, faster than it was: were all of them kept, and told apart rightly?"""

from __future__ import annotations

import io
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tomoshibi.bulletins.inforce import Arrival
from tomoshibi.bulletins.replay import Sent, Week
from tomoshibi.incidents import inbox
from tomoshibi.incidents.models import BulletinRow, RejectedRow
from tomoshibi.journal import datasets, tasks
from tomoshibi.vocabulary import T

#: most telegrams taken in together, and what the archive of them is called
GROUP, ARCHIVE = 20, "replay.zip"


@dataclass
class Summary:
    """What became of a replay. ``lost`` telegrams have neither a row nor a dataset; ``mistaken`` were told wrongly.

    ``behind`` is the longest that a telegram waited for its turn, ``seconds`` how long everything took.
    """

    sent: int = 0
    arrivals: Counter[Arrival] = field(default_factory=Counter)
    rejected: int = 0
    mistaken: list[str] = field(default_factory=list)
    lost: int = 0
    seconds: float = 0.0
    behind: float = 0.0

    @property
    def text(self) -> T:
        """One sentence of it."""
        count = self.arrivals
        rate = self.sent / self.seconds if self.seconds else 0.0
        return T(
            f"{self.sent:,}通を{self.seconds:,.1f}秒で受信（毎秒{rate:,.0f}通、最大の遅れ{self.behind:.1f}秒）: "
            f"第一報{count[Arrival.FIRST]:,}、続報{count[Arrival.UPDATE]:,}、取消{count[Arrival.CANCEL]:,}、"
            f"遅れて到着{count[Arrival.LATE]:,}、重複{count[Arrival.DUPLICATE]:,}、読めず{self.rejected:,}、"
            f"失われた{self.lost:,}、取り違え{len(self.mistaken):,}",
            f"{self.sent:,} telegrams in {self.seconds:,.1f} s ({rate:,.0f}/s, at most {self.behind:.1f} s behind): "
            f"{count[Arrival.FIRST]:,} first, {count[Arrival.UPDATE]:,} updates, {count[Arrival.CANCEL]:,} cancelling, "
            f"{count[Arrival.LATE]:,} late, {count[Arrival.DUPLICATE]:,} duplicates, {self.rejected:,} unreadable, "
            f"{self.lost:,} lost, {len(self.mistaken):,} mistaken",
        )


def replay(week: Week, speed: float, progress: Callable[[int, int], None] = lambda done, of: None) -> Summary:
    """Play ``week`` into the world that we are in, ``speed`` times as fast (0: as fast as it goes).

    Every telegram goes the way of the inbox and through the trigger table. Raises
    :class:`~tomoshibi.journal.recording.StoreFailed` where the database refuses one.
    """
    found = Summary()
    digests: set[str] = set()
    rows, bad = BulletinRow.objects.count(), RejectedRow.objects.count()
    begin = time.monotonic()
    for group in _due(week, speed, begin, found):
        sent_as = {f"{ARCHIVE}/{sent.name}": sent for sent in group}
        good, wrong, arrivals = inbox.receive(_archive(group), ARCHIVE)
        with inbox.stored():  # one transaction a group: a disk that syncs slowly is not what is rehearsed
            tasks.tick(only="incidents.evaluate")
        found.sent += len(group)
        found.rejected += len(wrong)
        found.arrivals.update(arrivals)
        digests.update(bulletin.digest for bulletin in good)
        for bulletin, arrival in zip(good, arrivals, strict=True):
            if arrival is not expected(sent_as[bulletin.source], arrival):
                found.mistaken.append(f"{bulletin.source}: {arrival.value}")
        progress(found.sent, len(week))
    while tasks.tick(only="incidents.evaluate"):
        pass
    found.seconds = time.monotonic() - begin
    fresh = found.sent - found.rejected - found.arrivals[Arrival.DUPLICATE]
    found.lost = max(0, fresh - (BulletinRow.objects.count() - rows))
    found.lost += max(0, found.rejected - (RejectedRow.objects.count() - bad))
    found.lost += sum(not datasets.path_of(digest).is_file() for digest in digests)
    return found


def _due(week: Week, speed: float, begin: float, found: Summary) -> Iterator[list[Sent]]:
    """The telegrams whose time has come, together, in their order; waits for the first of them."""
    group: list[Sent] = []
    for sent in week:
        due = begin + sent.at.total_seconds() / speed if speed else begin
        if group and (len(group) == GROUP or due > time.monotonic()):
            yield group
            group = []
        time.sleep(max(0.0, due - time.monotonic()))
        if speed:
            found.behind = max(found.behind, time.monotonic() - due)
        group.append(sent)
    if group:
        yield group


def _archive(group: list[Sent]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for sent in group:
            archive.writestr(sent.name, sent.data)
    return held.getvalue()


def expected(sent: Sent, was: Arrival) -> Arrival:
    """What a telegram had to be by the way it was made; of first, update and cancellation, what it ``was``."""
    if sent.twice:
        return Arrival.DUPLICATE
    if sent.late:
        return Arrival.LATE
    return was if was not in (Arrival.DUPLICATE, Arrival.LATE) else Arrival.UPDATE
