"""``tomoshibi cap validate FILE``: whether a CAP document keeps to form, geometry and signature."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tomoshibi.cli.language import locale_language
from tomoshibi.vocabulary import T, speak

if TYPE_CHECKING:
    from tomoshibi.bulletins.cap import Verdict

_ABOUT = {
    "form": T("形式", "form"),
    "geometry": T("図形", "geometry"),
    "signature": T("署名", "signature"),
    "schema": T("スキーマ", "schema"),
}


class Clock(click.ParamType):
    """A moment as ISO 8601; without a zone it is UTC."""

    name = "clock"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            text = T(
                "「{v}」は時刻ではありません。2024-07-03T00:00:00+09:00 のように書いてください。",
                "{v!r} is no moment. Write it as 2024-07-03T00:00:00+09:00.",
            )
            with speak(locale_language()):
                self.fail(str(text.format(v=value)), param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group()
def cap() -> None:
    """The Common Alerting Protocol."""


@cap.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--at", type=Clock(), help="Moment at which certificates must hold (default: now).")
@click.option("--signed", is_flag=True, help="An unsigned alert does not pass.")
@click.option(
    "--schema", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CAP's XSD file, to check by it too."
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects, one a file.")
def validate(files: tuple[Path, ...], at: datetime | None, signed: bool, schema: Path | None, as_json: bool) -> None:
    """Check CAP documents: form, polygons and circles, signature at a given clock.

    Exits with 1 and the reasons where one does not pass.
    """
    from tomoshibi.bulletins import BulletinError
    from tomoshibi.bulletins.cap import validate as judge
    from tomoshibi.bulletins.reading import file_bytes

    moment = at or datetime.now(UTC)
    results: list[dict[str, Any]] = []
    with speak(locale_language()):
        for file in files:
            try:
                data = file_bytes(file)
            except BulletinError as error:
                results.append(_result(file, None, [("form", error.text)]))
                continue
            verdict = judge(data, file.name, moment)
            reasons = [(reason.about, reason.text) for reason in verdict.reasons]
            if schema is not None:
                reasons.extend(("schema", text) for text in _by_schema(data, schema))
            if signed and verdict.signature is not None and not verdict.signature.present:
                reasons.append(("signature", T("署名がありません。", "it is not signed.")))
            results.append(_result(file, verdict, reasons))
        if as_json:
            click.echo(json.dumps(results, ensure_ascii=False, indent=1))
        else:
            for result in results:
                _print(result)
    if not all(result["valid"] for result in results):
        sys.exit(1)


def _by_schema(data: bytes, schema: Path) -> list[T]:
    from tomoshibi.bulletins import BulletinError
    from tomoshibi.bulletins.safexml import parse
    from tomoshibi.bulletins.schema import gate

    try:
        return gate(schema).check(parse(data, ""))
    except BulletinError as error:
        return [error.text]


def _result(file: Path, verdict: Verdict | None, reasons: list[tuple[str, T]]) -> dict[str, Any]:
    alert = verdict.alert if verdict else None
    signature = verdict.signature if verdict else None
    return {
        "file": file.name,
        "valid": not reasons,
        "identifier": alert.identifier if alert else None,
        "version": alert.version if alert else None,
        "signed": bool(signature and signature.present),
        "signer": signature.subject if signature else "",
        "exact": bool(signature and signature.exact),
        "fingerprint": signature.fingerprint if signature else "",
        "reasons": [{"about": about, "ja": text.ja, "en": text.en} for about, text in reasons],
    }


def _print(result: dict[str, Any]) -> None:
    good = T("合格", "valid") if result["valid"] else T("不合格", "invalid")
    if not result["signed"]:
        by = T("署名なし", "unsigned")
    elif result["exact"] or not result["valid"]:
        by = T("署名: {who}", "signed: {who}").format(who=result["signer"] or "?")
    else:
        by = T("署名: {who}(署名後に空白が変わっています)", "signed: {who} (white space changed since)").format(
            who=result["signer"]
        )
    click.echo(f"{result['file']}: {good} — {by}")
    for reason in result["reasons"]:
        about = _ABOUT[reason["about"]]
        click.echo(f"    {about}: {T(reason['ja'], reason['en'])}")
