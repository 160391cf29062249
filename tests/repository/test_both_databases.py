"""``pytest --both-databases``: the second run happens, on PostgreSQL, and its failures are this run's failures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.postgres import NoServerError, programs

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.postgres

CONFIGURATION = """
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = "-ra --import-mode=importlib -p no:django"
postgres_suites = "tests/journal"
"""

ON_BOTH = """
import os

import pytest

def test_on_either():
    assert True

def test_holds_on_sqlite_only():
    assert "DATABASE_URL" not in os.environ

@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="a question of files")
def test_asks_on_sqlite_only():
    assert True
"""

ELSEWHERE = """
import psycopg

def test_the_server_is_ours_and_careful(postgres_url, fresh_postgres_url):
    assert postgres_url != fresh_postgres_url
    for url in (postgres_url, fresh_postgres_url):
        with psycopg.connect(url) as connection:
            assert connection.execute("show fsync").fetchone() == ("on",)
            assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project with this repository's conftest, one suite for both databases and one for SQLite."""
    try:
        programs()
    except NoServerError as none:
        pytest.skip(str(none))
    for suite, text in {"journal": ON_BOTH, "web": ELSEWHERE}.items():
        (tmp_path / "tests" / suite).mkdir(parents=True)
        (tmp_path / "tests" / suite / f"test_{suite}.py").write_text(text)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    return tmp_path


def run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest there as a person would, with nothing inherited of the run that we are in."""
    ours = ("PYTEST_", "TOMOSHIBI_", "DATABASE_URL", "DJANGO_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, cwd=project, env=clean | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)


def test_the_closing_line_counts_both(project: Path) -> None:
    done = run(project, "-n", "2", "--both-databases")
    closing = done.stdout.splitlines()[-1]
    assert "1 failed, 5 passed, 1 skipped" in closing, done.stdout
    assert "a question of files" in done.stdout
    assert "FAILED tests/journal/test_journal.py::test_holds_on_sqlite_only [PostgreSQL]" in done.stdout
    assert done.returncode == 1
    assert "tomoshibi-postgres-" not in str(list(Path(project.parent).iterdir()))


def test_a_second_run_that_breaks_is_a_failure(project: Path) -> None:
    (project / "tests" / "journal" / "test_broken.py").write_text("import nowhere_to_be_found\n")
    done = run(project, "--both-databases", "tests/web")
    assert "1 failed, 1 passed" in done.stdout.splitlines()[-1], done.stdout
    assert "nowhere_to_be_found" in done.stdout
    assert done.returncode == 1


def test_without_the_option_there_is_one_run(project: Path) -> None:
    done = run(project)
    assert "4 passed" in done.stdout.splitlines()[-1], done.stdout
    assert done.returncode == 0
