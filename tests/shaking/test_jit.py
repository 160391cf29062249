"""Machine code is kept in the user's cache folder, never beside the source, and its absence stops nothing."""

import os
import subprocess
import sys
from pathlib import Path

import tomoshibi

PROGRAM = "import numpy as np; from tomoshibi.shaking.measures import peaks; print(peaks(np.ones((3, 4))).total)"


def run(**environment):
    kept = {key: value for key, value in os.environ.items() if key not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=kept | environment, capture_output=True, text=True)


def test_kept_where_the_user_keeps_caches(tmp_path):
    done = run(XDG_CACHE_HOME=str(tmp_path))
    assert done.stdout.startswith("1.73"), done.stderr
    assert list(tmp_path.rglob("*.nbc"))
    assert not list(Path(tomoshibi.__file__).parent.rglob("*.nbi"))


def test_a_user_who_can_keep_nothing_computes_all_the_same(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run(XDG_CACHE_HOME=str(tmp_path / "file"))
    assert done.stdout.startswith("1.73"), done.stderr
    assert not list(Path(tomoshibi.__file__).parent.rglob("*.nbi"))
