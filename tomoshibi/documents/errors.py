"""What can go wrong with a document or a sheet, said in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from tomoshibi.vocabulary import T


class DocumentError(Exception):
    """A document or sheet that cannot be made or read. ``text`` says what, where and what to do, in both languages."""

    def __init__(self, text: T) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return str(self.text)


class FontsMissing(DocumentError):
    """No usable font on this machine."""


class TemplateError(DocumentError):
    """A template that Typst refuses. ``diagnostic`` is Typst's own account, with file and line."""

    def __init__(self, text: T, diagnostic: str = "") -> None:
        super().__init__(text)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Missing:
    """One character that no chosen font can draw: where it stands, itself, and its code points (``U+8FBB U+E01EF``)."""

    path: str
    character: str

    @property
    def codes(self) -> str:
        return " ".join(f"U+{ord(c):04X}" for c in self.character)

    def __str__(self) -> str:
        shown = self.character if self.character.isprintable() else ""
        return f"{self.path}: {shown}({self.codes})" if shown else f"{self.path}: {self.codes}"


class MissingGlyphs(DocumentError):
    """Text that would print as empty boxes. ``missing`` lists every character once for each field, in reading order."""

    def __init__(self, missing: tuple[Missing, ...], fonts: str) -> None:
        self.missing = missing
        listed = "、".join(str(m) for m in missing[:10])
        listed_en = ", ".join(str(m) for m in missing[:10])
        more = len(missing) - 10
        super().__init__(
            T(
                f"印刷できない文字があります。{listed}{f' ほか{more}字' if more > 0 else ''}。使えるフォント: {fonts}。"
                "文字を直すか、その文字を持つフォントを環境変数 TOMOSHIBI_FONTS のフォルダに置いてください。",
                f"No font can draw these characters: {listed_en}{f' and {more} more' if more > 0 else ''}. "
                f"Fonts: {fonts}. "
                "Correct the text, or put a font that has them into the folder named by TOMOSHIBI_FONTS.",
            )
        )


class SheetError(DocumentError):
    """A spreadsheet that cannot be read or written at all (a bad cell is a :class:`Problem` instead)."""
