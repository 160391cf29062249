"""The inbox: a folder of each world into which telegrams are dropped, by hand or by whatever receives them.

``TOMOSHIBI_HOME/inbox`` is the real world's, ``TOMOSHIBI_HOME/training/inbox`` the training world's. A file is moved to
``taken/`` or ``rejected/`` only after what it says was recorded: a crash in between leaves it in the inbox, and taking
it again records nothing twice, because its fact's id follows from its bytes.
"""

from __future__ import annotations

import filecmp
import hashlib
import io
import logging
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from pathlib import Path
from typing import NamedTuple

from django.db import OperationalError, transaction

from tomoshibi.bulletins import Bulletin, BulletinError, read
from tomoshibi.bulletins.inforce import Arrival, place, rank, stream, until_of
from tomoshibi.bulletins.reading import split
from tomoshibi.bulletins.typed import TYPES
from tomoshibi.incidents import sources
from tomoshibi.incidents.evaluating import ACTOR, remember
from tomoshibi.incidents.facts import BulletinReceived, BulletinRejected, BulletinRepeated, Here
from tomoshibi.incidents.models import BulletinRow
from tomoshibi.incidents.readings import Ours, ours, said_of_us
from tomoshibi.incidents.subjects import INBOX, RejectedFile, Telegram
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.recording import Draft, StoreFailed, explain, record
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

log = logging.getLogger(__name__)

#: a file is complete when it has not changed for this long, seconds
SETTLED = 0.15
#: a file that cannot be read is given this long to become readable, seconds: its writer may be slow
PATIENCE = 2.0
#: largest file that is read, bytes: an archive of a week's telegrams is a tenth of it
LIMIT = 512 * 1024 * 1024
#: telegrams of an archive recorded in one transaction: others who write wait no longer than that
TOGETHER = 20
#: how long a file is left alone after the database refused, seconds
PAUSE = 2.0
#: ends of names under which programs write what they will rename
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", "~")
#: how far ahead of our clock a telegram's time may be and still count as newer than others
AHEAD = timedelta(hours=1)
XML, JSON, BYTES = "application/xml", "application/json", "application/octet-stream"


@dataclass
class _Seen:
    """A file as it was when last looked at; ``since`` on the monotonic clock."""

    size: int
    changed: int
    since: float
    not_before: float = 0.0


_seen: dict[Path, _Seen] = {}


def folder() -> Path:
    """The inbox of the world that we are in, made if missing."""
    path = worlds.home() / "inbox"
    path.mkdir(parents=True, exist_ok=True)
    return path


def scan() -> int:
    """Take every complete file of the inbox; returns how many were taken or rejected. Cheap where there is none."""
    inbox, now, done = folder(), time.monotonic(), 0
    waiting: set[Path] = set()
    for path in sorted(inbox.iterdir()):
        if path.name.startswith(".") or path.name.endswith(UNFINISHED) or not path.is_file():
            continue
        waiting.add(path)
        try:
            done += _look(path, now)
        except FileNotFoundError:  # taken away, or renamed by its writer
            _seen.pop(path, None)
        except (OSError, StoreFailed) as error:
            log.error("%s stays in the inbox: %s", path.name, error)
            if path in _seen:
                _seen[path].not_before = now + PAUSE
    for path in [p for p in _seen if p.parent == inbox and p not in waiting]:
        del _seen[path]
    return done


def _look(path: Path, now: float) -> int:
    """Take ``path`` if it is complete: unchanged since it was last seen, or old enough when first seen."""
    stat = path.stat()
    seen = _seen.get(path)
    if seen is None or (seen.size, seen.changed) != (stat.st_size, stat.st_mtime_ns):
        age = max(0.0, min(time.time() - stat.st_mtime, PATIENCE))
        seen = _seen[path] = _Seen(stat.st_size, stat.st_mtime_ns, now - age)
    if now - seen.since < SETTLED or now < seen.not_before:
        return 0
    return int(take(path, patient=now - seen.since < PATIENCE))


def take(path: Path, *, patient: bool = False) -> bool:
    """Record what a file of the inbox says, and move it away. False: it cannot be read yet, and is waited for.

    With ``patient`` an unreadable file is left where it is. Raises :class:`StoreFailed` and ``OSError``; then the file
    stays.
    """
    if path.stat().st_size > LIMIT:
        good: list[Bulletin] = []
        bad = [_too_large(path)]
    else:
        good, bad, _ = receive(path.read_bytes(), path.name, patient=patient, via=INBOX)
    if patient and bad:
        return False
    where = folder() / ("taken" if good or not bad else "rejected")
    target = _free(where / worlds.now().astimezone(JAPAN).strftime("%Y-%m-%d"), path)
    if bad:
        reasons = "".join(f"{error.text.ja}\n{error.text.en}\n" for error in bad)
        target.with_name(target.name + ".reason.txt").write_text(reasons, encoding="utf-8")
    path.replace(target)
    _seen.pop(path, None)
    return True


class Receipt(NamedTuple):
    """What became of bytes that came in: the telegrams, why parts could not be read, what each telegram was."""

    good: list[Bulletin]
    bad: list[BulletinError]
    arrivals: list[Arrival]


def receive(data: bytes, name: str, *, patient: bool = False, via: str = "", actor: Actor = ACTOR) -> Receipt:
    """Record the telegrams of ``data`` (one, or an archive of them), which ``via`` (a source) or a person brought.

    Each is kept as a dataset before its fact names it. When this returns, everything is kept. With ``patient`` nothing
    is recorded where something cannot be read. Raises :class:`StoreFailed`.
    """
    good: list[tuple[bytes, Bulletin]] = []
    bad: list[tuple[bytes, str, BulletinError]] = []
    try:
        for part_name, part in _parts(data, name):
            try:
                good.extend((part, bulletin) for bulletin in read(part, part_name))
            except BulletinError as error:
                bad.append((part, part_name, error))
    except BulletinError as error:
        bad.append((data, name, error))
    if not good and not bad:
        empty = T("書庫に電文（.xml）がありません。", "The archive holds no telegram (.xml).")
        bad.append((data, name, BulletinError(empty, name)))
    arrivals: list[Arrival] = []
    if not (patient and bad):
        here = ours()
        for some in batched(good, TOGETHER):
            with stored():
                arrivals += [_take_in(part, bulletin, here, via, actor) for part, bulletin in some]
        for part, part_name, why in bad:
            record(_rejected(datasets.put(part, BYTES), len(part), part_name, why), actor)
        repeated = arrivals.count(Arrival.DUPLICATE)
        sources.heard(via, taken=len(good) - repeated, repeated=repeated, rejected=len(bad))
    return Receipt([bulletin for _, bulletin in good], [why for _, _, why in bad], arrivals)


@contextmanager
def stored() -> Iterator[None]:
    """One transaction, for what is read in it as well. Raises :class:`StoreFailed` where the database refuses."""
    alias = worlds.world()
    try:
        with transaction.atomic(using=alias):
            yield
    except OperationalError as error:
        raise StoreFailed(explain(error, alias)) from error


def _take_in(part: bytes, bulletin: Bulletin, here: Ours, via: str, actor: Actor) -> Arrival:
    """Record one telegram, by what it is to those before it; one that is known already is not acted on again."""
    subject = Telegram.of_bulletin(bulletin)
    known = BulletinRow.objects.filter(subject=subject).values_list("digest", flat=True).first()
    if known == bulletin.digest:
        return Arrival.DUPLICATE
    datasets.put(part, JSON if bulletin.type in TYPES else XML)
    if known is not None:
        again = BulletinRepeated(digest=bulletin.digest, source=bulletin.source or bulletin.type, via=via)
        record(Draft(again, subject, id=_id("repeated", bulletin.digest)), actor)
        return Arrival.DUPLICATE
    arrival = place(bulletin, newest_rank(bulletin))
    remember(bulletin)
    record(received(bulletin, here, arrival, via), actor)
    return arrival


def newest_rank(bulletin: Bulletin) -> str | None:
    """Where the newest telegram of a bulletin's stream stands that has come in; None where there is none.

    One that claims to be of the future does not count: a sender's wrong clock must not silence those that follow.
    """
    before = BulletinRow.objects.filter(stream=stream(bulletin), reported__lte=worlds.now() + AHEAD)
    return before.order_by("-rank").values_list("rank", flat=True).first()


def _parts(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK\x03\x04") and not zipfile.is_zipfile(io.BytesIO(data)):
        raise BulletinError(T("書庫が途中で切れています。", "The archive is cut short."), name)
    yield from split(data, name)


def received(bulletin: Bulletin, here: Ours, arrival: Arrival = Arrival.FIRST, via: str = "") -> Draft:
    """The fact that a telegram came in. Its id follows from the telegram's bytes: once, however often it comes."""
    said = {
        area.code: Here(
            code=area.code,
            name=area.name,
            intensity=area.intensity.label if area.intensity else "",
            kind=area.kind,
            level=area.level,
        )
        for area in said_of_us(bulletin, here)
    }
    fact = BulletinReceived(
        digest=bulletin.digest,
        source=bulletin.source or bulletin.type,
        type=bulletin.type,
        about=bulletin.kind,
        status=bulletin.status,
        info=bulletin.info,
        name=bulletin.name,
        title=bulletin.title,
        event=bulletin.event,
        serial=bulletin.serial,
        reported=bulletin.reported,
        origin=bulletin.origin,
        headline=bulletin.headline,
        hypocentre=bulletin.hypocentre.name if bulletin.hypocentre else "",
        magnitude=bulletin.magnitude,
        max_intensity=bulletin.max_intensity.label if bulletin.max_intensity else "",
        here=tuple(said.values()),
        via=via,
        arrival=arrival,
        stream=stream(bulletin),
        rank=rank(bulletin),
        until=until_of(bulletin),
    )
    return Draft(fact, Telegram.of_bulletin(bulletin), id=_id("received", bulletin.digest))


def _too_large(path: Path) -> BulletinError:
    """Record, without reading it at once, that a file is too large to be a telegram or an archive of them."""
    size = path.stat().st_size
    error = BulletinError(
        T(
            f"{size:,}バイトあります。{LIMIT:,}バイトまでのファイルに分けてください。",
            f"{size:,} bytes: split it into files of at most {LIMIT:,} bytes.",
        ),
        path.name,
    )
    with path.open("rb") as file:
        digest = datasets.put(file, BYTES)
    record(_rejected(digest, size, path.name, error), ACTOR)
    return error


def _rejected(digest: str, size: int, name: str, error: BulletinError) -> Draft:
    ja, en = (text.removeprefix(f"{name}: ") for text in (error.text.ja, error.text.en))  # the name stands beside it
    fact = BulletinRejected(digest=digest, name=name, size=size, reason_ja=ja, reason_en=en)
    return Draft(fact, RejectedFile.ref(digest), id=_id("rejected", digest))


def _id(what: str, digest: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{what}:{digest}"))


def _free(where: Path, path: Path) -> Path:
    """A name in ``where`` that is free, or that of the same bytes."""
    where.mkdir(parents=True, exist_ok=True)
    target = where / path.name
    if target.exists() and not filecmp.cmp(target, path, shallow=False):
        with path.open("rb") as file:
            target = where / f"{hashlib.file_digest(file, 'sha256').hexdigest()[:12]}_{path.name}"
    return target
