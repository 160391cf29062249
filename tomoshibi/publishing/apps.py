from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Evacuation information, its approval, its channels, the public page."""

    name = "tomoshibi.publishing"
    label = "publishing"
