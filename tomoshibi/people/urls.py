"""Addresses of people; the phone page stands at the root, because its address goes into messages."""

from django.urls import path

from tomoshibi.people import views

app_name = "people"
mount = ""
urlpatterns = [path("c/<token>/", views.answer, name="answer")]
