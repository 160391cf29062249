"""``make bench ONLY=certificates``: certificates issued, recorded and printed, beside WeasyPrint's pages alone.

Ours signs each certificate's items, draws its QR code (mask fixed), records its fact and the seal's, and sets the page.
The peer sets one page of the same text and records nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.table import ROOT, Row, peer, peer_name

#: certificates of a turn, and turns
TURN, TURNS = 200, 5


def rows() -> Iterator[Row]:
    """Certificates a second on two cores: two counters, each a node with a journal of its own, at the same time."""
    rates, theirs = [], []
    for _ in range(2):
        try:
            rates.append(_together(2))
        except RuntimeError as error:
            yield Row("certificates: issued, recorded, printed", error=str(error))
            return
        theirs.append(1 / peer("documents.py", "certificate")["seconds"])
    yield Row(
        "certificates: issued, recorded, printed, two counters", median(r["whole"] for r in rates), "certificates/s",
        peer=2 * median(theirs), peer_name=f"{peer_name('weasyprint')}, page only, twice one process",
        goal=100, goal_of="ours",
    )  # fmt: skip
    yield Row("certificates: issued and recorded, two counters", median(r["record"] for r in rates), "certificates/s")
    yield Row("certificates: printed with QR codes, two counters", median(r["print"] for r in rates), "certificates/s")


def _together(counters: int) -> dict[str, float]:
    """The sum of the rates of so many processes that work at once. Raises :class:`RuntimeError` where one fails."""
    with tempfile.TemporaryDirectory(prefix="tomoshibi-bench-") as folder:
        running = []
        for number in range(counters):
            home = Path(folder, str(number))
            home.mkdir()
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "TOMOSHIBI_HOME": str(home),
                "DATABASE_URL": "",
            }
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "bench.certificates"],
                    cwd=ROOT,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
        said = [one.communicate() for one in running]
    for one, (_, error) in zip(running, said, strict=True):
        if one.returncode:
            raise RuntimeError(error.strip().splitlines()[-1])
    figures = [json.loads(out.splitlines()[-1]) for out, _ in said]
    return {name: sum(f[name] for f in figures) for name in figures[0]}


def measure() -> dict[str, Any]:
    """Rates of this process: batches of :data:`TURN` on SQLite with its durable settings."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", database="default", verbosity=0, run_syncdb=True)
    from tests.relief import house
    from tomoshibi.journal.recording import Draft, record
    from tomoshibi.relief import batches
    from tomoshibi.relief.words import Kind

    house.town()
    house.until("judged")
    record_s, print_s = [], []
    for turn in range(TURNS + 1):
        asked = [
            Draft(
                house.applied(household=f"residents.household:{turn}-{n}", householder=f"灯　太郎{turn}-{n}"),
                f"relief.application:{turn}-{n}",
                incident=house.INCIDENT,
            )
            for n in range(TURN)
        ]
        record(asked, house.CLERK)
        batch = batches.start(
            f"{turn}", batches.ready(house.INCIDENT, Kind.DISASTER, house.CLERK), house.CLERK, str(uuid.uuid4())
        )
        start = time.perf_counter()
        while batches.run(batch, house.CLERK).left:
            pass
        recorded = time.perf_counter()
        papers = batches.papers(batch, house.CLERK)
        made = batches.pdf(papers)
        printed = time.perf_counter()
        if len(made) < 10_000 or len(papers) < TURN:
            raise RuntimeError("the batch was not printed")
        if turn:  # the first warms up
            record_s.append(len(papers) / (recorded - start))
            print_s.append(len(papers) / (printed - recorded))
    one, other = median(record_s), median(print_s)
    return {"record": one, "print": other, "whole": 1 / (1 / one + 1 / other)}


if __name__ == "__main__":
    print(json.dumps(measure()))
