"""``tomoshibi journal``: prove, rebuild, read and carry the journal."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tomoshibi.cli import secret
from tomoshibi.cli.django import fail, need_setup, say, with_django
from tomoshibi.vocabulary import T

if TYPE_CHECKING:
    from tomoshibi.journal.bundles import Head
    from tomoshibi.journal.models import EntryRow

#: --world's words, and the databases that they stand for
WORLDS = {"real": "default", "training": "training"}
NAMES = {"real": T("本番", "real"), "training": T("訓練", "training")}

FILE = click.Path(dir_okay=False, path_type=Path)


def world_option(default: str | None) -> Callable[[Any], Any]:
    """``--world``; without a default it means both."""
    help = "Which world." if default else "Only this world; without it, both."
    return click.option("--world", type=click.Choice(list(WORLDS)), default=default, show_default=True, help=help)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Be in the world that ``--world`` names."""
    from tomoshibi.journal import worlds

    with worlds.inhabit(WORLDS[name]):
        yield


@contextmanager
def bar(label: T, length: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, where that is a terminal; gives what moves it to a count."""
    with click.progressbar(
        length=max(length, 1), label=str(label), file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as shown:
        yield lambda count: shown.update(max(0, count - shown.pos))


def _count() -> int:
    from tomoshibi.journal.models import EntryRow

    return EntryRow.objects.count()


@click.group()
def journal() -> None:
    """The journal: prove it, rebuild from it, read it, carry it to another node."""


@journal.command()
@world_option(None)
@as_json_option
@with_django
def verify(world: str | None, as_json: bool) -> None:
    """Recompute every chain of every world. The first broken entry of each chain is named, and the exit code is 1."""
    need_setup()
    from tomoshibi.journal import verifying

    found: list[dict[str, Any]] = []
    broken = False
    for name in [world] if world else WORLDS:
        with inside(name), bar(T(f"検証（{NAMES[name].ja}）", f"verifying ({name})"), _count()) as progress:
            verdict = verifying.verify(progress)
        broken |= bool(verdict.breaks)
        found.append(
            {
                "world": name,
                "entries": verdict.entries,
                "chains": verdict.chains,
                "breaks": [
                    {"node": b.node, "zone": b.zone, "seq": b.seq, "id": b.id, "why": b.why} for b in verdict.breaks
                ],
            }
        )
        if not as_json:
            whole = T("異常なし", "whole") if not verdict.breaks else T("壊れています", "BROKEN")
            say(
                T(
                    "{world}: 記録 {entries:,} 件、{chains} 本: {whole}",
                    "{world}: {entries:entry|entries}, {chains:chain|chains}: {whole}",
                ),
                world=NAMES[name],
                entries=verdict.entries,
                chains=verdict.chains,
                whole=whole,
            )
            for one in verdict.breaks:
                click.echo(f"  {one.text}", err=True)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    sys.exit(1 if broken else 0)


@journal.command()
@world_option(None)
@click.option("--check", is_flag=True, help="Compare the tables before and after; exit code 1 where they differ.")
@with_django
def rebuild(world: str | None, check: bool) -> None:
    """Empty every read-side table and fold every subject anew from the journal."""
    need_setup()
    from tomoshibi.journal import datasets, projecting

    differing = False
    for name in [world] if world else WORLDS:
        with inside(name):
            before = projecting.contents() if check else {}
            with bar(T(f"作り直し（{NAMES[name].ja}）", f"rebuilding ({name})"), _count()) as progress:
                count = projecting.rebuild(progress)
            datasets.reload_all()
            say(
                T("{world}: 記録 {count:,} 件から作り直しました", "{world}: rebuilt from {count:entry|entries}"),
                world=NAMES[name],
                count=count,
            )
            if check:
                after = projecting.contents()
                changed = [table for table in after if after[table] != before[table]]
                differing |= bool(changed)
                for table in changed:
                    rows = len(set(map(repr, before[table])) ^ set(map(repr, after[table])))
                    click.echo(
                        str(T(f"  {table}: {rows} 行が違いました", f"  {table}: {rows} rows differed")), err=True
                    )
                if not changed:
                    say(T("  前と同じです", "  the same as before"))
    sys.exit(1 if differing else 0)


@journal.command()
@click.option("--subject", help="Of this subject (people.staff:…), or of those that begin so (people.staff:*).")
@click.option("--kind", help="Of this kind (people.staff_described), or of those that begin so (people.*).")
@click.option("--incident", help="Of this incident (incidents.incident:…).")
@click.option("--since", help="Recorded at or after this time (2026-11-22T14:00, 14:00, 90m, 2h, 3d).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many, the latest.")
@world_option("real")
@as_json_option
@with_django
def log(
    subject: str | None,
    kind: str | None,
    incident: str | None,
    since: str | None,
    limit: int,
    world: str,
    as_json: bool,
) -> None:
    """List what was recorded, oldest first. Reading residents' records is itself kept."""
    need_setup()
    from tomoshibi.journal.entries import moment
    from tomoshibi.journal.models import EntryRow

    with inside(world):
        rows = EntryRow.objects.all()
        for column, value in (("subject", subject), ("kind", kind), ("incident", incident)):
            if value and value.endswith("*"):
                rows = rows.filter(**{f"{column}__startswith": value[:-1]})
            elif value:
                rows = rows.filter(**{column: value})
        if since:
            rows = rows.filter(recorded_at__gte=moment(when(since)))
        shown = list(rows.order_by("-pos")[:limit])[::-1]
        _note_reading(shown)
        if as_json:
            click.echo(json.dumps([_plain(row) for row in shown], ensure_ascii=False, indent=1))
        else:
            _print_log(shown)


def _note_reading(rows: list[EntryRow]) -> None:
    """Keep that somebody at this machine read persons' records, as every page does."""
    from tomoshibi.journal.access import Actor
    from tomoshibi.journal.accounts.queries import log_reading
    from tomoshibi.journal.states import Subject

    persons = [r.subject for r in rows if Subject.is_personal(r.subject)]
    log_reading(Actor(f"os:{getpass.getuser()}"), persons, "tomoshibi journal")


def _plain(row: EntryRow) -> dict[str, Any]:
    told = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
    del told["salt"]
    told["after"] = json.loads(row.after)
    told["payload"] = json.loads(row.payload) if row.payload is not None else None
    return told


def _print_log(rows: list[EntryRow]) -> None:
    from tomoshibi.journal.queries import tell

    for told in tell(rows):
        happened = local(told.row.happened_at)
        why = f" [{told.unread}]" if told.unread else ""
        click.echo(f"{told.row.pos:>7}  {happened}  {told.title}: {told.sentence}{why}  ({told.who}, {told.node_name})")


def local(moment: str) -> str:
    """A moment as the wall clock here shows it."""
    from django.utils.timezone import localtime

    return localtime(datetime.fromisoformat(moment)).strftime("%Y-%m-%d %H:%M:%S") if moment else "―"


def when(text: str) -> datetime:
    """The time that a person means: ISO 8601, a time of today, or so long ago. Ends the command where it is none."""
    from django.utils.timezone import get_current_timezone, localtime

    from tomoshibi.journal import worlds

    units = {"m": "minutes", "h": "hours", "d": "days"}
    try:
        if text[-1:] in units and text[:-1].isdigit():
            return worlds.now() - timedelta(**{units[text[-1]]: int(text[:-1])})
        if len(text) <= 8 and ":" in text:
            text = f"{localtime(worlds.now()).date()}T{text}"
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        fail(
            T(
                f"「{text}」は時刻ではありません。2026-11-22T14:00、14:00、90m、2h、3d のように書いてください。",
                f"“{text}” is not a time: write it like 2026-11-22T14:00, 14:00, 90m, 2h or 3d.",
            )
        )
        raise  # not reached
    return at if at.tzinfo else at.replace(tzinfo=get_current_timezone())


@journal.command()
@click.argument("file", type=FILE)
@click.option("--zones", help="Only the chains of these zones, comma separated (town,internet).")
@click.option("--since", type=FILE, help="Only what is not in this bundle, which the other side made or took in.")
@click.option("--have", type=FILE, help="Only what the other side lacks: its `tomoshibi journal nodes --json`.")
@click.option("--no-passphrase", is_flag=True, help="Do not ask for a passphrase: whoever finds the file can read it.")
@secret.options
@world_option("real")
@with_django
def export(
    file: Path,
    zones: str | None,
    since: Path | None,
    have: Path | None,
    no_passphrase: bool,
    passphrase_file: Path | None,
    key_file: Path | None,
    world: str,
) -> None:
    """Write what this node knows to FILE, a bundle to carry to another node.

    The passphrase comes from --passphrase-file, from TOMOSHIBI_PASSPHRASE, or is asked for at a terminal.
    """
    need_setup()
    from tomoshibi.journal import bundles

    chosen = None if no_passphrase else secret.given(passphrase_file, key_file) or secret.asked(new=True)
    with inside(world):
        heads: list[Head] = []
        if have:
            heads += bundles.read_heads(have)
        if since:
            heads += bundles.read(since, secret.for_reading(since, passphrase_file, key_file) or chosen).heads
        wanted = [z.strip() for z in zones.split(",") if z.strip()] if zones else None
        with bar(T("書き出し", "exporting"), _count()) as progress:
            made = bundles.export(file, wanted, heads, chosen, progress)
    for (node, zone), count in made.entries.items():
        click.echo(f"  {made.names[node]} ({node}) {zone}: {count:,}")
    for digest in made.missing:
        _warn(
            T(
                f"データ {digest} はこの端末にないため入っていません。",
                f"The dataset {digest} is not here and was left out.",
            )
        )
    if made.unknown:
        _warn(
            T(
                f"この版が知らない種類の記録が {made.unknown} 件あります。それらのデータは入っていないかもしれません。",
                f"{made.unknown} entries are of kinds that this version does not know: their datasets may be missing.",
            )
        )
    if chosen is None:
        _warn(
            T(
                f"合言葉なしで書き出しました。{file} を拾った人は中身を読めます。",
                f"Written without a passphrase: whoever finds {file} can read it.",
            )
        )
    if made.total:
        say(
            T("{file}: 記録 {total:,} 件、データ {data} 件", "{file}: {total:entry|entries}, {data:dataset|datasets}"),
            file=file,
            total=made.total,
            data=len(made.datasets),
        )
    else:
        say(T("{file}: 相手にない記録はありません", "{file}: the other side lacks nothing"), file=file)


def _warn(text: T) -> None:
    click.echo(str(T("注意: {what}", "Note: {what}").format(what=text)), err=True)


@journal.command("import")
@click.argument("file", type=FILE)
@secret.options
@world_option("real")
@with_django
def import_(file: Path, passphrase_file: Path | None, key_file: Path | None, world: str) -> None:
    """Take in the bundle FILE of another node: whole, or not at all. Importing it again changes nothing."""
    need_setup()
    from tomoshibi.journal import bundles

    with inside(world):
        imported = bundles.import_bundle(file, secret.for_reading(file, passphrase_file, key_file))
    names = imported.bundle.names
    for (node, zone), count in imported.report.entries.items():
        new = str(T("、初めての端末", ", a node new here")) if node in imported.report.new_nodes else ""
        click.echo(f"  {names[node]} ({node}) {zone}: {count:,}{new}")
    for digest in imported.bundle.missing:
        _warn(T(f"データ {digest} は入っていませんでした。", f"The dataset {digest} was not in it."))
    if not imported.report.total and not imported.datasets:
        say(T("{file}: 新しい記録はありません", "{file}: nothing new"), file=file)
        return
    say(
        T(
            "{file}: 記録 {total:,} 件、データ {data} 件を取り込みました",
            "{file}: took in {total:entry|entries}, {data:dataset|datasets}",
        ),
        file=file,
        total=imported.report.total,
        data=imported.datasets,
    )
    if imported.disputed:
        say(
            T(
                "{n} 件の対象に食い違いがあります。「記録」→「食い違い」の画面で決めてください",
                "{n} subjects are in dispute now: settle them on the page of conflicts",
            ),
            n=imported.disputed,
        )


@journal.command("as-of")
@click.argument("moment")
@click.option("--subject", help="Show this subject (people.staff:…) as it was known then.")
@click.option("--type", "type_", help="List the subjects of this type (people.staff).")
@world_option("real")
@as_json_option
@with_django
def as_of(moment: str, subject: str | None, type_: str | None, world: str, as_json: bool) -> None:
    """What this node knew at MOMENT: a time (2026-11-22T14:00, 14:00, 2h ago as 2h), or the number of an entry."""
    need_setup()
    from tomoshibi.journal import asof
    from tomoshibi.journal.models import EntryRow, SubjectRow

    at = int(moment) if moment.isdigit() else when(moment)
    with inside(world), asof.open(at) as then:
        rows = SubjectRow.objects.order_by("type", "subject")
        kinds: dict[str, int] = {}
        for kind in rows.values_list("type", flat=True):
            kinds[kind] = kinds.get(kind, 0) + 1
        told: dict[str, Any] = {
            "world": world,
            "pos": then.pos,
            "received_at": then.received_at,
            "subjects": kinds,
            "disputed": rows.exclude(conflicts="[]").count(),
        }
        if type_:
            told["listed"] = [{"subject": r.subject, "title": r.title} for r in rows.filter(type=type_)]
        if subject:
            _note_reading(list(EntryRow.objects.filter(subject=subject)[:1]))
            told["shown"] = _parts(subject)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    say(
        T("{world}: {pos} 番の記録（{at} 受信）まで", "{world}: up to entry {pos}, received {at}"),
        world=NAMES[world],
        pos=then.pos,
        at=local(then.received_at),
    )
    for kind, count in kinds.items():
        click.echo(f"  {kind}: {count:,}")
    if told["disputed"]:
        say(T("  食い違い: {n}", "  in dispute: {n}"), n=told["disputed"])
    for one in told.get("listed", ()):
        click.echo(f"  {one['subject']}  {one['title']}")
    for part in told.get("shown", ()):
        disputed = str(T("（食い違い）", " (in dispute)")) if part["disputed"] else ""
        click.echo(f"  {part['label']}: {part['words']}{disputed}")


def _parts(subject: str) -> list[dict[str, Any]]:
    from tomoshibi.journal.models import EntryRow
    from tomoshibi.journal.projecting import state_of
    from tomoshibi.journal.queries import parts

    if not EntryRow.objects.filter(subject=subject).exists():
        fail(T(f"その時点で {subject} の記録はありません。", f"Nothing had been recorded of {subject} then."))
    return [
        {"label": str(p.label), "words": p.words, "since": p.since, "disputed": p.disputed}
        for p in parts(state_of(subject))
    ]


@journal.command()
@click.option("--name", default="", help="What the node is called from now on.")
@click.option("--take-over", is_flag=True, help="Keep the old id's open deadlines and messages: the original is gone.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@world_option(None)
@with_django
def renew(name: str, take_over: bool, yes: bool, world: str | None) -> None:
    """Give this node a new id: after copying its files, or restoring them from elsewhere than a backup."""
    need_setup()
    from tomoshibi.journal import nodes, tasks

    if not yes:
        question = T(
            "この端末に新しい番号を付けます。元の端末が別にあるとき（写し）だけ必要です。続けますか",
            "This gives the node a new id, which only a copy of another node needs. Go on?",
        )
        click.confirm(str(question), abort=True)
    for one in [world] if world else WORLDS:
        with inside(one):
            try:
                old = nodes.identity().node
            except LookupError:
                continue
            new = nodes.found(name, None, anew=True)
            taken = tasks.take_over(old, new.node) if take_over else 0
        say(
            T("{world}: {old} → {new}（{name}）", "{world}: {old} → {new} ({name})"),
            world=NAMES[one],
            old=old,
            new=new.node,
            name=new.name,
        )
        if taken:
            say(T("  引き継いだ予定: {n}", "  open tasks taken over: {n}"), n=taken)


@journal.command("nodes")
@world_option("real")
@as_json_option
@with_django
def nodes_(world: str, as_json: bool) -> None:
    """List the nodes that this one knows, with their chains. With --json, for another node's `export --have`."""
    need_setup()
    from tomoshibi.journal import nodes
    from tomoshibi.journal.models import ChainRow, NodeRow

    with inside(world):
        me = nodes.identity()
        chains: dict[str, list[dict[str, Any]]] = {}
        for chain in ChainRow.objects.order_by("zone"):
            chains.setdefault(chain.node, []).append({"zone": chain.zone, "seq": chain.seq, "hash": chain.hash})
        found: list[dict[str, Any]] = [
            {
                "node": row.id,
                "name": row.name,
                "self": row.id == me.node,
                "first_seen": row.first_seen,
                "chains": chains.get(row.id, []),
            }
            for row in NodeRow.objects.order_by("first_seen", "id")
        ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for node in found:
        mine = str(T("（この端末）", " (this node)")) if node["self"] else ""
        held = "  ".join(f"{c['zone']} {c['seq']:,}" for c in node["chains"])
        click.echo(f"{node['node']}  {node['name']}{mine}  {held}")
