"""``tomoshibi user``: accounts, their roles, passwords and tokens."""

from __future__ import annotations

import json

import click

from tomoshibi.cli.django import say, with_django
from tomoshibi.vocabulary import T


@click.group()
def user() -> None:
    """Accounts of this machine: who may sign in, and the roles they hold."""


@user.command()
@click.argument("login")
@click.option("--name", default="", help="The person's name as the journal shows it.")
@click.option("--role", "roles", multiple=True, help="A role to hold for the whole town; may be given several times.")
@click.option("--staff", default="", help="Reference of their staff record (people.staff:…).")
@with_django
def add(login: str, name: str, roles: tuple[str, ...], staff: str) -> None:
    """Make an account and print its password, this once."""
    from tomoshibi.journal.accounts import managing

    password = managing.add(login, name, roles, staff=staff)
    click.echo(f"{login}  {password}")


@user.command()
@click.argument("login")
@click.option("--ask", is_flag=True, help="Type the new password instead of having one made.")
@with_django
def password(login: str, ask: bool) -> None:
    """Give an account a new password; its sessions end."""
    from tomoshibi.journal.accounts import managing

    question = str(T("新しいパスワード", "New password"))
    typed = click.prompt(question, hide_input=True, confirmation_prompt=True) if ask else ""
    made = managing.set_password(login, typed)
    if ask:
        say(T("変更しました。", "Changed."))
    else:
        click.echo(f"{login}  {made}")


@user.command()
@click.argument("login")
@click.argument("role")
@click.option("--site", default="", help="Only at this site (places.site:…), not for the whole town.")
@click.option("--remove", is_flag=True, help="Take the role away.")
@with_django
def grant(login: str, role: str, site: str, remove: bool) -> None:
    """Let an account hold a role."""
    from tomoshibi.journal.accounts import managing

    if remove:
        managing.take(login, role, site)
    else:
        managing.give(login, role, site)


@user.command()
@click.argument("login")
@with_django
def close(login: str) -> None:
    """Let nobody sign in to an account any more; what it recorded stays its own."""
    from tomoshibi.journal.accounts import managing

    managing.close(login)


@user.command()
@click.argument("login")
@click.option("--name", default="API", help="Which program it is for.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long it holds.")
@with_django
def token(login: str, name: str, days: int) -> None:
    """Make a token for the API and print it, this once."""
    from tomoshibi.journal.accounts import managing

    click.echo(managing.new_token(login, name, days))


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def list_(as_json: bool) -> None:
    """List accounts with their roles."""
    from tomoshibi.journal.access import ROLES
    from tomoshibi.journal.accounts import managing

    found = managing.listing()
    if as_json:
        rows = [
            {"login": login, "name": name, "grants": [{"role": r, "site": s} for r, s in grants], "open": is_open}
            for login, name, grants, is_open in found
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for login, name, grants, is_open in found:
        held = "、".join(str(ROLES.get(r, r)) + (f"@{s}" if s else "") for r, s in grants)
        closed = "" if is_open else str(T("（停止）", " (closed)"))
        click.echo(f"{login:<16} {name}{closed}  {held}")
