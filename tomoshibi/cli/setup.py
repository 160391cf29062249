"""``tomoshibi setup``: from an empty folder to a town that can be signed in to."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import click

from tomoshibi.cli.django import fail, say, told
from tomoshibi.cli.django import setup as setup_django
from tomoshibi.vocabulary import T

#: rooms whose ``demo.load`` makes the demonstration city, each standing on those before it
DEMO_ROOMS = (
    "places",
    "people",
    "incidents",
    "residents",
    "shelters",
    "publishing",
    "continuity",
    "facilities",
    "relief",
    "drills",
)


@click.command()
@click.option("--name", default="", help="What this machine is called in the journal (default: 本庁, head office).")
@click.option("--demo/--no-demo", default=True, help="Load the demonstration city and an account for each role.")
def setup(name: str, demo: bool) -> None:
    """Make TOMOSHIBI_HOME ready: databases, this node, accounts, demonstration city. May be run again at any time."""
    with told():
        home = Path(os.environ.get("TOMOSHIBI_HOME", "var")).resolve()
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fail(T(f"{home} を作れません: {error.strerror}", f"{home} cannot be made: {error.strerror}"))
        stamp, kept = _stamp(demo), home / "setup.json"
        if _read(kept).get("stamp") == stamp and (os.environ.get("DATABASE_URL") or (home / "real.sqlite3").exists()):
            say(T("準備済みです: {home}", "Ready: {home}"), home=home)
            return
        say(T("{home} を準備します", "Setting up {home}"), home=home)
        setup_django()
        _databases(name)
        if demo:
            _demonstration()
        _accounts(demo)
        written = kept.with_suffix(".part")
        written.write_text(json.dumps({"stamp": stamp}))
        written.replace(kept)
        say(T("準備ができました。tomoshibi serve で始めます。", "Ready. Start with: tomoshibi serve"))


def _stamp(demo: bool) -> str:
    """What a finished setup stands for: while it stays the same there is nothing to do, and no need to start Django."""
    from importlib.metadata import version

    import tomoshibi

    room = Path(tomoshibi.__file__).parent
    files = sorted([*room.glob("**/migrations/[0-9]*.py"), *room.glob("*/demo*.py")])
    made: list[Any] = [tomoshibi.__version__, version("Django"), version("django-allauth"), demo]
    made += [os.environ.get("DATABASE_URL", ""), os.environ.get("DJANGO_SETTINGS_MODULE", "")]
    made += [[str(f.relative_to(room)), hashlib.sha256(f.read_bytes()).hexdigest()] for f in files]
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _databases(name: str) -> None:
    from django.core.management import call_command

    from tomoshibi.journal import nodes, worlds

    for alias in (worlds.REAL, worlds.TRAINING):
        call_command("migrate", database=alias, verbosity=0, interactive=False)
        with worlds.inhabit(alias):
            nodes.found(name or str(T("本庁", "head office")))


def _demonstration() -> None:
    """The demonstration city in both worlds."""
    from importlib import import_module
    from importlib.util import find_spec

    from tomoshibi.journal import worlds

    there = [room for room in DEMO_ROOMS if find_spec(f"tomoshibi.{room}.demo")]
    for alias in (worlds.REAL, worlds.TRAINING):
        world = T("訓練", "training") if alias == worlds.TRAINING else T("本番", "real")
        label = str(T("デモの市（{world}）", "Demonstration city ({world})").format(world=world))
        with worlds.inhabit(alias), click.progressbar(length=1000 * len(there), label=label, show_eta=False) as bar:
            for index, room in enumerate(there):

                def progress(done: int, of: int, index: int = index) -> None:
                    bar.update(max(0, 1000 * index + 1000 * done // max(of, 1) - bar.pos))

                import_module(f"tomoshibi.{room}.demo").load(progress)
                progress(1, 1)


def _account_sites() -> dict[str, str]:
    """Demonstration accounts that hold their role at one site only: a room's ``demo.ACCOUNT_SITES``."""
    from importlib import import_module
    from importlib.util import find_spec

    found: dict[str, str] = {}
    for room in DEMO_ROOMS:
        if find_spec(f"tomoshibi.{room}.demo"):
            found |= getattr(import_module(f"tomoshibi.{room}.demo"), "ACCOUNT_SITES", {})
    return found


def _accounts(demo: bool) -> None:
    """The first accounts; passwords are shown now and never again."""
    from tomoshibi.journal.accounts import managing

    made = []
    if not managing.exists("admin"):
        made.append(("admin", managing.add("admin", str(T("システム管理者", "Administrator")), ["administrator"])))
    if demo:
        password, at = managing.new_password(), _account_sites()
        for login, (name, role) in managing.DEMO.items():
            if not managing.exists(login):
                managing.add(login, name, [role], site=at.get(login, ""), password=password)
                made.append((login, password))
    if not made:
        return
    say(
        T(
            "サインインに使う利用者名とパスワード（いま一度だけ表示します）:",
            "Accounts to sign in with (shown this once):",
        )
    )
    for login, password in made:
        click.echo(f"  {login:<12} {password}")
    say(
        T(
            "忘れたときは tomoshibi user password 利用者名 で新しくします。",
            "Forgotten? tomoshibi user password NAME gives a new one.",
        )
    )
