"""Names that several nodes give alike: a subject's key from what the town itself calls it."""

from __future__ import annotations

import unicodedata
import uuid

from tomoshibi.journal.states import Subject


def natural(subject: type[Subject], *parts: str) -> str:
    """Reference of the subject of this type with that natural key, in any width and spacing.

    Two nodes that both enter staff number ``0123`` or the school named 灯第一小学校 meet on one subject.
    """
    plain = "/".join("".join(unicodedata.normalize("NFKC", part).split()) for part in parts)
    return subject.ref(str(uuid.uuid5(uuid.NAMESPACE_URL, f"tomoshibi:{subject.type}:{plain}")))
