"""Saying what the headings of a file mean: by a page or a command, once for each layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from tomoshibi.documents.sheets.source import open_sheets, read_bytes
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.residents import layouts
from tomoshibi.residents.importing import LIMITS, Source
from tomoshibi.residents.intake_facts import LayoutMapped
from tomoshibi.residents.intake_subjects import Layout
from tomoshibi.residents.layouts import LABELS, LayoutUnknown
from tomoshibi.residents.words import WHYS, FileKind, Movement
from tomoshibi.vocabulary import T

__all__ = ["LABELS", "guesses", "headings", "items", "movements", "remember"]


def headings(source: Source) -> tuple[list[str], dict[str, str]]:
    """The headings of a file's first sheet, and what is known of them already: item -> heading.

    Raises :class:`~tomoshibi.documents.SheetError`.
    """
    data = read_bytes(source, LIMITS)
    for _, rows in open_sheets(data, LIMITS):
        held = list(islice(rows, layouts.HEADING_WITHIN))
        try:
            found, _ = layouts.find(iter(held), {})
        except LayoutUnknown as no:
            return list(no.headings), dict(no.guessed)
        for _, cells in held:
            if layouts.fingerprint(cells) == found.fingerprint:
                words = [str(c or "") for c in cells]
                return words, {name: words[place] for name, place in found.places.items()}
    raise Refused(T("ファイルに表がありません。", "There is no table in this file."))


def guesses(words: Sequence[str]) -> dict[str, str]:
    """What is known of these headings: item -> heading."""
    try:
        found, _ = layouts.find(iter([(1, list(words))]), {})
    except LayoutUnknown as no:
        return dict(no.guessed)
    return {name: words[place] for name, place in found.places.items()}


def items(pairs: Iterable[str]) -> dict[str, str]:
    """``ITEM=HEADING`` pairs, an item by its name or the register's word. Raises :class:`Refused`."""
    names = {**{label: name for name, label in LABELS.items()}, **{name: name for name in LABELS}}
    found = {}
    for pair in pairs:
        item, _, heading = pair.partition("=")
        if item.strip() not in names or not heading.strip():
            raise Refused(
                T(
                    f"「{pair}」は 項目=見出し の形ではありません。項目: {'、'.join(LABELS.values())}",
                    f"{pair} is not ITEM=HEADING. Items: {', '.join(LABELS)}",
                )
            )
        found[names[item.strip()]] = heading.strip()
    return found


def movements(pairs: Iterable[str]) -> dict[str, str]:
    """``CODE=MOVEMENT`` pairs, a movement by its word or value. Raises :class:`Refused`."""
    known = {**WHYS, **{m.value: m for m in Movement}, **{m.label.ja: m for m in Movement}}
    found = {}
    for pair in pairs:
        code, _, word = pair.partition("=")
        if not code.strip() or word.strip() not in known:
            raise Refused(
                T(
                    f"「{pair}」は コード=異動 の形ではありません。異動: {'、'.join(m.label.ja for m in Movement)}",
                    f"{pair} is not CODE=MOVEMENT. Movements: {', '.join(m.value for m in Movement)}",
                )
            )
        found[code.strip()] = known[word.strip()].value
    return found


def remember(
    words: Sequence[str], kind: FileKind, mapping: Mapping[str, str], whys: Mapping[str, str], actor: Actor
) -> None:
    """Record what these headings mean. Raises :class:`Refused`."""
    subject = Layout.ref(layouts.fingerprint(words))
    row = SubjectRow.objects.filter(subject=subject).first()
    fact = LayoutMapped(file_kind=kind, headings=tuple(words), mapping=dict(mapping), whys=dict(whys))
    record(Draft(fact, subject, after=row.head_ids if row else None), actor)
