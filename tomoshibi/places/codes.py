"""Tables of area codes for the whole country, mapped onto municipalities: by which codes telegrams mean each of them.

JMA's tables (防災情報XMLのコード表, CSV) say in which forecast and earthquake areas a municipality lies; the official
list of municipality codes 全国地方公共団体コード is a sheet with check digits. Codes that the tables do not know (which
coast, volcano or river concerns the town) stay as they were entered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tomoshibi.bulletins.codes import CodeTables, Town, load_codes
from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.model import FORECAST_AREAS, MUNICIPALITY
from tomoshibi.documents import CellError, Column, read_sheet
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaCode, MunicipalityDescribed
from tomoshibi.places.importing import Imported, Sheet, Values
from tomoshibi.places.models import AreaCodeRow, MunicipalityRow
from tomoshibi.places.sheets import Source
from tomoshibi.places.subjects import Municipality
from tomoshibi.vocabulary import MunicipalityCode, T, VocabularyError

EARTHQUAKE_AREAS = "地震情報／細分区域"
#: code lists that JMA's tables fill; others are the town's own to enter
FILLED = frozenset({MUNICIPALITY, EARTHQUAKE_AREAS, FORECAST_AREAS})
#: municipalities recorded in one transaction
BATCH = 250

Progress = Callable[[int, int], None]


class CodesRefused(Refused):
    """Code tables with rows that cannot be read, which nobody has said to leave out. ``problems`` name each."""

    def __init__(self, problems: tuple[BulletinError, ...]) -> None:
        self.problems = problems
        super().__init__(
            T(
                f"{len(problems)}行に問題があるため、何も取り込んでいません。直すか、問題のない行だけを取り込むと"
                "指示してください。",
                f"{len(problems)} rows have problems, so nothing was loaded. Correct them, or say that only the good "
                "rows are to be taken.",
            )
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """What tables did: municipalities that are new, changed, as they were; rows that were left out."""

    new: int
    changed: int
    same: int
    problems: tuple[BulletinError, ...] = ()

    @property
    def text(self) -> T:
        """One sentence of it."""
        bad = len(self.problems)
        left = T(f"、取り込まなかった行{bad}件", f", {bad} rows left out") if bad else T("", "")
        return T(
            f"市区町村: 新規{self.new:,}件、変更{self.changed:,}件、変更なし{self.same:,}件{left.ja}",
            f"municipalities: {self.new:,} new, {self.changed:,} changed, {self.same:,} unchanged{left.en}",
        )


def load_tables(
    folder: Path, actor: Actor, *, accept_good: bool = False, progress: Progress = lambda done, of: None
) -> Loaded:
    """Record by which codes telegrams mean each municipality, from the folder of JMA's tables.

    Names that the town gave, and codes of lists that the tables do not fill, stay. Loading twice records nothing more.
    Raises :class:`~tomoshibi.bulletins.errors.BulletinError` for a table that is missing, :class:`CodesRefused` for
    rows that cannot be read, and what ``record`` raises.
    """
    problems: list[BulletinError] = []
    tables = load_codes(folder, problems.append)
    if problems and not accept_good:
        raise CodesRefused(tuple(problems))
    known = {row.subject: row for row in MunicipalityRow.objects.all()}
    codes: dict[str, list[AreaCode]] = {}
    for subject, scheme, code, name in AreaCodeRow.objects.values_list("subject", "scheme", "code", "name"):
        codes.setdefault(subject, []).append(AreaCode(scheme=scheme, code=code, name=name))
    parts: dict[str, list[Town]] = {}
    for town in tables.towns.values():
        parts.setdefault(town.code.five, []).append(town)
    drafts: list[Draft] = []
    new = same = 0
    for five, towns in parts.items():
        subject = Municipality.ref(five)
        before = codes.get(subject, [])
        own = [code for code in before if code.scheme not in FILLED]
        wanted = [*_codes_of(towns, tables), *own]
        if subject not in known:
            whole = min(towns, key=lambda town: town.jma)
            drafts.append(Draft(MunicipalityDescribed(name=whole.name, kana=whole.kana, codes=wanted), subject))
            new += 1
        elif {str(code) for code in before} != {str(code) for code in wanted}:
            drafts.append(Draft(MunicipalityDescribed(codes=wanted), subject))
        else:
            same += 1
    for start in range(0, len(drafts), BATCH):
        record(drafts[start : start + BATCH], actor)
        progress(min(start + BATCH, len(drafts)), len(drafts))
    return Loaded(new, len(drafts) - new, same, tuple(problems))


def _codes_of(towns: Iterable[Town], tables: CodeTables) -> list[AreaCode]:
    """The codes of a municipality and its parts: itself, its earthquake area, its forecast areas, smallest first."""
    found: dict[tuple[str, str], str] = {}
    for town in sorted(towns, key=lambda town: town.jma):
        found[MUNICIPALITY, town.jma] = town.name
        if town.earthquake:
            found[EARTHQUAKE_AREAS, town.earthquake] = tables.areas.get(town.earthquake, "")
        for code in (town.group, town.primary, town.forecast):
            if code:
                found[FORECAST_AREAS, code] = tables.areas.get(code, "")
    return [AreaCode(scheme=scheme, code=code, name=name) for (scheme, code), name in found.items()]


def _municipality(value: object) -> str:
    """Five digits of a code with or without its check digit. Raises :class:`CellError`."""
    text = str(value).strip()
    try:
        return MunicipalityCode.parse(text.zfill(6) if text.isdecimal() and len(text) < 6 else text).five
    except VocabularyError as error:
        raise CellError(error.text, T("総務省の一覧で確かめてください。", "Check it in the official list.")) from None


#: columns of the official list of municipality codes; the first lines of its two sheets
COLUMNS = (
    Column(
        "code", T("団体コード", "Code"), aliases=("市区町村コード", "全国地方公共団体コード", "コード"),
        required=True, unique=True, parse=_municipality,
    ),
    Column("prefecture", T("都道府県名（漢字）", "Prefecture"), aliases=("都道府県名",)),
    Column("name", T("市区町村名（漢字）", "Name"), aliases=("市区町村名", "名称"), kind="name"),
    Column("kana", T("市区町村名（カナ）", "Kana"), aliases=("市区町村名カナ", "かな")),
)  # fmt: skip


def load_list(source: Source, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the municipalities of the official list of codes; each code's check digit is verified.

    A row without a name is a prefecture's, and is left out. Names that are known stay. Raises
    :class:`~tomoshibi.documents.SheetError` for a sheet that is not used.
    """
    known = {row.subject: row for row in MunicipalityRow.objects.all()}

    def subject_of(values: Values) -> str:
        return Municipality.ref(values["code"])

    def present() -> dict[str, Values]:
        return {subject: {"name": row.name, "kana": row.kana} for subject, row in known.items()}

    read = read_sheet(source, COLUMNS)
    rows = tuple(row for row in read.rows if row.values.get("name"))
    for row in rows:
        if (before := known.get(Municipality.ref(row.values["code"]))) is not None:
            row.values.update(name=before.name, kana=before.kana or row.values["kana"])
    return Sheet(MunicipalityDescribed, COLUMNS, subject_of, present).load(
        dataclasses.replace(read, rows=rows), actor, accept_good=accept_good
    )
