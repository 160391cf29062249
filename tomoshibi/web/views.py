"""The shell's own pages: home, preferences, and what is shown when something is not there or may not be."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.incidents.queries import open_incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.accounts.models import Account
from tomoshibi.journal.pages import actor_on
from tomoshibi.vocabulary import language
from tomoshibi.web.middleware import AS_OF_PREFIX, LANGUAGE_COOKIE, TRAINING_PREFIX
from tomoshibi.web.shell import THEME_COOKIE, THEMES, jobs
from tomoshibi.web.static_files import fingerprint

YEAR = 365 * 24 * 3600


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """While an incident is open, the operations room for everybody who works for the whole town; else, and for those
    who work at one site, the first page of the person's first job.
    """
    actor = actor_on(request)
    if actor.sites("incidents.read") is None and open_incidents().exists():
        return redirect("incidents:operations")
    own = jobs(actor, "")
    if own and actor.grants:
        return redirect(own[0].links[0].address)
    return render(request, "web/home.html")


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language or theme, and go back to where it was chosen."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("language", "")
    if chosen in ("ja", "en"):
        response.set_cookie(LANGUAGE_COOKIE, chosen, YEAR, samesite="Lax", secure=request.is_secure())
        if request.user.is_authenticated:
            Account.objects.filter(user=request.user).update(language=chosen)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, YEAR, samesite="Lax", secure=request.is_secure())
    elif theme == "system":
        response.delete_cookie(THEME_COOKIE)
    return response


@login_required
@require_GET
def as_of(request: HttpRequest) -> HttpResponse:
    """Turn a moment chosen in the shell's menu into the address of the same page at that moment."""
    try:
        at = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        raise Http404 from None
    path, query = request.GET.get("path", "/"), request.GET.get("query", "")
    world = TRAINING_PREFIX if worlds.is_training() else ""
    address = f"{world}{AS_OF_PREFIX}/{at.strftime('%Y-%m-%dT%H:%M')}/{path.lstrip('/')}"
    return redirect(address + (f"?{query}" if query else ""))


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows while the server cannot be reached: nobody's name, both languages."""
    return render(request, "web/offline.html")


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, for every address of this server; asked again at each visit, so that upgrades arrive."""
    files = ("web/shell.css", "web/offline.js", "web/lamp.svg")
    context = {"fingerprint": "".join(map(fingerprint, files))}
    response = render(request, "web/service-worker.js", context, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to keep the program on its home screen."""
    icon = {"src": static("web/lamp.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    told = {
        "name": "Tomoshibi 灯",
        "short_name": "灯",
        "lang": language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F6F4F0",
        "theme_color": "#1F1B16",
        "icons": [icon],
    }
    return JsonResponse(told, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No role for this."""
    return render(request, "web/forbidden.html", {"reason": getattr(exception, "text", "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page."""
    return render(request, "web/not_found.html", {"reason": getattr(exception, "text", "")}, status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """A mistake of the program: nothing of what was sent was recorded."""
    return render(request, "web/failed.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came from a page that is too old, or from elsewhere."""
    return render(request, "web/stale.html", status=403)
