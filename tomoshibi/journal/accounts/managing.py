"""Giving out accounts: by the command line, and at the first start."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from tomoshibi.journal import worlds
from tomoshibi.journal.access import ROLES
from tomoshibi.journal.accounts.models import Account, Grant, Token
from tomoshibi.vocabulary import T

#: letters and digits that cannot be taken for one another, on paper or over the telephone
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

#: accounts of the demonstration city: sign-in name -> (name, role)
DEMO: dict[str, tuple[str, str]] = {
    "honbu": ("本部 班長", "headquarters"),
    "shonin": ("副市長", "approver"),
    "ict": ("情報政策課", "ict"),
    "madoguchi": ("窓口 職員", "clerk"),
    "shelter": ("避難所 運営", "shelter"),
    "shisetsu": ("施設 職員", "facility"),
    "chosa": ("調査員", "surveyor"),
    "jishin": ("地震担当", "seismologist"),
    "shokuin": ("職員", "staff"),
}


class AccountError(Exception):
    """What cannot be done with an account, and why."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text


def new_password() -> str:
    """Sixteen letters and digits in four groups: 79 random bits, readable aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def exists(login: str) -> bool:
    """Whether there is such an account."""
    return bool(get_user_model().objects.filter(username=login).exists())


def _user(login: str):  # type: ignore[no-untyped-def]  # whatever AUTH_USER_MODEL is
    found = get_user_model().objects.filter(username=login).first()
    if found is None:
        raise AccountError(T(f"利用者 {login} はいません。", f"There is no account {login}."))
    return found


def _check_role(role: str) -> None:
    if role not in ROLES:
        known = "、".join(f"{key}（{label.ja}）" for key, label in ROLES.items())
        raise AccountError(
            T(f"役割 {role} はありません。あるもの: {known}", f"There is no role {role}. There are: {', '.join(ROLES)}")
        )


def add(
    login: str, name: str, roles: Iterable[str] = (), *, site: str = "", staff: str = "", password: str = ""
) -> str:
    """Make an account that holds ``roles`` at ``site`` (empty: in the whole town); returns its password.

    Raises :class:`AccountError`.
    """
    roles = list(roles)
    for role in roles:
        _check_role(role)
    if exists(login):
        raise AccountError(T(f"利用者 {login} は既にいます。", f"There is an account {login} already."))
    password = password or new_password()
    with transaction.atomic(using=worlds.REAL):
        user = get_user_model().objects.create_user(login, password=password)
        Account.objects.create(user=user, name=name or login, staff=staff)
        for role in roles:
            Grant.objects.get_or_create(user=user, role=role, site=site)
    return password


def set_password(login: str, password: str = "") -> str:
    """Give an account a new password (one made here where none is given) and end its sessions; returns it.

    Raises :class:`AccountError` for one that is too easily guessed.
    """
    user = _user(login)
    if password:
        try:
            validate_password(password, user)
        except ValidationError as error:
            said = " ".join(error.messages)
            raise AccountError(T(f"このパスワードは使えません: {said}", f"That password will not do: {said}")) from None
    password = password or new_password()
    user.set_password(password)  # sessions carry a hash of the password: they end with it
    user.save(update_fields=["password"])
    return password


def give(login: str, role: str, site: str = "") -> None:
    """Let an account hold a role, for the whole town or at a site (subject reference). Raises :class:`AccountError`."""
    _check_role(role)
    Grant.objects.get_or_create(user=_user(login), role=role, site=site)


def take(login: str, role: str, site: str = "") -> None:
    """Take a role away. Raises :class:`AccountError` where it is not held."""
    gone, _ = Grant.objects.filter(user=_user(login), role=role, site=site).delete()
    if not gone:
        raise AccountError(T(f"{login} はその役割を持っていません。", f"{login} does not hold that role."))


def close(login: str) -> None:
    """Let nobody sign in to an account any more; what it recorded stays its own. Raises :class:`AccountError`."""
    user = _user(login)
    user.is_active = False
    user.save(update_fields=["is_active"])
    Token.objects.filter(user=user).delete()


def listing() -> list[tuple[str, str, list[tuple[str, str]], bool]]:
    """Every account: sign-in name, name, grants (role, site), whether it is open."""
    names = dict(Account.objects.values_list("user_id", "name"))
    grants: dict[int, list[tuple[str, str]]] = {}
    for user_id, role, site in Grant.objects.order_by("role", "site").values_list("user_id", "role", "site"):
        grants.setdefault(user_id, []).append((role, site))
    users = get_user_model().objects.order_by("username").values_list("id", "username", "is_active")
    return [(login, names.get(id, login), grants.get(id, []), active) for id, login, active in users]


def digest(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


def new_token(login: str, name: str, days: int = 365) -> str:
    """A token for programs that speak for an account; shown once, kept as a hash. Raises :class:`AccountError`."""
    token = "tmsb_" + secrets.token_urlsafe(32)
    until = worlds.now() + timedelta(days=days)
    Token.objects.create(user=_user(login), name=name, digest=digest(token), expires=until)
    return token
