from django.apps import AppConfig


class ContinuityConfig(AppConfig):
    """The town's systems and infrastructure: their state, recovery and reports."""

    name = "tomoshibi.continuity"
    label = "continuity"

    def ready(self) -> None:
        from tomoshibi.continuity import facts, panels, report_facts  # noqa: F401  # these register
