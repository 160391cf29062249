from django.apps import AppConfig


class DrillsConfig(AppConfig):
    """Scenarios played through the same facts as the real thing, in the training world."""

    name = "tomoshibi.drills"
    label = "drills"

    def ready(self) -> None:
        from tomoshibi.drills import facts  # noqa: F401  # kinds register
