"""The layout of a file: which column holds which item of the register, found once and remembered.

A row of headings has a fingerprint. Headings of the national standard record 標準仕様 and those that systems commonly
write are known; whatever else a town's system calls its columns is said once (a page, or ``tomoshibi residents
layout``), recorded as a fact, and used unattended from then on.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tomoshibi.documents import SheetError
from tomoshibi.documents.sheets.source import Rows
from tomoshibi.residents.changes import OWN
from tomoshibi.residents.register import ITEMS, Record
from tomoshibi.residents.words import FileKind
from tomoshibi.vocabulary import T

HEADING_WITHIN = 30
#: items of a file of changes beside the register's own, in the order of their columns
CHANGE_ITEMS = {"notified_on": OWN[1], "processed_on": OWN[2], "sequence": OWN[3]}
#: every item that a column may hold: name -> the register's word for it
LABELS: dict[str, str] = {**dict(zip(Record._fields, ITEMS, strict=True)), **CHANGE_ITEMS}
#: other headings by which an item is known
ALIASES: dict[str, str] = {
    "number": "住民番号 住民コード 宛名コード 識別番号 number",
    "household": "世帯コード 世帯No household",
    "relation": "続柄名 世帯主との続柄 続柄1 続柄１ relation",
    "name": "漢字氏名 氏名漢字 名前 氏名_漢字 name",
    "kana": "カナ氏名 フリガナ 氏名フリガナ 氏名かな 氏名の振り仮名 氏名振り仮名 氏名_振り仮名 氏名_フリガナ kana",
    "birth": "生年月日西暦 birth born",
    "sex": "性別名 sex",
    "town": "町字名 大字町名 町名 住所_町字 現住所_町字 town",
    "block": "番地号 番地等 地番 番地号表記 住所_番地号表記 現住所_番地号表記 block",
    "building": "建物名 方書名 住所_方書 現住所_方書 building",
    "moved_on": "異動年月日 最終異動日 異動の年月日 moved_on",
    "moved_why": "異動事由名 moved_why",
    "protected": "支援措置フラグ 支援措置区分 支援対象者 支援措置対象者 protected",
    "notified_on": "届出年月日 届出の年月日 notified_on",
    "processed_on": "処理年月日 更新日 更新年月日 処理の年月日 processed_on",
    "sequence": "処理番号 連番 処理順序 履歴番号 sequence",
}
REQUIRED = frozenset(("number", "household", "name", "town"))
#: what a change must say besides; who leaves needs no more than their number
REQUIRED_OF_CHANGES = frozenset(("moved_on", "moved_why"))


@dataclass(frozen=True)
class Layout:
    """What was found: the kind of file, the column of each item (from 0), headings passed over, and the meaning of a
    system's own codes of what a change is.
    """

    kind: FileKind
    places: Mapping[str, int]
    ignored: tuple[str, ...] = ()
    whys: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True)
class Remembered:
    """What somebody said of a row of headings: kind of file, item -> heading, code -> movement."""

    kind: FileKind
    mapping: Mapping[str, str]
    whys: Mapping[str, str]


class LayoutUnknown(SheetError):
    """A file whose headings leave items open: ``headings`` as they stand, ``missing`` items by name."""

    def __init__(self, headings: Sequence[str], missing: Sequence[str], guessed: Mapping[str, str]) -> None:
        names = "、".join(LABELS[name] for name in missing)
        super().__init__(
            T(
                f"次の項目の列が分かりません: {names}。見出しと項目の対応を一度だけ登録してください。",
                f"Columns are missing or unknown: {', '.join(LABELS[n] for n in missing)}. "
                "Say once which heading means which item.",
            )
        )
        self.headings, self.missing, self.guessed = tuple(headings), tuple(missing), dict(guessed)

    @property
    def fingerprint(self) -> str:
        """Of its headings."""
        return fingerprint(self.headings)


def fold(heading: object) -> str:
    """A heading as it is compared: no marks, widths or spaces."""
    plain = unicodedata.normalize("NFKC", str(heading or "")).casefold()
    return re.sub(r"[\s*※・:_\-()（）]|必須|任意", "", plain)


_KNOWN = {fold(word): name for name, label in LABELS.items() for word in (label, *ALIASES[name].split())}


def fingerprint(headings: Iterable[object]) -> str:
    """Of a row of headings: 32 hex digits, the same whatever the width or spacing of its letters."""
    return hashlib.sha256("\n".join(map(fold, headings)).encode()).hexdigest()[:32]


def find(rows: Rows, remembered: Mapping[str, Remembered]) -> tuple[Layout, Rows]:
    """The layout of a sheet, and its rows below the headings.

    Raises :class:`LayoutUnknown` where a required item has no column, :class:`SheetError` where no row looks like
    headings or two columns are one item.
    """
    held = []
    for number, cells in rows:
        held.append((number, cells))
        if number >= HEADING_WITHIN:
            break

    def below(place: int) -> Rows:
        yield from held[place + 1 :]
        yield from rows

    for place, (_, cells) in enumerate(held):
        if (said := remembered.get(fingerprint(cells))) is not None:
            return _as_said(cells, said), below(place)
    counts = [len({_KNOWN[f] for c in cells if (f := fold(c)) in _KNOWN}) for _, cells in held]
    if not counts or max(counts) < 2:
        unknown = next((cells for _, cells in held if sum(1 for c in cells if fold(c)) >= len(REQUIRED)), None)
        if unknown is None or any(fold(c).isdecimal() for c in unknown):
            raise SheetError(
                T(
                    f"見出しの行が見つかりません。{HEADING_WITHIN}行目までに次の見出しを並べてください: "
                    f"{'、'.join(ITEMS)}",
                    f"No heading row was found within {HEADING_WITHIN} rows. The headings are: {', '.join(ITEMS)}",
                )
            )
        raise LayoutUnknown([str(c or "") for c in unknown], sorted(REQUIRED, key=list(LABELS).index), {})
    best = counts.index(max(counts))
    return _as_known(held[best][1]), below(best)


def _as_said(cells: Sequence[object], said: Remembered) -> Layout:
    columns = {fold(cell): place for place, cell in enumerate(cells) if cell}
    places = {name: columns[fold(heading)] for name, heading in said.mapping.items() if fold(heading) in columns}
    used = set(places.values())
    ignored = tuple(str(c) for place, c in enumerate(cells) if c and place not in used)
    return Layout(said.kind, places, ignored, said.whys, fingerprint(cells))


def _as_known(cells: Sequence[object]) -> Layout:
    places: dict[str, int] = {}
    ignored = []
    for place, cell in enumerate(cells):
        name = _KNOWN.get(fold(cell))
        if name is None:
            ignored += [str(cell)] if cell else []
        elif name not in places:
            places[name] = place
        else:
            raise SheetError(T(f"「{cell}」の列が二つあります。", f"Two columns are headed {cell}."))
    kind = FileKind.CHANGES if places.keys() & CHANGE_ITEMS.keys() else FileKind.FULL
    needed = REQUIRED | REQUIRED_OF_CHANGES if kind is FileKind.CHANGES else REQUIRED
    if missing := [name for name in LABELS if name in needed and name not in places]:
        headings = [str(c or "") for c in cells]
        raise LayoutUnknown(headings, missing, {name: headings[place] for name, place in places.items()})
    return Layout(kind, places, tuple(ignored), {}, fingerprint(cells))
