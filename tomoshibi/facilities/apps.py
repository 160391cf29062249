from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Care facilities: answers to notices, head-counts, hand-over to families."""

    name = "tomoshibi.facilities"
    label = "facilities"

    def ready(self) -> None:
        from tomoshibi.facilities import evacuation_facts, facts, laws, notifying, panels  # noqa: F401  # register
