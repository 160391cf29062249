"""Django's settings. Everything that differs between machines comes from the environment or ``TOMOSHIBI_HOME``.

=====================  =============================================================================================
``TOMOSHIBI_HOME``     folder of this node's data (default ``./var``)
``DATABASE_URL``       ``postgres://user:password@host:port/name``: the real world; the training world is in
                       ``<name>_training`` beside it. Default: SQLite files in ``TOMOSHIBI_HOME``
``TOMOSHIBI_HOSTS``    names under which the server may be reached, comma separated (``localhost`` always may)
``TOMOSHIBI_FONTS``    folder of the town's own fonts
=====================  =============================================================================================
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TOMOSHIBI_HOME = Path(os.environ.get("TOMOSHIBI_HOME", "var")).resolve()


def _secret_key() -> str:
    """This machine's own key, made at the first start and kept readable by its owner only."""
    path = TOMOSHIBI_HOME / "secret.key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        TOMOSHIBI_HOME.mkdir(parents=True, exist_ok=True)
        key = secrets.token_urlsafe(48)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key)
        except FileExistsError:  # another process was first
            return path.read_text().strip()
        return key


def _database(url: str, name_suffix: str = "") -> dict[str, Any]:
    """Django's settings of the database of a URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL must begin with postgres://, not {parts.scheme}://")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) + name_suffix,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**options},
    }


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": TOMOSHIBI_HOME / name,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; "
                # a fact touches nine pages: fewer, larger checkpoints; the log stays under 64 MiB
                "PRAGMA wal_autocheckpoint=16000"
            ),
        },
    }


SECRET_KEY = os.environ.get("TOMOSHIBI_SECRET_KEY") or _secret_key()
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *filter(None, os.environ.get("TOMOSHIBI_HOSTS", "").split(","))]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "tomoshibi.journal",
    "tomoshibi.journal.accounts",
    "tomoshibi.web",
]

_url = os.environ.get("DATABASE_URL", "")
DATABASES = {
    "default": _database(_url) if _url else _sqlite("real.sqlite3"),
    "training": _database(_url, "_training") if _url else _sqlite("training.sqlite3"),
}
DATABASE_ROUTERS = ["tomoshibi.journal.worlds.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tomoshibi.web.urls"

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
STATIC_URL = "/static/"
