"""Papers of a facility: residents' cards, their list, and the hand-over list to be signed."""

from __future__ import annotations

from collections.abc import Sequence

from tomoshibi.documents import Column, render, table_pdf
from tomoshibi.facilities.models import EvacuationRow, FacilityRow, HeadcountRow, ResidentRow
from tomoshibi.facilities.queries import handed_over
from tomoshibi.journal import worlds
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T


def cards(site: SiteRow, people: Sequence[ResidentRow]) -> bytes:
    """A card for each resident, to be cut out and taken along: whom to call, what care, medicine and food.

    Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made.
    """
    data = {
        "facility": site.name,
        "phone": site.phone,
        "people": [
            {
                "name": r.name,
                "kana": r.kana,
                "room": r.room,
                "birth": r.birth.isoformat() if r.birth else "",
                "address": r.address,
                "care": r.care_word.label,
                "moves": r.moves_word.label,
                "history": r.history,
                "medicine": r.medicine,
                "food": r.food,
                "family": [[c.name, c.relation, c.phone] for c in r.contacts],
            }
            for r in people
        ],
    }
    title = T(f"{site.name} 入所者カード", f"{site.name}: residents' cards")
    return render(
        "facilities/documents/cards.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def family_cards(site: SiteRow, people: Sequence[ResidentRow]) -> bytes:
    """Hand-over cards 引き渡しカード, given to families in advance: whoever brings one back may take the person home.

    Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made.
    """
    profile = FacilityRow.objects.filter(site=site.subject).first()
    data = {
        "facility": site.name,
        "phones": list(dict.fromkeys(filter(None, (site.phone, profile.night_phone if profile else "")))),
        "destination": profile.destination if profile else "",
        "people": [
            {
                "name": r.name,
                "kana": r.kana,
                "number": r.card_number,
                "family": [[c.name, c.relation, c.phone] for c in r.contacts],
            }
            for r in people
        ],
    }
    title = T(f"{site.name} 引き渡しカード", f"{site.name}: hand-over cards")
    return render(
        "facilities/documents/family_cards.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )


def listing(site: SiteRow, people: Sequence[ResidentRow]) -> bytes:
    """Everybody with what must be known of each 救護の必要な人の一覧, to be kept in several places that one disaster
    does not reach.
    """
    columns = (
        Column("room", T("居室", "Room"), width=0.05),
        Column("name", T("氏名", "Name"), kind="name", width=0.12),
        Column("birth", T("生年月日", "Born"), kind="date", width=0.11),
        Column("care", T("要介護度・移動", "Care, how moved"), width=0.09),
        Column("medicine", T("服薬", "Medicine"), width=0.12),
        Column("food", T("食事形態", "Food"), width=0.08),
        Column("history", T("既往歴", "Medical history"), width=0.12),
        Column("address", T("住所", "Address"), width=0.11),
        Column("family", T("家族の連絡先", "Family"), width=0.20),
    )
    lines = [
        {
            **{n: getattr(r, n) for n in ("room", "birth", "medicine", "food", "history", "address")},
            "name": f"{r.name}\n{r.kana}",
            "care": f"{r.care_word.label}\n{r.moves_word.label}" + (f"\n{r.away}" if r.away else ""),
            "family": "\n".join(f"{c.name}（{c.relation}）{c.phone}" for c in r.contacts),
        }
        for r in people
    ]
    title = T(f"{site.name} 入所者の一覧", f"{site.name}: residents")
    return table_pdf(
        title, columns, lines, created=worlds.now(), training=worlds.is_training(), orientation="landscape"
    )


def handover(site: SiteRow, row: EvacuationRow | None, people: Sequence[ResidentRow]) -> bytes:
    """The list on which hand-overs are written: those recorded already are filled in, the others wait for a pen."""
    done: dict[str, HeadcountRow] = {r.subject: h for r, h in handed_over(row)} if row else {}
    columns = (
        Column("room", T("居室", "Room"), width=0.07),
        Column("name", T("氏名", "Name"), kind="name", width=0.15),
        Column("family", T("登録された家族", "Family on record"), width=0.28),
        Column("to", T("引き取った人", "Handed to"), kind="name", width=0.14),
        Column("relation", T("続柄", "Relation"), width=0.08),
        Column("identity", T("本人確認", "Identity"), width=0.12),
        Column("at", T("時刻", "Time"), kind="datetime", width=0.09),
        Column("by", T("職員", "Staff"), kind="name", width=0.07),
    )
    lines = []
    for person in people:
        head = done.get(person.subject)
        known = {
            "to": head.handed_to,
            "relation": head.relation,
            "identity": head.identity_word.label if head.identity_word else "",
            "at": head.handed_at,
            "by": head.handed_by,
        } if head else {}  # fmt: skip
        family = "\n".join(f"{c.name}（{c.relation}）{c.phone}" for c in person.contacts)
        lines.append({"room": person.room, "name": person.name, "family": family, **known})
    title = T(f"{site.name} 引き渡し名簿", f"{site.name}: hand-over list")
    return table_pdf(
        title, columns, lines, created=worlds.now(), training=worlds.is_training(), orientation="landscape"
    )
