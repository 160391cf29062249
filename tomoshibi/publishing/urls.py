"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path, re_path

from tomoshibi.journal.navigation import Item
from tomoshibi.publishing import notice_views, public_views, views

app_name = "publishing"
mount = ""  # what the public reads is short to say: /public/
urlpatterns = [
    path("orders/", views.orders, name="orders"),
    path("orders/new/", views.propose, name="propose"),
    path("orders/notices/", notice_views.notices, name="notices"),
    path("orders/notices/new/", notice_views.propose, name="new_notice"),
    path("orders/notices/<str:key>/", notice_views.notice, name="notice"),
    path("orders/notices/<str:key>/edit/", notice_views.propose, name="edit_notice"),
    path("orders/notices/<str:key>/decide/", notice_views.decide, name="decide_notice"),
    path("orders/recipients/", notice_views.recipients, name="recipients"),
    path("orders/recipients/import/", notice_views.import_recipients, name="import_recipients"),
    path("orders/<str:key>/", views.order, name="order"),
    re_path(r"^orders/(?P<key>[^/]+)/propose/(?P<act>issue|change|lift)/$", views.propose, name="change"),
    path("orders/<str:key>/decide/", views.decide, name="decide"),
    path("orders/<str:key>/deliveries/", views.deliveries, name="deliveries"),
    path("orders/<str:key>/told/", views.told, name="told"),
    path("orders/<str:key>/map/<str:layer>.json", views.map_data, name="map"),
    path("orders/<str:key>/decision.pdf", views.paper, name="paper"),
    path("public/", public_views.public, name="public"),
    re_path(r"^public/(?P<variant>en|easy)/$", public_views.public, name="public_in"),
    path("public/text", public_views.text, name="public_text"),
    path("public/feed.atom", public_views.feed, name="feed"),
    path("public/cap/<str:approval>.xml", public_views.cap, name="cap"),
]
navigation = [
    Item("orders", views.ORDERS, "publishing:orders", "publishing.read"),
    Item("orders", notice_views.NOTICES, "publishing:notices", "publishing.read"),
    Item("preparation", notice_views.RECIPIENTS, "publishing:recipients", "publishing.recipients"),
]
