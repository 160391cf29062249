"""The phone pages of a facility, by signed link or sign-in: what came, five answers, the head-count, check sheets with
their clocks, residents' cards, precursors and staying, the sign for the door.

One tap is one fact, recorded when it is made: what was tapped before the connection broke is not lost. The fact's id
follows from the page's, so that a retry records once, and it works without a script. With one (``queue.js``), taps that
the network did not take wait in the browser and are sent later, each with how long ago it was made; and the pages
themselves are kept by the shell's ``keeper.js``, which sees these addresses only, so that they open without a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tomoshibi.facilities import links, phone_pages, queries, receipts
from tomoshibi.facilities.checks import SHEETS
from tomoshibi.facilities.taps import Taps
from tomoshibi.facilities.words import Phase
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, reading
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.places.models import SiteRow
from tomoshibi.places.queries import who_are_we
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T, language

#: pages beside the head-count, below the same address
PAGES = ("teams/", "sheets/", *(f"sheets/{key}/" for key in SHEETS), "cards/", "report/", "sign/")
#: those that stand at the top of each
NAMES = {
    "": T("点呼", "Count"),
    "teams/": T("班", "Teams"),
    "sheets/": T("点検", "Checks"),
    "cards/": T("カード", "Cards"),
    "report/": T("前兆", "Signs"),
    "sign/": T("貼り紙", "Door sign"),
}
#: what the worker keeps of our style and scripts
_FILES = (
    *(f"facilities/{name}" for name in ("phone.css", "queue.js", "count.js", "teams.js", "cards.js", "photos.js")),
    "web/keep.js",
    "web/photo.js",
    "web/lamp.svg",
)
#: how long a phone keeps a page after it last reached the town, in hours
KEPT_HOURS = 72


@csrf_exempt  # the authority is the signed link: there is no session to forge a request from
@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest, token: str, page: str = "") -> HttpResponse:
    """The pages by signed link."""
    found = links.read(token)
    if found is None:
        return render(request, "facilities/gone.html", status=404)
    actor, site = found
    # by somebody, and not by what keeps the pages in a phone or looks at a mail's links
    if request.method == "GET" and not page and request.headers.get("Sec-Fetch-Dest") == "document":
        Taps(actor, site).opened()
    return Desk(request, actor, site, reverse("facilities:phone", args=[token]), token).respond(page)


@never_cache
@reading("facilities.residents")
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest, key: str, page: str = "") -> HttpResponse:
    """The same pages for whoever is signed in and answers for that facility."""
    actor = actor_on(request)
    site = SiteRow.objects.filter(subject=Site.ref(key), closed=False).first()
    if site is None:
        raise Http404
    if not actor.may("facilities.residents", site=site.subject):
        raise NotAllowed(
            T("この施設の点呼を見る権限がありません。", "You hold no role for this facility's head-count.")
        )
    return Desk(request, actor, site, reverse("facilities:count", args=[key])).respond(page)


@dataclass
class Desk:
    """One request to the pages: who asks, for which facility, and where the pages are."""

    request: HttpRequest
    actor: Actor
    site: SiteRow
    here: str
    token: str = ""

    def respond(self, page: str) -> HttpResponse:
        """A page (or the part of it that changes), or what was tapped recorded, or what keeps it in the phone."""
        if page == "worker.js":
            return self._worker()
        if page == "manifest.webmanifest":
            return self._manifest()
        if receipt := re.fullmatch(r"receipts/([^/]+)\.pdf", page):
            return self._receipt(receipt[1])
        if page and page not in PAGES:
            raise Http404
        queued = "X-Queued" in self.request.headers
        refused, status = None, 200
        if self.request.method == "POST":
            try:
                taps = Taps(self.actor, self.site)
                if "photographs" in self.request.POST:
                    taps.photograph(self.request.POST, self.request.FILES)
                else:
                    taps.record(self.request.POST)
                if queued:
                    return HttpResponse(status=204)
                anchor = "#count" if not page and "answer" not in self.request.POST else ""
                return HttpResponseRedirect(f"{self.here}{page}{self._query()}{anchor}", status=303)
            except Forbidden as no:
                refused, status = no.text, 403
            except Refused as no:
                refused, status = no.text, 422
            except StoreFailed as no:
                refused, status = no.text, 503
            if queued:
                return JsonResponse({"text": str(refused)}, status=status)
        template, context = phone_pages.page(self.request, self.actor, self.site, page)
        us = who_are_we()
        shell: dict[str, Any] = {
            "site": self.site,
            "town": us.name if us else "",
            "base": self.here,
            "here": f"{self.here}{page}",
            "pages": [(a, label, a == page or bool(a and page.startswith(a))) for a, label in NAMES.items()],
            "kept": " ".join(["", *(f"?part=1&phase={p}" for p in Phase), *PAGES]),
            "token": self.token,
            "refused": refused,
            "now": worlds.now(),
            "hours": KEPT_HOURS,
        }  # fmt: skip
        return render(self.request, template, {**shell, **context}, status=status)

    def _query(self) -> str:
        phase = self.request.POST.get("showing", "")
        return f"?phase={phase}" if phase in set(Phase) else ""

    def _receipt(self, key: str) -> HttpResponse:
        """The receipt of a hand-over in the evacuation that goes on, to be printed."""
        made = receipts.of(self.actor, self.site, key, queries.evacuation_now(self.site.subject))
        if made is None:
            raise Http404
        return HttpResponse(made, content_type="application/pdf")

    def _worker(self) -> HttpResponse:
        """The service worker: its scope is where it lies, so it sees this facility's pages and no others."""
        context = {
            "kind": "facility",
            "kept_ja": "この端末に残した画面は期限が切れたか、消されています。"
            "電波のあるところで届いたリンクを開いてください。危険なときは先に避難してください。",
            "kept_en": "No network, and nothing is kept on this phone. Open the link again where there is a network. "
            "In danger, leave first.",
            "fingerprint": "".join(static(f).rpartition("=")[2] for f in _FILES),
            "files": _FILES,
            "hours": KEPT_HOURS,
        }
        kind = "text/javascript; charset=utf-8"
        return render(self.request, "web/keeper.js", context, content_type=kind)

    def _manifest(self) -> HttpResponse:
        """What a phone needs to keep the page on its home screen under the facility's name."""
        icon = {"src": static("web/lamp.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
        told = {
            "name": str(T(f"{self.site.name} 避難と点呼", f"{self.site.name}: evacuation")),
            "short_name": self.site.name,
            "lang": language(),
            "id": self.here,
            "start_url": self.here,
            "scope": self.here,
            "display": "standalone",
            "background_color": "#FFFFFF",
            "theme_color": "#1C1917",
            "icons": [icon],
        }
        return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})
