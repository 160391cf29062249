"""Addresses of relief."""

from django.urls import path

from tomoshibi.journal.navigation import Item
from tomoshibi.relief import counter, field, online_views, planning_views, queue_views, surveying, views

app_name = "relief"
urlpatterns = [
    path("counter/", counter.counter, name="counter"),
    path("counter/<key>/", counter.household, name="household"),
    path("apply/", online_views.apply, name="online"),
    path("online/", online_views.inbox, name="online_inbox"),
    path("online/<key>/", online_views.one, name="online_one"),
    path("online/<key>/photos/<int:number>/", online_views.photo, name="online_photo"),
    path("queue/", queue_views.queue, name="queue"),
    path("applications/", views.applications, name="applications"),
    path("applications/<key>/", views.application, name="application"),
    path("certificates/", views.certificates, name="certificates"),
    path("certificates/<key>/", views.certificate, name="certificate"),
    path("certificates/<key>/certificate.pdf", views.pdf, name="pdf"),
    path("check/", views.check, name="check"),
    path("surveys/", surveying.surveys, name="surveys"),
    path("dwellings/<key>/", surveying.dwelling, name="dwelling"),
    path("dwellings/<key>/survey/", surveying.survey, name="survey"),
    path("planning/", planning_views.planning, name="planning"),
    path("planning/<key>/<day>/", planning_views.team_day, name="team_day"),
    path("planning/<key>/<day>/route.geojson", planning_views.route_layer, name="route_layer"),
    path("planning/<key>/<day>/route.pdf", planning_views.route_sheet, name="route_sheet"),
    path("field/<key>/", field.own, name="field"),
    path("field/<key>/<path:page>", field.own, name="field_page"),
    path("s/<token>/", field.by_link, name="field_link"),
    path("s/<token>/<path:page>", field.by_link, name="field_link_page"),
    path("judging/", surveying.judging, name="judging"),
    path("judging/<key>/", surveying.judge, name="judge"),
]
navigation = [
    Item("counter", counter.COUNTER, "relief:counter", "relief.applied"),
    Item("counter", views.APPLICATIONS, "relief:applications", "relief.personal"),
    Item("counter", online_views.ONLINE, "relief:online_inbox", "relief.personal"),
    Item("counter", queue_views.QUEUE, "relief:queue", "relief.personal"),
    Item("counter", views.CERTIFICATES, "relief:certificates", "relief.personal"),
    Item("counter", views.CHECK, "relief:check", "relief.personal"),
    Item("surveys", surveying.SURVEYS, "relief:surveys", "relief.survey_planned"),
    Item("surveys", planning_views.PLANNING, "relief:planning", "relief.survey_assigned"),
    Item("surveys", surveying.JUDGING, "relief:judging", "relief.judged"),
]
