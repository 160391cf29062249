"""The schema as a gate that warns: where a telegram departs from it, said in words. It never stops a telegram.

The schema files are JMA's and are not ours to carry: a town points at the folder that holds them.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lxml import etree

from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.vocabulary import T

#: most departures named for one telegram
MOST = 10


class Gate:
    """Check of telegrams by an XSD file, or by the ``jmx.xsd`` of a folder (and those beside it).

    Raises :class:`BulletinError` where there is no usable one.
    """

    def __init__(self, place: Path) -> None:
        path = place / "jmx.xsd" if place.is_dir() else place
        try:
            parser = etree.XMLParser(no_network=True, resolve_entities=False)
            self._schema = etree.XMLSchema(etree.parse(str(path), parser))
        except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            raise BulletinError(
                T(
                    "スキーマを読めません({detail})。jmx.xsd のあるフォルダーか、XSDファイルを指定してください。",
                    "The schema cannot be read ({detail}). Name the folder that holds jmx.xsd, or an XSD file.",
                ).format(detail=" ".join(str(error).split())[:200]),
                str(path),
            ) from None

    def check(self, root: etree._Element) -> list[T]:
        """Where the telegram of ``root`` departs from the schema; empty where it does not."""
        if self._schema.validate(root):
            return []
        return [
            T(
                "スキーマと違います({line}行目): {detail}",
                "Departs from the schema (line {line}): {detail}",
            ).format(line=entry.line, detail=_plain(entry.message))
            for entry in list(self._schema.error_log)[:MOST]
        ]


@lru_cache(maxsize=4)
def gate(place: Path) -> Gate:
    """The gate of a folder or file, made once: reading a schema takes longer than checking a telegram."""
    return Gate(place)


def _plain(message: str) -> str:
    """Message of the schema checker without the namespaces in braces."""
    out, depth = [], 0
    for letter in message:
        depth += letter == "{"
        if depth == 0:
            out.append(letter)
        depth -= letter == "}"
    return "".join(out)[:300]
