"""The demonstration city's recipients of mails: invented organisations at addresses that reach nobody."""

from __future__ import annotations

from collections.abc import Callable

from tomoshibi.journal.access import system
from tomoshibi.journal.recording import record
from tomoshibi.places.demo import CODE, demo_draft, district
from tomoshibi.places.keys import natural
from tomoshibi.publishing.facts import RecipientDescribed
from tomoshibi.publishing.subjects import Recipient
from tomoshibi.publishing.words import RecipientKind

#: name, kind, address, district (empty: all)
RECIPIENTS = (
    ("灯警察署", RecipientKind.ORGANISATION, "keisatsu@akari.example", ""),
    ("県危機管理課", RecipientKind.ORGANISATION, "kiki@pref.example", ""),
    ("灯社会福祉協議会", RecipientKind.ORGANISATION, "shakyo@akari.example", ""),
    ("潮見漁業協同組合", RecipientKind.ORGANISATION, "gyokyo@akari.example", "潮見"),
    ("あかりケーブルテレビ", RecipientKind.MEDIA, "desk@catv.example", ""),
    ("浜通り新報", RecipientKind.MEDIA, "news@shimpo.example", ""),
)


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record the recipients in the world that we are in. Twice records nothing more."""
    drafts = [
        demo_draft(
            RecipientDescribed(
                name=name, recipient_kind=kind, email=email, **({"area": district(area)} if area else {})
            ),
            natural(Recipient, CODE, email),
        )
        for name, kind, email, area in RECIPIENTS
    ]
    record(drafts, system("demo"))
    progress(len(drafts), len(drafts))
