"""Addresses of the room's pages."""

from __future__ import annotations

from django.urls import path

from tomoshibi.journal.navigation import Item
from tomoshibi.shelters import desk_views, views
from tomoshibi.vocabulary import T

app_name = "shelters"
urlpatterns = [
    path("", views.shelters, name="shelters"),
    path("open/", views.open_site, name="open"),
    path("enquiry/", views.enquiry, name="enquiry"),
    path("<str:key>/", views.shelter, name="shelter"),
    path("<str:key>/figures/", views.figures, name="figures"),
    path("<str:key>/roster.<str:form>", views.roster_file, name="roster"),
    path("<str:key>/find/", desk_views.find, name="find"),
    path("<str:key>/household/<str:household>/", desk_views.household, name="household"),
    path("<str:key>/take-in/", desk_views.take_in, name="take_in"),
    path("<str:key>/visitor/", desk_views.visitor, name="visitor"),
    path("<str:key>/let-go/", desk_views.let_go, name="let_go"),
    path("<str:key>/fullness/", views.fill, name="fill"),
    path("<str:key>/needs/", views.note_need, name="note_need"),
    path("<str:key>/needs/<str:need>/met/", views.meet_need, name="meet_need"),
]
navigation = [
    Item("shelters", T("避難所", "Shelters"), "shelters:shelters", "shelters.read"),
    Item("shelters", T("問い合わせ", "Enquiries"), "shelters:enquiry", "shelters.enquire"),
]
