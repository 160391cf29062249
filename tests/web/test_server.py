"""The one process, for real: pages beside open streams, SIGTERM, what a stream tells and whom."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
import time
import urllib.request

import pytest

from tests import warm
from tests.live import Live

PUT_BOX = """
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tests.toys.facts import Box, BoxDescribed
with worlds.inhabit({world!r}):
    print(record(Draft(BoxDescribed(name={name!r}), Box.ref({name!r}), incident={incident!r}), system("test"))[0].pos)
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    server = Live(tmp_path_factory.mktemp("served")).start(from_nothing=True)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def running(live):
    """Each test finds the server up, whatever the one before did to it."""
    if live.process is None or live.process.poll() is not None:
        live.start()


class Listener:
    """A browser's EventSource: reads the stream in a thread and keeps (event, id, data)."""

    def __init__(self, live: Live, path: str = "/events", cookie: str = "", last: str = "") -> None:
        self.connection = http.client.HTTPConnection("localhost", live.port, timeout=30)
        headers = {"Accept": "text/event-stream", **({"Cookie": cookie} if cookie else {})}
        self.connection.request("GET", path, headers={**headers, **({"Last-Event-ID": last} if last else {})})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.events: list[tuple[str, int, dict]] = []
        self.comments = 0
        self.ended = threading.Event()
        self._news = threading.Condition()
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            while line := self.answer.readline():
                text = line.decode().rstrip("\n")
                with self._news:
                    if text.startswith(":"):
                        self.comments += 1
                    elif text:
                        name, _, value = text.partition(": ")
                        fields[name] = value
                    elif "event" in fields:
                        self.events.append((fields["event"], int(fields["id"]), json.loads(fields["data"])))
                        fields = {}
                    self._news.notify_all()
        except (OSError, http.client.HTTPException):
            pass
        self.ended.set()

    def leave(self) -> None:
        """Close the browser's window."""
        self.connection.sock.shutdown(socket.SHUT_RDWR)

    def wait(self, name: str = "journal", within: float = 5) -> tuple[str, int, dict]:
        """The newest event of that name; fails where none comes."""
        with self._news:
            assert self._news.wait_for(lambda: any(e[0] == name for e in self.events), within), self.events
        return [e for e in self.events if e[0] == name][-1]

    def ready(self) -> Listener:
        """Wait for the first comment: from now on everything is told."""
        with self._news:
            assert self._news.wait_for(lambda: self.comments > 0, 5)
        return self


def put_box(live, name, world="default", incident="") -> int:
    return int(live.python(PUT_BOX.format(world=world, name=name, incident=incident)))


def test_a_stream_tells_what_another_process_recorded(live):
    cookie = live.visitor("admin").cookie
    stream = Listener(live, cookie=cookie).ready()
    training = Listener(live, "/training/events", cookie=cookie).ready()
    pos = put_box(live, "told", incident="incidents.incident:x")
    _, id, data = stream.wait()
    assert (id, data["pos"], data["types"], data["incidents"]) == (pos, pos, ["toys.box"], ["incidents.incident:x"])
    assert stream.wait("toys.box")[1] == pos
    assert stream.wait("incident:incidents.incident:x")[1] == pos
    put_box(live, "drill", world="training")
    training.wait("toys.box")
    time.sleep(0.5)
    assert [e[1] for e in stream.events if e[0] == "journal"] == [pos]  # the worlds do not mix


def test_who_comes_back_is_told_what_they_missed(live):
    cookie = live.visitor("admin").cookie
    first, second = put_box(live, "missed one"), put_box(live, "missed two")
    stream = Listener(live, cookie=cookie, last=str(first))
    assert stream.wait()[1] == second
    again = Listener(live, f"/events?after={first}", cookie=cookie)
    assert again.wait()[1] == second
    beyond = Listener(live, cookie=cookie, last="999999")  # stood on another journal: restored from a backup
    assert beyond.wait()[1] == second
    quiet = Listener(live, cookie=cookie, last=str(second)).ready()
    assert quiet.events == []


LINK = """
from datetime import timedelta
from tomoshibi.journal import links, worlds
print(links.token("link:1", "", [("x", "y")]))
print(links.token("link:1", "", [("x", "y")], timedelta(seconds=-1)))
with worlds.inhabit("training"):
    print(links.token("link:1", "", [("x", "y")]))
"""


def test_only_the_signed_in_and_holders_of_a_link_may_listen(live):
    assert Listener(live).status == 401
    assert Listener(live, cookie="tomoshibi_session=forged").status == 401
    good, old, training = live.python(LINK).split()
    assert Listener(live, f"/events?token={good}").status == 200
    assert Listener(live, f"/events?token={old}").status == 401
    assert Listener(live, f"/events?token={training}").status == 401
    assert Listener(live, f"/training/events?token={training}").status == 200
    assert Listener(live, f"/events?token={good}x").status == 401
    request = urllib.request.Request(live.url("/events"), b"", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(request)


def test_signing_out_ends_what_a_session_may_hear(live):
    visitor = live.visitor("admin")
    cookie = visitor.cookie
    assert Listener(live, cookie=cookie).status == 200
    visitor.ask("/accounts/logout/", {})
    assert Listener(live, cookie=cookie).status == 401


def test_pages_are_answered_while_a_hundred_streams_are_open(live):
    cookie = live.visitor("admin").cookie
    streams = [Listener(live, cookie=cookie) for _ in range(100)]
    visitor = live.visitor("honbu")
    assert visitor.ask("/conflicts/").status == 200
    put_box(live, "to a hundred")
    for stream in streams:
        stream.wait("toys.box", 10)
    for stream in streams:
        stream.leave()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_when_told_with_streams_open(live, number):
    """In about two seconds on a quiet machine; without its limit it would outlive the patience of ``stop``."""
    cookie = live.visitor("admin").cookie
    streams = [
        Listener(live, path, cookie=cookie).ready() for path in ("/events", "/training/events") for _ in range(5)
    ]
    took = live.stop(number)
    print(f"ended {took:.1f} s after signal {number}")
    assert live.process.returncode == 0
    for stream in streams:
        assert stream.ended.wait(1)


GREETED = """
import os, signal
from tomoshibi.web import server
server.serve(server.listen("localhost", 0), lambda: os.kill(os.getpid(), signal.SIGTERM))
print("in order")
"""


def test_a_signal_as_soon_as_it_has_greeted_ends_it_in_order(live):
    assert live.python(GREETED) == "in order\n"


def test_a_page_that_is_being_sent_does_not_hold_the_server(live):
    """Somebody on a dying connection sends half a request: the server ends all the same."""
    assert live.visitor().ask("/accounts/login/").status == 200  # it has begun to serve
    connection = http.client.HTTPConnection("localhost", live.port)
    connection.putrequest("POST", "/preferences/")
    connection.putheader("Content-Length", "100000")
    connection.endheaders(b"half of it")
    time.sleep(0.2)
    live.stop()
    assert live.process.returncode == 0


TASK = """
from tomoshibi.journal import tasks, worlds
with worlds.inhabit({world!r}):
    tasks.put([tasks.Task("nobody.does_this", {reason!r}, worlds.now())])
"""
NOTE = """
from tomoshibi.journal import worlds
from tomoshibi.journal.models import TaskRow
with worlds.inhabit({world!r}):
    print([(t.attempts, t.note) for t in TaskRow.objects.filter(handler="nobody.does_this")])
"""


@pytest.mark.parametrize("world", ["default", "training"])
def test_the_worker_inside_ticks_in_each_world(live, world):
    live.python(TASK.format(world=world, reason="served"))
    until = time.monotonic() + 10
    while "LookupError" not in (said := live.python(NOTE.format(world=world))):
        assert time.monotonic() < until, said
        time.sleep(0.1)


def test_a_taken_port_and_a_home_without_setup_are_clear_sentences(live, tmp_path):
    def said(*arguments: str, home) -> tuple[int, str]:
        environ = {**live.environ, "TOMOSHIBI_HOME": str(home)}
        done = warm.run(warm.PROGRAM, *arguments, environ=environ)
        return done.returncode, done.stderr

    code, text = said("serve", "--port", str(live.port), home=live.home)
    assert code == 1 and str(live.port) in text and "--port" in text and "Traceback" not in text
    empty = tmp_path / "empty"
    code, text = said("serve", "--port", "0", home=empty)
    assert code == 1 and "tomoshibi setup" in text and "Traceback" not in text
    code, text = said("serve", "--tls", "--port", "0", home=live.home)
    assert code == 1 and "tomoshibi tls" in text
