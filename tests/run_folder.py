"""Where a run of the tests keeps all it writes: in memory where there is plenty, else on the disk.

The town's databases flush every fact to the disk, in tests as well, and a run records some ten thousand facts: on a
disk it would wait for it for minutes. In memory the same calls are made and cost nothing. What a test of ``kill -9``
asks, whether a fact survives the end of the process, is answered alike by both.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

MEMORY = Path("/dev/shm")
#: bytes that must be free: a run writes 2 GiB at the most, and its programs and browser need some as well
PLENTY = 6 << 30
PREFIX = "tomoshibi-tests-"


def make() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with this process. Temporary files of it and of all that it starts go there from now on."""
    if "TMPDIR" in os.environ or not _plenty():
        return tempfile.TemporaryDirectory(prefix=PREFIX)
    with _held(MEMORY):
        for left in MEMORY.glob(f"{PREFIX}*"):  # by a run that was killed
            with contextlib.suppress(OSError), _held(left, fcntl.LOCK_NB):
                shutil.rmtree(left)
        made = tempfile.TemporaryDirectory(prefix=PREFIX, dir=MEMORY)
        folder = Path(made.name)
        folder.chmod(0o711)  # PostgreSQL's own user reaches its data through here
        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # as long as this process lives
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None  # looks for it again
    return made


def _plenty() -> bool:
    try:
        told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        free = min(int(told["MemAvailable"].split()[0]) << 10, shutil.disk_usage(MEMORY).free)
    except (OSError, KeyError):
        return False
    return free >= PLENTY and os.access(MEMORY, os.W_OK)


@contextlib.contextmanager
def _held(folder: Path, how: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(descriptor)
