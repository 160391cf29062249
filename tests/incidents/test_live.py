"""The running server takes telegrams within a second, while people write; and after it was killed."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.incidents.conftest import TOHOKU
from tests.live import Live

pytestmark = pytest.mark.once
TOWN = """
from tests.incidents.conftest import found_town
found_town("07204", "いわき市")
"""
TOLD = """
import json
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.verifying import verify
kinds = list(EntryRow.objects.order_by("pos").values_list("kind", "recorded_at"))
print(json.dumps({"kinds": kinds, "breaks": len(verify().breaks)}))
"""
OPENED, RECEIVED, NOTED = "incidents.opened", "incidents.bulletin_received", "incidents.note_recorded"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    server = Live(tmp_path_factory.mktemp("inbox"))
    server.python(TOWN)
    yield server
    server.close()


def told(live: Live) -> dict[str, list[str]]:
    said = json.loads(live.python(TOLD))
    assert said["breaks"] == 0
    times: dict[str, list[str]] = {}
    for kind, at in said["kinds"]:
        times.setdefault(kind, []).append(at)
    return times


def until(ready: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def drop(live: Live, data: bytes, name: str) -> datetime:
    """Put a telegram into the inbox in one piece; returns when."""
    inbox = live.home / "inbox"
    inbox.mkdir(exist_ok=True)
    part = inbox / f"{name}.part"
    part.write_bytes(data)
    part.rename(inbox / name)
    return datetime.now().astimezone()


def taken(live: Live, name: str) -> Callable[[], bool]:
    return lambda: any((live.home / "inbox" / "taken").rglob(name))


def test_a_telegram_does_not_wait_for_people_who_write(live: Live, sample: Callable[[str], bytes]) -> None:
    live.start()
    stop = threading.Event()

    def write(number: int) -> None:
        visitor = live.visitor("honbu")
        count = 0
        while not stop.is_set():
            count += 1
            path = f"/record/incidents.note_recorded/incidents.note:w{number}-{count}/"
            visitor.ask(path, {"what": f"記録 {number}-{count}", "id": f"{number}-{count}"})

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    try:
        until(lambda: len(told(live).get(NOTED, [])) >= 20)
        dropped = drop(live, sample(TOHOKU), "under-load.xml")
        until(taken(live, "under-load.xml"))
        until(lambda: OPENED in told(live))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    times = told(live)
    waited = (datetime.fromisoformat(times[OPENED][0]) - dropped).total_seconds()
    before = sum(at < times[OPENED][0] for at in times[NOTED])
    print(f"\nincident opened {waited:.2f} s after the drop, between {before} and {len(times[NOTED]) - before} notes")
    # by the order of events: the decision follows the telegram at once, whatever else is being written
    between = [at for at in times[NOTED] if times[RECEIVED][0] < at < times[OPENED][0]]
    assert len(between) < 40
    live.stop()


def test_a_killed_server_takes_what_it_had_not(live: Live, sample: Callable[[str], bytes]) -> None:
    raw = sample(TOHOKU).decode()
    serials = [raw.replace("<Serial>1<", f"<Serial>{n}<").encode() for n in range(11, 31)]
    assert len(set(serials)) == 20
    live.start()
    for n, data in enumerate(serials):
        drop(live, data, f"serial-{n}.xml")
    until(lambda: any((live.home / "inbox" / "taken").rglob("serial-*.xml")))
    live.stop(signal.SIGKILL)
    live.start()
    until(lambda: not list((live.home / "inbox").glob("serial-*.xml")))
    until(lambda: len(told(live)["incidents.bulletin_evaluated"]) == 21)
    times = told(live)
    assert len(times[RECEIVED]) == 21  # every one, once
    assert len(times[OPENED]) == 1
    assert len(list((live.home / "inbox" / "taken").rglob("serial-*.xml"))) == 20
    live.stop()


def test_both_worlds_have_an_inbox(live: Live) -> None:
    live.start()
    folder: Path = live.home / "training" / "inbox"
    until(folder.is_dir)
    (folder / "x.xml").write_bytes(b"no")
    until(lambda: any((folder / "rejected").rglob("x.xml.reason.txt")))
    live.stop()
