"""Addresses of places."""

from django.urls import path

from tomoshibi.journal.navigation import Item
from tomoshibi.places import views

app_name = "places"
urlpatterns = [
    path("sites/", views.sites, name="sites"),
    path("sites/import/", views.import_sites, name="import_sites"),
    path("sites/<key>/", views.site, name="site"),
    path("areas/", views.areas, name="areas"),
    path("areas/import/", views.import_areas, name="import_areas"),
    path("layers/", views.layers, name="layers"),
    path("layers/import/", views.import_layer, name="import_layer"),
    path("layers/<key>.json", views.layer_json, name="layer_json"),
    path("map.json", views.map_json, name="map_json"),
]
navigation = [
    Item("preparation", views.SITES, "places:sites", "places.read"),
    Item("preparation", views.AREAS, "places:areas", "places.read"),
    Item("preparation", views.LAYERS, "places:layers", "places.read"),
]
