"""A process that records facts and says each id once it is acknowledged: what the kill and concurrency tests watch.

``python -m tests.journal.writer NAME COUNT THREADS`` in an environment with TOMOSHIBI_HOME or DATABASE_URL.
"""

from __future__ import annotations

import sys
import threading
import uuid

import django

django.setup()

from django.db import connections  # noqa: E402

from tests.toys.facts import Box, ItemPut  # noqa: E402
from tomoshibi.journal.access import system  # noqa: E402
from tomoshibi.journal.recording import Draft, record  # noqa: E402


def write(name: str, start: int, count: int) -> None:
    actor = system(name)
    for n in range(start, start + count):
        id = str(uuid.uuid4())
        record(Draft(ItemPut(name="毛布", number=1), Box.ref(f"{name}-{n % 2000}"), id=id), actor)
        sys.stdout.write(f"{id}\n")
        sys.stdout.flush()
    connections.close_all()


def main() -> None:
    name, count, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    each = count // threads
    workers = [threading.Thread(target=write, args=(name, t * each, each)) for t in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
