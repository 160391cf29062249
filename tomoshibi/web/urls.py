"""Every address: the shell's own, and each room's ``urls.py`` (see this room's README for the convention)."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from tomoshibi.web import exports, views
from tomoshibi.web.rooms import rooms


def _mounted() -> list[URLPattern | URLResolver]:
    return [path(room.mount, include((room.urlpatterns, room.app_name))) for room in rooms()]


urlpatterns = [
    path("", views.home, name="home"),
    path("preferences/", views.preferences, name="preferences"),
    path("offline/", views.offline, name="offline"),
    path("service-worker.js", views.service_worker, name="service-worker"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("look-back/", views.as_of, name="as-of"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/signup/", account.signup, name="account_signup"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("journal/journal.<str:format>", exports.journal, name="journal-export"),
    *_mounted(),
]

handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.failed
