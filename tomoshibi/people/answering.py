"""The phone page by which a person answers a call: three large buttons, then when, then safe or not.

One button is one fact, recorded when it is pressed: what was pressed before the connection broke is not lost. The form
carries the fact's id, so that a retry records once. No script; Japanese and English together, because nobody chooses a
language on such a morning. The authority is the signed link, so there is no session to forge a request from.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Fact, Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.people import links
from tomoshibi.people.call_facts import Arrived, CallAnswered
from tomoshibi.people.models import CallOutRow, CallRow
from tomoshibi.people.words import ABSENT, Answer, Family, Safety
from tomoshibi.places.queries import names_of, who_are_we
from tomoshibi.vocabulary import T

#: minutes until arrival that the page offers, with their buttons' words
WHEN = {
    15: T("15分", "15 min"),
    30: T("30分", "30 min"),
    60: T("1時間", "1 hour"),
    120: T("2時間", "2 hours"),
    240: T("4時間", "4 hours"),
    720: T("半日", "Half a day"),
}


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The page of one call; a POST records one answer and shows the page again with what was recorded."""
    subject = links.read(token)
    call = CallRow.objects.filter(subject=subject).first() if subject else None
    if call is None:
        return render(request, "people/answer_gone.html", status=404)
    refused: T | None = None
    status = 200
    if request.method == "POST":
        try:
            _record(request, call)
            return redirect("people:answer", token)
        except Refused as refusal:
            refused, status = refusal.text, 400
        except StoreFailed as failure:
            refused, status = failure.text, 503
    return render(request, "people/answer.html", _page(call, refused), status=status)


def _record(request: HttpRequest, call: CallRow) -> None:
    """Record the one button that was pressed. Its id follows from the page and the button: a retry is the same fact."""
    pressed = next((n for n in ("answer", "coming_in", "safety", "family", "note", "arrived") if n in request.POST), "")
    value = request.POST.get(pressed, "")
    page = request.POST.get("page", "")
    call_out = CallOutRow.objects.filter(subject=call.call_out).first()
    try:
        made = uuid.uuid5(uuid.UUID(page), f"{pressed}={value}")
        fact = _fact(pressed, value, call_out.gather_at if call_out else "")
    except ValueError:
        raise Refused(
            T("読み取れませんでした。もう一度押してください。", "That could not be read. Press again.")
        ) from None
    draft = Draft(
        fact,
        call.subject,
        after=[head for head in request.POST.get("heads", "").split() if len(head) <= 64],
        id=str(made),
        incident=call_out.incident if call_out else "",
    )
    record(draft, links.actor_of(call))


def _fact(pressed: str, value: str, site: str) -> Fact:
    """What a button says. Raises :class:`ValueError` for one that is not on the page."""
    if pressed == "answer":
        return CallAnswered(answer=Answer(value))
    if pressed == "coming_in":
        if int(value) not in WHEN:
            raise ValueError(value)
        return CallAnswered(coming_at=worlds.now() + timedelta(minutes=int(value)))
    if pressed == "safety":
        return CallAnswered(safety=Safety(value))
    if pressed == "family":
        return CallAnswered(family=Family(value))
    if pressed == "note":
        return CallAnswered(note=value.strip())
    if pressed == "arrived":
        return Arrived(site=site)
    raise ValueError(pressed)


def _page(call: CallRow, refused: T | None) -> dict[str, object]:
    call_out = CallOutRow.objects.filter(subject=call.call_out).first()
    shown = SubjectRow.objects.filter(subject=call.subject).first()
    us = who_are_we()
    answered = Answer(call.answer) if call.answer else None
    return {
        "call": call,
        "call_out": call_out,
        "town": us.name if us else "",
        "place": names_of([call_out.gather_at]).get(call_out.gather_at, "") if call_out else "",
        "training": worlds.is_training(),
        "page": str(uuid.uuid4()),
        "heads": " ".join(shown.head_ids) if shown else "",
        "refused": refused,
        "answered": answered,
        "absent": answered in ABSENT,
        "answers": list(Answer),
        "when": WHEN.items(),
        "safeties": list(Safety),
        "families": list(Family),
    }
