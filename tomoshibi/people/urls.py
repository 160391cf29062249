"""Addresses of people. The phone page stands at the root, because its address goes into messages."""

from django.urls import path

from tomoshibi.journal.navigation import Item
from tomoshibi.people import boards, views

app_name = "people"
mount = ""
urlpatterns = [
    path("c/<token>/", views.answer, name="answer"),
    path("people/", boards.call_outs, name="call_outs"),
    path("people/start/", boards.start, name="start"),
    path("people/call-outs/<key>/", boards.board, name="board"),
    path("people/calls/<key>/arrived/", boards.arrive, name="arrive"),
    path("people/staff/", views.staff, name="staff"),
    path("people/staff/import/", views.import_list, {"what": "staff"}, name="import_staff"),
    path("people/staff/<key>/", views.person, name="person"),
    path("people/sections/", views.sections, name="sections"),
    path("people/sections/import/", views.import_list, {"what": "sections"}, name="import_sections"),
    path("people/roles/", views.roles, name="roles"),
    path("people/roles/import/", views.import_list, {"what": "roles"}, name="import_roles"),
    path("people/roles/<key>/assign/", views.assign, name="assign"),
    path("people/rules/", views.rules, name="rules"),
    path("people/rules/import/", views.import_list, {"what": "rules"}, name="import_rules"),
]
navigation = [
    Item("people", boards.CALL_OUTS, "people:call_outs", "people.read"),
    Item("people", views.ROLES, "people:roles", "people.read"),
    Item("people", views.STAFF, "people:staff", "people.read"),
    Item("preparation", views.SECTIONS, "people:sections", "people.read"),
    Item("preparation", views.RULES, "people:rules", "people.read"),
]
