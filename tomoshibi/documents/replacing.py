"""Lists that must come out on the day, whatever characters people wrote into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tomoshibi.documents.errors import MissingGlyphs
from tomoshibi.vocabulary import T

#: variation selectors: what makes a character a form of itself
_SELECTORS = "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))

Table = Callable[..., bytes]


def drawn(
    table: Table, title: T | str, rows: Sequence[Mapping[str, Any]], *, notes: Sequence[T | str] = (), **options: Any
) -> bytes:
    """What ``table(title, rows, notes=…, **options)`` gives; where no font can draw a character, with its plain form
    instead, or 〓, and a note that says which.

    Raises what ``table`` raises, but for :class:`~tomoshibi.documents.errors.MissingGlyphs`.
    """
    try:
        return table(title, rows, notes=notes, **options)
    except MissingGlyphs as error:
        missing = {m.character: m.codes for m in error.missing}
    replaced = [{k: _replaced(v, missing) for k, v in row.items()} for row in rows]
    listed = "、".join(f"{_plain(c)}（{codes}）" for c, codes in missing.items())
    said = T(
        f"フォントにない字形を基本の字形（なければ〓）で印刷しました: {listed}",
        f"Printed in their plain form (or as 〓), because no font has them: {listed}",
    )
    return table(_replaced(title, missing), replaced, notes=[*(_replaced(n, missing) for n in notes), said], **options)


def _plain(character: str) -> str:
    """A character without its variation selector; 〓 where it had none."""
    plain = character.rstrip(_SELECTORS)
    return plain if plain != character else "〓"


def _replaced(value: Any, missing: Iterable[str]) -> Any:
    """``value`` with every character of ``missing`` in a form that can be drawn."""
    if isinstance(value, T):
        return T(_replaced(value.ja, missing), _replaced(value.en, missing))
    if isinstance(value, str):
        for character in missing:
            value = value.replace(character, _plain(character))
    return value
