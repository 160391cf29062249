"""Pin every requirement: ``run.in`` → ``run.txt``, ``dev.in`` → ``dev.txt``, ``peers.in`` → ``peers.txt``.

The versions are the newest that the oldest Python we support can have, held for the newer one too; a package that only
one of them needs carries a marker. The files hold names and versions: where packages come from is each machine's own
affair (``pip config``), so no address is ever written.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHONS = ("3.12", "3.13")
HERE = Path("requirements")

Pins = dict[str, str]


def interpreter(version: str) -> str:
    """The path of a working ``python3.x``, from ``PATH`` or pyenv; a sentence and exit 1 when there is none."""
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python3"))
    for path in filter(None, [shutil.which(f"python{version}"), *map(str, pyenv)]):
        # a pyenv shim is there for versions that are switched off
        if subprocess.run([path, "-V"], capture_output=True).returncode == 0:
            return path
    sys.exit(f"make pin resolves for Python {' and '.join(PYTHONS)}, and found no python{version}.")


def resolve(python: Path, inputs: list[Path], held: Pins) -> Pins:
    """What pip would install with ``python`` for these requirement files, keeping the versions of ``held``."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write("".join(f"{name}=={version}\n" for name, version in held.items()))
        constraints.flush()
        wanted = [f"--requirement={path}" for path in inputs]
        pip = [str(python), "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report=-"]
        report = subprocess.run(
            [*pip, f"--constraint={constraints.name}", *wanted], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    chosen = [item["metadata"] for item in json.loads(report)["install"]]
    return {item["name"]: item["version"] for item in chosen}


def pin(pythons: dict[str, Path], inputs: list[Path], held: Pins) -> tuple[Pins, list[str]]:
    """Versions, and the lines of the pinned file: one version for every Python, a marker where only some need it."""
    found: dict[str, Pins] = {}
    pins = dict(held)
    for version, python in pythons.items():
        found[version] = resolve(python, inputs, pins)
        pins |= found[version]
    lines = []
    for name in sorted(pins, key=str.lower):
        users = [version for version, theirs in found.items() if name in theirs]
        if name in held or not users:
            continue
        marker = "" if len(users) == len(pythons) else f'; python_version == "{users[0]}"'
        lines.append(f"{name}=={pins[name]}{marker}")
    return pins, lines


def write(name: str, first: list[str], lines: list[str]) -> None:
    """One pinned file."""
    path = HERE / f"{name}.txt"
    path.write_text("\n".join([f"# From {name}.in by `make pin`.", *first, *lines]) + "\n")
    print(f"{path}: {len(lines)} packages")


def main() -> None:
    """Pin the three files."""
    with tempfile.TemporaryDirectory() as scratch:
        pythons = {}
        for version in PYTHONS:
            subprocess.run([interpreter(version), "-m", "venv", f"{scratch}/{version}"], check=True)
            pythons[version] = Path(scratch, version, "bin", "python")
        # as they are now, whoever edits them in the next minutes
        wanted = {name: Path(shutil.copy(HERE / f"{name}.in", scratch)) for name in ("run", "dev", "peers")}
        run, lines = pin(pythons, [wanted["run"]], {})
        write("run", [], lines)
        _, lines = pin(pythons, [wanted["run"], wanted["dev"]], run)
        write("dev", ["-r run.txt"], lines)
        _, lines = pin(pythons, [wanted["peers"]], {})
        write("peers", [], lines)


if __name__ == "__main__":
    main()
