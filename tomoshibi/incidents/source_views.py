"""Pages of the sources of telegrams, the address to which receivers send, and the form for what people type."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.bulletins.safexml import MAX_BYTES
from tomoshibi.incidents import inbox, sources
from tomoshibi.incidents.byhand import HAZARDS, Entered, bulletin_of, document_of, our_places
from tomoshibi.incidents.models import SourceRow
from tomoshibi.incidents.source_facts import TOKENS
from tomoshibi.incidents.subjects import HAND, Source, Telegram
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.vocabulary import IntensityClass, T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.colours import LEVELS
from tomoshibi.vocabulary.levels import (
    ACTIONS,
    EVACUATION_TERMS_START,
    LEVELLED_WARNINGS_START,
    LEVELS_START,
    evacuation_terms,
    warning_terms,
)

#: what may be typed or pasted, bytes
TYPED = 4 * 1024 * 1024


@reading("incidents.read")
@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """Every source with when it was last heard; silent ones first, and red."""
    return render(request, "incidents/sources.html", _sources(request))


def _sources(request: HttpRequest, **more: Any) -> dict[str, Any]:
    actor = actor_on(request)
    return {
        "standings": sources.standings(),
        "folder": inbox.folder(),
        "may_describe": actor.may("incidents.source_described"),
        "may_token": actor.may(TOKENS),
        "address": request.build_absolute_uri(reverse("incidents:receive")),
        **more,
    }


@reading("incidents.read")
@require_POST
def make_token(request: HttpRequest, key: str) -> HttpResponse:
    """Give a receiver its token, and show it this once."""
    actor = actor_on(request)
    row = SourceRow.objects.filter(subject=Source.ref(key)).first()
    if row is None:
        raise Http404
    if not actor.may(TOKENS):
        raise NotAllowed(T("トークンはシステム管理者が発行します。", "An administrator makes tokens."))
    try:
        token, refused = sources.new_token(row.subject, actor), None
    except (Refused, Forbidden, StoreFailed) as error:
        token, refused = "", error.text
    context = _sources(request, token=token, token_of=row, refused=refused)
    return render(request, "incidents/sources.html", context, status=422 if refused else 200)


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take a telegram from a receiver: ``Authorization: Bearer tmsr_…``, the telegram as the body.

    201: kept, and new. 200: kept before, by whatever line. 202: kept, but it cannot be read as a telegram. An answer of
    2xx is given only when everything is kept: the sender may forget it then. 401, 413 and 503 keep nothing.
    """
    row = sources.of_token(request.headers.get("Authorization", "").removeprefix("Bearer ").strip())
    if row is None:
        text = T("トークンが違うか、失効しています。", "The token is wrong, or holds no longer.")
        return _answer(401, text, headers={"WWW-Authenticate": "Bearer"})
    too_large = T(f"{MAX_BYTES:,}バイトまでです。", f"At most {MAX_BYTES:,} bytes.")
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return _answer(413, too_large)
    data = request.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        return _answer(413, too_large)
    if not data:
        return _answer(400, T("電文がありません。本文に入れてください。", "There is no telegram: send it as the body."))
    name = request.headers.get("X-Filename", "").rpartition("/")[2][:200] or f"{row.name}.xml"
    try:
        good, bad, arrivals = inbox.receive(data, name, via=row.subject)
    except StoreFailed as error:
        return _answer(503, error.text, headers={"Retry-After": "5"})
    new = any(a is not inbox.Arrival.DUPLICATE for a in arrivals)
    said = {
        "telegrams": [
            {"digest": b.digest, "type": b.type, "title": b.title or b.name, "arrival": a.value}
            for b, a in zip(good, arrivals, strict=True)
        ],
        "rejected": [{"ja": e.text.ja, "en": e.text.en} for e in bad],
    }
    return JsonResponse(said, status=202 if bad else 201 if new else 200, json_dumps_params={"ensure_ascii": False})


def _answer(status: int, text: T, headers: dict[str, str] | None = None) -> HttpResponse:
    body = json.dumps({"text": {"ja": text.ja, "en": text.en}}, ensure_ascii=False)
    return HttpResponse(body, content_type="application/json", status=status, headers=headers)


@reading("incidents.bulletin_received")
def by_hand(request: HttpRequest) -> HttpResponse:
    """The form: a telegram pasted or chosen, or its main values typed."""
    refused: T | None = None
    if request.method == "POST":
        try:
            return _taken(request)
        except Exception as error:
            if (refused := T.of(error)) is None:
                raise
    chosen = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    context = {
        "refused": refused,
        "posted": chosen,
        "places": [
            (place, chosen.get(f"class-{place.code}", ""), chosen.get(f"level-{place.code}", ""))
            for place in our_places()
        ],
        "classes": [c for c in reversed(IntensityClass) if c is not IntensityClass.ZERO],
        "levels": [5, 4, 3, 2],
        "hazards": HAZARDS,
        "now": worlds.now().astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "incidents/by_hand.html", context, status=422 if refused else 200)


def _taken(request: HttpRequest) -> HttpResponse:
    """Record what was typed, pasted or chosen; then to its page."""
    post, file = request.POST, request.FILES.get("file")
    text = post.get("text", "").strip()
    if file is not None:
        if (file.size or 0) > MAX_BYTES:
            raise Refused(T(f"{MAX_BYTES:,}バイトまでです。", f"At most {MAX_BYTES:,} bytes."))
        data, name = file.read(), file.name or "file"
    elif post.get("way") == "paste":
        if len(text.encode()) > TYPED:
            raise Refused(T("長すぎます。ファイルで渡してください。", "Too long: give it as a file."))
        data, name = document_of(text, worlds.now())
    else:
        data, name = bulletin_of(_entered(request))
    good, bad, _ = inbox.receive(data, name, via=HAND, actor=actor_on(request), patient=True)
    if bad:
        raise bad[0]
    if len(good) == 1:
        key = Telegram.of_bulletin(good[0]).partition(":")[2]
        return HttpResponseRedirect(reverse("incidents:bulletin", args=[key]), status=303)
    return HttpResponseRedirect(reverse("incidents:inbox"), status=303)


def _entered(request: HttpRequest) -> Entered:
    post = request.POST
    return Entered(
        what=post.get("what", ""),
        who=post.get("who", "").strip(),
        title=post.get("title", "").strip(),
        text=post.get("words", "").strip(),
        reported=_moment(post.get("reported", "")) or worlds.now(),
        valid=_moment(post.get("valid", "")),
        classes={k[6:]: v for k, v in post.items() if k.startswith("class-") and isinstance(v, str) and v},
        levels={k[6:]: v for k, v in post.items() if k.startswith("level-") and isinstance(v, str) and v},
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=JAPAN) if text else None
    except ValueError:
        raise Refused(T("日時が読めません。", "A time cannot be read.")) from None


#: days on which the names of levels changed: the table has a column for each time between
ERAS = (date(2016, 12, 26), LEVELS_START, EVACUATION_TERMS_START, LEVELLED_WARNINGS_START)


@reading("incidents.read")
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """The five levels: what to do, and what warnings and evacuation information were called when."""
    today = worlds.now().astimezone(JAPAN).date()
    days = sorted({day for day in (*ERAS, date(2005, 3, 28)) if day <= today})
    eras = []
    for number, day in enumerate(days):
        until = days[number + 1] if number + 1 < len(days) else None
        eras.append((day, until))
    rows = [
        {
            "level": level,
            "colour": f"level-{level}",
            "action": ACTIONS[level],
            "eras": [
                {
                    "day": day,
                    "until": until,
                    "warnings": list(dict.fromkeys(t.name for t in warning_terms(day, level))),
                    "evacuation": [t.name for t in evacuation_terms(day, level)],
                }
                for day, until in reversed(eras)
            ],
        }
        for level in sorted(LEVELS, reverse=True)
    ]
    return render(request, "incidents/terms.html", {"rows": rows, "eras": list(reversed(eras))})
