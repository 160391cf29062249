from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The journal for programs: one endpoint a kind of fact, and readings."""

    name = "tomoshibi.api"
    label = "api"
