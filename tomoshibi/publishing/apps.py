from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Evacuation information, its approval, its channels, the public page."""

    name = "tomoshibi.publishing"
    label = "publishing"

    def ready(self) -> None:
        from tomoshibi.publishing import (  # noqa: F401  # they register themselves
            actions,
            facts,
            laws,
            notice_facts,
            panels,
            sending,
        )
