from django.apps import AppConfig


class ReliefConfig(AppConfig):
    """Victims, dwellings, damage surveys and disaster certificates."""

    name = "tomoshibi.relief"
    label = "relief"
