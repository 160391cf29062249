"""How a message reaches a person: e-mail, and any service that apprise knows (:mod:`tomoshibi.journal.messages`).

An address of ``TOMOSHIBI_APPRISE`` with ``{phone}``, ``{email}`` or ``{number}`` is for persons: their own goes there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from django.conf import settings

from tomoshibi.journal.messages import ChannelFailed, Message, mail, notify
from tomoshibi.people.models import StaffRow
from tomoshibi.vocabulary import T

__all__ = ["ChannelFailed", "Message", "send"]

log = logging.getLogger(__name__)

Way = Callable[[Message], None]


def send(message: Message, person: StaffRow) -> list[str]:
    """Send by every channel that reaches ``person``; returns the names of those that took it.

    Raises :class:`ChannelFailed` where none did: a person is not told twice because one of two channels failed.
    """
    taken: list[str] = []
    failures: list[str] = []
    ways: list[tuple[str, Way]] = [("mail", lambda written: mail(written, person.email))] if person.email else []
    ways += _services(person)
    if not ways:
        raise ChannelFailed(
            T("連絡先（メールなど）が登録されていません。", "No e-mail or other address is entered."), lasting=True
        )
    for name, way in ways:
        try:
            way(message)
            taken.append(name)
        except Exception as error:  # services raise whatever they do: the other ways are tried all the same
            log.warning("%s does not take a message: %s", name, error)
            failures.append(f"{name}: {error}")
    if not taken:
        listed = "; ".join(failures)
        raise ChannelFailed(T(f"送信できませんでした（{listed}）", f"Could not be sent ({listed})"))
    return taken


def _services(person: StaffRow) -> list[tuple[str, Way]]:
    phone = re.sub(r"[^0-9+]", "", person.mobile or person.phone)
    own = {"phone": phone, "email": person.email, "number": person.number}
    ways: list[tuple[str, Way]] = []
    for template in settings.TOMOSHIBI_APPRISE:
        wanted = set(re.findall(r"\{(phone|email|number)\}", template))
        if not wanted or any(not own[name] for name in wanted):
            continue  # an address without a place for the person would tell everybody a personal link
        address = template
        for name in wanted:
            address = address.replace(f"{{{name}}}", quote(own[name], safe=""))
        ways.append((template.partition(":")[0], partial(notify, service=address)))
    return ways
