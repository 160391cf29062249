"""Data and a Typst template become a PDF: the same bytes for the same input, on any machine with the same fonts.

Every document is PDF/A-3 (made to be kept, may carry its data as attachments) and PDF/UA-1 (tagged, readable aloud).
Nothing is fetched: templates are files of this package or of the town, and packages from the network are out of reach.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from tomoshibi.documents.errors import Missing, MissingGlyphs, TemplateError
from tomoshibi.documents.fonts import FontSet, fonts
from tomoshibi.documents.values import Plain, japan, wareki
from tomoshibi.vocabulary import Language, T, language

log = logging.getLogger(__name__)

#: Typst's root: templates import ``/documents/templates/house.typ`` from here
ROOT = Path(__file__).resolve().parent.parent
_IMPORT = re.compile(r'(?:import|include)\s*\(?\s*"([^"@]+\.typ)"')
_PACKAGE = re.compile(r'"(@[a-z][^"]*)"')
#: private use areas, where towns keep characters of their own; the stricter standards forbid them
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
Relationship = Literal["source", "data", "alternative", "supplement"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file carried inside the PDF (PDF/A-3 associated file), such as the signed fact behind a certificate.

    ``relationship`` is the file's to the page: ``source``, ``data`` (what the page was made from), ``alternative`` or
    ``supplement``.
    """

    name: str
    data: bytes
    mime: str = "application/octet-stream"
    description: T | str = ""
    relationship: Relationship = "data"


class _Compilers:
    """Typst compilers lent to one thread at a time.

    They are reused, because Typst keeps what each new one reads for the life of the process (0.3 MB a document), and
    lent, because one compiler refuses a second caller.
    """

    def __init__(self) -> None:
        self._idle: dict[FontSet, list[Any]] = {}

    @contextmanager
    def borrow(self, held: FontSet) -> Iterator[Any]:
        idle = self._idle.setdefault(held, [])
        try:
            compiler = idle.pop()  # atomic, so two threads never get the same one
        except IndexError:
            compiler = self._new(held)
        try:
            yield compiler
        finally:
            idle.append(compiler)

    @staticmethod
    def _new(held: FontSet) -> Any:
        import typst

        return typst.Compiler(root=str(ROOT), font_paths=held.typst, ignore_system_fonts=True)


_compilers = _Compilers()


def render(
    template: Path | str,
    data: Mapping[str, Any],
    *,
    title: T | str,
    lang: Language | None = None,
    created: dt.datetime | None = None,
    head: str = "",
    training: bool = False,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """A4 PDF of ``data`` set by ``template``.

    ``template`` is a path, or a path below this package such as ``"relief/documents/certificate.typ"``; it imports
    ``/documents/templates/house.typ`` and starts with ``#show: house``. ``data`` reaches it as ``data`` (see
    :class:`~tomoshibi.documents.values.Plain`). ``lang`` is the context's language unless given. ``created`` (with its
    time zone) is the printed time and the PDF's date, now unless given: the same input with the same ``created`` gives
    the same bytes. ``head`` is the journal's head hash, printed in the foot. ``training`` puts a striped band on every
    page.

    Raises :class:`MissingGlyphs` for text that no font can draw, naming field and character; :class:`FontsMissing`;
    :class:`TemplateError` where Typst refuses; ``FileNotFoundError`` for the template; ``ValueError`` or ``TypeError``
    for a value that cannot be printed.
    """
    path = Path(template) if Path(template).is_absolute() else ROOT / template
    if not path.is_file():
        raise FileNotFoundError(f"no template at {path}")
    lang = lang or language()
    moment = japan(created or dt.datetime.now(dt.UTC)).replace(microsecond=0)
    held = fonts()
    plain = Plain(lang, held)
    house = {
        "lang": lang,
        "title": plain(title, "title"),
        "training": training,
        "head": plain(head, "head"),
        "printed": {"wareki": wareki(moment), "time": f"{moment:%H:%M}", "iso": moment.isoformat()},
        "created": [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second],
        "fonts": held.families(),
        "attachments": [_attached(file, plain) for file in attachments],
    }
    content = plain(data, "")
    missing = (*plain.missing, *_template_missing(path, held))
    if missing:
        raise MissingGlyphs(missing, held.described)
    house["variants"] = plain.variants
    inputs = {"house": _json(house), "data": _json(content)}
    return _compile(path, held, inputs, int(moment.timestamp()))


def must_draw(data: Mapping[str, Any], *, lang: Language | None = None) -> None:
    """Raise :class:`MissingGlyphs` where :func:`render` would for this data, without setting a page."""
    held = fonts()
    plain = Plain(lang or language(), held)
    plain(data, "")
    if plain.missing:
        raise MissingGlyphs(tuple(plain.missing), held.described)


def _attached(file: Attachment, plain: Plain) -> dict[str, Any]:
    if not file.name or set(file.name) & set("/\\:") or not file.name.isprintable():
        raise ValueError(f"attachment {file.name!r}: a file name without folders is needed")
    description = plain(file.description or file.name, "attachments.description")
    # Typst takes text inputs only, so bytes travel as numbers
    return {
        "name": file.name,
        "bytes": list(file.data),
        "mime": file.mime,
        "description": description,
        "relationship": file.relationship,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class _Source:
    """A template file and what it imports: checked once, again when the file changes."""

    path: Path
    changed: int


@lru_cache(maxsize=256)
def _read(source: _Source, held: FontSet) -> tuple[tuple[Missing, ...], tuple[Path, ...]]:
    """Characters that a template file itself could not print, and the files that it imports."""
    text = source.path.read_text(encoding="utf-8")
    if package := _PACKAGE.search(text):
        raise TemplateError(
            T(
                f"書式 {source.path.name} がパッケージ {package[1]} を読み込もうとしています。網からは何も取りません。"
                "必要な部分を書式の中に書いてください。",
                f"The template {source.path.name} imports the package {package[1]}. Nothing is fetched from a network: "
                "write what you need of it into the template.",
            )
        )
    missing = tuple(
        found
        for number, line in enumerate(text.splitlines(), 1)
        if not line.isascii()
        for found in held.missing(line, f"{source.path.name}:{number}")
    )
    named = (
        ROOT / m[1].lstrip("/") if m[1].startswith("/") else source.path.parent / m[1] for m in _IMPORT.finditer(text)
    )
    return missing, tuple(path.resolve() for path in named)


def _template_missing(path: Path, held: FontSet) -> tuple[Missing, ...]:
    """Characters that the template and all it imports could not print. A file that is not there is left for
    Typst to tell.
    """
    todo, seen, found = [path.resolve()], set[Path](), list[Missing]()
    while todo:
        file = todo.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        missing, imported = _read(_Source(file, file.stat().st_mtime_ns), held)
        found.extend(missing)
        todo.extend(imported)
    return tuple(found)


def _compile(path: Path, held: FontSet, inputs: dict[str, str], timestamp: int) -> bytes:
    import typst

    # a town's own template lies outside the root: its text is handed over, and its imports start at the root
    source: str | bytes = str(path) if path.resolve().is_relative_to(ROOT) else path.read_bytes()
    standards = ["a-3b"] if _PRIVATE.search(inputs["data"]) else ["a-3a", "ua-1"]
    try:
        with _compilers.borrow(held) as compiler:
            made, told = compiler.compile_with_warnings(
                source, format="pdf", sys_inputs=inputs, pdf_standards=standards, timestamp=timestamp
            )
    except typst.TypstError as error:
        raise TemplateError(
            T(
                f"書式 {path.name} を組めませんでした: {error}。書式かデータを直してください。",
                f"The template {path.name} could not be set: {error}. Correct the template or its data.",
            ),
            error.diagnostic,
        ) from error
    for warning in told:
        if "font" in warning.message:
            raise TemplateError(
                T(
                    f"書式 {path.name} が使えないフォントを求めています: {warning.message}。"
                    "house.typ の mincho、gothic、name を使ってください。",
                    f"The template {path.name} asks for a font that is not in use: {warning.message}. "
                    "Use mincho, gothic or name of house.typ.",
                ),
                warning.diagnostic,
            )
        log.warning("%s: %s", path.name, warning.message)
    return bytes(made)
