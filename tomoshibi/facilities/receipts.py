"""The receipt of a hand-over to the family: who took whom, how that was known, signed; one A4 page in two halves."""

from __future__ import annotations

from tomoshibi.documents import render
from tomoshibi.facilities import signatures
from tomoshibi.facilities.models import EvacuationRow, HeadcountRow, ResidentRow
from tomoshibi.facilities.subjects import Resident
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import who_are_we
from tomoshibi.vocabulary import T


def of(actor: Actor, site: SiteRow, key: str, row: EvacuationRow | None) -> bytes | None:
    """The receipt of a resident of this facility in an evacuation; None where nobody took that person home."""
    person = ResidentRow.objects.filter(subject=Resident.ref(key), site=site.subject).first()
    found = HeadcountRow.objects.filter(resident=Resident.ref(key), site=site.subject, handed_at__isnull=False)
    head = found.filter(evacuation=row.subject).first() if row else None
    head = head or found.order_by("-handed_at").first()
    if person is None or head is None:
        return None
    log_reading(actor, [person.subject], "/f/receipts/")
    return receipt(site, person, head)


def receipt(site: SiteRow, person: ResidentRow, head: HeadcountRow) -> bytes:
    """The page. Where nobody signed on the phone, it has a line to sign by pen.

    Raises :class:`tomoshibi.documents.DocumentError` where it cannot be made.
    """
    us = who_are_we()
    data = {
        "town": us.name if us else "",
        "facility": site.name,
        "phone": site.phone,
        "name": person.name,
        "kana": person.kana,
        "room": person.room,
        "at": head.handed_at,
        "to": head.handed_to,
        "relation": head.relation,
        "identity": " ".join(filter(None, (str(head.identity_word.label), head.identity_note)))
        if head.identity_word
        else "",
        "reason": head.handed_reason,
        "by": head.handed_by,
        "signed": head.signed,
        "lines": signatures.lines(head.signature),
        "number": head.handed_entry,
    }
    title = T(f"{site.name} 引き渡しの受け取り証", f"{site.name}: hand-over receipt")
    return render(
        "facilities/documents/receipt.typ", data, title=title, created=worlds.now(), training=worlds.is_training()
    )
