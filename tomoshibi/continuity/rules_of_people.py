"""Findings about people and what was agreed: contracts, vendors, roles, drills, tests, countermeasures."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from tomoshibi.continuity.findings import Found, names_of, rule
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.models import ItemRow
from tomoshibi.continuity.plan_words import Progress
from tomoshibi.continuity.words import ItemKind
from tomoshibi.people.words import Time
from tomoshibi.vocabulary import T

#: a load test counts for a year
YEAR = timedelta(days=366)


@rule(
    "no_disaster_clause",
    T("災害時の条項のない契約", "Contracts with no disaster clause"),
    T("災害時の参集と担当者の確保を契約に入れる。", "Write into it who comes in a disaster."),
)
def _clauses(plan: Plan, today: date) -> Found:
    for item in plan.of_kind(ItemKind.CONTRACT):
        if not item.disaster_clause:
            covered = item.covered
            yield (
                (item.subject, *covered),
                T(f"{item.name} に災害時の条項がない。", f"{item.name} has no clause for disasters.")
                if item.disaster_clause is False
                else T(
                    f"{item.name} に災害時の条項があるか、登録がない。", f"Nobody has said whether {item.name} has one."
                ),
                [T(f"対象: {names_of(plan, covered)}", f"Covers: {names_of(plan, covered)}")] if covered else (),
                len(covered),
            )


@rule(
    "contract_ended",
    T("期限の切れた契約・協定", "Contracts and agreements that have ended"),
    T("更新するか、台帳から外す。", "Renew it, or take it out."),
)
def _ended(plan: Plan, today: date) -> Found:
    held = [(i.subject, i.name, i.contract_until) for i in plan.of_kind(ItemKind.CONTRACT)]
    held += [(row.subject, row.title, row.said.until) for row in plan.agreements]
    for ref, name, until in held:
        if until is not None and until < today:
            yield ((ref,), T(f"{name} は {until} に期限が切れた。", f"{name} ended on {until}."), (), 1)


@rule(
    "vendors_one_zone",
    T("同じ避難区域にある事業者", "Vendors that share one evacuation zone"),
    T("区域の外の事業者か、遠隔での対応を決めておく。", "Find a vendor outside the zone, or agree on remote work."),
)
def _one_zone(plan: Plan, today: date) -> Found:
    by_area: dict[str, list[ItemRow]] = defaultdict(list)
    for item in plan.of_kind(ItemKind.VENDOR):
        if item.area:
            by_area[item.area].append(item)
    for area, vendors in by_area.items():
        if len(vendors) > 1:
            refs = tuple(v.subject for v in vendors)
            cared = {v.subject: [i.name for i in plan.items if i.vendor_needed == v.subject] for v in vendors}
            yield (
                refs,
                T(
                    f"{names_of(plan, refs)} は同じ区域（{plan.name(area)}）にあり、避難指示で一度に来られなくなる。",
                    f"{names_of(plan, refs)} are in one zone ({plan.name(area)}): one order keeps all of them away.",
                ),
                [
                    T(
                        f"{v.name}: {'、'.join(cared[v.subject]) or '—'}",
                        f"{v.name}: {', '.join(cared[v.subject]) or '—'}",
                    )
                    for v in vendors
                ],
                sum(map(len, cared.values())),
            )


@rule(
    "no_deputy",
    T("代理のいない役割", "Roles with no deputy"),
    T("代理を順位をつけて決める。", "Name deputies in order."),
)
def _deputies(plan: Plan, today: date) -> Found:
    for role in plan.roles:
        time = Time(role.time).label if role.time else T("", "")
        if not role.holder:
            why = T(f"{role.name}（{time.ja}）の担当者が決まっていない。", f"Nobody is {role.name} ({time.en}).")
            yield ((role.subject,), why, (), 2)
        elif len(role.chain) == 1:
            yield (
                (role.subject, role.holder),
                T(f"{role.name}（{time.ja}）に代理がいない。", f"{role.name} ({time.en}) has no deputy."),
                [T(f"担当者: {plan.name(role.holder)}", f"Holder: {plan.name(role.holder)}")],
                1,
            )


@rule(
    "two_roles",
    T("一人が同時に持つ二つの役割", "The same person in two roles at one time"),
    T("どちらかを別の人にする。", "Give one of them to somebody else."),
)
def _two_roles(plan: Plan, today: date) -> Found:
    held: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for role in plan.roles:
        if role.holder:
            held[role.holder, role.time].append(role)
    for (person, time), roles in held.items():
        if len(roles) > 1:
            name, when = plan.name(person), Time(time).label if time else T("", "")
            names = "、".join(role.name for role in roles)
            yield (
                (person, *(role.subject for role in roles)),
                T(f"{name} は{when.ja}に {names} を兼ねる。", f"{name} is {names} at one time ({when.en})."),
                (),
                len(roles),
            )


@rule(
    "drill_overdue",
    T("時期を過ぎた訓練", "Drills overdue"),
    T("日を決めて行い、結果を記録する。", "Set a day, hold it, and record what came of it."),
)
def _drills(plan: Plan, today: date) -> Found:
    for row in plan.drills:
        last, months = row.said.last_held, row.said.every_months
        if last is None and (row.said.planned is None or row.said.planned < today):
            yield ((row.subject,), T(f"{row.title} は一度も行われていない。", f"{row.title} was never held."), (), 2)
        elif last is not None and months and (due := later(last, months)) < today:
            yield (
                (row.subject,),
                T(
                    f"{row.title} は {due} までに行うはずだった（{months}か月ごと、前回 {last}）。",
                    f"{row.title} was due by {due} (every {months} months, last held on {last}).",
                ),
                (),
                1,
            )


def later(day: date, months: int) -> date:
    """The day so many months later; the last of the month where that month is shorter."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@rule(
    "generator_untested",
    T("負荷をかけて試していない発電機", "Generators never tested under load"),
    T("実際の負荷をかけて試し、日付を記録する。", "Run it under its real load, and record the day."),
)
def _generators(plan: Plan, today: date) -> Found:
    for item in plan.items:
        if not item.fuel_hours:
            continue
        carried = [row.dependent for row in plan.needs if row.needs == item.subject]
        proof = [T(f"給電先: {names_of(plan, carried)}", f"Feeds: {names_of(plan, carried)}")] if carried else []
        if item.load_tested is None:
            why = T(f"{item.name} は負荷をかけて試したことがない。", f"{item.name} was never tested under load.")
        elif today - item.load_tested > YEAR:
            why = T(
                f"{item.name} の実負荷試験は {item.load_tested} が最後。",
                f"{item.name} was last tested under load on {item.load_tested}.",
            )
        else:
            continue
        yield ((item.subject,), why, proof, len(carried))


@rule(
    "measure_overdue",
    T("期限を過ぎた対策", "Countermeasures overdue"),
    T("担当を決め、期限を改めるか実施する。", "Decide who does it, and do it or set a new date."),
)
def _measures(plan: Plan, today: date) -> Found:
    for row in plan.measures:
        open_ = row.said.state not in (Progress.DONE, Progress.ACCEPTED)
        if open_ and row.said.due is not None and row.said.due < today:
            why = T(f"{row.title} の期限 {row.said.due} を過ぎた。", f"{row.title} was due on {row.said.due}.")
            yield ((row.subject,), why, (), 1)
        elif open_ and not row.said.owner:
            yield ((row.subject,), T(f"{row.title} の担当課が決まっていない。", f"Nobody owns {row.title}."), (), 1)
