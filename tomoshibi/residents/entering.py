"""Pages that record a person who is in no register, and where somebody lives.

They are not the generic form, because they speak of two subjects at once, one of which fewer may see.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pydantic
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.pages import NotAllowed, actor_on, given_id, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.residents import queries
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import PersonAdded, WhereaboutsTold
from tomoshibi.residents.subjects import Person, Whereabouts
from tomoshibi.residents.views import FIND, household_page, person_page
from tomoshibi.residents.words import Sex
from tomoshibi.vocabulary import T

ADD, WHERE = T("台帳にない人を登録", "Add a person"), T("居所を記録", "Record whereabouts")


@dataclass
class Box:
    """One field of a form."""

    name: str
    label: T
    type: str = "text"
    options: tuple[tuple[str, T], ...] = ()
    needed: bool = False
    value: str = ""
    error: T | None = None


def _filled(request: HttpRequest, boxes: list[Box], record_it: Callable[[dict[str, str]], None]) -> T | None:
    """Try to record what was sent; afterwards the boxes hold it and what is wrong with it. The refusal, if any."""
    said = {box.name: request.POST.get(box.name, "").strip() for box in boxes}
    for box in boxes:
        box.value = said[box.name]
    wrong: Iterable[tuple[str, T]]
    try:
        record_it({k: v for k, v in said.items() if v})
        return None
    except pydantic.ValidationError as error:
        wrong = complaints(error)
    except Refused as no:
        wrong = [(no.field, no.text)]
    except StoreFailed as no:
        wrong = [("", no.text)]
    errors = dict(wrong)
    for box in boxes:
        box.error = errors.pop(box.name, None)
    count = T("赤い欄を確かめてください。", "Check the fields marked.")
    return next(iter(errors.values()), count)


def _may(actor: Actor, kind: str, what: T) -> None:
    if not actor.may(kind):
        raise NotAllowed(T("「{what}」の権限がありません。", "You hold no role that may: {what}.").format(what=what))


@reading("residents.read")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Enter somebody who lives here and is in no register, with a household of the register or by themselves."""
    actor = actor_on(request)
    _may(actor, PersonAdded.kind, ADD)
    given = request.POST if request.method == "POST" else request.GET
    home = queries.household(given.get("household", ""), actor)
    note_reading(request, [home.head.ref] if home else [])
    boxes = [
        Box("name", T("氏名", "Name"), needed=True, value=given.get("name", "")),
        Box("kana", T("氏名カナ", "Kana")),
        Box("birth", T("生年月日", "Born"), type="date"),
        Box("sex", T("性別", "Sex"), options=tuple((sex.value, sex.label) for sex in Sex)),
    ]
    if home:
        boxes.append(Box("relation", T("続柄", "Relation")))
    else:
        boxes += [Box("area", T("町字", "Town")), Box("address", T("住所・居所", "Address"))]
    boxes.append(Box("note", T("備考（住所は書かない）", "Note (not the address)")))
    key = given_id(given, "key") or str(uuid.uuid4())
    refused: T | None = None
    if request.method == "POST":

        def record_it(said: dict[str, str]) -> None:
            said.setdefault("name", "")
            record(added(**said, household=home.ref if home else "", key=key), actor)  # type: ignore[arg-type]

        refused = _filled(request, boxes, record_it)
        if refused is None:
            return HttpResponseRedirect(person_page(Person.ref(key)), status=303)
    context = {
        "title": ADD,
        "over": T("{name} の世帯", "Household of {name}").format(name=home.head.name) if home else FIND,
        "back": household_page(home.ref) if home else reverse("residents:search"),
        "hidden": [("key", key), ("household", home.ref if home else "")],
        "boxes": boxes,
        "refused": refused,
    }
    return render(request, "residents/form.html", context, status=422 if refused else 200)


@reading("residents.read")
@require_http_methods(["GET", "POST"])
def whereabouts(request: HttpRequest, key: str) -> HttpResponse:
    """Record where somebody lives or stays."""
    actor, ref = actor_on(request), Whereabouts.ref(key)
    _may(actor, WhereaboutsTold.kind, WHERE)
    who = queries.person(Person.ref(key), actor)
    if who is None:
        raise Http404
    note_reading(request, [who.ref])
    row = SubjectRow.objects.filter(subject=ref).first()
    boxes = [
        Box("area", T("町字", "Town")),
        Box("address", T("新しい住所・居所", "New address"), needed=True),
        Box("note", T("備考", "Note")),
    ]
    id = given_id(request.POST) or str(uuid.uuid4())
    refused: T | None = None
    if request.method == "POST":

        def record_it(said: dict[str, str]) -> None:
            if not said.get("address"):
                raise Refused(T("住所を入れてください。", "Enter an address."), "address")
            record(Draft(WhereaboutsTold(**said), ref, request.POST.get("after", "").split(), id), actor)

        refused = _filled(request, boxes, record_it)
        if refused is None:
            return HttpResponseRedirect(person_page(who.ref), status=303)
    context = {
        "title": WHERE,
        "over": who.name,
        "who": who,
        "back": person_page(who.ref),
        "hidden": [("id", id), ("after", " ".join(row.head_ids) if row else "")],
        "boxes": boxes,
        "refused": refused,
    }
    return render(request, "residents/form.html", context, status=422 if refused else 200)
