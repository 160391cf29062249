"""The shell's own pages: home, preferences, and what is shown when something is not there or may not be."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from tomoshibi.journal import worlds
from tomoshibi.journal.accounts.models import Account
from tomoshibi.journal.pages import actor_on
from tomoshibi.web.middleware import AS_OF_PREFIX, LANGUAGE_COOKIE, TRAINING_PREFIX
from tomoshibi.web.shell import THEME_COOKIE, THEMES, jobs

YEAR = 365 * 24 * 3600


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the person's first job."""
    actor = actor_on(request)
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


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No role for this."""
    return render(request, "web/forbidden.html", {"reason": getattr(exception, "text", "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page."""
    return render(request, "web/not_found.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """A mistake of the program: nothing of what was sent was recorded."""
    return render(request, "web/failed.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came from a page that is too old, or from elsewhere."""
    return render(request, "web/stale.html", status=403)
