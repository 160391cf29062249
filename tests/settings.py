"""The product's settings, with the toy room that the journal's own tests play with, and databases for three nodes."""

import os
import tempfile

os.environ.setdefault("TOMOSHIBI_HOME", tempfile.mkdtemp(prefix="tomoshibi-tests-"))
os.environ.setdefault("TOMOSHIBI_SECRET_KEY", "only-for-tests")

from tomoshibi.web.settings import *  # noqa: E402, F403
from tomoshibi.web.settings import DATABASES, INSTALLED_APPS  # noqa: E402

INSTALLED_APPS = [*INSTALLED_APPS, "tests.toys"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

for _node in ("north", "south"):
    DATABASES[_node] = {**DATABASES["default"], "NAME": f"{DATABASES['default']['NAME']}_{_node}"}
