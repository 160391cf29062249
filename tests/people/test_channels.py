"""E-mail as it really goes, to a mail server of the test's own: one connection for many, none waited for twice."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tomoshibi.journal import messages
from tomoshibi.people import channels
from tomoshibi.people.channels import ChannelFailed, Message, send
from tomoshibi.people.models import StaffRow
from tomoshibi.web.settings import _mailer

HELLO = Message("【訓練】参集", "来てください。")


class Server(socketserver.ThreadingTCPServer):
    """Just enough of SMTP (RFC 5321) to take mails, count connections, refuse one address, and hang up when told."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.connections = 0
        self.hang_up_after = 1000
        super().__init__(("127.0.0.1", 0), Session)


class Session(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.server.connections += 1
        taken = 0
        self.say("220 test")
        while line := self.rfile.readline().strip().upper():
            if line.startswith(b"DATA"):
                self.say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.server.mails.append(body)
                taken += 1
                self.say("250 taken")
                if taken >= self.server.hang_up_after:
                    return
            elif line.startswith(b"RCPT") and b"NOBODY" in line:
                self.say("550 no such person")
            elif line.startswith(b"QUIT"):
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


@pytest.fixture
def server(settings) -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    settings.MAILERS = {"default": _mailer(f"smtp://127.0.0.1:{made.server_address[1]}/")}
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch) -> None:
    monkeypatch.setattr(messages, "_local", threading.local())
    monkeypatch.setattr(messages, "_unreachable", {})


def person(email: str = "a@town.example", **more: str) -> StaffRow:
    return StaffRow(subject="people.staff:a", name="人", email=email, **more)


def test_many_mails_by_one_connection(server: Server) -> None:
    for _ in range(5):
        assert send(HELLO, person()) == ["mail"]
    assert (len(server.mails), server.connections) == (5, 1)
    assert b"a@town.example" in server.mails[0]


def test_a_connection_that_broke_is_opened_anew(server: Server) -> None:
    server.hang_up_after = 2
    for _ in range(5):
        assert send(HELLO, person()) == ["mail"]
    assert (len(server.mails), server.connections) == (5, 3)


def test_one_refused_address_does_not_stop_the_others(server: Server) -> None:
    assert send(HELLO, person()) == ["mail"]
    with pytest.raises(ChannelFailed, match="no such person") as failure:
        send(HELLO, person("nobody@town.example"))
    assert not failure.value.lasting
    assert send(HELLO, person()) == ["mail"]
    assert (len(server.mails), server.connections) == (2, 1)


def test_a_way_that_fails_beside_one_that_works_is_kept_in_the_log(server: Server, monkeypatch, caplog) -> None:
    def broken(message: Message) -> None:
        raise OSError("the gateway is away")

    monkeypatch.setattr(channels, "_services", lambda person: [("sms", broken)])
    assert send(HELLO, person()) == ["mail"]
    assert "sms" in caplog.text and "the gateway is away" in caplog.text


def test_a_server_that_cannot_be_reached_is_waited_for_once(settings, monkeypatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.MAILERS = {"default": _mailer(f"smtp://127.0.0.1:{port}/")}
    tried: list[int] = []
    opened = messages.mailers.default.__class__.open
    monkeypatch.setattr(messages.mailers.default.__class__, "open", lambda self: (tried.append(1), opened(self)))
    for _ in range(3):
        with pytest.raises(ChannelFailed, match=r"mail: .*refused"):
            send(HELLO, person())
    assert len(tried) == 1
    monkeypatch.setattr(messages, "_unreachable", {})
    with pytest.raises(ChannelFailed):
        send(HELLO, person())
    assert len(tried) == 2


def test_nobody_to_write_to() -> None:
    with pytest.raises(ChannelFailed) as failure:
        send(HELLO, person(""))
    assert failure.value.lasting


@pytest.mark.parametrize(
    ("url", "secure", "starttls", "port"),
    [
        ("smtp://u:p%40ss@mail.example/?tls=1&from=x@y.example", False, True, 587),
        ("smtps://mail.example", True, False, 465),
        ("smtp://mail.example:2525/", False, False, 2525),
    ],
)
def test_the_setting(url: str, secure: bool, starttls: bool, port: int) -> None:
    options = _mailer(url)["OPTIONS"]
    assert (options["use_ssl"], options["use_tls"], options["port"]) == (secure, starttls, port)
    assert options["password"] in ("p@ss", "")


def test_without_a_mail_server_a_mail_is_a_file_for_people(settings, tmp_path: Path) -> None:
    files = {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": str(tmp_path)}}
    settings.MAILERS = {"default": files}
    link = "http://town.example/c/" + "x" * 70 + "/"
    assert send(Message("参集", f"{'長い' * 60}\n{link}"), person()) == ["mail"]
    [written] = tmp_path.iterdir()
    assert {"長い" * 60, link} <= set(written.read_text(encoding="utf-8").splitlines())
