"""``tomoshibi places``: sites, areas and map layers in and out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tomoshibi.cli.django import fail, say, with_django
from tomoshibi.cli.lists import accept_option, in_file, out_file, read_list, tell, training_option, world, write_list
from tomoshibi.vocabulary import T

list_option = click.option(
    "--list", "what", type=click.Choice(["sites", "areas"]), default="sites", show_default=True, help="Which list."
)


@click.group()
def places() -> None:
    """The town's ground: sites, areas, map layers."""


@places.command(name="import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--list",
    "what",
    type=click.Choice(["sites", "areas", "codes", "municipalities"]),
    default="sites",
    show_default=True,
    help="Which list. codes: FILE is the folder of JMA's code tables; municipalities: the official list of codes.",
)
@accept_option
@training_option
@with_django
def import_(file: Path, what: str, accept_good: bool, training: bool) -> None:
    """Load the list in FILE (.xlsx or .csv); rows that will not do are named, and then nothing is loaded."""
    from tomoshibi.places import codes, sheets

    with world(training):
        if what == "codes":
            _import_codes(file, accept_good)
        elif file.is_dir():
            fail(T(f"{file} はフォルダです。ファイルを指定してください。", f"{file} is a folder: name a file."))
        else:
            loads = {"sites": sheets.load_sites, "areas": sheets.load_areas, "municipalities": codes.load_list}
            read_list(loads[what], file, accept_good)


def _import_codes(folder: Path, accept_good: bool) -> None:
    from tomoshibi.journal.access import system
    from tomoshibi.places.codes import CodesRefused, load_tables

    with click.progressbar(length=1, label=folder.name, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        try:
            done = load_tables(folder, system("command"), accept_good=accept_good, progress=progress)
        except CodesRefused as refusal:
            tell(refusal.problems)
            raise
    tell(done.problems)
    say(T("{file}: {what}", "{file}: {what}"), file=folder.name, what=done.text)


@places.command()
@out_file
@list_option
@training_option
@with_django
def export(file: Path, what: str, training: bool) -> None:
    """Write a list to FILE (.xlsx or .csv), as import reads it."""
    from tomoshibi.places import queries, sheets

    with world(training):
        made = sheets.site_sheet(queries.sites()) if what == "sites" else sheets.area_sheet(queries.areas())
        write_list(made, file)


@places.command()
@in_file
@click.option("--name", required=True, help="What the layer is called; one of the same name is replaced.")
@click.option("--attribution", required=True, help="Whose data it is; shown on the map.")
@click.option("--licence", required=True, help="Under which terms it may be used.")
@click.option("--kind", default="other", show_default=True, help="base, hazard, roads, areas or other.")
@accept_option
@training_option
@with_django
def import_layer(
    file: Path, name: str, attribution: str, licence: str, kind: str, accept_good: bool, training: bool
) -> None:
    """Keep the GeoJSON FILE as a layer of the map, after checking every shape in it."""
    from tomoshibi.journal.access import system
    from tomoshibi.places.layers import LayerRefused
    from tomoshibi.places.layers import import_layer as keep
    from tomoshibi.places.subjects import LayerKind

    if kind not in {k.value for k in LayerKind}:
        raise click.BadParameter(", ".join(LayerKind), param_hint="--kind")
    with world(training):
        try:
            entry, left_out = keep(
                file.read_bytes(),
                system("command"),
                name=name,
                attribution=attribution,
                licence=licence,
                layer_kind=LayerKind(kind),
                source=file.name,
                accept_good=accept_good,
            )
        except LayerRefused as refusal:
            tell(refusal.bad)
            raise
    tell(left_out)
    say(T("{file} を取り込みました: {subject}", "Imported {file}: {subject}"), file=file.name, subject=entry.subject)


@places.command()
@in_file
@click.option("--kind", default="block", show_default=True, help="district, block, hazard or other; for new areas.")
@click.option("--name-property", default="", help="The property that names each area (else the usual ones).")
@click.option("--code-property", default="", help="The property that holds its code (else the usual ones).")
@accept_option
@training_option
@with_django
def import_areas(
    file: Path, kind: str, name_property: str, code_property: str, accept_good: bool, training: bool
) -> None:
    """Take the extents of areas from the GeoJSON FILE, such as the census's 町丁目 boundaries."""
    from tomoshibi.journal.access import system
    from tomoshibi.places.layers import LayerRefused
    from tomoshibi.places.shapes import load_areas
    from tomoshibi.places.subjects import AreaKind

    if kind not in {k.value for k in AreaKind}:
        raise click.BadParameter(", ".join(AreaKind), param_hint="--kind")
    with world(training):
        try:
            new, changed, left_out = load_areas(
                file.read_bytes(),
                system("command"),
                area_kind=AreaKind(kind),
                name_property=name_property,
                code_property=code_property,
                accept_good=accept_good,
            )
        except LayerRefused as refusal:
            tell(refusal.bad)
            raise
    tell(left_out)
    say(
        T("{file}: 新規{new}件、範囲の変更{changed}件", "{file}: {new} new, {changed} with a new extent"),
        file=file.name,
        new=new,
        changed=changed,
    )
