"""The fonts that documents are set in, and which characters they can draw.

IPAex Gothic and Mincho set the text, IPAmj Mincho the names: it holds the characters of the resident and family
registers with their variants, chosen by ideographic variation sequences (Unicode Technical Standard 37; ``cmap``
format 14). They come, in this order, from the folder that ``TOMOSHIBI_FONTS`` names, from Debian's folders, and last
from a wheel that carries IPAex Gothic alone. Any other font in the named folder (a town's own characters 外字) stands
in where these have no glyph. Nothing else on the machine is ever used, so that a page looks alike everywhere.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from tomoshibi.documents.errors import FontsMissing, Missing
from tomoshibi.vocabulary import T

log = logging.getLogger(__name__)

#: role -> file name and family, as the foundry and Debian name them
KNOWN = {
    "gothic": ("ipaexg.ttf", "IPAexGothic"),
    "mincho": ("ipaexm.ttf", "IPAexMincho"),
    "names": ("ipamjm.ttf", "IPAmjMincho"),
}
SYSTEM_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
#: what needs no glyph: breaks, joiners, soft hyphen, marks of direction (not overrides, which reorder what is read) and
#: the two selectors that choose between text and picture style
INVISIBLE = frozenset("\t\n\r\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufe0e\ufe0f")

_SELECTORS = re.compile("[\ufe00-\ufe0d\U000e0100-\U000e01ef]")


class FontWarning(UserWarning):
    """Documents can be printed, but not in every font that they should have."""


def is_selector(char: str) -> bool:
    """Whether ``char`` is an ideographic variation selector (VS17-VS256) or one of the standard ones VS1-VS14."""
    return _SELECTORS.fullmatch(char) is not None


@dataclass(frozen=True)
class Font:
    """One font file and its coverage, read once."""

    path: Path
    family: str

    @cached_property
    def _coverage(self) -> tuple[frozenset[str], frozenset[str]]:
        from fontTools.ttLib import TTFont

        with TTFont(self.path, lazy=True, fontNumber=0) as font:
            best = font["cmap"].getBestCmap() or {}
            sequences = {
                chr(base) + chr(selector)
                for table in font["cmap"].tables
                if table.format == 14
                for selector, pairs in table.uvsDict.items()
                for base, glyph in pairs
                if glyph is not None or base in best
            }
        return frozenset(map(chr, best)), frozenset(sequences)

    @property
    def characters(self) -> frozenset[str]:
        """Every character with a glyph."""
        return self._coverage[0]

    @property
    def sequences(self) -> frozenset[str]:
        """Every variation sequence (base and selector, two characters) with a glyph."""
        return self._coverage[1]


@dataclass(frozen=True, eq=False)
class FontSet:
    """The fonts in use. ``roles`` maps gothic, mincho, names to a font; a role without its own font borrows another."""

    roles: dict[str, Font]
    extra: tuple[Font, ...] = ()
    warnings: tuple[T, ...] = field(default=())

    def chain(self, role: str) -> tuple[Font, ...]:
        """Fonts to try one after the other for text of ``role``."""
        order = {"gothic": ("gothic", "mincho", "names"), "mincho": ("mincho", "names", "gothic")}
        wanted = order.get(role, ("names", "mincho", "gothic"))
        return tuple(dict.fromkeys([*(self.roles[r] for r in wanted), *self.extra]))

    @cached_property
    def characters(self) -> frozenset[str]:
        held = frozenset().union(*(font.characters for font in self.chain("names"))) | INVISIBLE
        return frozenset(char for char in held if not is_selector(char))

    @cached_property
    def variants(self) -> dict[str, str]:
        """Variation sequence -> family of the font that draws it. The registers' collection (IPAmj) and Adobe-Japan1
        (IPAex) name different sequences, so one name may need both fonts."""
        return {sequence: font.family for font in reversed(self.chain("names")) for sequence in font.sequences}

    @property
    def described(self) -> str:
        return ", ".join(font.family for font in self.chain("names"))

    @cached_property
    def typst(self) -> Any:
        """The fonts as Typst holds them: these files' folders only, nothing of the system, nothing of Typst's own."""
        import typst

        folders = dict.fromkeys(str(font.path.parent) for font in self.chain("names"))
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))

    def families(self) -> dict[str, list[str]]:
        """Families in order for each role, as templates use them."""
        return {role: [font.family for font in self.chain(role)] for role in KNOWN}

    def variants_in(self, text: str) -> dict[str, str]:
        """The variation sequences of ``text`` and the family that draws each; what no font draws is left out."""
        if text.isascii() or not _SELECTORS.search(text):
            return {}
        pairs = (text[m.start() - 1 : m.end()] for m in _SELECTORS.finditer(text) if m.start())
        return {pair: self.variants[pair] for pair in pairs if pair in self.variants}

    def missing(self, text: str, path: str) -> Iterator[Missing]:
        """Characters and variation sequences of ``text`` that would not print, each once."""
        if self.characters.issuperset(text):
            return
        seen: set[str] = set()
        for index, char in enumerate(text):
            if is_selector(char):
                found = text[max(index - 1, 0) : index + 1]
                known = found in self.variants
            else:
                found, known = char, char in self.characters
            if not known and found not in seen:
                seen.add(found)
                yield Missing(path, found)


def _loaded(folder: Path) -> dict[Path, str]:
    """Family of each font file below ``folder`` as Typst knows it; what Typst cannot use is left out."""
    import typst

    held = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
    return {Path(font.path): font.family for font in held.fonts() if font.path}


def _files(folder: Path) -> dict[str, Path]:
    found = (p for p in sorted(folder.rglob("*")) if p.suffix.lower() in (".ttf", ".otf", ".ttc"))
    return {p.name.lower(): p for p in found}


def _wheel() -> dict[str, Path]:
    # the folder is looked up without importing the package, whose import would load all of matplotlib
    spec = importlib.util.find_spec("matplotlib_fontja")
    roots = spec.submodule_search_locations if spec else None
    return {k: v for root in roots or () for k, v in _files(Path(root)).items()}


def find_fonts(named: Path | None, system: Iterable[Path] = SYSTEM_FOLDERS) -> FontSet:
    """Look the fonts up: ``named`` (the town's folder) first, then ``system`` folders, then the wheel.

    Raises :class:`FontsMissing` where ``named`` is no folder, holds no font, or where no font is found at all.
    """
    own: dict[str, Path] = {}
    if named is not None:
        own = _files(named) if named.is_dir() else {}
        if not own:
            raise FontsMissing(
                T(
                    f"TOMOSHIBI_FONTS のフォルダ {named} にフォント(.ttf .otf .ttc)がありません。"
                    "ipaexg.ttf、ipaexm.ttf、ipamjm.ttf を置くか、この環境変数を外してください。",
                    f"The folder {named} named by TOMOSHIBI_FONTS holds no font (.ttf .otf .ttc). "
                    "Put ipaexg.ttf, ipaexm.ttf and ipamjm.ttf there, or unset the variable.",
                )
            )
    places = [own, *(_files(folder) for folder in system if folder.is_dir()), _wheel()]
    roles: dict[str, Font] = {}
    for role, (file, family) in KNOWN.items():
        path = next((place[file] for place in places if file in place), None)
        if path:
            roles[role] = Font(path, family)
    known_files = {file for file, _ in KNOWN.values()}
    more = {path for file, path in own.items() if file not in known_files}
    families = _loaded(named) if named and more else {}
    extra = tuple(Font(path, families[path]) for path in sorted(more) if path in families)
    told = [_unusable(path) for path in sorted(more) if path not in families]
    first = next(iter(roles.values()), None) or next(iter(extra), None)
    if first is None:
        raise FontsMissing(
            T(
                "日本語フォントがありません。Debian なら apt install fonts-ipaexfont fonts-ipamj-mincho、"
                "ほかでは IPAex と IPAmj明朝のファイルを置いたフォルダを環境変数 TOMOSHIBI_FONTS で示してください。",
                "There is no Japanese font. On Debian: apt install fonts-ipaexfont fonts-ipamj-mincho; elsewhere put "
                "the IPAex and IPAmj Mincho files into a folder and name it in TOMOSHIBI_FONTS.",
            )
        )
    told += [_without(role, KNOWN[role], first) for role in KNOWN if role not in roles]
    return FontSet({role: roles.get(role, first) for role in KNOWN}, extra, tuple(told))


def _unusable(path: Path) -> T:
    return T(
        f"フォント {path} は読めないため使いません。壊れていない TrueType か OpenType のファイルに替えてください。",
        f"The font {path} cannot be read and is not used. Replace it with a sound TrueType or OpenType file.",
    )


def _without(role: str, known: tuple[str, str], used: Font) -> T:
    purpose = {
        "gothic": T("ゴシック体", "Gothic text"),
        "mincho": T("明朝体", "Mincho text"),
        "names": T("人名の異体字", "variant characters of names"),
    }[role]
    return T(
        "フォント {family}({file})がないため、{purpose}は {used} で印刷します。Debian なら "
        "apt install fonts-ipaexfont fonts-ipamj-mincho、ほかでは TOMOSHIBI_FONTS のフォルダに置いてください。",
        "The font {family} ({file}) is missing, so {purpose} will print in {used}. On Debian: apt install "
        "fonts-ipaexfont fonts-ipamj-mincho; elsewhere put it into the folder named by TOMOSHIBI_FONTS.",
    ).format(family=known[1], file=known[0], purpose=purpose, used=used.family)


@lru_cache(maxsize=4)
def _fonts(named: str) -> FontSet:
    found = find_fonts(Path(named) if named else None)
    for text in found.warnings:
        warnings.warn(str(text), FontWarning, stacklevel=3)
        log.warning("%s", text)
    return found


def fonts() -> FontSet:
    """The fonts of this machine (environment ``TOMOSHIBI_FONTS``), found once a process; warns where one is missing."""
    return _fonts(os.environ.get("TOMOSHIBI_FONTS", ""))
