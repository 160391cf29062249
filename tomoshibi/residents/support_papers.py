"""Papers of the registered supporter list: a numbered copy for a recipient, and one person's plan."""

from __future__ import annotations

from collections.abc import Sequence

from tomoshibi.documents import Column, render, table_pdf
from tomoshibi.journal import worlds
from tomoshibi.residents.models import CopyRow, SupportRow
from tomoshibi.residents.persons import Person
from tomoshibi.residents.words import UNDISCLOSED, Basis, Need, Recipient
from tomoshibi.vocabulary import T

LAW = T(
    "避難の支援のためにだけ使い、ほかの人に見せないでください（災害対策基本法 49条の12、49条の13）。"
    "期限が来たら返すか、読めないように廃棄して知らせてください。",
    "Use it for helping in an evacuation only, and show it to nobody else (Disaster Countermeasures Basic Act 49-12, "
    "49-13). Return it when due, or destroy it and say so.",
)


def needs_of(row: SupportRow) -> T:
    """Why somebody needs help, in words."""
    found = [Need(n).label for n in row.needs.split()]
    return T("、".join(n.ja for n in found), ", ".join(n.en for n in found))


def copy(row: CopyRow, people: Sequence[tuple[Person, SupportRow]]) -> bytes:
    """The list as it was handed out: its number on every page, no address of a protected person on any.

    Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made.
    """
    columns = (
        # the heading row stands on every page, and with it the copy's number
        Column("name", T(f"氏名（写し {row.number}）", f"Name (copy {row.number})"), kind="name", width=0.15),
        Column("kana", T("かな", "Kana"), width=0.12),
        Column("birth", T("生年月日", "Born"), kind="date", width=0.12),
        Column("sex", T("性別", "Sex"), width=0.05),
        Column("address", T("住所・居所", "Address"), width=0.19),
        Column("contact", T("連絡先", "Contact"), width=0.1),
        Column("needs", T("事由", "Why"), width=0.12),
        Column("note", T("必要な支援", "What help"), width=0.15),
    )
    lines = [
        {
            "name": who.name,
            "kana": who.kana,
            "birth": who.birth,
            "sex": who.sex,
            "address": UNDISCLOSED if who.protected else who.address,
            "contact": "" if who.protected else support.contact,
            "needs": needs_of(support),
            "note": "" if who.protected else support.note,
        }
        for who, support in people
    ]
    due = row.due_on.isoformat() if row.due_on else "―"
    basis, kind = Basis(row.basis).label, Recipient(row.recipient).label
    notes = (
        T(
            f"提供先 {row.name}（{kind.ja}）　根拠 {basis.ja}　渡した日 {row.handed_on}　返却の期限 {due}",
            f"For {row.name} ({kind.en}); {basis.en}; handed {row.handed_on}; due back {due}",
        ),
        LAW,
    )
    title = T(f"避難行動要支援者名簿　写し {row.number}", f"Registered supporter list, copy {row.number}")
    return table_pdf(
        title,
        columns,
        lines,
        notes=notes,
        created=worlds.now(),
        training=worlds.is_training(),
        orientation="landscape",
    )


def plan(who: Person, row: SupportRow, handed: CopyRow | None = None) -> bytes:
    """One person's plan on a sheet; numbered where it is a copy for somebody, and then without the address of a
    protected person.

    Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made.
    """
    shared = T("提供に本人が同意", "The person consents to sharing") if row.plan_consent else T(
        "提供への同意はありません", "No consent to sharing"
    )  # fmt: skip
    data = {
        "copy": handed.number if handed else "",
        "recipient": handed.name if handed else "",
        "name": who.name,
        "kana": who.kana,
        "birth": who.birth.isoformat() if who.birth else "―",
        "sex": who.sex,
        "address": UNDISCLOSED if handed and who.protected else who.where,
        "contact": "" if handed and who.protected else row.contact,
        "needs": needs_of(row),
        "note": row.note,
        "destination": row.destination,
        "route": row.route,
        "means": row.means,
        "plan_note": row.plan_note,
        "helpers": [line for line in row.supporters.split("\n") if line],
        "made_on": row.plan_on.isoformat() if row.plan_on else "",
        "consent": shared,
    }
    title = T("個別避難計画", "Individual evacuation plan")
    return render(
        "residents/documents/plan.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )
