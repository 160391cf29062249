"""Incidents: how long after a telegram is dropped into the running server's inbox the decision about it is recorded."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median

from bench.table import Row
from tests.live import Live
from tomoshibi.bulletins import Status
from tomoshibi.drills.telegrams import Quake, Shaken, write

TELEGRAMS = 9
TIMES = """
import json
from tomoshibi.journal.models import EntryRow
for kind in ("incidents.opened", "incidents.bulletin_evaluated"):
    print(json.dumps(list(EntryRow.objects.filter(kind=kind).order_by("pos").values_list("recorded_at", flat=True))))
"""


def rows() -> Iterator[Row]:
    """One row: the median over telegrams of one event, the first of which opens the incident and calls 426 people."""
    with tempfile.TemporaryDirectory() as folder:
        live = Live(Path(folder), demo=True).start()
        try:
            waited = list(_waits(live))
        finally:
            live.close()
    yield Row("incidents: telegram dropped to decision recorded", median(waited), "s", goal=1, higher_is_better=False)
    yield Row("incidents: the slowest of them, with 426 people called", max(waited), "s", higher_is_better=False)


def _waits(live: Live) -> Iterator[float]:
    inbox = live.home / "inbox"
    inbox.mkdir(exist_ok=True)
    here = Shaken(name="いわき市", code="07204", area="福島県浜通り", area_code="251", intensity="6弱")
    quake = Quake(
        hypocentre="福島県沖", hypocentre_code="289", lat=37.2, lon=141.7, depth_km=50, magnitude=7.2,
        municipalities=(here,),
    )  # fmt: skip
    dropped = []
    for serial in range(1, TELEGRAMS + 1):
        now = datetime.now().astimezone()
        part = inbox / f"{serial}.xml.part"
        part.write_bytes(
            write(quake, event="20261122143000", serial=serial, origin=now, reported=now, status=Status.NORMAL)
        )
        dropped.append(datetime.now().astimezone())
        part.rename(part.with_suffix(""))
        time.sleep(1.2)
    time.sleep(2)
    decided = json.loads(live.python(TIMES).splitlines()[1])
    for at, done in zip(dropped, decided, strict=True):
        yield (datetime.fromisoformat(done) - at).total_seconds()
