"""The public page and its other forms: no sign-in, no cookie, no script; small, and kept by caches for a moment."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tomoshibi.bulletins.atom import CAP_TYPE
from tomoshibi.journal import worlds
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.messages import prefix
from tomoshibi.publishing import alerts, queries
from tomoshibi.publishing.models import NoticeRow
from tomoshibi.publishing.public import Board, board
from tomoshibi.publishing.public_words import NAMES, VARIANTS, fullness, words
from tomoshibi.vocabulary import speak
from tomoshibi.vocabulary.clock import JAPAN

#: seconds for which a cache may keep a page: a town's whole population may ask at once
KEPT = 10


@require_safe
def public(request: HttpRequest, variant: str = "ja") -> HttpResponse:
    """The page, in Japanese, English or plain Japanese."""
    english = variant == "en"
    with speak("en" if english else "ja"):
        seen = board(variant)
        context = {
            "w": words(variant),
            "lang": "en" if english else "ja",
            "variant": variant,
            "variants": [(v, NAMES[v], _address(v)) for v in VARIANTS],
            "board": seen,
            "shelters": [(s, fullness(s.fullness, variant)) for s in seen.shelters],
            "notices": [_notice(row, variant) for row in seen.notices],
            "training": worlds.is_training(),
            "now": worlds.now(),
        }
        html = render_to_string("publishing/public.html", context)
    return _answer(request, html, "text/html; charset=utf-8", f"{variant} {_key(seen)}")


def _address(variant: str) -> str:
    return reverse("publishing:public") if variant == "ja" else reverse("publishing:public_in", args=[variant])


def _notice(row: NoticeRow, variant: str) -> dict[str, Any]:
    """A notice in a variant, else as it was written, with the language of what is shown."""
    if variant == "en" and row.title_en and row.body_en:
        return {"title": row.title_en, "body": row.body_en, "lang": "en", "since": row.since}
    body = row.easy if variant == "easy" and row.easy else row.body
    return {"title": row.title, "body": body, "lang": "ja", "since": row.since}


@require_safe
def text(request: HttpRequest) -> HttpResponse:
    """The same as plain text, for slow lines, readers and copying."""
    seen, w = board("ja"), words("ja")
    lines = [f"{prefix()}{seen.town} {w['title']}", *([w["training"]] if worlds.is_training() else []), ""]
    lines += [f"■ {w['now']}", *([] if seen.standings else [w["none"]])]
    for item in seen.standings:
        lines += ["", f"{item.row.heading.ja}（{'、'.join(item.areas) or item.row.where}）", item.text]
    lines += ["", f"■ {w['shelters']}", *([] if seen.shelters else [w["no_shelters"]])]
    for row in seen.shelters:
        spot = getattr(row, "spot", None)
        lines.append(f"・{row.name} {spot.address if spot else ''} {fullness(row.fullness, 'ja')}".replace("  ", " "))
    for notice in seen.notices:
        lines += ["", f"■ {notice.title}", notice.body]
    if seen.warnings:
        lines += ["", f"■ {w['warnings']}"]
        lines += [f"・{one.hazard} {one.word} {'、'.join(one.places)}" for one in seen.warnings]
    if seen.bulletins:
        lines += ["", f"■ {w['bulletins']}"]
        lines += [
            f"・{b.reported.astimezone(JAPAN):%m月%d日 %H:%M} {b.title or b.name} {b.headline_now}"
            for b in seen.bulletins
        ]
    lines += ["", f"■ {w['contacts']}", w["emergency"], *(f"{s.name} {s.phone}" for s in seen.contacts)]
    if seen.updated:
        lines += ["", f"{w['updated']}: {seen.updated.astimezone(JAPAN):%Y-%m-%d %H:%M}"]
    return _answer(request, "\n".join(lines) + "\n", "text/plain; charset=utf-8", f"text {_key(seen)}")


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The Atom feed."""
    return _answer(request, alerts.feed(), "application/atom+xml; charset=utf-8")


@require_safe
def cap(request: HttpRequest, approval: str) -> HttpResponse:
    """The CAP document of an approval."""
    said = queries.approved(approval)
    if said is None:
        raise Http404
    try:
        return _answer(request, alerts.cap_of(said), CAP_TYPE)
    except Refused as no:
        return HttpResponse(str(no.text), status=500, content_type="text/plain; charset=utf-8")


def _key(seen: Board) -> str:
    """What the page depends on: equal keys, equal pages."""
    parts = [
        [(s.row.approval, s.areas) for s in seen.standings],
        [(s.subject, s.name, s.fullness) for s in seen.shelters],
        [n.approval for n in seen.notices],
        [(w.row.subject, w.held.hazard, w.places) for w in seen.warnings],
        [(b.subject, b.corrected_at) for b in seen.bulletins],
        [(s.name, s.phone) for s in seen.contacts],
        seen.town,
        worlds.world(),
        f"{worlds.now():%Y-%m-%dT%H:%M}",  # the page says when it was read
    ]
    return repr(parts)


def _answer(request: HttpRequest, body: str | bytes, kind: str, key: str = "") -> HttpResponse:
    """An answer that any cache may keep: it depends on nobody who asks."""
    content = body.encode() if isinstance(body, str) else body
    response = HttpResponse(content, content_type=kind)
    etag = f'W/"{hashlib.sha256(key.encode() if key else content).hexdigest()[:32]}"'
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={KEPT}"
    request.session.accessed = False  # nothing here comes from a cookie: caches need not tell people apart
    found = get_conditional_response(request, etag=etag, response=response)
    return found if isinstance(found, HttpResponse) else response
