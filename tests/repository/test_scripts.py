"""The scripts that meet a machine for the first time: they find what is there, or say in one sentence what is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine with the shell's usual programs and nothing else, on which we are an ordinary user."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "mktemp", "rm", "tr", "tail", "grep"):
        (folder / name).symlink_to(next(p for d in ("/bin", "/usr/bin") if (p := Path(d) / name).exists()))
    program(folder, "id", "echo 1000")
    program(folder, "dpkg-query", "exit 1")
    return folder


def program(folder: Path, name: str, body: str) -> None:
    """Put a small program on that machine."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(machine: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine), "HOME": str(machine), "TMPDIR": str(machine)}
    return subprocess.run(
        [str(SCRIPTS / command[0]), *command[1:]], env=environment, capture_output=True, text=True, check=False
    )


def test_a_new_enough_python_is_found_behind_older_ones(machine: Path) -> None:
    program(machine, "python3.13", "exit 127")  # a pyenv shim of a version that is switched off
    program(machine, "python3.12", "exit 1")
    (machine / "python3").symlink_to(os.path.realpath(sys.executable))
    done = run(machine, "python.sh")
    assert (done.returncode, done.stdout) == (0, f"{machine / 'python3'}\n")


def test_no_python_is_one_sentence(machine: Path) -> None:
    program(machine, "python3", "exit 1")  # too old
    done = run(machine, "python.sh")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "Python 3.12 or newer" in done.stderr


def test_a_python_without_venv_is_one_sentence_for_an_ordinary_user(machine: Path) -> None:
    program(machine, "python3", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac')
    done = run(machine, "python.sh")
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith(f"Python at {machine}/python3 cannot make a virtual environment")
    assert "apt-get install python3.12-venv" in sentence


def test_what_tests_need_is_one_sentence_for_an_ordinary_user(machine: Path) -> None:
    done = run(machine, "debian.sh", "tests")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    for package in (
        "chromium",
        "poppler-utils",
        "fonts-ipaexfont",
        "fonts-ipamj-mincho",
        "fonts-morisawa-bizud-gothic",
    ):
        assert package in done.stderr


def test_root_installs_what_is_missing_and_refreshes_the_lists_of_a_fresh_machine(machine: Path) -> None:
    done_log = machine / "apt.log"
    program(machine, "id", "echo 0")
    program(machine, "chromium", "true")
    program(machine, "chromium-headless-shell", "true")
    program(machine, "pdftotext", "true")
    program(
        machine,
        "apt-get",
        f'echo "$*" >> {done_log}\ncase "$*" in *update*) : > {machine}/lists;; esac\n[ -e {machine}/lists ]',
    )
    done = run(machine, "debian.sh", "tests")
    assert done.returncode == 0, done.stderr
    tried, refreshed, installed = done_log.read_text().splitlines()
    assert refreshed.endswith("update")
    assert tried == installed
    assert "fonts-ipaexfont" in installed
    assert "chromium" not in installed


def test_a_mirror_without_the_engine_alone_still_gives_what_is_needed(machine: Path) -> None:
    """Tests then drive the whole browser."""
    done_log = machine / "apt.log"
    program(machine, "id", "echo 0")
    (machine / "grep").unlink()
    program(machine, "grep", 'case "$*" in *ID=debian*) exit 0;; esac; exit 1')
    program(machine, "apt-get", f'echo "$*" >> {done_log}\ncase "$*" in *headless*) exit 100;; esac')
    done = run(machine, "debian.sh", "tests")
    assert (done.returncode, done.stderr) == (0, "")
    assert "poppler-utils" in done_log.read_text().splitlines()[-1]


def test_apt_that_fails_is_told_with_its_last_words(machine: Path) -> None:
    program(machine, "id", "echo 0")
    program(machine, "apt-get", "echo 'E: no such archive'; exit 100")
    done = run(machine, "debian.sh", "tests")
    assert done.returncode == 1
    assert "E: no such archive" in done.stderr
    assert "apt-get could not install" in done.stderr


def test_a_machine_with_everything_is_left_alone(machine: Path) -> None:
    for name in ("chromium", "chromium-headless-shell", "pdftotext", "initdb"):
        program(machine, name, "true")
    program(machine, "dpkg-query", "echo 'install ok installed'")
    program(machine, "apt-get", f"touch {machine}/called")
    done = run(machine, "debian.sh", "tests")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (machine / "called").exists()
