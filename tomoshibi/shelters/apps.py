from django.apps import AppConfig


class SheltersConfig(AppConfig):
    """Shelters, who is in them, and where they went."""

    name = "tomoshibi.shelters"
    label = "shelters"

    def ready(self) -> None:
        # these register themselves
        from tomoshibi.shelters import facts, laws, opening, panels, stay_facts, whereabouts  # noqa: F401
