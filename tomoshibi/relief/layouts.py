"""Layouts of certificates that a town changes without programming: named fields, versions, a second person's approval.

A layout is the body of a Typst function of one certificate ``f``. The town writes text and the fields of
:data:`FIELDS`; page, fonts, training band and attachments stay the program's (``documents/form.typ``). Every version
is kept, and a certificate names the one that printed it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from tomoshibi.documents import MissingGlyphs, TemplateError, render
from tomoshibi.documents.pdf import ROOT
from tomoshibi.journal import worlds
from tomoshibi.journal.access import grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Bag, Subject, Track
from tomoshibi.relief.paper_models import LayoutRow
from tomoshibi.relief.versions import check_approval, numbered
from tomoshibi.relief.words import Kind
from tomoshibi.vocabulary import T, to_wareki

#: fields that a layout may name, as ``#f.name`` or by the pieces of ``documents/form.typ``
FIELDS: dict[str, T] = {
    "kind": T("証明書の名", "Name of the certificate"),
    "serial": T("整理番号", "Serial number"),
    "householder_address": T("世帯主（申請者）住所", "Householder's address"),
    "householder": T("世帯主（申請者）氏名", "Householder"),
    "members": T("世帯構成員（#members(f) で組む）", "Household members (set by #members(f))"),
    "cause": T("罹災原因", "Cause"),
    "damaged_address": T("被災した場所", "Damaged address"),
    "damage": T("住家の被害の程度", "Degree of damage"),
    "things": T("被災した物", "What was damaged"),
    "damage_told": T("被害の状況", "What happened to it"),
    "interest": T("申請者の立場", "In what right"),
    "issued_on": T("証明日", "Issued on"),
    "issuer_title": T("証明者の職名（#issuer(f) で公印とともに組む）", "Issuer's title (set by #issuer(f) with seal)"),
    "issuer_name": T("証明者の氏名", "Issuer's name"),
    "node": T("署名した端末", "Signed by node"),
    "qr": T("二次元コード（#proof(f) で組む）", "QR code (set by #proof(f))"),
}
#: pieces without which a certificate does not prove itself, and what each is
NEEDED = {"proof(f)": T("二次元コード", "the QR code"), "f.serial|serial(f)": T("整理番号", "the serial number")}
#: what of Typst reaches outside the sheet
_OUTSIDE = re.compile(r"#?\b(import|include|read|plugin|json|csv|xml|yaml|toml|cbor|eval|sys)\b\s*[(\"]")
_FIELD = re.compile(r"\bf\.([A-Za-z_][\w-]*)")
_BEFORE = '#import "/relief/documents/form.typ": *\n#show: form\n#certificates(f => [\n'
_AFTER = "\n])\n"
#: around a layout that is looked at by itself, so that a bracket left open is found where it stands
_ALONE = '#import "/relief/documents/form.typ": *\n#show: form\n#let f = data.sheets.first()\n'
#: place of an error in Typst's own account
_PLACE = re.compile(r"(?:^|[\s(┌─])[^\s:]*:(\d+):(\d+)", re.MULTILINE)
_THEN = datetime(2024, 1, 20, tzinfo=UTC)
#: longest layout, in characters
LONGEST = 20_000

grant("headquarters", "relief.layout_*")
grant("approver", "relief.layout_approved", "relief.layouts")
grant("headquarters", "relief.layouts")


@dataclass(frozen=True, slots=True)
class Version:
    """What a layout said at one time."""

    source: str
    note: str


class Layout(Subject):
    """How one kind of certificate is printed; its key is the kind."""

    type = "relief.layout"
    label = T("証明書の書式", "Layout of certificates")
    tables = (LayoutRow,)
    reading = "relief.layouts"

    versions = Bag[Version](T("版", "Versions"))
    in_force = Track[str](T("使用中の版", "Version in force"), "")

    def title(self) -> str:
        return f"証明書の書式 {self.subject.partition(':')[2]}"

    def rows(self) -> Any:
        for version, told in numbered(self.versions, self.in_force):
            yield LayoutRow.row(
                self.subject,
                told["version"],
                kind=self.subject.partition(":")[2],
                source=version.source,
                note=version.note,
                **told,
            )


class LayoutProposed(Fact):
    """A new version of a layout. It prints nothing until another person approves it."""

    kind = "relief.layout_proposed"
    subject = Layout
    label = T("書式の案", "Layout proposed")
    sentence = T("証明書の書式の案: {note}", "A layout of certificates was proposed: {note}")

    source: str = field(T("書式", "Layout"), min_length=1, max_length=LONGEST, extra={"widget": "textarea"})
    note: str = field(T("変えたこと", "What was changed"), min_length=1, max_length=300)

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "source": f"{len(self.source)}"}

    def check(self, present: Present) -> None:
        kind = Kind(present.subject.partition(":")[2])
        if wrong := problems(kind, self.source):
            raise Refused(wrong[0].text, "source")

    def apply(self, state: Layout, entry: Entry) -> None:
        state.versions.add(entry, Version(self.source, self.note))


class LayoutApproved(Fact):
    """From now on certificates are printed by this version; an empty one means the program's own."""

    kind = "relief.layout_approved"
    subject = Layout
    label = T("書式の承認", "Layout approved")
    sentence = T("証明書の書式を承認", "A layout of certificates was approved")

    approved: str = field(T("版", "Version"), "", max_length=100, extra={"widget": "hidden"})

    def check(self, present: Present) -> None:
        if self.approved:
            check_approval(present, self.approved)

    def apply(self, state: Layout, entry: Entry) -> None:
        state.in_force.set(entry, self.approved)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a layout; ``line`` counts from 1, 0 where no line is to blame."""

    line: int
    text: T


def versions(kind: Kind) -> list[LayoutRow]:
    """Every version of a kind's layout, newest first."""
    return list(LayoutRow.objects.filter(kind=kind).order_by("-number"))


def in_force(kind: Kind) -> str:
    """The version by which certificates of this kind are printed; empty: the program's own."""
    found = LayoutRow.objects.filter(kind=kind, in_force=True).values_list("version", flat=True).first()
    return found or ""


@cache
def standard(kind: Kind) -> str:
    """The program's own layout of a kind."""
    return (ROOT / "relief" / "documents" / "layouts" / f"{kind.value}.typ").read_text(encoding="utf-8")


def source_of(kind: Kind, version: str) -> str:
    """What a version says; the program's own where ``version`` is empty.

    Raises :class:`Refused` for a version that this node does not have.
    """
    if not version:
        return standard(kind)
    row = LayoutRow.objects.filter(version=version).first()
    if row is None:
        raise Refused(
            T(
                "この証明書を印刷した書式の版がこの端末にありません。発行した端末の記録を取り込んでください。",
                "The layout that printed this certificate is not on this node. Take in the journal of who issued it.",
            )
        )
    return row.source


#: light modules that a QR code needs around it
_QUIET = 4


@lru_cache(maxsize=64)
def qr_svg(text: str) -> str:
    """A QR code as SVG. The mask is fixed: to search for the best costs four times as much."""
    import segno

    rows = segno.make_qr(text, error="m", mask=2, boost_error=False).matrix
    # a stroke along each run of dark modules: a third of the time of segno's own writer
    path = "".join(
        f"M{run.start() + _QUIET} {y + _QUIET}.5h{run.end() - run.start()}"
        for y, row in enumerate(rows)
        for run in _RUN.finditer(bytes(row))
    )
    size = len(rows) + 2 * _QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}">'
        f'<path fill="none" stroke="#000" d="{path}"/></svg>'
    )


_RUN = re.compile(b"\x01+")


def template(source: str, *, alone: bool = False) -> Path:
    """The file that Typst sets: the layout between the program's own lines. Written once for each text."""
    whole = _ALONE + source if alone else _BEFORE + source + _AFTER
    folder = Path(settings.TOMOSHIBI_HOME) / "layouts"
    path = folder / f"{sha256(whole.encode()).hexdigest()}.typ"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{id(source)}")
        aside.write_text(whole, encoding="utf-8")
        aside.replace(path)
    return path


def set_sheets(
    source: str,
    sheets: Sequence[Mapping[str, Any]],
    *,
    title: str,
    seal: bytes = b"",
    alone: bool = False,
    **options: Any,
) -> bytes:
    """The PDF of certificates, a page each. Raises what :func:`tomoshibi.documents.render` raises."""
    return render(
        template(source, alone=alone),
        {"sheets": sheets, "seal": list(seal), "signed": bool(options.get("attachments"))},
        title=T(title, title),
        lang="ja",
        training=worlds.is_training(),
        **options,
    )


def invented(kind: Kind, members: int = 3) -> dict[str, Any]:
    """Data of nobody, for a preview."""
    people = [("葛\U000e0100城　太郎", "世帯主"), ("葛\U000e0100城　花子", "妻"), ("葛\U000e0100城　一郎", "子")]
    more = [(f"葛\U000e0100城　{n}子", "子") for n in "二三四五六七八九"]
    return {
        "kind": kind.label.ja,
        "serial": "0000-MIHON-000000",
        "householder_address": "見本市見本町一丁目2番3号 見本荘101号",
        "householder": people[0][0],
        "members": [{"name": n, "relation": r} for n, r in (people + more)[:members]],
        "cause": f"{to_wareki(date(2024, 1, 1))}の地震",
        "damaged_address": "見本市見本町一丁目2番3号 見本荘101号",
        "damage": "準半壊に至らない（一部損壊）" if kind is Kind.DISASTER else "",
        "things": "" if kind is Kind.DISASTER else "家財、車両",
        "damage_told": "" if kind is Kind.DISASTER else "床上浸水により家財一式と車両1台が水に浸かった。",
        "interest": "" if kind is Kind.DISASTER else "借家人・借主",
        "issued_on": to_wareki(date(2024, 1, 20)),
        "issuer_title": "見本市長",
        "issuer_name": "見本　太郎",
        "node": "MIHON",
        "qr": qr_svg("MIHON"),
    }


def preview(kind: Kind, source: str, members: int = 3) -> bytes:
    """A page of invented data. Raises :class:`Refused` with the first of :func:`problems`."""
    if wrong := problems(kind, source):
        raise Refused(wrong[0].text, "source")
    return set_sheets(source, [invented(kind, members)], title="見本")


def problems(kind: Kind, source: str) -> list[Problem]:
    """What is wrong with a layout, by line: unknown fields, what reaches outside, what is missing, Typst's errors."""
    found = list(_said(source))
    if found:
        return found
    try:
        for members in (0, 12):  # the fewest and as many as a page is asked to hold
            made = set_sheets(source, [invented(kind, members)], title="見本", created=_THEN, alone=True)
            if (pages := len(re.findall(rb"/Type\s*/Page\b(?!s)", made))) != 1:
                return [_pages(members, pages)]
    except TemplateError as error:
        return [_typst(error)]
    except MissingGlyphs as error:
        return [Problem(0, error.text)]
    return []


def _said(source: str) -> list[Problem]:
    found = []
    for number, line in enumerate(source.split("\n"), 1):
        for m in _FIELD.finditer(line):
            if m[1] not in FIELDS:
                found.append(
                    Problem(
                        number,
                        T(
                            f"{number}行目: 「f.{m[1]}」という項目はありません。使えるのは {'、'.join(FIELDS)} です。",
                            f"Line {number}: there is no field “f.{m[1]}”. There are {', '.join(FIELDS)}.",
                        ),
                    )
                )
        if out := _OUTSIDE.search(line):
            found.append(
                Problem(
                    number,
                    T(
                        f"{number}行目: 「{out[1]}」は使えません。書式は外のファイルを読めません。",
                        f"Line {number}: “{out[1]}” is not allowed: a layout reads nothing from outside.",
                    ),
                )
            )
    code = "\n".join(line.partition("//")[0] for line in source.split("\n"))
    for needed, what in NEEDED.items():
        if not any(re.search(rf"\b{re.escape(way)}", code) for way in needed.split("|")):
            ways = needed.replace("|", " / ")
            found.append(
                Problem(
                    0,
                    T(
                        f"{what.ja}がありません。#{ways} を入れてください。",
                        f"It lacks {what.en}: put #{ways} in.",
                    ),
                )
            )
    return found


def _typst(error: TemplateError) -> Problem:
    """Typst's first error, at the line of the town's own text."""
    told = error.diagnostic or str(error)
    lines = [int(m[1]) - _ALONE.count("\n") for m in _PLACE.finditer(told)]
    line = next((n for n in lines if n > 0), 0)
    what = next((part for part in told.splitlines() if part.strip()), "").removeprefix("error:").strip()
    where = (f"{line}行目: ", f"Line {line}: ") if line else ("", "")
    return Problem(
        line,
        T(f"{where[0]}組めません。{what}", f"{where[1]}it cannot be set: {what}"),
    )


def _pages(members: int, pages: int) -> Problem:
    return Problem(
        0,
        T(
            f"世帯構成員が{members}人のとき、1枚に収まりません（{pages}枚になります）。余白か文字を小さくしてください。",
            f"With {members} members it takes {pages} pages, not one. Make spaces or letters smaller.",
        ),
    )
