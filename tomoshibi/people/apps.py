from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Staff, sections, roles with deputies, call-out and safety."""

    name = "tomoshibi.people"
    label = "people"

    def ready(self) -> None:
        from tomoshibi.people import call_facts, escalation, facts, laws  # noqa: F401  # they register themselves
