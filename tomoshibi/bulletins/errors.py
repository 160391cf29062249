"""The error of a bulletin that cannot be read or written."""

from __future__ import annotations

from tomoshibi.vocabulary import T


class BulletinError(ValueError):
    """A bulletin that cannot be read. ``text`` says what, where and what to do; ``source`` is the file or sender."""

    def __init__(self, text: T, source: str = "") -> None:
        where = f"{source}: " if source else ""
        self.text = T(where + text.ja, where + text.en)
        self.source = source
        super().__init__(str(self.text))

    def __str__(self) -> str:
        return str(self.text)
