from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts, role grants and the log of readings: of this machine, outside every world and outside the journal."""

    name = "tomoshibi.journal.accounts"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
