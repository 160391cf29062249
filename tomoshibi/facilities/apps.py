from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Care facilities: answers to notices, head-counts, hand-over to families."""

    name = "tomoshibi.facilities"
    label = "facilities"

    def ready(self) -> None:
        from tomoshibi.facilities import (  # noqa: F401  # they register themselves
            check_facts,
            evacuation_facts,
            facts,
            finding,
            laws,
            notifying,
            panels,
            reminding,
            transfer_facts,
            upkeep_facts,
        )
