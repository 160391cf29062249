from django.apps import AppConfig


class ToysConfig(AppConfig):
    name = "tests.toys"
    label = "toys"

    def ready(self) -> None:
        from tests.toys import facts  # noqa: F401
