from django.apps import AppConfig


class WebConfig(AppConfig):
    """The shell: base page, sign-in, live updates; mounts the rooms' pages."""

    name = "tomoshibi.web"
    label = "web"
