"""The feeds among the sources, asked by the clock: one process at a time asks, and nothing fetched is lost.

What a feed brought goes the way of the inbox. Its state is kept only after the telegrams are: a crash in between, or a
full disk, fetches them again.
"""

from __future__ import annotations

import http.client
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Q

from tomoshibi import __version__
from tomoshibi.bulletins import feed
from tomoshibi.bulletins.feed import FeedState, Response
from tomoshibi.bulletins.safexml import MAX_BYTES
from tomoshibi.incidents import sources
from tomoshibi.incidents.inbox import receive
from tomoshibi.incidents.models import HeardRow, SourceRow
from tomoshibi.incidents.words import SourceKind
from tomoshibi.journal import worlds

log = logging.getLogger(__name__)

#: how long a process may take to ask a feed before another may
CLAIM = timedelta(minutes=10)
#: when to ask again after what came could not be kept
PAUSE = timedelta(seconds=30)
#: seconds for one answer
TIMEOUT = 15
AGENT = f"Tomoshibi/{__version__}"


def poll_due() -> int:
    """Ask every feed whose time has come; returns how many were asked."""
    rows = SourceRow.objects.filter(withdrawn=False, kind=SourceKind.FEED.value)
    return sum(_poll(row) for row in rows)


def _poll(row: SourceRow) -> bool:
    now = worlds.now()
    HeardRow.objects.get_or_create(source=row.subject)
    mine = HeardRow.objects.filter(source=row.subject)
    free = (Q(claimed_until=None) | Q(claimed_until__lte=now)) & (Q(next_at=None) | Q(next_at__lte=now))
    if not mine.filter(free).update(claimed_until=now + CLAIM):
        return False
    try:
        _ask(row, mine.get(), now)
    except Exception:
        # nothing of this answer counts: asked again soon, but not at once
        mine.update(next_at=now + PAUSE)
        raise
    finally:
        mine.update(claimed_until=None)
    return True


def _ask(row: SourceRow, kept: HeardRow, now: datetime) -> None:
    state = _state(row, kept)
    found = feed.poll(state, now, fetch)
    new = found.state
    for one in found.fetched:
        receive(one.data, one.url.rpartition("/")[2] or one.id, via=row.subject)
    if new.heard_at == now:
        sources.heard(row.subject)
    error = found.errors[0] if found.errors else None
    if error:
        log.warning("%s: %s", row.name, error.en)
    HeardRow.objects.filter(source=row.subject).update(
        next_at=new.next_at,
        failures=new.failures,
        error_ja=error.ja if error else "",
        error_en=error.en if error else "",
        feed=json.dumps({"url": new.url, "etag": new.etag, "modified": new.last_modified, "seen": sorted(new.seen)}),
    )


def _state(row: SourceRow, kept: HeardRow) -> FeedState:
    """The feed as it was left; from the beginning where its address was changed."""
    every = timedelta(seconds=row.every_s)
    said = json.loads(kept.feed)
    if said.get("url") != row.url:
        return FeedState(row.url, every)
    return FeedState(
        row.url,
        every,
        etag=said["etag"],
        last_modified=said["modified"],
        heard_at=kept.heard_at,
        failures=kept.failures,
        seen=frozenset(said["seen"]),
    )


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirection to the web only: never to a file or to FTP."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        _web(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _web(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https"):
        raise OSError(f"{url[:80]} is no http address")
    return url


_opener = urllib.request.OpenerDirector()
for _handler in (
    urllib.request.ProxyHandler,
    urllib.request.HTTPHandler,
    urllib.request.HTTPSHandler,
    _WebOnly,
    urllib.request.HTTPDefaultErrorHandler,
    urllib.request.HTTPErrorProcessor,
):
    _opener.add_handler(_handler())


def fetch(url: str, headers: Mapping[str, str]) -> Response:
    """The answer of a web server, read up to a telegram's size. Raises ``OSError`` where there is none."""
    try:
        request = urllib.request.Request(_web(url), headers={"User-Agent": AGENT, **headers})  # noqa: S310
        with _opener.open(request, timeout=TIMEOUT) as answer:
            return Response(answer.status, dict(answer.headers), answer.read(MAX_BYTES + 1))
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, dict(error.headers), b"")
    except urllib.error.URLError as error:
        raise OSError(getattr(error.reason, "strerror", None) or str(error.reason)) from None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"{type(error).__name__}: {error}") from None
