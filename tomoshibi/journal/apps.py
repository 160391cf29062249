from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The spine: facts, entries, chains, folding, merging."""

    name = "tomoshibi.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from tomoshibi.journal import redaction  # noqa: F401  # registers its fact
