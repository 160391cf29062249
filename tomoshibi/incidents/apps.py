from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Bulletins taken in, incidents, trigger tables and the timeline."""

    name = "tomoshibi.incidents"
    label = "incidents"

    def ready(self) -> None:
        pass  # all register
