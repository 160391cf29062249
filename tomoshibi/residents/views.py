"""Pages of residents: find somebody, a person's and a household's sheet, the register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.views import record_address
from tomoshibi.places.views import acts, key_of
from tomoshibi.residents import edition, queries, sheets
from tomoshibi.residents.facts import PROTECTED
from tomoshibi.residents.models import ChangesRow, SnapshotRow
from tomoshibi.residents.subjects import Household, Identity, Person, ResidentRegister
from tomoshibi.vocabulary import T

FIND, REGISTER = T("住民を探す", "Find a resident"), T("住民の名簿", "Resident register")
#: households on a page of a search: who sees as many narrows the words
SHOWN = 30
CHANGES_SHOWN = 40


def _wanted(request: HttpRequest) -> dt.date | None:
    """The day that is asked for; today where none is, or where it is no day, or (said on the page by
    :func:`_days`) where its register was thinned out.
    """
    try:
        day = dt.date.fromisoformat(request.GET.get("as_of", ""))
        edition.of(day)
    except (ValueError, Refused):
        return None
    return day


def _days(request: HttpRequest, wanted: dt.date | None) -> dict[str, Any]:
    """What a page says of the register that it shows: of which full file and changes, and on which day."""
    taken = queries.snapshot(wanted)
    asked, refused = request.GET.get("as_of", ""), None
    if asked and wanted is None:
        try:
            edition.of(dt.date.fromisoformat(asked))
        except Refused as no:
            refused = no.text
        except ValueError:
            refused = T(f"「{asked}」は日付ではありません。", f"{asked} is not a date.")
    newest = queries.changes().first()
    return {
        "snapshot": taken,
        "changes_to": newest.processed_to if newest and taken and newest.processed_to > taken.as_of else None,
        "wanted": wanted.isoformat() if wanted else "",
        "wanted_day": wanted,
        "as_of_refused": refused,
    }


@reading("residents.read")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """One box: part of a name in kanji or kana, of an address, a day of birth."""
    asked, wanted, actor = request.GET.get("q", "").strip(), _wanted(request), actor_on(request)
    found = queries.search(asked, actor, SHOWN, wanted) if asked else []
    note_reading(request, [m.ref for home in found for m in (*home.members, *home.left)])
    context = {
        "asked": asked,
        "found": found,
        "more": len(found) == SHOWN,
        **_days(request, wanted),
        "acts": acts(
            actor, ("residents.person_added", T("台帳にない人を登録", "Add a person"), reverse("residents:add"))
        ),
    }
    return render(request, "residents/search.html", context)


def person_page(ref: str) -> str:
    """Address of the sheet of a person."""
    return reverse("residents:person", args=[key_of(ref)])


def household_page(ref: str) -> str:
    """Address of the sheet of a household."""
    return reverse("residents:household", args=[key_of(ref)])


@reading("residents.read")
@require_GET
def household(request: HttpRequest, key: str) -> HttpResponse:
    """A household's sheet: who, where, and what the rooms know of it."""
    actor, wanted, ref = actor_on(request), _wanted(request), Household.ref(key)
    home = queries.household(ref, actor, wanted)
    if home is None:
        raise Http404
    note_reading(request, [ref, *(m.ref for m in (*home.members, *home.left))])
    context = {
        "home": home,
        "sections": _rendered(request, ref, actor),
        **_days(request, wanted),
        "acts": acts(
            actor,
            (
                "residents.person_added",
                T("この世帯に人を足す", "Add a person to it"),
                f"{reverse('residents:add')}?household={ref}",
            ),
        ),
    }
    return render(request, "residents/household.html", context)


@reading("residents.read")
@require_GET
def person(request: HttpRequest, key: str) -> HttpResponse:
    """A person's sheet."""
    actor, wanted, ref = actor_on(request), _wanted(request), Person.ref(key)
    who = queries.person(ref, actor, wanted)
    if who is None:
        raise Http404
    home, here = queries.household(who.household, actor, wanted), request.path
    note_reading(request, [ref, who.ref, *([home.head.ref] if home else [])])
    if who.ref != ref:  # this record is another's
        return HttpResponseRedirect(person_page(who.ref))
    context = {
        "who": who,
        "home": home,
        "sections": _rendered(request, ref, actor),
        "recorded": SubjectRow.objects.filter(subject=ref).first(),
        "others": _others(actor, who.ref, here),
        **_days(request, wanted),
        "acts": [
            *acts(
                actor,
                (
                    "residents.person_corrected",
                    T("訂正・追記", "Correct"),
                    record_address("residents.person_corrected", ref, next=here),
                ),
                (
                    "residents.whereabouts_told",
                    T("居所を記録", "Whereabouts"),
                    reverse("residents:whereabouts", args=[key]),
                ),
            ),
            *_protection(actor, ref, here),
        ],
    }
    return render(request, "residents/person.html", context)


def _others(actor: Actor, ref: str, here: str) -> list[tuple[str, str]]:
    """The other records of this person: their keys, and where the merge is undone by who may."""
    may = actor.may("residents.parted")
    return [
        (key_of(other), record_address("residents.parted", Identity.ref(key_of(other)), next=here) if may else "")
        for other in queries.same_person(ref)[1:]
    ]


def _protection(actor: Actor, ref: str, here: str) -> list[tuple[T, str]]:
    """The button that sets or lifts protection, for the few."""
    if not actor.may(PROTECTED):
        return []
    set_here = queries.set_here(ref)
    kind = "residents.protection_lifted" if set_here else "residents.protection_set"
    word = T("支援措置の終了", "Lift protection") if set_here else T("支援措置の開始", "Protect")
    return list(acts(actor, (kind, word, record_address(kind, ref, next=here))))


def _rendered(request: HttpRequest, ref: str, actor: Actor) -> list[tuple[sheets.Section, str]]:
    refs = queries.same_person(ref) if ref.startswith(f"{Person.type}:") else [ref]
    told = [section for one in refs for section in sheets.sections(one, actor)]
    note_reading(request, [who for section in told for who in section.people])
    return [(section, section.render(request)) for section in told]


@reading("residents.read", "residents.snapshot_taken")
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Files of the register, full ones and changes: as of when, how many, when they came in and from where."""
    actor = actor_on(request)
    rows: list[SnapshotRow] = list(queries.snapshots())
    changed = list(queries.changes()[:CHANGES_SHOWN])

    def withdraw(kind: str, row: SnapshotRow | ChangesRow) -> str:
        entry = row.key.rpartition("/")[2]
        return record_address(kind, row.subject, entry=entry, next=request.path) if actor.may(kind) else ""

    note_reading(request, [ResidentRegister.ref(ref.partition(":")[2]) for ref in {row.subject for row in rows}])
    context = {
        "snapshots": [(row, withdraw("residents.snapshot_withdrawn", row)) for row in rows],
        "newest": rows[0] if rows else None,
        "changes": [(row, withdraw("residents.changes_withdrawn", row)) for row in changed],
        "acts": acts(
            actor, ("residents.snapshot_taken", T("自動取り込み", "Nightly intake"), reverse("residents:intake"))
        ),
    }
    return render(request, "residents/register.html", context)
