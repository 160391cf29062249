"""``tomoshibi plan``: the ICT continuity plan in and out as a workbook, and on paper."""

from __future__ import annotations

from pathlib import Path

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import accept_option, read_list, training_option, world
from tomoshibi.vocabulary import T

out_option = click.option(
    "--out", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)


@click.group()
def plan() -> None:
    """The ICT continuity plan: load, export, print."""


@plan.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@accept_option
@training_option
@with_django
def load(files: tuple[Path, ...], accept_good: bool, training: bool) -> None:
    """Load plans from workbooks (.xlsx) in the shape of the official forms; bad rows are named, and then nothing is."""
    from tomoshibi.continuity import workbook

    with world(training):
        for file in files:
            read_list(workbook.load, file, accept_good)


@plan.command()
@out_option
@click.option("--contacts", is_flag=True, help="With the staff's numbers and telephones.")
@training_option
@with_django
def export(file: Path, contacts: bool, training: bool) -> None:
    """Write the plan to FILE (.xlsx), as load reads it."""
    from tomoshibi.continuity import workbook

    if file.suffix.lower() != ".xlsx":
        fail(T(f"{file} は .xlsx にしてください。", f"{file}: end it in .xlsx."))
    with world(training):
        workbook.export(file, contacts=contacts)
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)


@plan.command()
@click.argument("name", type=click.Choice(["city", "town"]))
@out_option
@with_django
def sample(name: str, file: Path) -> None:
    """Write a plan that the program brings as a workbook: the demonstration city's, or a town's with 43 systems."""
    from tomoshibi.continuity import plan_demo, workbook

    file.write_bytes(workbook.built(plan_demo.plan_of(name)))
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)


@plan.command()
@training_option
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@with_django
def findings(training: bool, as_json: bool) -> None:
    """What is wrong with the plan, found from its own rows."""
    import json

    with world(training):
        from tomoshibi.continuity.findings import RULES
        from tomoshibi.continuity.findings import findings as find
        from tomoshibi.continuity.model_of_plan import the_plan
        from tomoshibi.journal import worlds
        from tomoshibi.vocabulary.clock import JAPAN

        plan_, today = the_plan(), worlds.now().astimezone(JAPAN).date()
        found = find(plan_, today)
        if as_json:
            click.echo(json.dumps([x.as_json(plan_) for x in found], ensure_ascii=False, indent=1))
            return
        for finding in found:
            click.echo(f"{RULES[finding.rule].label}: {finding.why}")


@plan.command()
@click.argument("risk", required=False)
@click.option("--incident", help="From the live board of this open incident (its name or key) instead of a risk.")
@training_option
@click.option("--runs", default=10_000, show_default=True, type=click.IntRange(10, 1_000_000), help="Recoveries.")
@click.option("--seed", default=1, show_default=True, help="The same seed has the same answer.")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@with_django
def forecast(risk: str | None, incident: str | None, training: bool, runs: int, seed: int, as_json: bool) -> None:
    """When everything is back after RISK (by number or name), against RTO; the best order of work, and its gain."""
    if (risk is None) == (incident is None):
        fail(T("リスクか --incident のどちらか一つを書いてください。", "Name either a risk or an --incident."))
    with world(training):
        from tomoshibi.continuity.live import live
        from tomoshibi.continuity.model_of_plan import the_plan
        from tomoshibi.continuity.orders import best_order, outlook, played
        from tomoshibi.continuity.recovery import Recoveries
        from tomoshibi.incidents.queries import open_incidents

        plan_ = the_plan()
        if incident is not None:
            row = next((x for x in open_incidents() if incident in (x.title, x.key)), None)
            if row is None:
                fail(T(f"事案「{incident}」は開いていません。", f"No incident “{incident}” is open."))
                return
            now = live(plan_, row)
            recovery = Recoveries(plan_).of(now.hit, elapsed=now.elapsed)
        else:
            found = next((r for r in plan_.risks if risk in (r.said.code, r.title)), None)
            if found is None:
                fail(T(f"リスク「{risk}」は計画にありません。", f"No risk “{risk}” is in the plan."))
                return
            recovery = Recoveries(plan_).of(found.said.hits or [], found.said.outage_hours)
        draws, up = played(recovery.model, runs, seed)
        told = [o for o in outlook(recovery.model, draws, up) if o.hit]
        order = best_order(recovery.model, seed, runs)
        if as_json:
            import json

            said = order.as_json(recovery.model, told, recovery.assumed, recovery.ordered)
            click.echo(json.dumps(said, ensure_ascii=False, indent=1))
            return
        for o in told:
            kept = T("", "") if o.rto is None else T(f" RTO {o.rto:g}: {o.meets:.1%}", f" RTO {o.rto:g}: {o.meets:.1%}")
            say(
                T("{name}: 半分 {a} 時間、10回に9回 {b} 時間{kept}", "{name}: median {a} h, nine of ten {b} h{kept}"),
                name=o.node.label,
                a=f"{o.median:.1f}",
                b=f"{o.late:.1f}",
                kept=kept,
            )
        say(
            T(
                "勧める順番: {order}\n計画の順番より {gain} {unit}少ない（±{error}）",
                "Suggested order: {order}\nsaves {gain} {unit} beside the plan's order (± {error})",
            ),
            order=" → ".join(plan_.name(recovery.model.works[i].node) for i in order.works),
            gain=f"{order.gain:,.1f}",
            unit=recovery.unit,
            error=f"{order.error:,.1f}",
        )


@plan.command(name="print")
@out_option
@click.option("--pocket", is_flag=True, help="Two pages to carry.")
@click.option("--edition", type=int, help="An approved edition; without it the plan as it stands.")
@training_option
@with_django
def print_(file: Path, pocket: bool, edition: int | None, training: bool) -> None:
    """Print the plan as a PDF: chapters, tables, organisation and flow charts, glossary, list of editions."""
    from tomoshibi.continuity import plan_papers, revisions

    with world(training):
        row = revisions.revisions().filter(edition=edition).first() if edition else None
        if edition and row is None:
            fail(T(f"第{edition}版はありません。", f"There is no edition {edition}."))
        made = plan_papers.pocket_pdf() if pocket else plan_papers.plan_pdf(row)
    file.write_bytes(made)
    say(T("{file} を書き出しました。", "Wrote {file}."), file=file)
