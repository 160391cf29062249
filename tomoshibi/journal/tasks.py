"""Messages to send and deadlines to keep: rows with ``due_at``, claimed by one idempotent tick worker.

Nothing is sent while folding: tasks come from :meth:`Fact.effects` at the moment of recording, in the same
transaction, and only at the node that records. A handler may be called again after a crash, so it records its facts
under ids made from the task's id (:meth:`Task.fact_id`).
"""

from __future__ import annotations

import json
import logging
import os
import socket
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from tomoshibi.journal import nodes, sql, worlds
from tomoshibi.journal.entries import canonical, moment
from tomoshibi.journal.models import TaskRow

log = logging.getLogger(__name__)

#: how long a claim holds before another worker may take the task over
CLAIM = timedelta(minutes=2)
#: wait before the n-th retry: doubling from this, at most an hour
FIRST_RETRY = timedelta(seconds=5)

_DUE = "SELECT 1 FROM journal_task WHERE done_at = '' AND due_at <= %s AND claimed_until <= %s LIMIT 1"

Handler = Callable[["Task"], str | None]
_handlers: dict[str, Handler] = {}
#: handlers whose tasks are done only where they are asked for by name
_alone: set[str] = set()


@dataclass(frozen=True)
class Task:
    """Something to do at ``due_at``. ``id`` is a uuid5 of its reason: making the same task twice makes it once."""

    handler: str
    reason: str
    due_at: datetime
    subject: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The row's key."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:task:{self.handler}:{self.reason}"))

    def fact_id(self, name: str = "") -> str:
        """An id for a fact that this task records: the same however often the task is tried."""
        return str(uuid.uuid5(uuid.UUID(self.id), name))


def handler(name: str, *, alone: bool = False) -> Callable[[Handler], Handler]:
    """Register what does tasks of that name. It returns a short note of what became of it; an exception is retried.

    ``alone``: it may take long, and is done only by a ``tick(only=name)``, behind which nothing waits.
    """

    def register(do: Handler) -> Handler:
        _handlers[name] = do
        if alone:
            _alone.add(name)
        return do

    return register


def put(tasks: list[Task]) -> None:
    """Keep tasks in the world that we are in; those known already are left as they are."""
    if not tasks:
        return
    node = nodes.identity().node
    rows = [
        TaskRow(id=t.id, node=node, handler=t.handler, subject=t.subject, payload=_text(t), due_at=moment(t.due_at))
        for t in tasks
    ]
    TaskRow.objects.bulk_create(rows, ignore_conflicts=True)


def _text(task: Task) -> str:
    return canonical({"reason": task.reason, **task.payload})


def _task(row: TaskRow) -> Task:
    payload = json.loads(row.payload)
    reason = payload.pop("reason")
    return Task(row.handler, reason, datetime.fromisoformat(row.due_at), row.subject, payload)


def tick(limit: int = 100, only: str = "") -> int:
    """Do what is due in the world that we are in; returns how many tasks were done. Safe to run in several workers.

    ``only`` one handler's tasks, for what must not wait behind others. What a handler raises is noted and logged, and
    its task is tried again later.
    """
    done = 0
    now = worlds.now()
    for row in _claim(now, limit, only):
        task = _task(row)
        do = _handlers.get(task.handler)
        try:
            if do is None:
                raise LookupError(f"nothing here does {task.handler!r}")
            note = do(task) or ""
        except Exception as error:
            log.warning("task %s (%s) failed: %s", row.id, task.handler, error, exc_info=True)
            wait = min(FIRST_RETRY * 2 ** min(row.attempts, 10), timedelta(hours=1))
            TaskRow.objects.filter(id=row.id).update(
                attempts=row.attempts + 1,
                claimed_until="",
                due_at=moment(now + wait),
                note=f"{type(error).__name__}: {error}",
            )
        else:
            TaskRow.objects.filter(id=row.id).update(done_at=moment(worlds.now()), claimed_until="", note=note)
            done += 1
    return done


def _claim(now: datetime, limit: int, only: str = "") -> list[TaskRow]:
    at = moment(now)
    alias = worlds.world()
    with sql.cursor() as cursor:
        cursor.execute(_DUE, (at, at))
        if cursor.fetchone() is None:
            return []  # the usual case takes no write lock, and is asked some dozens of times a second
    mine = TaskRow.objects.filter(node=nodes.identity().node, done_at="")  # a restored copy does not act for its origin
    mine = mine.filter(handler=only) if only else mine.exclude(handler__in=_alone)
    with transaction.atomic(using=alias):
        free = mine.filter(due_at__lte=at, claimed_until__lte=at).order_by("due_at")
        if worlds.connection().features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True)
        rows = list(free[:limit])
        TaskRow.objects.filter(id__in=[r.id for r in rows]).update(
            claimed_until=moment(now + CLAIM), claimed_by=_process(os.getpid())
        )
    return rows


def _process(pid: int) -> str:
    """A process of this machine as a claim names it: with the moment of its start, because numbers are used again.

    The number alone where the system does not tell (elsewhere than on Linux).
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return f"{socket.gethostname()} {pid}"
    return f"{socket.gethostname()} {pid} {stat.rpartition(')')[2].split()[19]}"


def free_the_dead() -> int:
    """Give back what processes of this machine had claimed that are no more; returns how many tasks there were.

    A server killed in the midst of a telegram goes on with it as soon as it stands again, not when its claim runs out.
    """
    here = f"{socket.gethostname()} "
    claimed = TaskRow.objects.filter(done_at="", claimed_by__startswith=here).exclude(claimed_until="")
    dead = [c for c in claimed.values_list("claimed_by", flat=True).distinct() if _process(int(c.split()[1])) != c]
    return claimed.filter(claimed_by__in=dead).update(claimed_until="") if dead else 0


def cancel(subject: str, handler_name: str) -> int:
    """Close the open tasks of a subject: the reason for them is gone. Returns how many there were."""
    open_tasks = TaskRow.objects.filter(subject=subject, handler=handler_name, done_at="")
    return open_tasks.update(done_at=moment(worlds.now()), note="cancelled")


def take_over(old: str, new: str) -> int:
    """Let the node ``new`` do what ``old`` has left open, for good: its machine is gone. Returns how many there are."""
    return TaskRow.objects.filter(node=old, done_at="").update(node=new, claimed_until="")
