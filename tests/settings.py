"""The product's settings, with the toy room that the journal's own tests play with, and databases for three nodes."""

import os

from tests import run_folder

if "TOMOSHIBI_TESTS" not in os.environ:  # xdist's workers and started programs share the run's own folder,
    _home = run_folder.make()  # and nobody ever writes to a town's
    os.environ |= {"TOMOSHIBI_TESTS": _home.name, "TOMOSHIBI_HOME": _home.name}
os.environ.setdefault("TOMOSHIBI_SECRET_KEY", "only-for-tests")

from tomoshibi.web.settings import *  # noqa: F403
from tomoshibi.web.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.toys"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

for _node in ("north", "south"):
    DATABASES[_node] = {**DATABASES["default"], "NAME": f"{DATABASES['default']['NAME']}_{_node}"}
