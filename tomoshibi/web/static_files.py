"""Addresses of static files that change with their content, so that browsers may keep them for a month."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def fingerprint(name: str) -> str:
    """Eight hex digits of the SHA-256 of a static file, empty where there is no such file."""
    found = finders.find(name)
    return sha256(Path(found).read_bytes()).hexdigest()[:8] if isinstance(found, str) else ""


class Fingerprinted(StaticFilesStorage):
    """``/static/web/shell.css?v=1a2b3c4d``: the files stay where their packages have them."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        digits = fingerprint(name or "")
        return f"{address}?v={digits}" if digits else address
