"""Addresses of the API: made when every room has registered what can happen."""

from __future__ import annotations

from django.urls import path
from ninja import NinjaAPI

from tomoshibi import __version__
from tomoshibi.api import errors, reading, recording, views
from tomoshibi.api.access import ANYBODY_KNOWN
from tomoshibi.journal.navigation import Item
from tomoshibi.vocabulary import T

recording.add_all()
api = NinjaAPI(
    title="Tomoshibi",
    version=__version__,
    description="灯の記録を読み書きする。The journal, for programs.",
    docs_url=None,  # ninja's page comes from a CDN: ours is views.docs
    auth=ANYBODY_KNOWN,
    urls_namespace="api:api-v1",
)
errors.install(api)
api.add_router("", recording.router)
api.add_router("", reading.router)

app_name = "api"
mount = "api/v1/"
urlpatterns = [path("", views.docs, name="docs"), path("", api.urls)]
navigation = [Item("preparation", T("外部連携", "API"), "api:docs", "journal.read")]
