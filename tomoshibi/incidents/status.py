"""What the top of every page says: the open incidents, their posture, and how long they have lasted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse

from tomoshibi.incidents import queries, sources
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.incidents.panels import Told, tells
from tomoshibi.journal import worlds
from tomoshibi.journal.navigation import Status, status
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.text import counted

#: a beginning further back than this is not what people count from: the telegram was old
SANE = timedelta(days=30)


def counted_from(incident: IncidentRow) -> datetime | None:
    """The moment from which elapsed time is counted: when it began, or when it was opened where that is not known."""
    opened, began = incident.opened, incident.began
    if opened is None or began is None or not timedelta() <= opened - began <= SANE:
        return opened
    return began


def elapsed(incident: IncidentRow) -> str:
    """Elapsed time as ``+02:14`` or ``+3d 02:14``."""
    start = counted_from(incident)
    if start is None:
        return ""
    minutes = max(0, int(((incident.closed or worlds.now()) - start).total_seconds() // 60))
    days, rest = divmod(minutes, 24 * 60)
    return f"+{f'{days}d ' if days else ''}{rest // 60:02}:{rest % 60:02}"


@status
def undecided() -> Status | None:
    """Telegrams about which a person has to decide, on every page."""
    count = queries.undecided().count()
    if not count:
        return None
    text = T(f"人の判断が必要な電文 {count}件", f"{counted(count, 'bulletin', 'bulletins')} to be decided")
    return Status(text, reverse("incidents:inbox") + "?outcome=undecided", permission="incidents.read")


@status
def silent_sources() -> Status | None:
    """Sources of telegrams of which nothing is heard: whoever waits for a warning must know."""
    found = sources.silent()
    if not found:
        return None
    more = T(f"ほか{len(found) - 1}件", f" and {len(found) - 1} more") if len(found) > 1 else T("", "")
    name = found[0].row.name
    text = T(f"電文の情報源が沈黙: {name}{more.ja}", f"No word from {name}{more.en}")
    return Status(text, reverse("incidents:sources"), permission="incidents.read")


@status
def newest_incident() -> Status | None:
    """The newest open incident, and how many more there are."""
    found = list(queries.open_incidents()[:9])
    if not found:
        return None
    row = found[0]
    posture = row.posture_word.label
    more = T(f"（ほか{len(found) - 1}件）", f" (and {len(found) - 1} more)") if len(found) > 1 else T("", "")
    text = T(
        f"{row.title}　{posture.ja}　{elapsed(row)}{more.ja}", f"{row.title} · {elapsed(row)} · {posture.en}{more.en}"
    )
    return Status(text, reverse("incidents:incident", args=[row.key]), permission="incidents.read")


@tells("next", "incidents.read")
def listen(incident: str) -> Iterable[Told]:
    """Silent sources are to be seen to, before anybody trusts that no news is good news."""
    for one in sources.silent():
        name = one.row.name
        yield Told(
            T(f"電文の情報源「{name}」の沈黙を確かめる", f"See why {name} is silent"),
            reverse("incidents:sources"),
            one.silent_since,
            "alert",
        )
