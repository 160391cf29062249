"""Django's settings. Everything that differs between machines comes from the environment or ``TOMOSHIBI_HOME``.

=====================  =============================================================================================
``TOMOSHIBI_HOME``     folder of this node's data (default ``./var``)
``DATABASE_URL``       ``postgres://user:password@host:port/name``: the real world; the training world is in
                       ``<name>_training`` beside it. Default: SQLite files in ``TOMOSHIBI_HOME``
``TOMOSHIBI_HOSTS``    names under which the server may be reached, comma separated (``localhost`` always may)
``TOMOSHIBI_TLS``      ``1`` where people reach the server by https only: cookies are then never sent in the clear
``TOMOSHIBI_FONTS``    folder of the town's own fonts
``TOMOSHIBI_URL``      how people's phones reach this server: signed links (``serve`` gives it where it is unset)
``TOMOSHIBI_SMTP``     ``smtp://user:password@host:587/?tls=1&from=address``: mails; without it they are files in
                       ``outbox`` of ``TOMOSHIBI_HOME``
``TOMOSHIBI_APPRISE``  addresses of further messaging services: with ``{phone}``, ``{email}`` or ``{number}`` for
                       persons, without for what the public is told
=====================  =============================================================================================
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from tomoshibi.vocabulary import T

TOMOSHIBI_HOME = Path(os.environ.get("TOMOSHIBI_HOME", "var")).resolve()


def _secret_key() -> str:
    """This machine's own key, made at the first start and kept readable by its owner only.

    A folder that holds no database yet gets none: a command in a mistyped one must leave nothing there.
    """
    path = TOMOSHIBI_HOME / "secret.key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        key = secrets.token_urlsafe(48)
        if not os.environ.get("DATABASE_URL") and not (TOMOSHIBI_HOME / "real.sqlite3").exists():
            return key
        TOMOSHIBI_HOME.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(key)
        except FileExistsError:  # another process was first
            return path.read_text().strip()
        return key


class WrongSetting(ImproperlyConfigured):
    """A setting that cannot be: says which, and how it is written, in both languages."""

    def __init__(self, text: T) -> None:
        self.text = text
        super().__init__(str(text))


def _parts(setting: str, url: str, schemes: tuple[str, ...], form: str) -> tuple[SplitResult, int | None]:
    """A setting's URL in its parts, and its port. The URL itself, which may hold a password, is not repeated."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is no number, a bracket that is not closed
        parts, port = urlsplit(""), None
    if parts.scheme not in schemes or (parts.scheme.startswith("smtp") and not parts.hostname):
        raise WrongSetting(T(f"{setting} は {form} の形で書いてください", f"write {setting} as {form}"))
    return parts, port


def _database(url: str, name_suffix: str = "") -> dict[str, Any]:
    """Django's settings of the database of a URL."""
    parts, port = _parts("DATABASE_URL", url, ("postgres", "postgresql"), "postgres://user:password@host:port/name")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) + name_suffix,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(port or ""),
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
                # what the law erases goes from free pages as well
                "PRAGMA secure_delete=ON; "
                # a fact touches nine pages: fewer, larger checkpoints; the log stays under 64 MiB
                "PRAGMA wal_autocheckpoint=16000"
            ),
        },
    }


SECRET_KEY = os.environ.get("TOMOSHIBI_SECRET_KEY") or _secret_key()
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *filter(None, os.environ.get("TOMOSHIBI_HOSTS", "").split(","))]
TLS = os.environ.get("TOMOSHIBI_TLS", "") == "1"


def _mailer(url: str) -> dict[str, Any]:
    """Django's mailer of a URL: ``smtps://`` (port 465) for TLS from the start, ``?tls=1`` for STARTTLS."""
    if not url:
        return {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(TOMOSHIBI_HOME / "outbox")},
        }
    parts, port = _parts("TOMOSHIBI_SMTP", url, ("smtp", "smtps"), "smtp://host:port")
    secure = parts.scheme == "smtps"
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": port or (465 if secure else 587),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": secure,
            "use_tls": not secure and dict(parse_qsl(parts.query)).get("tls") == "1",
            "timeout": 20,
        },
    }


TOMOSHIBI_URL = os.environ.get("TOMOSHIBI_URL", "http://localhost:8000")
TOMOSHIBI_APPRISE = os.environ.get("TOMOSHIBI_APPRISE", "").split()
_smtp = os.environ.get("TOMOSHIBI_SMTP", "")
MAILERS = {"default": _mailer(_smtp)}
DEFAULT_FROM_EMAIL = dict(parse_qsl(urlsplit(_smtp).query)).get("from", "tomoshibi@localhost")

INSTALLED_APPS = [
    "tomoshibi.web",  # before allauth, whose templates it replaces
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "js_lib_leaflet",
    "tomoshibi.journal",
    "tomoshibi.journal.accounts",
    "tomoshibi.places",
    "tomoshibi.people",
    "tomoshibi.incidents",
    "tomoshibi.residents",
    "tomoshibi.shelters",
    "tomoshibi.publishing",
    "tomoshibi.continuity",
    "tomoshibi.facilities",
    "tomoshibi.relief",
    "tomoshibi.drills",
    "tomoshibi.api",
]

_url = os.environ.get("DATABASE_URL", "")
DATABASES = {
    "default": _database(_url) if _url else _sqlite("real.sqlite3"),
    "training": _database(_url, "_training") if _url else _sqlite("training.sqlite3"),
}
DATABASE_ROUTERS = ["tomoshibi.journal.worlds.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tomoshibi.web.static_files.Compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "tomoshibi.web.middleware.WorldMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tomoshibi.web.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "tomoshibi.web.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["tomoshibi.web.templatetags.house", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tomoshibi.web.shell.shell",
            ],
        },
    }
]

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # the QR code of a TOTP secret
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "tomoshibi_session"
CSRF_COOKIE_NAME = "tomoshibi_csrf"
CSRF_FAILURE_VIEW = "tomoshibi.web.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Sign-in works without any network: a name and a password of this machine, TOTP and passkeys; nobody signs up
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "tomoshibi.web.sign_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Tomoshibi"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not TLS  # http://localhost counts as secure for browsers, not for the library

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "tomoshibi.web.static_files.Fingerprinted"},
}
WHITENOISE_USE_FINDERS = True  # straight out of the packages: no collecting, no second copy
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 30 * 24 * 3600  # addresses carry a fingerprint of the content

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
