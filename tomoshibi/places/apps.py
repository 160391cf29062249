from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Municipality, sites, areas and map layers."""

    name = "tomoshibi.places"
    label = "places"

    def ready(self) -> None:
        from tomoshibi.places import facts, laws, layers  # noqa: F401  # they register themselves
