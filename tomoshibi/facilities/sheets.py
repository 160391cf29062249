"""A facility's residents and stores as spreadsheets, in and out: one definition of the columns serves both."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from tomoshibi.documents import CellError, Column, Problem, SheetResult, read_sheet, write_xlsx
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.facilities.facts import ResidentDescribed
from tomoshibi.facilities.models import ResidentRow
from tomoshibi.facilities.subjects import Resident, facility_of
from tomoshibi.facilities.upkeep_facts import StockDescribed, StockMoved
from tomoshibi.facilities.upkeep_models import StockRow
from tomoshibi.facilities.upkeep_subjects import stock_of
from tomoshibi.facilities.upkeep_words import Stored, Why
from tomoshibi.facilities.words import Care, Contact, Moves
from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.recording import Draft
from tomoshibi.places.importing import Imported, RowFault, Sheet, Values, chosen
from tomoshibi.places.keys import natural
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T

RESIDENTS = T("入所者", "Residents")


def _family(value: Any) -> list[str]:
    """Family in one cell, a line each (or ； between): ``氏名／続柄／電話`` or, as printed, ``氏名（続柄）電話``."""
    lines = []
    for line in re.split(r"[\n；;]+", str(value)):
        text = re.sub(r"^(.+?)[（(](.*?)[）)]\s*(.*)$", r"\1／\2／\3", line.strip())
        if text:
            lines.append(str(Contact.of(text)))
    return lines


RESIDENT_COLUMNS = (
    Column("room", T("居室", "Room"), aliases=("部屋", "居室番号")),
    Column("name", T("氏名", "Name"), aliases=("名前", "利用者名"), kind="name", required=True),
    Column("kana", T("かな", "Kana"), aliases=("フリガナ", "ふりがな")),
    Column("birth", T("生年月日", "Born"), kind="date"),
    Column("address", T("住所", "Address")),
    Column("care", T("要介護度", "Care need"), aliases=("介護度",), parse=chosen(Care)),
    Column("moves", T("移動の方法", "How moved"), aliases=("移動",), parse=chosen(Moves)),
    Column("history", T("既往歴", "Medical history")),
    Column("medicine", T("服薬", "Medicine"), aliases=("薬",)),
    Column("food", T("食事形態", "Food"), aliases=("食事",)),
    Column("family", T("家族の連絡先", "Family"), aliases=("家族", "緊急連絡先"), parse=_family),
    Column("away", T("不在", "Away")),
)
_PLAIN = ("room", "name", "kana", "birth", "address", "history", "medicine", "food", "away")


def residents_book(people: Iterable[ResidentRow]) -> bytes:
    """The list of residents as an Excel workbook, in the shape that :func:`load_residents` reads."""
    rows = [
        {
            **{n: getattr(r, n) for n in _PLAIN},
            "care": r.care_word.label,
            "moves": r.moves_word.label,
            "family": "\n".join(map(str, r.contacts)),
        }
        for r in people
    ]
    out = io.BytesIO()
    write_xlsx(OutSheet(RESIDENTS, RESIDENT_COLUMNS, rows), out)
    return out.getvalue()


def load_residents(site: SiteRow, data: bytes, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record the residents of a list who are not known, and what differs of the others; nobody is taken out.

    A person is known by name and birth date; without one by name and room. Raises
    :class:`~tomoshibi.documents.SheetError` for a file that is no list, :class:`~tomoshibi.documents.SheetRefused`
    naming each bad row unless ``accept_good`` is said, and what ``record`` raises.
    """
    facility = facility_of(site.subject)
    here = list(ResidentRow.objects.filter(site=site.subject, left=False))
    known = {key: r.subject for r in here for key in _keys(r.name, r.birth, r.room)}

    def subject_of(values: Values) -> str:
        keys = _keys(values["name"], values.get("birth"), values.get("room") or "")
        found = next((known[key] for key in keys if key in known), None)
        return found or natural(Resident, facility, *keys[0])

    def present() -> dict[str, Values]:
        return {
            r.subject: {
                **{n: getattr(r, n) for n in _PLAIN},
                "care": r.care_word,
                "moves": r.moves_word,
                "family": [str(c) for c in r.contacts],
                "facility": facility,
            }
            for r in here
        }

    def fault(values: Values) -> RowFault | None:
        if values.get("birth") or values.get("room"):
            return None
        return (
            "birth",
            T("生年月日も居室もありません", "there is neither a birth date nor a room"),
            T("どちらかを入れてください（同じ名の人を分けるため）。", "Enter one: it tells people of one name apart."),
        )

    sheet = Sheet(ResidentDescribed, RESIDENT_COLUMNS, subject_of, present, fault)
    result = read_sheet(data, RESIDENT_COLUMNS)
    for row in result.rows:
        row.values["facility"] = facility
    return sheet.load(result, actor, accept_good=accept_good)


def _keys(name: str, birth: Any, room: str) -> list[tuple[str, ...]]:
    """By what a person is known, the surest first."""
    plain = "".join(name.split())
    return [(plain, str(birth))] * bool(birth) + [(plain, "room", room)] * bool(room) or [(plain,)]


def quantity(value: Any) -> tuple[float, str]:
    """``360 L``, ``540食`` or ``12`` as amount and unit."""
    import unicodedata

    text = unicodedata.normalize("NFKC", str(value)).strip()
    found = re.fullmatch(r"(\d+(?:,\d{3})*(?:\.\d+)?)(?![\d.,])\s*(.*)", text)
    if found is None:
        raise CellError(
            T("数量が数で始まっていません", "the quantity does not begin with a number"),
            T("「360 L」「540食」のように書いてください。", "Write it as 360 L or 540 meals."),
        )
    return float(found[1].replace(",", "")), found[2]


STORE_COLUMNS = (
    Column("item", T("品名", "Item of store"), required=True),
    Column("quantity", T("数量", "Quantity"), required=True, parse=quantity),
    Column("best_before", T("期限", "Best before"), kind="date"),
    Column("place", T("置き場所", "Place")),
    Column("stored", T("区分", "For what"), parse=chosen(Stored)),
    Column("per_day", T("一人一日の量", "A person's use a day"), kind="number"),
)


def store_lines(rows: Iterable[StockRow]) -> list[dict[str, Any]]:
    """Stores as rows of :data:`STORE_COLUMNS`."""
    return [
        {
            "item": r.item,
            "quantity": r.quantity,
            "best_before": r.best_before,
            "place": r.place,
            "stored": r.stored_word.label,
            "per_day": r.per_day or None,
        }
        for r in rows
    ]


def store_drafts(site: SiteRow, result: SheetResult) -> tuple[list[Draft], list[Problem]]:
    """What a list of stores says that is not known: lots described, and what came or went by the difference.

    A lot that the list does not name stays as it is: whoever used it up says so.
    """
    facility = facility_of(site.subject)
    known = {r.subject: r for r in StockRow.objects.filter(site=site.subject)}
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for row in result.rows:
        values = dict(row.values)
        amount, unit = values.pop("quantity")
        subject = stock_of(facility, values["item"], values.get("best_before"))
        there = known.get(subject)
        if unit or there is None:
            values["unit"] = unit
        said = {k: v for k, v in values.items() if v is not None}
        if there is None:
            said |= _usual(said) | {"facility": facility, "name": site.name}
        else:
            said = {k: v for k, v in said.items() if getattr(there, k) != v}
        try:
            if said:
                drafts.append(Draft(StockDescribed(**said), subject))
        except ValueError as error:
            problems += [_problem(result, row.number, place, what) for place, what in complaints(error)]  # type: ignore[arg-type]
            continue
        change = round(amount - (there.amount if there else 0), 6)
        if change:
            why = Why.COUNTED if there else Why.IN
            drafts.append(Draft(StockMoved(why=why, change=change, item=values["item"]), subject))
    return drafts, problems


def _problem(result: SheetResult, number: int, place: str, what: T) -> Problem:
    label = next((c.label for c in STORE_COLUMNS if c.name == place.partition(".")[0]), None)
    return Problem(result.sheet, number, label, "", what)


def _usual(said: Values) -> Values:
    """What is not said of a new lot: for what it is, by its name; a person's use a day, by its unit."""
    item, unit = said["item"], said.get("unit", "")
    kind = said.get("stored") or next((k for k, words in _NAMED.items() if re.search(words, item)), Stored.TOOL)
    found: Values = {"stored": kind}
    if "per_day" not in said and kind.per_day:
        amount, counted = kind.per_day
        if unit.casefold() in (counted.ja.casefold(), counted.en.casefold(), *_SAME.get(kind, ())):
            found["per_day"] = amount
    return found


#: units that mean the same as the one by which a kind is counted
_SAME: dict[Stored, Sequence[str]] = {
    Stored.WATER: ("リットル", "ℓ", "litre", "litres"),
    Stored.FOOD: ("食分", "meal"),
    Stored.TOILET: ("回", "枚", "袋"),
}
#: by what an item's name tells for what it is
_NAMED: dict[Stored, str] = {
    Stored.TOILET: "トイレ|便袋|toilet",
    Stored.CARE: "おむつ|オムツ|尿取|とろみ|diaper",
    Stored.MEDICINE: "薬|マスク|救急|包帯|消毒|mask|first aid",
    Stored.WARMTH: "毛布|カイロ|寝袋|アルミ|blanket",
    Stored.FUEL: "灯油|軽油|ガソリン|電池|発電|カセット|fuel|battery",
    Stored.WATER: "水|water",
    Stored.FOOD: "米|パン|缶|粥|かゆ|麺|食|クラッカー|カップ|rice|bread|meal|food|biscuit",
}
