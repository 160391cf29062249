"""The list of recipients as a spreadsheet, in and out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tomoshibi.documents import Column, read_sheet
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.journal.access import Actor
from tomoshibi.people.sheets import Parse, Source
from tomoshibi.places.importing import Imported, Sheet, Values, chosen, named
from tomoshibi.places.keys import natural
from tomoshibi.places.queries import area_names, here, names_of
from tomoshibi.publishing.facts import RecipientDescribed
from tomoshibi.publishing.models import RecipientRow
from tomoshibi.publishing.subjects import Recipient
from tomoshibi.publishing.words import RecipientKind
from tomoshibi.vocabulary import T

AREA = T("地区", "district")


def recipient_columns(area: Parse | None = None) -> Sequence[Column]:
    """Columns of the list; ``area`` finds a district by its name when the list is read."""
    return (
        Column("name", T("名称", "Name"), aliases=("氏名", "団体名"), required=True),
        Column("recipient_kind", T("種別", "Kind"), parse=chosen(RecipientKind)),
        Column("email", T("メール", "E-mail"), aliases=("メールアドレス",), required=True, unique=True),
        Column("area", T("知りたい地区", "Area"), aliases=("地区",), parse=area),
    )


def recipient(email: str) -> str:
    """Reference of the recipient of that address."""
    return natural(Recipient, here(), email.lower())


def load_recipients(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the recipients of a list. Raises :class:`~tomoshibi.documents.SheetError` for one that is not used."""
    columns = recipient_columns(named(area_names(), AREA))
    rows = {r.subject: r for r in RecipientRow.objects.all()}
    by_email = {r.email.lower(): r.subject for r in rows.values()}

    def subject_of(values: Values) -> str:
        return by_email.get(values["email"].lower()) or recipient(values["email"])

    return Sheet(RecipientDescribed, columns, subject_of, lambda: {k: _known(r) for k, r in rows.items()}).load(
        read_sheet(source, columns), actor, accept_good=accept_good
    )


def _known(row: RecipientRow) -> Values:
    return {
        "name": row.name,
        "recipient_kind": RecipientKind(row.kind) if row.kind else None,
        "email": row.email,
        "area": row.area,
    }


def recipient_sheet(rows: Iterable[RecipientRow]) -> OutSheet:
    """Recipients as a sheet that :func:`load_recipients` reads back."""
    rows = list(rows)
    names = names_of(r.area for r in rows)
    told = [
        {
            "name": r.name,
            "recipient_kind": RecipientKind(r.kind).label if r.kind else "",
            "email": r.email,
            "area": names.get(r.area, ""),
        }
        for r in rows
    ]
    return OutSheet(T("配信先", "Recipients"), recipient_columns(), told)
