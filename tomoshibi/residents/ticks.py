"""What this room does by the clock: it looks into the folder of the nightly intake, and for nights without a file."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

from django.conf import settings

from tomoshibi.journal import worlds
from tomoshibi.journal.ticking import every
from tomoshibi.residents import intake

log = logging.getLogger(__name__)
#: a file larger than this is taken by a process of its own, bytes: a city's register is minutes of work and hundreds
#: of megabytes, neither of which the server that people look at shall have
APART = 2_000_000


@every(15.0, alone=True)
def take_the_register() -> None:
    """Take what lies in the folder."""
    path = None if worlds.is_training() else intake.folder()
    if path is None:
        return
    files = [*intake.waiting(path), *(file for _, file in intake.told())]
    if not files:
        return
    if max(file.stat().st_size for file in files) <= APART:
        for done in intake.run():
            log.info("%s", done.text)
        return
    command = [sys.executable, "-m", "tomoshibi", "residents", "intake"]
    home = {**os.environ, "TOMOSHIBI_HOME": str(settings.TOMOSHIBI_HOME)}
    with subprocess.Popen(command, env=home) as child:  # noqa: S603  # our own program
        os.setpriority(os.PRIO_PROCESS, child.pid, 10)


@every(60.0)
def watch_the_nights() -> None:
    """Record that no register came overnight."""
    if not worlds.is_training():
        intake.watch()
