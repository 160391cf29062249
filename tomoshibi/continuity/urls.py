"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from tomoshibi.continuity import computing, inventory, plan_views, reports, views
from tomoshibi.journal.navigation import Item
from tomoshibi.vocabulary import T

app_name = "continuity"
urlpatterns = [
    path("", views.boards, name="boards"),
    path("items/", inventory.items, name="items"),
    path("items/import/", inventory.import_items, name="import_items"),
    path("counters/", inventory.counters, name="counters"),
    path("what-if/", computing.graph, name="graph"),
    path("what-if/graph.json", computing.graph_data, name="graph_data"),
    path("findings/", computing.faults, name="findings"),
    path("forecast/", computing.forecast, name="forecast"),
    path("plan/", plan_views.plan, name="plan"),
    path("plan.xlsx", plan_views.sheet, name="plan_sheet"),
    path("plan.pdf", plan_views.paper, name="plan_paper"),
    path("plan/load/", plan_views.load, name="plan_load"),
    path("plan/pocket.pdf", plan_views.pocket, name="plan_pocket"),
    path("plan/revisions/", plan_views.revisions_page, name="plan_revisions"),
    path("plan/revisions/draft/", plan_views.draft, name="plan_draft"),
    path("plan/revisions/compare/", plan_views.compare, name="plan_compare"),
    path("plan/revisions/<str:key>/", plan_views.revision, name="plan_revision"),
    path("plan/<slug:chapter>/", plan_views.chapter, name="plan_chapter"),
    path("<str:key>/", views.board, name="board"),
    path("<str:key>/choose/<str:item>/", views.choose, name="choose"),
    path("<str:key>/change/", views.change, name="change"),
    path("<str:key>/confirm/<str:group>/", views.confirm, name="confirm"),
    path("<str:key>/report/", reports.report, name="report"),
    path("<str:key>/annex-<int:number>.<str:form>", reports.annex_file, name="annex"),
]
navigation = [
    Item("continuity", T("稼働状況", "Board"), "continuity:boards", "continuity.read"),
    Item("continuity", T("もし止まったら", "What if"), "continuity:graph", "continuity.read"),
    Item("continuity", T("復旧の見通し", "Forecast"), "continuity:forecast", "continuity.read"),
    Item("continuity", T("計画の点検", "Findings"), "continuity:findings", "continuity.read"),
    Item("preparation", T("ICT-BCP（計画）", "ICT continuity plan"), "continuity:plan", "continuity.read"),
    Item("preparation", T("情報資産の台帳", "Inventory"), "continuity:items", "continuity.read"),
    Item("preparation", T("窓口", "Counters"), "continuity:counters", "continuity.read"),
]
