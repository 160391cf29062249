"""What goes wrong with a record, said so that the reader can act on it: which file, which line, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tomoshibi.vocabulary import T


class RecordError(ValueError):
    """A strong-motion record that cannot be used.

    ``files`` names the file or files at fault, ``line`` the line (from 1) where one is known, ``reason`` says what is
    wrong in both languages. ``str(error)`` puts the three together in the context's language.
    """

    def __init__(self, reason: T, files: str | Path | Iterable[str | Path] = (), line: int | None = None) -> None:
        self.reason = reason
        self.files = tuple(str(f) for f in ([files] if isinstance(files, str | Path) else files))
        self.line = line
        super().__init__(reason.en)

    @property
    def text(self) -> T:
        """The whole message in both languages: ``file, line 18: reason``."""
        where = ", ".join(self.files)
        if not where:
            return self.reason
        if self.line is None:
            return T(f"{where}: {self.reason.ja}", f"{where}: {self.reason.en}")
        return T(f"{where} {self.line}行目: {self.reason.ja}", f"{where}, line {self.line}: {self.reason.en}")

    def __str__(self) -> str:
        return str(self.text)

    def __reduce__(self) -> tuple[type[RecordError], tuple[T, tuple[str, ...], int | None]]:
        # the default pickling of exceptions passes the message only: worker processes send these back to the parent
        return (RecordError, (self.reason, self.files, self.line))
