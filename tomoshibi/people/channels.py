"""How a message reaches a person: e-mail, and any service that apprise knows.

Settings: ``TOMOSHIBI_SMTP`` (``smtp://user:password@host:587/?tls=1&from=…``; without it mails are files in the folder
``outbox`` of the node's data, so that nobody is written to by accident), ``TOMOSHIBI_APPRISE`` (one or more addresses
of services, separated by blanks, with ``{phone}``, ``{email}`` or ``{number}`` where the person's own goes),
``TOMOSHIBI_URL`` (how people's phones reach this server).
"""

from __future__ import annotations

import re
import smtplib
import threading
import time
from dataclasses import dataclass
from email import policy as policies
from email.message import EmailMessage as Written
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMessage, mailers

from tomoshibi.people.models import StaffRow
from tomoshibi.vocabulary import T

#: seconds for which a mail server that could not be reached is left alone
PAUSE = 10.0

#: lines as long as mail allows: shorter ones would make base64 of a Japanese text
READABLE = policies.default.clone(max_line_length=998)

_local = threading.local()
#: until when (monotonic seconds) the mail server is left alone, and why
_unreachable: dict[str, Any] = {}


class ChannelFailed(Exception):
    """No channel took a message: ``text`` says why. ``lasting`` where trying again cannot help."""

    def __init__(self, text: T, *, lasting: bool = False) -> None:
        super().__init__(str(text))
        self.text = text
        self.lasting = lasting

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one person."""

    subject: str
    body: str


class Mail(EmailMessage):
    """A mail that is text for people where it becomes a file (a mail server asks for a policy of its own)."""

    def message(self, *, policy: Any = READABLE) -> Written:
        return super().message(policy=policy)


def send(message: Message, person: StaffRow) -> list[str]:
    """Send by every channel that reaches ``person``; returns the names of those that took it.

    Raises :class:`ChannelFailed` where none did: a person is not told twice because one of two channels failed.
    """
    taken: list[str] = []
    failures: list[str] = []
    ways = [("mail", _mail)] if person.email else []
    ways += [(name, way) for name, way in _services(person)]
    if not ways:
        raise ChannelFailed(
            T("連絡先（メールなど）が登録されていません。", "No e-mail or other address is entered."), lasting=True
        )
    for name, way in ways:
        try:
            way(message, person)
            taken.append(name)
        except Exception as error:
            failures.append(f"{name}: {error}")
    if not taken:
        listed = "; ".join(failures)
        raise ChannelFailed(T(f"送信できませんでした（{listed}）", f"Could not be sent ({listed})"))
    return taken


def _mail(message: Message, person: StaffRow) -> None:
    """One connection for each worker thread: 400 people are not 400 sign-ins. One that broke is opened anew, once.

    While the server cannot be reached, nobody waits for it a second time: 400 time-outs would take hours.
    """
    mail = Mail(message.subject, message.body, settings.DEFAULT_FROM_EMAIL, [person.email])
    kept = getattr(_local, "mailer", None)
    if kept is not None and _local.settings is settings.MAILERS:
        try:
            kept.send_messages([mail])
            return
        except smtplib.SMTPRecipientsRefused:  # the server is there, and does not know this person
            raise
        except OSError:  # smtplib's errors are OSErrors
            _local.mailer = None
    if time.monotonic() < _unreachable.get("until", 0.0):
        raise OSError(_unreachable["why"])
    mailer = mailers.default
    try:
        mailer.open()
    except OSError as error:
        _unreachable.update(until=time.monotonic() + PAUSE, why=str(error))
        raise
    mailer.send_messages([mail])
    _local.mailer, _local.settings = mailer, settings.MAILERS


def _services(person: StaffRow) -> list[tuple[str, Any]]:
    phone = re.sub(r"[^0-9+]", "", person.mobile or person.phone)
    own = {"phone": phone, "email": person.email, "number": person.number}
    ways = []
    for template in settings.TOMOSHIBI_APPRISE:
        wanted = set(re.findall(r"\{(phone|email|number)\}", template))
        if not wanted or any(not own[name] for name in wanted):
            continue  # an address without a place for the person would tell everybody a personal link
        address = template
        for name in wanted:
            address = address.replace(f"{{{name}}}", quote(own[name], safe=""))
        ways.append((template.partition(":")[0], _apprise(address)))
    return ways


def _apprise(address: str) -> Any:
    def way(message: Message, person: StaffRow) -> None:
        import apprise

        service = apprise.Apprise()
        if not service.add(address):
            raise ValueError(f"apprise does not know {address.partition(':')[0]}://")
        if not service.notify(title=message.subject, body=message.body):
            raise OSError(f"{address.partition(':')[0]} did not take it")

    return way
