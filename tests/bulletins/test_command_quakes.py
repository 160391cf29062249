"""``tomoshibi bulletin read --json`` of every official VXSE53, item by item, beside a naive reading of the XML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from tomoshibi.cli import main

UNREPORTED = "震度５弱以上未入電"
WORDS = {"5-": "5弱", "5+": "5強", "6-": "6弱", "6+": "6強"}
STRONGER = ("5強", "6弱", "6強", "7")


@pytest.fixture(scope="module")
def quakes(
    samples: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Any, ElementTree.Element]]:
    """Pairs of what the command printed of a sample and the sample's XML."""
    folder: Path = tmp_path_factory.mktemp("quakes")
    names = sorted(name for name in samples if "VXSE53" in name)
    for name in names:
        (folder / name).write_bytes(samples[name])
    done = CliRunner().invoke(main, ["bulletin", "read", str(folder), "--json"], env={"LC_ALL": "C"})
    assert done.exit_code == 0
    printed = json.loads(done.stdout)
    assert [one["source"] for one in printed] == names
    return [(one, ElementTree.fromstring(samples[name])) for one, name in zip(printed, names, strict=True)]


def klass(of: ElementTree.Element) -> str:
    """The class that an area or town has: silent stations make it unknown unless something stronger was reported."""
    told = (of.findtext("{*}MaxInt") or "").strip()  # some samples have a space there
    known = WORDS.get(told, told)
    silent = any(each.text == UNREPORTED for each in of.iter() if each.tag.endswith(("}Condition", "}Int")))
    return UNREPORTED if silent and known not in STRONGER else known


def test_every_item(quakes: list[tuple[Any, ElementTree.Element]]) -> None:
    assert len(quakes) == 22
    statuses = {"通常": "normal", "訓練": "training", "試験": "test"}
    towns = stations = 0
    for one, xml in quakes:
        name = one["source"]
        assert (one["type"], one["kind"]) == ("VXSE53", "earthquake"), name
        assert {"hypocentre", "magnitude"} <= one.keys(), name  # null where it is not known
        assert one["status"] == statuses[xml.findtext(".//{*}Status")], name
        assert one["event"] == xml.findtext(".//{*}EventID"), name
        quake = xml.find(".//{*}Earthquake")
        if quake is None:
            assert one["info"] == "cancelled", name
            continue
        place = quake.find("{*}Hypocenter/{*}Area")
        assert one["hypocentre"]["name"] == place.findtext("{*}Name"), name
        where = re.fullmatch(r"([+-][\d.]+)([+-][\d.]+)(?:([+-]\d+))?/", place.findtext("{*}Coordinate") or "")
        if where:
            depth = None if where[3] is None else -int(where[3]) / 1000
            found = one["hypocentre"]
            assert (found["lat"], found["lon"], found.get("depth_km")) == (float(where[1]), float(where[2]), depth), (
                name
            )
        magnitude = quake.findtext("{*}Magnitude")
        assert one.get("magnitude") == (None if magnitude == "NaN" else float(magnitude)), name
        expected = {(c.findtext("{*}Code"), c.findtext("{*}Name"), klass(c)) for c in xml.findall(".//{*}City")}
        assert {(m["code"], m["name"], m["class"]) for m in one["municipalities"]} == expected, name
        expected = {
            (a.findtext("{*}Code"), klass(a))
            for a in (*xml.findall(".//{*}Observation/{*}Pref"), *xml.findall(".//{*}Pref/{*}Area"))
        }
        assert {(a["code"], a["class"]) for a in one["areas"] if "class" in a} == expected, name
        listed = [
            (s.findtext("{*}Code"), s.findtext("{*}Name"), WORDS.get(s.findtext("{*}Int"), s.findtext("{*}Int")))
            for s in xml.findall(".//{*}IntensityStation")
        ]
        assert [(s["code"], s["name"], s["class"]) for s in one["stations"]] == listed, name
        towns += len(one["municipalities"])
        stations += len(listed)
    assert (towns, stations) == (6116, 11440)


def test_a_town_that_did_not_report_is_of_that_class_everywhere(quakes: list[tuple[Any, ElementTree.Element]]) -> None:
    silent = [m for one, _ in quakes for m in one["municipalities"] if m["class"] == UNREPORTED]
    assert len(silent) == sum(klass(city) == UNREPORTED for _, xml in quakes for city in xml.findall(".//{*}City"))
    assert len(silent) == 12
