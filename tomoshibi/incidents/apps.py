from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Bulletins taken in, incidents, trigger tables and the timeline."""

    name = "tomoshibi.incidents"
    label = "incidents"

    def ready(self) -> None:
        # all register
        from tomoshibi.incidents import (  # noqa: F401
            correcting,
            estimating,
            evaluating,
            facts,
            mapping,
            source_facts,
            station_facts,
            status,
            telling,
            ticks,
        )
