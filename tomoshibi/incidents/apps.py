from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Bulletins taken in, incidents, trigger tables and the timeline."""

    name = "tomoshibi.incidents"
    label = "incidents"

    def ready(self) -> None:
        from tomoshibi.incidents import evaluating, facts, mapping, source_facts, status, telling, ticks  # noqa: F401  # all register
