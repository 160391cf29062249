"""Who may do what: actors, roles, and the permissions that roles hold by site.

A permission is the kind of a fact (``people.staff_described``) or a reading (``people.read``); a role holds patterns of
them (``people.*``). Rooms say which role holds what with :func:`grant`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tomoshibi.vocabulary import T

#: the roles that a town gives out, with their names
ROLES: dict[str, T] = {
    "administrator": T("システム管理者", "System administrator"),
    "headquarters": T("災害対策本部", "Disaster headquarters"),
    "approver": T("承認者", "Approver"),
    "ict": T("情報システム担当", "ICT section"),
    "clerk": T("窓口職員", "Counter clerk"),
    "shelter": T("避難所運営", "Shelter staff"),
    "facility": T("施設職員", "Facility staff"),
    "surveyor": T("被害調査員", "Damage surveyor"),
    "seismologist": T("地震担当", "Seismologist"),
    "staff": T("職員", "Staff"),
}

_granted: dict[str, set[str]] = {role: set() for role in ROLES}
_granted["administrator"].add("*")


def grant(role: str, *patterns: str) -> None:
    """Let ``role`` hold the permissions that match ``patterns``. Raises :class:`KeyError` for an unknown role."""
    _granted[role].update(patterns)


def who_may(*permissions: str) -> T:
    """The roles that hold any of ``permissions``, by name; the administrator, who holds all, where no other does."""
    names = [
        name
        for role, name in ROLES.items()
        if role != "administrator" and any(fnmatchcase(p, held) for p in permissions for held in _granted[role])
    ] or [ROLES["administrator"]]
    return T("、".join(name.ja for name in names), ", ".join(name.en for name in names))


@dataclass(frozen=True)
class Actor:
    """Who acts: a person signed in, a person with a signed link, or the program itself.

    ``grants`` are pairs of role and site reference; an empty site means the whole town. ``only`` are pairs of
    permission and subject: all that a signed link for certain subjects lets its holder do. A signed link for a site
    has grants at that site instead.
    """

    id: str
    name: str = ""
    grants: tuple[tuple[str, str], ...] = ()
    only: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def text(self) -> str:
        """As an entry keeps it: the id, then the name."""
        return f"{self.id} {self.name}".strip()

    def is_same(self, actor: str) -> bool:
        """Whether ``actor``, as an entry keeps one, is this person: of what one did, another answers for the next."""
        return person_of(actor) == person_of(self.text)

    def may(self, permission: str, site: str = "", subject: str = "") -> bool:
        """Whether a role held for the whole town or for ``site`` carries ``permission``."""
        if self.id.startswith("system:"):
            return True
        return (permission, subject) in self.only or any(
            (not at or at == site) and any(fnmatchcase(permission, p) for p in _granted.get(role, ()))
            for role, at in self.grants
        )

    def sites(self, permission: str) -> set[str] | None:
        """Sites for which ``permission`` is held; None: the whole town."""
        sites = {at for role, at in self.grants if any(fnmatchcase(permission, p) for p in _granted.get(role, ()))}
        return None if self.id.startswith("system:") or "" in sites else sites


def person_of(actor: str) -> str:
    """The person whom an entry's actor means: an account or a link by its id. A drill lets the program act under one
    id in many names, so that there the name tells them apart."""
    return actor if actor.startswith("system:") else actor.partition(" ")[0]


def name_of(actor: str) -> str:
    """What people call an entry's actor: the part after the id, else the id."""
    return actor.partition(" ")[2] or actor


#: what the program is called where it acts by itself
BY_ITSELF = T("自動", "automatic")


def system(name: str) -> Actor:
    """The program itself, acting as ``name`` (``inbox``, ``tick``, ``setup``)."""
    return Actor(f"system:{name}", BY_ITSELF.ja)  # recorded: one name, whatever language this process speaks


def linked(
    id: str, name: str, permissions: Iterable[tuple[str, str]] = (), grants: Iterable[tuple[str, str]] = ()
) -> Actor:
    """Somebody who came by a signed link, and may do just ``permissions`` (permission, subject) and what the roles of
    ``grants`` (role, site) let them do at those sites.

    Raises :class:`ValueError` for a grant of the whole town: a link is passed on too easily for that.
    """
    grants = tuple(grants)
    if any(not site for _, site in grants):
        raise ValueError("a signed link cannot hold a role for the whole town")
    return Actor(id, name, grants, frozenset(permissions))
