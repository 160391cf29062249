"""The rooms that have pages: found by their ``urls.py``, never listed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver

from tomoshibi.journal.navigation import Item

#: pages of the shell's own that stand in the navigation like a room's
OWN = ("tomoshibi.web.seismograms", "tomoshibi.web.estimated_maps")


@dataclass(frozen=True)
class Room:
    """What a room's ``urls.py`` says."""

    app_name: str
    mount: str
    urlpatterns: Sequence[URLPattern | URLResolver]
    navigation: Sequence[Item]


@cache
def rooms() -> tuple[Room, ...]:
    """Every installed app with a ``urls.py`` that has an ``app_name``, in the order of ``INSTALLED_APPS``.

    ``mount`` is where its addresses begin: ``<app_name>/`` unless it says otherwise.
    """
    found = []
    for config in apps.get_app_configs():
        if config.name.startswith(("django.", "allauth", "ninja", "tomoshibi.web")):
            continue
        if find_spec(f"{config.name}.urls") is None:
            continue
        urls = import_module(f"{config.name}.urls")
        if app_name := getattr(urls, "app_name", ""):
            mount = getattr(urls, "mount", f"{app_name}/")
            found.append(Room(app_name, mount, urls.urlpatterns, getattr(urls, "navigation", ())))
    for name in OWN:
        pages = import_module(name)
        found.append(Room(pages.app_name, pages.mount, pages.urlpatterns, pages.navigation))
    return tuple(found)
