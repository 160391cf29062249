from django.apps import AppConfig


class FacilitiesConfig(AppConfig):
    """Care facilities: answers to notices, head-counts, hand-over to families."""

    name = "tomoshibi.facilities"
    label = "facilities"
