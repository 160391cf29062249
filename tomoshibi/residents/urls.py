"""Addresses of residents."""

from django.urls import path

from tomoshibi.journal.navigation import Item
from tomoshibi.residents import entering, views

app_name = "residents"
urlpatterns = [
    path("", views.search, name="search"),
    path("add/", entering.add, name="add"),
    path("register/", views.register, name="register"),
    path("people/<key>/", views.person, name="person"),
    path("people/<key>/whereabouts/", entering.whereabouts, name="whereabouts"),
    path("households/<key>/", views.household, name="household"),
]
navigation = [
    Item("counter", views.FIND, "residents:search", "residents.read"),
    Item("preparation", views.REGISTER, "residents:register", "residents.snapshot_taken"),
]
