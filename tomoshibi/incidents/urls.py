"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from tomoshibi.incidents import (
    inbox_views,
    network_views,
    operations,
    scale_views,
    source_views,
    station_views,
    table_views,
    views,
)
from tomoshibi.journal.navigation import Item
from tomoshibi.vocabulary import T

app_name = "incidents"
urlpatterns = [
    path("", views.incidents, name="incidents"),
    path("operations/", operations.operations, name="operations"),
    path("operations/calm/", operations.calm_part, name="calm"),
    path("inbox/", inbox_views.inbox, name="inbox"),
    path("inbox/list.<str:form>", inbox_views.inbox_file, name="inbox_file"),
    path("inbox/raw/<str:digest>/", inbox_views.raw, name="raw"),
    path("inbox/by-hand/", source_views.by_hand, name="by_hand"),
    path("inbox/receive/", source_views.receive, name="receive"),
    path("inbox/levels/", source_views.terms, name="terms"),
    path("inbox/intensity/", scale_views.scale, name="scale"),
    path("inbox/<str:key>/", inbox_views.bulletin, name="bulletin"),
    path("sources/", source_views.source_list, name="sources"),
    path("sources/<str:key>/token/", source_views.make_token, name="make_token"),
    path("network/", network_views.network, name="network"),
    path("network/places.json", network_views.places, name="network_places"),
    path("network/now.json", network_views.now, name="network_now"),
    path("network/station/<str:code>/", network_views.station, name="network_station"),
    path("network/drum/<str:code>.svg", network_views.drum_plot, name="network_drum"),
    path("stations/", station_views.stations, name="stations"),
    path("stations/import/", station_views.import_stations, name="import_stations"),
    path("stations/suspects/", station_views.suspects, name="suspects"),
    path("stations/of/<path:code>/", station_views.coded, name="station_coded"),
    path("stations/<str:key>/", station_views.station, name="station"),
    path("rules/", table_views.table, name="table"),
    path("rules/propose/", table_views.propose, name="propose"),
    path("rules/approve/", table_views.approve, name="approve"),
    path("<str:key>/", operations.incident, name="incident"),
    path("<str:key>/head/", operations.head_part, name="head"),
    path("<str:key>/newest/", operations.newest_part, name="newest"),
    path("<str:key>/map/", operations.map_page, name="map"),
    path("<str:key>/map/<str:layer>.json", operations.map_layer, name="map_layer"),
    path("<str:key>/timeline/", views.timeline_page, name="timeline"),
    path("<str:key>/timeline.<str:form>", views.timeline_file, name="timeline_file"),
]
navigation = [
    Item("headquarters", T("本部", "Operations"), "incidents:operations", "incidents.read"),
    Item("headquarters", T("事案", "Incidents"), "incidents:incidents", "incidents.read"),
    Item("headquarters", T("受信した電文", "Bulletins"), "incidents:inbox", "incidents.read"),
    Item("headquarters", T("観測網", "Live network"), "incidents:network", "incidents.read"),
    Item("headquarters", T("観測点の設置環境", "Siting of stations"), "incidents:stations", "incidents.read"),
    Item("preparation", T("電文の情報源", "Sources of bulletins"), "incidents:sources", "incidents.read"),
    Item("preparation", T("自動判断表", "Trigger table"), "incidents:table", "incidents.read"),
]
