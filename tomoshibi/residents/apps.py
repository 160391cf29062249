from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    """The register of residents: dated snapshots, households, search."""

    name = "tomoshibi.residents"
    label = "residents"
