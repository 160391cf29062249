"""kill -9 of the server in the midst of writes, on both databases: every acknowledged fact is there, once.

200 facts and one kill in the suite, 10,000 and three in ``make fuzz``.
"""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live import Live

#: acts of ten facts: an act is recorded whole or not at all
ACT, CLIENTS = 10, 4

INSPECT = """
import json
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.verifying import verify
breaks = [b.text.en for b in verify().breaks]
before = contents()
rebuild()
ids = list(EntryRow.objects.filter(kind="toys.item_put").values_list("id", flat=True))
print(json.dumps({"ids": ids, "breaks": breaks, "rebuilt": contents() == before}))
"""


class Client(threading.Thread):
    """Posts acts one after the other, each again and again under its facts' ids until the server acknowledges it."""

    def __init__(self, live: Live, token: str, name: str, count: int) -> None:
        super().__init__()
        self.live, self.name, self.count = live, name, count
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.acknowledged: list[str] = []
        self.unexpected: list[str] = []

    def run(self) -> None:
        line = None
        for n in range(self.count):
            ids = [str(uuid.uuid4()) for _ in range(ACT)]
            about = {"kind": "toys.item_put", "subject": f"toys.box:{self.name}-{n}", "fact": {"name": "毛布"}}
            body = json.dumps({"facts": [{"id": id, **about} for id in ids]})
            while True:
                try:
                    line = line or http.client.HTTPConnection("localhost", self.live.port, timeout=20)
                    line.request("POST", "/api/v1/acts", body.encode(), self.headers)
                    answer = line.getresponse()
                    said = answer.read().decode()
                except (OSError, http.client.HTTPException):
                    line = None  # the server was killed; the same act is sent again
                    time.sleep(0.05)
                    continue
                if answer.status == 200:
                    self.acknowledged.extend(ids)
                    break
                self.unexpected.append(f"{answer.status}: {said}")
                return


@pytest.mark.fuzz
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_acknowledged_fact_is_there_once_after_kill_9(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, trials: Callable[[int, int], int]
) -> None:
    writes, deaths = trials(200, 10_000), trials(1, 3)
    environ = {}
    if database == "postgres":
        server, name = request.getfixturevalue("postgres_server"), f"kill_{uuid.uuid4().hex}"
        environ["DATABASE_URL"] = server.create(name)
        server.create(f"{name}_training")
    live = Live(tmp_path / "home", environ=environ).start()
    token = live.run("user", "token", "admin").split()[-1]
    chance = random.Random(7)
    clients = [Client(live, token, f"c{n}", writes // ACT // CLIENTS) for n in range(CLIENTS)]
    port, kills = live.port, 0
    try:
        for client in clients:
            client.start()
        moments = sorted(chance.sample(range(writes // 20, writes - writes // 20), deaths))
        while any(c.is_alive() for c in clients):
            done = sum(len(c.acknowledged) for c in clients)
            if moments and done >= moments[0]:
                moments.pop(0)
                live.stop(signal.SIGKILL)
                kills += 1
                live.start(port=port)
            time.sleep(0.02)
    finally:
        live.close()
        for client in clients:
            client.join(1)
    assert [u for c in clients for u in c.unexpected] == []
    assert kills == deaths
    said = {id for c in clients for id in c.acknowledged}
    assert len(said) == writes
    found = json.loads(live.python(INSPECT))
    assert found["breaks"] == []
    assert found["rebuilt"]
    assert len(found["ids"]) == writes
    assert set(found["ids"]) == said
