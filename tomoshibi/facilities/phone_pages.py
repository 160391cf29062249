"""What stands on each of a facility's phone pages. What is read of residents is noted in the log of readings."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.http import HttpRequest

from tomoshibi.facilities import queries, teams
from tomoshibi.facilities.checks import SHEETS, CheckSheet, Item, sheets
from tomoshibi.facilities.models import CheckRow, EvacuationRow, FacilityRow
from tomoshibi.facilities.notifying import TO_DO
from tomoshibi.facilities.subjects import facility_of, run_of
from tomoshibi.facilities.taps import occasion
from tomoshibi.facilities.words import Answer, Check, Danger, Identity, Phase, Sign, Team
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.models import SubjectRow
from tomoshibi.places.models import SiteRow


def page(request: HttpRequest, actor: Actor, site: SiteRow, name: str) -> tuple[str, dict[str, Any]]:
    """Template and context of the page of that name (see :data:`tomoshibi.facilities.phone.PAGES`)."""
    row = queries.evacuation_now(site.subject)
    profile = FacilityRow.objects.filter(site=site.subject).first()
    common = {"row": row, "profile": profile, "page": uuid.uuid4(), "destination": _destination(row, profile)}
    if name == "sheets/":
        return "facilities/sheets.html", {**common, "sheets": _progress(site, row, profile)}
    if name.startswith("sheets/"):
        return "facilities/sheet.html", {**common, **_sheet(site, row, profile, name.split("/")[1])}
    if name == "teams/":
        return "facilities/teams.html", {**common, **_teams(site, row, profile)}
    if name == "cards/":
        people = queries.cards(site.subject, row)
        log_reading(actor, [c.resident.subject for c in people], "/f/cards/")
        return "facilities/cards.html", {**common, "people": people, "identities": list(Identity)}
    if name == "report/":
        dangers = (Danger.LANDSLIDE, Danger.FLOOD)
        signs = [(d, [s for s in Sign if s.danger is d]) for d in dangers]
        return "facilities/report.html", {**common, "signs": signs}
    if name == "sign/":
        counts = queries.counts([row])[row.subject] if row else queries.Counts()
        return "facilities/sign.html", {**common, "counts": counts}
    template = "facilities/count_part.html" if "part" in request.GET else "facilities/phone.html"
    return template, {**common, **_count(request, actor, site, row)}


def _destination(row: EvacuationRow | None, profile: FacilityRow | None) -> str:
    return (row.destination if row else "") or (profile.destination if profile else "")


def _count(request: HttpRequest, actor: Actor, site: SiteRow, row: EvacuationRow | None) -> dict[str, Any]:
    shown = SubjectRow.objects.filter(subject=row.subject).first() if row else None
    cards = [c for c in queries.cards(site.subject, row) if c.expected]
    log_reading(actor, [c.resident.subject for c in cards], "/f/")  # the link itself is no word for a log
    counts = queries.counts([row])[row.subject] if row else queries.Counts(len(cards), missing=len(cards))
    phase = _phase(request, row, any(c.head and c.head.in_at for c in cards))
    numbers = {Phase.BEFORE: counts.before, Phase.OUT: counts.out, Phase.WAY: counts.way, Phase.IN: counts.safe}
    return {
        "to_do": TO_DO.get((row.level if row else None) or 0),
        "answers": list(Answer),
        "heads": " ".join(shown.head_ids) if shown else "",
        "phase": phase,
        "phases": list(Phase),
        "counts": counts,
        "number": numbers[phase],
        "missing": [c for c in cards if not c.done(phase)],
        "met": [c for c in cards if c.done(phase)],
    }


def _phase(request: HttpRequest, row: EvacuationRow | None, came: bool) -> Phase:
    """What is asked for; else whether anybody ``came`` to the facility's own destination says which is counted."""
    asked = request.GET.get("phase", "") or request.POST.get("showing", "")
    if asked in set(Phase):
        return Phase(asked)
    return Phase.IN if came or (row and row.answer == Answer.ARRIVED) else Phase.OUT


def _run(site: SiteRow, row: EvacuationRow | None, key: str) -> tuple[str, CheckRow | None]:
    when = occasion(row, key, worlds.now())
    return when, CheckRow.objects.filter(subject=run_of(facility_of(site.subject), key, when)).first()


def _own(profile: FacilityRow | None, key: str) -> CheckSheet:
    return sheets()[key].with_own(profile.own if profile else [])


def _progress(site: SiteRow, row: EvacuationRow | None, profile: FacilityRow | None) -> list[dict[str, Any]]:
    """Every sheet with how far it is; those of a disaster on top while the facility evacuates."""
    found = []
    for key in SHEETS:
        sheet, (_, run) = _own(profile, key), _run(site, row, key)
        found.append({"sheet": sheet, "of": len(sheet.items), "done": run.yes + run.none if run else 0})
    return sorted(found, key=lambda f: f["sheet"].minutes is not bool(row))


def _teams(site: SiteRow, row: EvacuationRow | None, profile: FacilityRow | None) -> dict[str, Any]:
    """Teams with their people, and how far each is in the sheet of this disaster."""
    sheet = _own(profile, teams.sheet_key(row))
    _, run = _run(site, row, sheet.key)
    began = row.first_notified_at if row else None
    return {
        "sheet": sheet,
        "teams": teams.states(row, sheet, run),
        "began": began,
        "since": int(began.timestamp() * 1000) if began else "",
        "minutes": teams.minutes_since(began),
    }


def _sheet(site: SiteRow, row: EvacuationRow | None, profile: FacilityRow | None, key: str) -> dict[str, Any]:
    """One sheet with the newest answers, and since when its clock runs."""
    sheet = _own(profile, key)
    when, run = _run(site, row, key)
    said = run.said if run else {}
    photos = Counter(p["item"] for p in run.pictures) if run else Counter()
    groups = [
        {
            "name": g.name,
            "teams": " ".join(sorted({teams.of_item(i) for i in g.items})),
            "items": [
                {
                    "item": i,
                    "said": said.get(i.key),
                    "word": _word(said, i),
                    "photos": photos[i.key],
                    "team": teams.of_item(i),
                    "hours": i.within // 60 if i.within and i.within % 60 == 0 else None,
                }
                for i in g.items
            ],
        }
        for g in sheet.groups
    ]
    began = (row.first_notified_at if row else run.began_at if run else None) if sheet.minutes else None
    return {
        "sheet": sheet,
        "groups": groups,
        "occasion": when,
        "began": began,
        "since": int(began.timestamp() * 1000) if began else "",
        "minutes": teams.minutes_since(began),
        "teams": list(Team),
        "checks": [Check.YES, Check.NONE] if sheet.minutes else list(Check),
        "done": len([a for a in said.values() if a["answer"] != Check.NO]),
        "of": len(sheet.items),
    }


def _word(said: dict[str, dict[str, str]], item: Item) -> Check | None:
    return Check(said[item.key]["answer"]) if item.key in said else None
