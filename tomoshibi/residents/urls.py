"""Addresses of residents."""

from django.urls import path

from tomoshibi.journal.navigation import Item
from tomoshibi.residents import copy_views, entering, household_views, intake_views, moving_views, support_views, views

app_name = "residents"
urlpatterns = [
    path("", views.search, name="search"),
    path("add/", entering.add, name="add"),
    path("register/", views.register, name="register"),
    path("register/intake/", intake_views.intake_page, name="intake"),
    path("register/intake/<key>/", intake_views.delivery, name="delivery"),
    path("register/layouts/<key>/", intake_views.layout, name="layout"),
    path("movements/", moving_views.movements, name="movements"),
    path("same/", moving_views.proposals, name="proposals"),
    path("towns/", moving_views.towns, name="towns"),
    path("support/", support_views.supported, name="supported"),
    path("support/hand/", copy_views.hand, name="support_hand"),
    path("support/copies/<key>/", copy_views.copy, name="support_copy"),
    path("support/copies/<key>/list.pdf", copy_views.copy_pdf, name="support_pdf"),
    path("support/copies/<key>/plan.pdf", copy_views.plan_copy_pdf, name="plan_copy_pdf"),
    path("people/<key>/plan/hand/", copy_views.hand_plan, name="plan_hand"),
    path("people/<key>/plan.pdf", support_views.plan_pdf, name="plan_pdf"),
    path("households/<key>/as-found/", household_views.found, name="household_found"),
    path("people/<key>/", views.person, name="person"),
    path("people/<key>/whereabouts/", entering.whereabouts, name="whereabouts"),
    path("households/<key>/", views.household, name="household"),
]
navigation = [
    Item("counter", views.FIND, "residents:search", "residents.read"),
    Item("counter", moving_views.MOVEMENTS, "residents:movements", "residents.read"),
    Item("counter", moving_views.SAME, "residents:proposals", "residents.merged"),
    Item("counter", support_views.SUPPORT, "residents:supported", "residents.support"),
    Item("preparation", views.REGISTER, "residents:register", "residents.snapshot_taken"),
    Item("preparation", intake_views.INTAKE, "residents:intake", "residents.snapshot_taken"),
    Item("preparation", moving_views.TOWNS, "residents:towns", "residents.town_renamed"),
]
