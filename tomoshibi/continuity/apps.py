from django.apps import AppConfig


class ContinuityConfig(AppConfig):
    """The town's systems and infrastructure: their state, recovery and reports."""

    name = "tomoshibi.continuity"
    label = "continuity"

    def ready(self) -> None:
        from tomoshibi.continuity import (  # noqa: F401  # these register
            facts,
            laws,
            panels,
            plan_facts,
            plan_tables,
            report_facts,
            reviewing,
            revision_facts,
        )
