"""Sign-in by names and passwords of this machine. Accounts are given out (``tomoshibi user add``), never taken."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    """allauth's adapter of a town hall: nobody signs up, nobody is asked for an e-mail address."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sign-in sends no mail: it has to work with no network at all."""
