"""``tomoshibi whatif``: what stops when something of the plan is lost."""

from __future__ import annotations

import json

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import training_option, world
from tomoshibi.vocabulary import T


@click.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@training_option
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@with_django
def whatif(items: tuple[str, ...], training: bool, as_json: bool) -> None:
    """What stops, at once and later, when every ITEM (a code or a name of the plan) is lost; who must be told."""
    with world(training):
        from tomoshibi.continuity.model_of_plan import the_plan
        from tomoshibi.continuity.whatif import what_if

        plan = the_plan()
        keys = []
        for word in items:
            ref = plan.find(word)
            if ref is None:
                fail(
                    T(
                        f"「{word}」は計画にないか、二つ以上あります。名称か管理番号を書いてください。",
                        f"“{word}” is not in the plan, or stands for more than one thing: write a name or a code.",
                    )
                )
                return
            keys.append(ref)
        answer = what_if(plan.graph, keys)
        if as_json:
            click.echo(json.dumps(answer.as_json(), ensure_ascii=False, indent=1))
            return
        if not answer.stages:
            say(T("ほかに止まるものはありません。", "Nothing else stops."))
        for stage in answer.stages:
            say(T("{n} 時間後:", "After {n} h:") if stage.hours else T("すぐ:", "At once:"), n=f"{stage.hours:g}")
            for node in stage.nodes:
                because = "、".join(dict.fromkeys(cause.label for cause in answer.causes(node)))
                click.echo(f"  {node.label}  ← {because}")
        if answer.told:
            say(T("知らせる相手:", "Tell:"))
            for told in answer.told:
                click.echo(f"  {told.who}")
