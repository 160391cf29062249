"""What the repository promises to a newcomer, held so that it cannot quietly stop being true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scripts import commands
from tomoshibi.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
ROOMS = sorted(path.parent.name for path in ROOT.glob("tomoshibi/*/__init__.py"))
PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.!+]*(; python_version == \"3\.\d+\")?")


def tracked() -> list[Path]:
    """Every file that git would give a newcomer (of those that are there)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    """The tracked files that are text, with their text."""
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("name", ["run", "dev", "peers"])
def test_every_requirement_is_pinned_by_name_and_version_alone(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("#") and line != "-r run.txt"]
    assert wanted
    assert [line for line in wanted if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["run", "dev", "peers"])
def test_everything_asked_for_is_pinned(name: str) -> None:
    asked = {
        re.split(r"[\[<>=! ]", line)[0].lower().replace("_", "-")
        for line in (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
        if line and not line.startswith("#")
    }
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
        if "==" in line
    }
    assert asked - pinned == set(), "run make pin"


def test_every_requirement_gives_its_reason() -> None:
    lines = (ROOT / "requirements" / "run.in").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#") and " # " not in line] == []


def test_no_file_names_where_packages_come_from() -> None:
    asking = re.compile(r"--(extra-)?index-url|--find-links|files\.pythonhosted|pypi\.org/simple|@ (https?|file)://")
    files = [*ROOT.glob("requirements/*"), ROOT / "pyproject.toml", ROOT / "Makefile", *ROOT.glob("scripts/*.sh")]
    assert [path.name for path in files if path.is_file() and asking.search(path.read_text())] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    traces = re.compile(r"(?<![\w.:/<>-])/(work|root|home/\w+|tmp|opt)/")
    assert [str(path.relative_to(ROOT)) for path, text in texts() if traces.search(text)] == []


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 1_000_000] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for(room: str) -> None:
    said = (ROOT / "tomoshibi" / room / "README.md").read_text()
    assert said.startswith("# ")
    assert len([line for line in said.splitlines() if line.strip()]) >= 4


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_listed_and_has_help(name: str) -> None:
    """Also its subcommands: each one, asked for help, says in a sentence what it does."""

    def walk(command: click.Command, words: list[str]) -> None:
        assert (command.help or "").strip(), f"tomoshibi {' '.join(words)} has no help"
        if isinstance(command, click.Group):
            context = click.Context(command)
            for sub in command.list_commands(context):
                found = command.get_command(context, sub)
                assert found
                walk(found, [*words, sub])

    command = main.get_command(click.Context(main), name)
    assert command
    walk(command, [name])
    assert re.search(rf"^  {re.escape(name)} +\S", CliRunner().invoke(main, ["--help"]).output, re.MULTILINE)


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in listed.splitlines()] == phony[1].split()
    assert all(len(line.split()) > 3 for line in listed.splitlines())


def test_readmes_open_with_the_two_commands() -> None:
    for name in ("README.md", "README.ja.md"):
        opening = (ROOT / name).read_text().splitlines()[:12]
        assert any("make run" in line for line in opening), name
        assert any("make test" in line for line in opening), name


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tomoshibi/*/README.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text()):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} → {target}")
    assert broken == []


def test_every_page_of_the_docs_is_in_the_index_of_its_kind() -> None:
    for kind in ("tutorials", "how-to", "reference", "explanation"):
        index = (ROOT / "docs" / kind / "README.md").read_text()
        pages = [p.name for p in (ROOT / "docs" / kind).glob("*.md") if p.name != "README.md"]
        assert pages, f"docs/{kind} has no page"
        assert [page for page in pages if f"({page})" not in index] == []


def test_the_reference_says_what_the_commands_say() -> None:
    assert commands.PAGE.read_text() == commands.page(), "run make reference"


def test_every_setting_is_in_the_reference() -> None:
    read = re.compile(r"environ(?:\.get\(|\.setdefault\(|\[)\s*\"((?:TOMOSHIBI|DATABASE)_[A-Z_]+)")
    found = {name for path in ROOT.glob("tomoshibi/**/*.py") for name in read.findall(path.read_text())}
    assert found >= {"TOMOSHIBI_HOME", "DATABASE_URL"}
    told = (ROOT / "docs" / "reference" / "settings.md").read_text()
    assert [name for name in sorted(found) if f"`{name}`" not in told] == []


def test_listing_the_commands_loads_no_django() -> None:
    """`tomoshibi --help` answers at once, on the slowest laptop too."""
    look = "import sys; from tomoshibi.cli import main; print('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout == "False\n"


def test_the_program_starts_without_what_only_some_pages_need() -> None:
    """Every command and every server waits for what the rooms import when they register themselves."""
    heavy = ("numpy", "scipy", "numba", "obspy", "matplotlib", "pyarrow", "shapely", "typst", "openpyxl", "apprise")
    look = f"import django, sys; django.setup(); print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_browser_tests_wait_in_a_way_that_our_pages_allow() -> None:
    call = ".wait_for_function" + "("
    asking = [path.name for path in (ROOT / "tests").rglob("*.py") if call in path.read_text("utf-8")]
    assert asking == [], "tests.browser.waiting.until does it without eval"
