"""The two annex tables of a town's recovery report 付属表①・②, from the journal alone.

A cell says what people recorded, in their own wording where they wrote one, else in words made from the facts:

- **直後** the worst state that somebody saw in the 24 hours after the onset, in the words of the item's kind. A network
  that was back before the day was over was down all the same. Of data and backups: what was found last, whenever.
- **復旧作業有無** 有 or 無 as recorded; 無 also where it was found in order and never impaired.
- **必要だった支援策** what was needed; なし where somebody said that nothing was.
- **平常復帰の時期** the recorded date, as exactly as it is known; else the day on which the track of the first day's
  impairment came back to use; 未復旧 where it has not.
- **—** where none of these gives an answer: nobody has said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tomoshibi.continuity import queries
from tomoshibi.continuity.dates import Precision, said
from tomoshibi.continuity.models import ConditionRow, CounterEventRow, CounterRow, IntroductionRow, ItemRow, PointRow
from tomoshibi.continuity.words import SEVERITY, Aspect, Backup, CounterKind, Group, Loss, State, reported
from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.places.queries import who_are_we
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: no answer applies 該当回答なし
DASH = "—"
NONE = T(DASH, DASH)
_DASHES = frozenset("—―–－-ー_＿")

TITLE_1 = T(
    "付属表-①:(ICT部門管轄の)業務データ、インフラ等被災・復旧状況",
    "Annex 1: damage to and recovery of data and infrastructure (in the charge of the ICT section)",
)
TITLE_2 = T(
    "付属表-②:災害時業務に関するシステム導入状況、窓口業務再開時期",
    "Annex 2: systems introduced for the disaster, and when counters reopened",
)
HEADS_1 = (
    T("", ""),  # the report leaves the headings of group and item blank
    T("", ""),
    T("直後(発災後24時間)", "First 24 hours"),
    T("復旧作業有無※1", "Recovery work *1"),
    T("必要だった支援策", "Support needed"),
    T("平常復帰の時期", "Back to normal"),
)
HEADS_2 = (T("", ""), T("導入状況", "Introduction"), T("システム稼働日", "In service from"))
HEADS_3 = (T("", ""), T("窓口業務再開時期", "Counters open again"), T("", ""))
MARK = T("※2", " *2")


@dataclass(frozen=True)
class Row1:
    """A row of annex 1. ``item`` and ``aspect`` say where a click corrects it."""

    group: Group
    label: T
    cells: tuple[T, T, T, T]
    item: str
    aspect: Aspect


@dataclass(frozen=True)
class Row2:
    """A row of annex 2: what, how, and (of a system) since when."""

    label: T
    cells: tuple[T, T]


@dataclass(frozen=True)
class Annex:
    """Both tables of an incident, with their notes. ``left_out`` are items that are no row and were impaired."""

    rows: tuple[Row1, ...]
    systems: tuple[Row2, ...]
    counters: tuple[Row2, ...]
    notes: tuple[T, T]
    left_out: tuple[queries.Line, ...] = ()


def annex(incident: str) -> Annex | None:
    """The annexes of an incident (a reference); None where there is no such incident."""
    row = incidents.incident(incident)
    if row is None:
        return None
    board = queries.board(incident)
    return Annex(
        rows=_marked(tuple(_rows(row, board))),
        systems=tuple(_systems(row)),
        counters=tuple(_counters(row)),
        notes=notes(),
        left_out=tuple(line for line in board.lines if line.item.order is None and line.is_down),
    )


def notes() -> tuple[T, T]:
    """The notes below annex 1."""
    us = who_are_we()
    town = us.name[-1:] if us and us.name[-1:] in "市町村区" else ""
    return (
        T(
            f"※1 復旧作業の有無は、復旧プロセスの中で、{town}職員及び情報システム委託事業者による作業が必要であったか"
            "どうかの有無となる。作業は発生せず、復旧を待っている状態は「無」となる。",
            "*1 Whether staff or vendors had to work for the recovery; waiting for it without work counts as “no”.",
        ),
        T(f"※2「{DASH}」は、該当回答がない場合の記載。", f"*2 “{DASH}” where no answer applies."),
    )


def _marked(rows: tuple[Row1, ...]) -> tuple[Row1, ...]:
    """Rows with the note's mark at the first dash: of the last column, where a reader meets most of them."""
    for column in (3, 2, 1, 0):
        for n, row in enumerate(rows):
            if row.cells[column] == NONE:
                cells = list(row.cells)
                cells[column] = T(NONE.ja + MARK.ja, NONE.en + MARK.en)
                changed = Row1(row.group, row.label, (cells[0], cells[1], cells[2], cells[3]), row.item, row.aspect)
                return (*rows[:n], changed, *rows[n + 1 :])
    return rows


def _rows(incident: IncidentRow, board: queries.Board) -> Iterable[Row1]:
    began = queries.onset(incident)
    tracks = queries.points(incident.subject)
    for group, lines in board.groups:
        for line in lines:
            if line.item.order is None:
                continue
            held = {Aspect.ITEM: line.condition, Aspect.DATA: line.data, Aspect.BACKUP: line.backup}
            for aspect, condition in held.items():
                if aspect is Aspect.ITEM or line.item.holds_data:
                    track = tracks.get((line.item.subject, aspect), [])
                    yield Row1(
                        group,
                        label_of(line.item, aspect),
                        _cells(line.item, aspect, condition, track, began),
                        line.item.subject,
                        aspect,
                    )


def label_of(item: ItemRow, aspect: Aspect = Aspect.ITEM) -> T:
    """An item as the table's row names it, with its remark in brackets; of a backup, how it is kept."""
    if aspect is Aspect.ITEM:
        return _both(item.name + (f"({item.remark})" if item.remark else ""))
    label = aspect.label
    if aspect is Aspect.BACKUP and item.backup_method:
        return T(
            f"{DASH}{label.ja}【保管頻度・方法・場所】{item.backup_method}", f"{DASH}{label.en}: {item.backup_method}"
        )
    return T(f"{DASH}{label.ja}", f"{DASH}{label.en}")


def _cells(
    item: ItemRow, aspect: Aspect, condition: ConditionRow | None, track: Sequence[PointRow], began: datetime | None
) -> tuple[T, T, T, T]:
    first = [p for p in track if began is None or p.at <= began + queries.FIRST]
    # what became of data is found out when somebody can look; it speaks of the first day all the same
    worst = _worst(first) if aspect is Aspect.ITEM else _state(track[-1]) if track else None
    sound = bool(track) and not any(_state(p).impaired for p in track) and track[-1].state != State.UNKNOWN
    year = began.astimezone(JAPAN).year if began else None
    return (
        _worded(condition.immediately if condition else "") or (reported(item.kind_word, worst) if worst else NONE),
        _work(condition, sound),
        _support(condition),
        _restored(condition, track, first, year),
    )


def _state(point: PointRow) -> State | Loss | Backup:
    return Aspect(point.aspect).states(point.state)


def _worst(track: Sequence[PointRow]) -> State | Loss | Backup | None:
    """The worst state that was seen."""
    states = {_state(p) for p in track}
    return next((s for s in SEVERITY if s in states), None)


def _work(condition: ConditionRow | None, sound: bool) -> T:
    work = condition.work if condition else None
    if work is None and sound:
        work = False
    return NONE if work is None else T("有", "Yes") if work else T("無", "No")


def _support(condition: ConditionRow | None) -> T:
    if condition is None:
        return NONE
    if condition.support:
        return _worded(condition.support) or NONE
    if condition.support_needed is None:
        return NONE
    return T("あり", "Yes") if condition.support_needed else T("なし", "None")


def _restored(
    condition: ConditionRow | None, track: Sequence[PointRow], first: Sequence[PointRow], year: int | None
) -> T:
    if condition is not None:
        told = return_said(
            condition.restored_on,
            Precision(condition.restored_precision),
            condition.gradual,
            condition.part,
            condition.remains,
            condition.restored_wording,
            year,
        )
        if told is not None:
            return told
    down = next((p for p in first if Aspect(p.aspect) is Aspect.ITEM and _state(p).impaired), None)
    if down is None:
        return NONE
    back = next((p for p in track if p.at > down.at and _state(p) is State.IN_USE), None)
    return said(back.at.astimezone(JAPAN).date(), Precision.DAY, year) if back else T("未復旧", "Not yet")


def return_said(
    restored_on: date | None,
    precision: Precision = Precision.DAY,
    gradual: bool | None = False,
    part: str | None = "",
    remains: bool | None = False,
    restored_wording: str | None = "",
    year: int | None = None,
) -> T | None:
    """A return to normal in words; None where nobody said anything of it."""
    if restored_wording:
        return _worded(restored_wording)
    if restored_on is None:
        return T("未復旧", "Not yet") if remains else None
    when = said(restored_on, precision, year)
    if part:
        when = T(f"{part}は{when.ja}", f"{part}: {when.en}")
    elif gradual:
        when = T(f"順次復旧、最後は{when.ja}", f"gradually, the last {when.en}")
    return T(f"{when.ja}、残りは未復旧", f"{when.en}; the rest not yet") if remains else when


def _worded(text: str) -> T | None:
    """People's own wording; a dash of any shape is the table's dash."""
    text = text.strip()
    if not text:
        return None
    return NONE if set(text) <= _DASHES else _both(text)


def _both(text: str) -> T:
    return T(text, text)


def _systems(incident: IncidentRow) -> Iterable[Row2]:
    began = queries.onset(incident)
    year = began.astimezone(JAPAN).year if began else None
    found = list(queries.introductions(incident.subject))
    support = [r for r in found if r.victim_support]
    others = [r for r in found if not r.victim_support]
    name = T("被災者支援システム", "Victim-support system")
    if not support:
        yield Row2(name, (NONE, NONE))
    for row in support:
        developed = T(f"({row.developer}開発)", f" (by {row.developer})") if row.developer else T("", "")
        own = _both(row.name) if row.name != name.ja else name
        yield Row2(T(own.ja + developed.ja, own.en + developed.en), _introduced(row, year))
    heading = T("その他システム", "Other systems")
    if not others:
        yield Row2(heading, (NONE, NONE))
    for row in others:
        by = T(f"({row.developer}開発)", f" (by {row.developer})") if row.developer else T("", "")
        yield Row2(T(f"{heading.ja}:{row.name}{by.ja}", f"Other: {row.name}{by.en}"), _introduced(row, year))


def _introduced(row: IntroductionRow, year: int | None) -> tuple[T, T]:
    since = said(row.in_service, row.in_service_precision, year) if row.in_service else None
    considered = said(row.considered, row.considered_precision, year) if row.considered else None
    how = [
        *([T(f"{considered.ja}以降検討", f"considered from {considered.en}")] if considered else []),
        *([T(f"{since.ja}に稼働", f"in service from {since.en}")] if since else []),
    ]
    told = _worded(row.wording) or (T("、".join(h.ja for h in how), ", ".join(h.en for h in how)) if how else NONE)
    return told, since or NONE


_SERVICES = {
    CounterKind.DISASTER: T(
        "災害時窓口業務(安否確認、死亡届受付、り災証明書発行等)",
        "Disaster counters (safety, death notices, certificates)",
    ),
    CounterKind.ORDINARY: T("通常窓口業務", "Ordinary counters"),
}


def _counters(incident: IncidentRow) -> Iterable[Row2]:
    began = queries.onset(incident)
    year = began.astimezone(JAPAN).year if began else None
    events: dict[str, list[CounterEventRow]] = {}
    for event in queries.counter_events(incident.subject):
        if event.opened:
            events.setdefault(event.subject, []).append(event)
    known = {r.subject: r for r in CounterRow.objects.filter(subject__in=events)}
    for kind, heading in _SERVICES.items():
        told = [
            _opened(known[subject], happened, kind, year)
            for subject, happened in sorted(events.items(), key=lambda e: (known[e[0]].order, e[1][0].on))
            if known[subject].kind == kind.value
        ]
        cell = T("\n".join(t.ja for t in told), "\n".join(t.en for t in told)) if told else NONE
        yield Row2(heading, (cell, T("", "")))


def _opened(counter: CounterRow, events: Sequence[CounterEventRow], kind: CounterKind, year: int | None) -> T:
    """When a counter opened: each step that began, else the first opening and, where that was in part, the full one."""
    steps = [(e, said(e.on, e.precision, year)) for e in events if e.what]
    if steps:
        return T(
            f"{counter.name}は" + "、".join(f"{e.what}が{when.ja}" for e, when in steps),
            f"{counter.name}: " + ", ".join(f"{e.what} {when.en}" for e, when in steps),
        )
    wanted = events[:1]
    if wanted[0].partly:
        wanted = [*wanted, *[e for e in events[1:] if not e.partly][:1]]
    parts = [(e, said(e.on, e.precision, year)) for e in wanted]
    if kind is CounterKind.DISASTER:
        return T(
            f"{counter.name}を"
            + "、".join(f"{when.ja}から" + (f"{e.place}にて" if e.place else "") for e, when in parts),
            f"{counter.name} from " + ", ".join(when.en + (f" at {e.place}" if e.place else "") for e, when in parts),
        )
    name = "" if counter.name in (_SERVICES[kind].ja, "通常窓口") else f"{counter.name}:"
    return T(
        name
        + "、".join(
            f"{when.ja}から{'一部' if e.partly else ''}再開" + (f"({e.note or e.place})" if e.note or e.place else "")
            for e, when in parts
        ),
        (f"{counter.name}: " if name else "")
        + ", ".join(
            f"{'partly ' if e.partly else ''}from {when.en}" + (f" ({e.note or e.place})" if e.note or e.place else "")
            for e, when in parts
        ),
    )
