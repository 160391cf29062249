"""What orders tell the operations room: what waits for approval, what could not be sent, and the areas on the map."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from tomoshibi.incidents.mapping import feature
from tomoshibi.incidents.panels import MapLayer, Told, show_on_map, tells
from tomoshibi.journal.navigation import Status, status
from tomoshibi.publishing import board, queries
from tomoshibi.publishing.models import OrderRow, ProposalRow
from tomoshibi.publishing.overturned import outdated
from tomoshibi.vocabulary import T


def page(row: OrderRow) -> str:
    """The address of an order's page."""
    return reverse("publishing:order", args=[row.key])


def _of(rows: Iterable[OrderRow], incident: str) -> list[OrderRow]:
    return [row for row in rows if row.incident == incident]


@tells("next", "publishing.read")
def to_do(incident: str) -> Iterable[Told]:
    """Approvals that wait, and channels that a person has to see to."""
    for row in _of(queries.waiting(), incident):
        asked = queries.proposal(row.waiting)
        if asked is None:
            continue
        term = asked.term_word
        if asked.rule:
            text = T(f"{term.ja} 自動判断の案を確かめる", f"{term.en}: read the rule's proposal")
        else:
            text = T(f"{term.ja} 承認待ち（{asked.act_word.label.ja}）", f"{term.en}: waits for approval")
        yield Told(text, page(row), tone="alert")
    for row in _of(queries.in_force(), incident):
        for line in board.lines(row):
            if line.by_hand and line.state == "waiting":
                yield Told(T(f"{line.label.ja}で伝える", f"Send by {line.label.en}"), page(row))
            elif line.failed:
                text = T(f"{line.label.ja} 送信失敗 {line.failed}件", f"{line.label.en}: {line.failed} failed")
                yield Told(text, page(row), tone="alert")


@tells("next", "publishing.read")
def to_correct(incident: str) -> Iterable[Told]:
    """What was published and quotes an intensity that was corrected since."""
    for found in outdated(incident):
        name, ja = found.said.name, "、".join(klass.text.ja for klass in found.classes)
        en = ", ".join(klass.text.en for klass in found.classes)
        text = T(
            f"公表した震度を確かめて直す: {name.ja}（{ja}は訂正された）",
            f"Correct what was published: {name.en} ({en} was corrected)",
        )
        yield Told(text, found.said.page, tone="alert")


@tells("due", "publishing.read")
def approvals(incident: str) -> Iterable[Told]:
    """Since when approvals wait: every minute of it is a minute less to leave."""
    for row in _of(queries.waiting(), incident):
        yield Told(T("避難情報の承認", "Approval of evacuation information"), page(row), row.waiting_since, "alert")


@tells("here", "publishing.read")
def orders(incident: str) -> Iterable[Told]:
    """Orders in force, and how many people live there."""
    for row in _of(queries.in_force(), incident):
        people = queries.living_in(row).population
        ja = f"{people:,}人" if people is not None else "人数不明"
        en = f"{people:,} people" if people is not None else "number unknown"
        told = T(f"{row.heading.ja} {row.where}（{ja}）", f"{row.heading.en}: {row.where} ({en})")
        yield Told(told, page(row), tone="alert" if row.level >= 4 else "calm")


@tells("papers", "publishing.read")
def papers(incident: str) -> Iterable[Told]:
    """The paper of every order that was approved."""
    for row in queries.orders(incident).exclude(approval=""):
        told = T(f"避難情報の決裁 {row.heading.ja} {row.where}", f"Decision: {row.heading.en}, {row.where}")
        yield Told(told, reverse("publishing:paper", args=[row.key]), row.since)


def outlines(said: OrderRow | ProposalRow) -> list[dict[str, Any]]:
    """The areas of an order or proposal as GeoJSON features, in the level's colour, with the level written."""
    return [
        feature(
            json.loads(area.geometry) if area.geometry else None,
            name=f"{said.heading} {area.name}",
            state=said.heading,
            kind=str(T(f"レベル{said.level}", f"Level {said.level}")) if said.level else str(said.heading),
            address=reverse("publishing:order", args=[said.subject.partition(":")[2]]),
            colour=said.colour,
            shape="area",
        )
        for area in queries.areas_of(said)
    ]


def _areas(incident: str) -> list[dict[str, Any]]:
    # the highest level is drawn last, so that it lies above
    return [f for row in reversed(_of(queries.in_force(), incident)) for f in outlines(row)]


show_on_map(MapLayer("orders", T("避難情報の区域", "Areas under evacuation information"), _areas, "publishing.read"))


@status
def approvals_wait() -> Status | None:
    """Proposals that wait for approval, on every page: whoever approves may be looking at any."""
    waits = queries.waiting()
    if not waits:
        return None
    text = T(f"避難情報 承認待ち {len(waits)}件", f"Evacuation information to approve: {len(waits)}")
    address = page(waits[0]) if len(waits) == 1 else reverse("publishing:orders")
    return Status(text, address, permission="publishing.read", waits_for="publishing.order_approved")
