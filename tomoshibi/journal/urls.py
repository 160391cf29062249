"""Addresses of the pages that every kind of fact and subject has without a room's doing."""

from __future__ import annotations

from django.urls import path

from tomoshibi.journal import views
from tomoshibi.journal.navigation import Item
from tomoshibi.vocabulary import T

app_name = "journal"
mount = ""
urlpatterns = [
    path("journal/", views.journal, name="journal"),
    path("journal/proof/", views.proof, name="proof"),
    path("journal/entry/<str:id>/", views.entry, name="entry"),
    path("conflicts/", views.conflicts, name="conflicts"),
    path("conflicts/settle/", views.settle, name="settle"),
    path("search/", views.search, name="search"),
    path("subject/<path:subject>/", views.subject, name="subject"),
    path("record/<str:kind>/<path:subject>/", views.record, name="record"),
]
navigation = [
    Item("journal", T("全記録", "All entries"), "journal:journal", "journal.read"),
    Item("journal", T("食い違い", "Conflicts"), "journal:conflicts", "journal.read"),
]
