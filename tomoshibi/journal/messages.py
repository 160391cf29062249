"""Messages out: e-mail, and any service that apprise knows. Rooms call these from tasks, never while recording.

Settings: ``TOMOSHIBI_SMTP`` (``smtp://user:password@host:587/?tls=1&from=…``; without it mails are files in the folder
``outbox`` of the node's data, so that nobody is written to by accident), ``TOMOSHIBI_APPRISE`` (one or more addresses
of services, separated by blanks), ``TOMOSHIBI_URL`` (how people's phones reach this server).
"""

from __future__ import annotations

import smtplib
import threading
import time
from dataclasses import dataclass
from email import policy as policies
from email.message import EmailMessage as Written
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, mailers

from tomoshibi.journal import worlds
from tomoshibi.vocabulary import T

#: seconds for which a mail server that could not be reached is left alone
PAUSE = 10.0

#: lines as long as mail allows: shorter ones would make base64 of a Japanese text
READABLE = policies.default.clone(max_line_length=998)
#: where the training world's pages are (see tomoshibi.web.middleware); a message is written outside any request
TRAINING_PREFIX = "/training"

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
    """A message to one person, or to all who listen."""

    subject: str
    body: str


class Mail(EmailMessage):
    """A mail that is text for people where it becomes a file (a mail server asks for a policy of its own)."""

    def message(self, *, policy: Any = READABLE) -> Written:
        return super().message(policy=policy)


#: channels by the names that facts keep; services go by the scheme of their address
CHANNELS = {"mail": T("メール", "e-mail")}


def prefix() -> str:
    """What every message of the training world begins with, so that none is mistaken for the real thing."""
    return "【訓練】" if worlds.is_training() else ""


def marked(title: T) -> T:
    """A title as it goes onto a sheet: in the training world it says so."""
    return T(f"【訓練】{title.ja}", f"[TRAINING] {title.en}") if worlds.is_training() else title


def whole_address(path: str) -> str:
    """A page's address as it goes into a message: with the server's name, in the world that we are in."""
    if worlds.is_training() and not path.startswith(TRAINING_PREFIX + "/"):
        path = TRAINING_PREFIX + path
    return settings.TOMOSHIBI_URL.rstrip("/") + path


def channels_told(names: str) -> str:
    """Names of channels as facts keep them (``mail``, services by their scheme), as people say them."""
    return "、".join(str(CHANNELS.get(name, name)) for name in names.split("、"))


def mail(message: Message, address: str) -> None:
    """Send one mail. Raises :class:`OSError` (smtplib's errors among them) where the server does not take it.

    One connection for each worker thread: 400 people are not 400 sign-ins. One that broke is opened anew, once.
    While the server cannot be reached, nobody waits for it a second time: 400 time-outs would take hours.
    """
    written = Mail(message.subject, message.body, settings.DEFAULT_FROM_EMAIL, [address])
    kept = getattr(_local, "mailer", None)
    if kept is not None and _local.settings is settings.MAILERS:
        try:
            kept.send_messages([written])
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
    mailer.send_messages([written])
    _local.mailer, _local.settings = mailer, settings.MAILERS


def notify(message: Message, service: str) -> None:
    """Send by a service that apprise knows, at its address (``scheme://…``).

    Raises :class:`ValueError` for an address that apprise does not know, :class:`OSError` where the service does not
    take the message. The address may hold a secret: errors name its scheme only.
    """
    import apprise

    sender = apprise.Apprise()
    scheme = service.partition(":")[0]
    if not sender.add(service):
        raise ValueError(f"apprise does not know {scheme}://")
    if not sender.notify(title=message.subject, body=message.body):
        raise OSError(f"{scheme} did not take it")
