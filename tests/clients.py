"""Browsers without a screen, signed in, for tests of pages."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.test import Client

from tests.live import PASSWORD
from tomoshibi.journal.accounts import managing


def client_of(role: str, site: str = "", *, login: str = "", staff: str = "") -> Client:
    """A browser signed in as somebody new who holds ``role``, in the whole town or at ``site``."""
    login = login or "-".join(filter(None, (role, site.rpartition(":")[2])))
    managing.add(login, f"{login}さん", [role], site=site, staff=staff, password=PASSWORD)
    client = Client()
    client.force_login(get_user_model().objects.get(username=login))
    return client
