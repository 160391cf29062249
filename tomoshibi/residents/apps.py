from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """The register of residents: dated snapshots, households, search."""

    name = "tomoshibi.residents"
    label = "residents"

    def ready(self) -> None:
        from tomoshibi.residents import (  # noqa: F401  # they register themselves
            facts,
            finding,
            households,
            identity_facts,
            intake_facts,
            loading,
            status,
            support,
            ticks,
            withholding,
        )
