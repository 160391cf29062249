"""What must not be so of people: named queries, shown on the conflicts page, because nodes that meet may bring it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tomoshibi.journal.laws import Finding, law
from tomoshibi.people.models import StaffRow
from tomoshibi.people.queries import roles, rules, staff
from tomoshibi.vocabulary import T


@law("people.number_once", T("職員番号は一人に一つ", "A staff number is one person's"))
def number_once() -> Iterator[Finding]:
    """Staff in office who share a number."""
    for number, people in _shared((p.number, p.subject) for p in staff()):
        yield Finding(
            people,
            T(
                f"職員番号 {number} の職員が{len(people)}人います。番号を直すか、重複した登録を退職にしてください。",
                f"{len(people)} people have the staff number {number}. Correct it, or record that one of them left.",
            ),
        )


@law("people.rule_named_once", T("参集ルールの名称は一つずつ", "A call-out rule's name is its own"))
def rule_named_once() -> Iterator[Finding]:
    """Rules in force of one name: a trigger table could mean either."""
    for name, found in _shared((r.name, r.subject) for r in rules()):
        yield Finding(
            found,
            T(
                f"「{name}」という参集ルールが{len(found)}つあります。一つを残して廃止してください。",
                f"{len(found)} rules are called “{name}”. Withdraw all but one.",
            ),
        )


@law("people.roles_are_held", T("役割には在職者がいる", "Roles are held by people in office"))
def roles_are_held() -> Iterator[Finding]:
    """Roles whose holder or deputies have left: nobody would be called for them."""
    gone = dict(StaffRow.objects.filter(left=True).values_list("subject", "name"))
    for role in roles():
        left = [ref for ref in role.chain if ref in gone]
        if left:
            names = "、".join(gone[ref] for ref in left)
            yield Finding(
                (role.subject, *left),
                T(
                    f"役割「{role.name}」の{names}は在職していません。割り当て直してください。",
                    f"{names}, who stands in the role “{role.name}”, has left. Assign it anew.",
                ),
            )


def _shared(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each name that several subjects have, with them."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, subject in pairs:
        if name:
            found[name].append(subject)
    yield from ((name, tuple(subjects)) for name, subjects in found.items() if len(subjects) > 1)
