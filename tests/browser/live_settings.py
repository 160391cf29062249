"""The product's settings with the toy room, a quick password hasher, and no limit on how often a test signs in."""

from tomoshibi.web.settings import *  # noqa: F403
from tomoshibi.web.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.toys"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
