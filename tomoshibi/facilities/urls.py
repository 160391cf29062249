"""Addresses of facilities. The phone page stands at the root, because its address goes into messages."""

from django.urls import path

from tomoshibi.facilities import (
    boards,
    calls,
    check_entry,
    check_views,
    phone,
    plan_views,
    transfer_views,
    upkeep_views,
    views,
)
from tomoshibi.journal.navigation import Item

app_name = "facilities"
mount = ""
urlpatterns = [
    path("f/<token>/", phone.phone, name="phone"),
    path("f/<token>/<path:page>", phone.phone, name="phone"),
    path("facilities/", boards.board, name="board"),
    path("facilities/notify/", boards.notify, name="notify"),
    path("facilities/calls/", calls.calls, name="calls"),
    path("facilities/calls/fax.pdf", calls.fax, name="fax"),
    path("facilities/beds/", transfer_views.town, name="beds_town"),
    path("facilities/list/", views.facilities, name="list"),
    path("facilities/residents/<key>/", views.resident, name="resident"),
    path("facilities/<key>/", views.facility, name="facility"),
    path("facilities/<key>/count/", phone.own, name="count"),
    path("facilities/<key>/count/<path:page>", phone.own, name="count"),
    path("facilities/<key>/beds/", transfer_views.facility, name="beds"),
    path("facilities/<key>/drills/", upkeep_views.drills, name="drills"),
    path("facilities/<key>/stores/", upkeep_views.stores, name="stores"),
    path("facilities/<key>/drawings/", upkeep_views.drawings, name="drawings"),
    path("facilities/<key>/pictures/<sha256>", upkeep_views.picture, name="picture"),
    path("facilities/<key>/checks/", check_views.checks, name="checks"),
    path("facilities/<key>/checks/<sheet>/paper/", check_entry.enter, name="check_entry"),
    path("facilities/<key>/checks/<sheet>/times/", check_entry.times, name="check_times"),
    path("facilities/<key>/checks/<what>", check_views.paper, name="check_paper"),
    path("facilities/<key>/workbook/", plan_views.take_in, name="workbook"),
    path("facilities/<key>/residents/import/", plan_views.take_in_residents, name="residents_import"),
    path("facilities/<key>/plan/<what>", plan_views.paper, name="plan_paper"),
    path("facilities/<key>/papers/<what>", views.paper, name="paper"),
]
navigation = [
    Item("facilities", boards.BOARD, "facilities:board", "facilities.read"),
    Item("facilities", transfer_views.BEDS, "facilities:beds_town", "facilities.read"),
    Item("facilities", views.FACILITIES, "facilities:list", "facilities.read"),
]
