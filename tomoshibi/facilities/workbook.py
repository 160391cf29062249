"""The workbook of a facility 防災ワークブック, eight parts: as Excel out and in, and the words for its lists.

1 the place, 2 the building, 3 people, 4 who helps and acts, 5 how it is known how people are, 6 the three phases,
7 what is prepared, 8 contacts. Rows are known by what stands in their first column; a blank cell leaves what is
known, and a part whose list has any row replaces that list.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pydantic

from tomoshibi.documents import Column, Problem, Sheet, SheetError, SheetRefused, read_sheet, write_xlsx
from tomoshibi.facilities.facts import FacilityDescribed
from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.sheets import STORE_COLUMNS, store_drafts, store_lines
from tomoshibi.facilities.subjects import LISTS, facility_of
from tomoshibi.facilities.upkeep import stock
from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaint
from tomoshibi.journal.facts import Shown
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.importing import Imported
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Part:
    """One part: its title, the fields whose values it asks for, the topics of which it asks who does what."""

    title: T
    fields: tuple[str, ...] = ()
    topics: tuple[T, ...] = ()


PARTS = (
    Part(
        T("1 立地", "1 The place"),
        (
            "height_m",
            "sea_km",
            "tsunami_min",
            "river",
            "river_km",
            "river_m",
            "gauge",
            "bridge_m",
            "danger_m",
            "slope",
            "slopes",
            "danger_note",
            "destination",
            "destination_km",
            "climb_m",
            "route",
            "transfer",
            "upstairs",
        ),
    ),
    Part(T("2 建物と設備", "2 The building"), ("structure", "floors", "built", "quakeproof")),
    Part(
        T("3 人", "3 People"),
        (
            "residents_day",
            "residents_night",
            "support",
            "care",
            "wheelchairs",
            "staff_day",
            "staff_night",
            "staff_in",
            "staff_out",
            "staff_part",
            "helpers_count",
            "helpers",
            "operator",
            "manager",
            "night_phone",
            "email",
        ),
    ),
    Part(
        T("4 応援と行動", "4 Help and action"),
        topics=(
            T("緊急の応援の人を集める", "Calling in help"),
            T("法人との連携", "With the operator"),
            T("地域との連携", "With the neighbourhood"),
            T("関係団体との連携", "With associations"),
            T("行政との連携", "With the authorities"),
            T("自力で避難できない人", "Those who cannot leave by themselves"),
            T("その場で決める人", "Who decides on the spot"),
            T("近所の人の受け入れ", "Neighbours who shelter here"),
        ),
    ),
    Part(
        T("5 状況の把握", "5 How people are"),
        topics=(
            T("利用者の被災", "Residents"),
            T("利用者の家族の被災", "Their families"),
            T("職員の被災", "Staff"),
            T("職員の家族の被災", "Their families (staff)"),
            T("意思決定者の被災", "Who decides"),
            T("行政の被災", "The authorities"),
        ),
    ),
    Part(
        T("6 三つの段階", "6 Three phases"),
        topics=(
            T("直後: 火の始末と安全", "At once: fire and safety"),
            T("直後: 安全な場所への誘導", "At once: leading to safety"),
            T("直後: 利用者と職員の安否", "At once: who is safe"),
            T("直後: 応急の手当て", "At once: first aid"),
            T("直後: 通信と情報", "At once: communication"),
            T("直後: 病院への連絡と搬送", "At once: hospital"),
            T("直後: 建物の被害", "At once: damage"),
            T("当日: 家族・行政・法人への連絡", "Same day: telling families, town, operator"),
            T("当日: トイレ", "Same day: toilets"),
            T("当日: 寒さ・暑さ", "Same day: cold and heat"),
            T("当日: 食事", "Same day: food"),
            T("当日: 一時入所の受け入れ", "Same day: people taken in"),
            T("当日: 地域の求め", "Same day: what neighbours need"),
            T("当日: 問い合わせ", "Same day: enquiries"),
            T("当日: 情報を出す", "Same day: news from us"),
            T("翌日から: 業務の継続", "From the next day: going on"),
            T("翌日から: ケアの継続", "From the next day: care"),
            T("翌日から: 職員の健康", "From the next day: staff's health"),
            T("翌日から: ボランティア", "From the next day: volunteers"),
            T("翌日から: ほかの事業所との協力", "From the next day: other facilities"),
            T("翌日から: 入所者の増員", "From the next day: more residents"),
            T("翌日から: 決める人の居場所", "From the next day: where the decision-maker is"),
        ),
    ),
    Part(T("7 備え", "7 What is prepared")),
    Part(T("8 連絡先", "8 Contacts")),
)
_ITEM, _VALUE = Column("item", T("項目", "Item"), required=True), Column("value", T("内容", "Value"))
_WHO, _HOW = Column("who", T("誰が", "Who")), Column("how", T("どのように", "How"))
_UNIT = Column("unit", T("単位", "Unit"))
#: columns of the parts that are lists, and whose lines they make: the sheet's number, the field, its columns
_TABLES: dict[str, tuple[int, tuple[Column, ...]]] = {
    "contacts": (
        8,
        (
            Column("where", T("区分", "Where"), required=True),
            Column("name", T("名称", "Name"), required=True),
            Column("phone", T("電話", "Telephone")),
            Column("fax", T("FAX", "Fax")),
            Column("mail", T("メール", "E-mail")),
        ),
    ),
}
#: the part that is the table of stores, which are subjects of their own
STORES = 7
#: further lists stand on a sheet of their own behind the eight parts' first tables
_BESIDE: dict[str, tuple[T, tuple[Column, ...]]] = {
    "equipment": (
        T("2-2 設備の点検", "2-2 Upkeep"),
        (
            Column("what", T("設備", "Equipment"), required=True),
            Column("state", T("様子", "State")),
            Column("times", T("年の点検回数", "Checks a year")),
        ),
    ),
    "drills": (
        T("7-2 訓練と教育", "7-2 Drills"),
        (
            Column("when", T("いつ", "When"), required=True),
            Column("what", T("内容", "What")),
            Column("review", T("ふり返り", "Review")),
        ),
    ),
}


def topics() -> dict[str, T]:
    """Every topic of which the workbook asks who does what, by its Japanese name."""
    return {t.ja: t for part in PARTS for t in part.topics}


def said(profile: FacilityRow | None) -> dict[str, tuple[str, str]]:
    """Who does what, and how, by topic (Japanese name), as the profile says."""
    lines = profile.lines("arrangements") if profile else []
    return {line[0]: (_at(line, 1), "／".join(line[2:])) for line in lines}


def export(site: SiteRow, profile: FacilityRow | None) -> bytes:
    """The workbook as Excel, with what is known filled in; empty, it is the form."""
    profile = profile or FacilityRow(site=site.subject)
    out = io.BytesIO()
    write_xlsx(list(_sheets(profile)), out)
    return out.getvalue()


def _sheets(profile: FacilityRow) -> Iterator[Sheet]:
    known = said(profile)
    for number, part in enumerate(PARTS, 1):
        if part.fields:
            rows = [
                {"item": s.label, "value": _text(getattr(profile, n)), "unit": s.unit or ""}
                for n in part.fields
                for s in [Shown.of(FacilityDescribed, n)]
            ]
            yield Sheet(part.title, (_ITEM, _VALUE, _UNIT), rows)
        elif part.topics:
            lines = [
                {"item": t, "who": known.get(t.ja, ("", ""))[0], "how": known.get(t.ja, ("", ""))[1]}
                for t in part.topics
            ]
            if number == 4:  # what the facility wrote itself stands with the first of these parts
                ours = topics()
                lines += [{"item": k, "who": w, "how": h} for k, (w, h) in known.items() if k not in ours]
            yield Sheet(part.title, (_ITEM, _WHO, _HOW), lines)
        if number == STORES:
            yield Sheet(part.title, STORE_COLUMNS, store_lines(stock(profile.site)))
        for name, (of, columns) in _TABLES.items():
            if of == number:
                yield Sheet(part.title, columns, _lines(profile, name, columns))
    for name, (title, columns) in _BESIDE.items():
        yield Sheet(title, columns, _lines(profile, name, columns))


def _lines(profile: FacilityRow, name: str, columns: tuple[Column, ...]) -> list[dict[str, str]]:
    return [{c.name: _at(line, i) for i, c in enumerate(columns)} for line in profile.lines(name)]


def load(site: SiteRow, data: bytes, actor: Actor, *, accept_good: bool = False) -> Imported:
    """Record what the workbook says and was not known. The same workbook twice records nothing more.

    Raises :class:`SheetRefused` naming each bad row unless ``accept_good`` is said; :class:`SheetError` for what is no
    workbook of ours; and what :func:`record` raises.
    """
    values, problems = read(data)
    drafts, unfit = _stores(site, data)
    problems += unfit
    if problems and not accept_good:
        raise SheetRefused(tuple(problems), len(values))
    profile = FacilityRow.objects.filter(site=site.subject).first()
    changed = {n: v for n, v in values.items() if profile is None or v != _known(profile, n)}
    if profile is None:
        changed["name"] = site.name
    if changed:
        drafts.insert(0, Draft(FacilityDescribed(**changed), facility_of(site.subject)))
    if not drafts:
        return Imported(0, 0, 1, tuple(problems))
    record(drafts, actor)
    return Imported(int(profile is None), int(profile is not None), 0, tuple(problems))


def _stores(site: SiteRow, data: bytes) -> tuple[list[Draft], list[Problem]]:
    """What the table of stores says that is not known, and what is wrong with it; nothing where it was taken out."""
    try:
        result = _read(data, PARTS[STORES - 1].title, STORE_COLUMNS)
    except SheetError:
        return [], []
    drafts, problems = store_drafts(site, result)
    return drafts, [*result.problems, *problems]


def read(data: bytes) -> tuple[dict[str, Any], list[Problem]]:
    """Fields of :class:`FacilityDescribed` that the workbook gives, and what is wrong with its rows."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    missing: list[SheetError] = []
    arrangements: list[str] = []
    for number, part in enumerate(PARTS, 1):
        try:
            if part.fields:
                _read_fields(data, part, values, problems)
            elif part.topics:
                arrangements += _read_topics(data, part, problems)
            for name, (of, columns) in _TABLES.items():
                if of == number:
                    _read_list(data, part.title, name, columns, values, problems)
        except SheetError as no:
            missing.append(no)  # a part that was taken out of the workbook says nothing
    for name, (title, columns) in _BESIDE.items():
        try:
            _read_list(data, title, name, columns, values, problems)
        except SheetError as no:
            missing.append(no)
    if len(missing) == len(PARTS) - 1 + len(_BESIDE):  # the stores are read for themselves
        raise missing[0]
    if arrangements:
        values["arrangements"] = arrangements
    return values, problems


def _read(data: bytes, title: T, columns: tuple[Column, ...]) -> Any:
    try:
        return read_sheet(data, columns, sheet=title.ja)
    except SheetError:
        return read_sheet(data, columns, sheet=title.en)


def _read_fields(data: bytes, part: Part, values: dict[str, Any], problems: list[Problem]) -> None:
    result = _read(data, part.title, (_ITEM, _VALUE, _UNIT))
    problems += result.problems
    named = {label: n for n in part.fields for label in _labels(Shown.of(FacilityDescribed, n).label)}
    for row in result.rows:
        item, value = row.values["item"], row.values.get("value")
        name = named.get(str(item).casefold())
        if name is None:
            what = T("この部にない項目です", "This part has no such item")
            remedy = T(
                "書き出したワークブックの項目名のままにしてください", "Keep the names of the workbook as exported"
            )
            problems.append(Problem(result.sheet, row.number, _ITEM.label, str(item), what, remedy))
        elif value not in (None, ""):
            try:
                values[name] = getattr(FacilityDescribed(**{name: str(value).replace(",", "")}), name)
            except pydantic.ValidationError as error:
                what = complaint(error.errors()[0])
                problems.append(
                    Problem(result.sheet, row.number, Shown.of(FacilityDescribed, name).label, str(value), what)
                )


def _read_topics(data: bytes, part: Part, problems: list[Problem]) -> list[str]:
    result = _read(data, part.title, (_ITEM, _WHO, _HOW))
    problems += result.problems
    ours = {label: t.ja for t in part.topics for label in _labels(t)}
    lines = []
    for row in result.rows:
        item, who, how = (_cell(row.values.get(n)) for n in ("item", "who", "how"))
        if who or how:
            lines.append("／".join((ours.get(item.casefold(), item), who, how)).rstrip("／"))
    return lines


def _read_list(
    data: bytes, title: T, name: str, columns: tuple[Column, ...], values: dict[str, Any], problems: list[Problem]
) -> None:
    result = _read(data, title, columns)
    problems += result.problems
    lines = ["／".join(_cell(row.values.get(c.name)) for c in columns) for row in result.rows]
    if lines:
        values[name] = getattr(FacilityDescribed(**{name: lines}), name)


def _cell(value: object) -> str:
    """A cell as a part of a line: ／ separates parts, so that a slash becomes something else; days are ISO's."""
    text = str(value or "").strip().removesuffix(" 00:00:00")
    text = re.sub(r"^(\d{4})/(\d{1,2})/(\d{1,2})$", lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", text)
    return text.replace("／", "・").replace("/", "・")


def _labels(label: T) -> Iterable[str]:
    return (label.ja.casefold(), label.en.casefold())


def _known(profile: FacilityRow, name: str) -> Any:
    if name in LISTS:
        return ["／".join(line) for line in profile.lines(name)]
    return getattr(profile, name)


def _text(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)


def _at(line: list[str], index: int) -> str:
    return line[index] if index < len(line) else ""


def as_mapping(profile: FacilityRow, part: Part) -> Mapping[T, str]:
    """A part's items with their units, as they stand in the plan; those that nobody filled in are left out."""
    found = {}
    for name in part.fields:
        shown, value = Shown.of(FacilityDescribed, name), _text(getattr(profile, name))
        if value != "":
            unit = shown.unit
            found[shown.label] = f"{value} {unit}" if unit else value
    return found
