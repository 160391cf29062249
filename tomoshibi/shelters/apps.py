from django.apps import AppConfig


class SheltersConfig(AppConfig):
    """Shelters, who is in them, and where they went."""

    name = "tomoshibi.shelters"
    label = "shelters"
