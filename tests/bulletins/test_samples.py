"""All 546 official samples: typed, counted by code, and compared with a second, naive reading of the same XML."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tomoshibi.bulletins import Bulletin, Kind, read
from tomoshibi.bulletins.model import MUNICIPALITY
from tomoshibi.bulletins.telegrams import code_of

COUNTS = {
    "VFSVii": 1, "VFVO50": 3, "VFVO51": 3, "VFVO52": 3, "VFVO53": 1, "VFVO54": 1, "VFVO55": 1, "VFVO56": 4,
    "VFVO60": 1, "VGSK50": 3, "VGSK55": 6, "VGSK60": 3, "VGUV50": 1, "VMCJ50": 2, "VMCJ51": 2, "VMCJ52": 2,
    "VMCJ53": 1, "VMCJ54": 1, "VMCJ55": 4, "VPAW51": 8, "VPBS50": 8, "VPCI50": 3, "VPCJ50": 4, "VPCJ51": 2,
    "VPCK50": 11, "VPCK70": 2, "VPCU50": 7, "VPCU51": 2, "VPCY50": 5, "VPCY51": 3, "VPFD50": 7, "VPFD51": 6,
    "VPFD60": 2, "VPFD61": 1, "VPFG50": 4, "VPFJ50": 5, "VPFJ51": 5, "VPFT50": 1, "VPFW50": 2, "VPFW60": 1,
    "VPHW50": 7, "VPHW51": 8, "VPNO50": 6, "VPOA50": 3, "VPRN50": 4, "VPTA50": 1, "VPTI50": 7, "VPTI51": 8,
    "VPTI52": 2, "VPTW40": 15, "VPTW41": 11, "VPTW50": 6, "VPTW51": 2, "VPTW60": 14, "VPTW61": 1, "VPTW62": 1,
    "VPWP50": 8, "VPWW50": 25, "VPWW53": 14, "VPWW54": 10, "VPWW55": 3, "VPWW56": 3, "VPWW57": 4, "VPWW58": 2,
    "VPWW59": 1, "VPWW60": 1, "VPWW61": 2, "VPZI50": 1, "VPZJ50": 4, "VPZJ51": 4, "VPZK50": 6, "VPZK70": 1,
    "VPZU50": 5, "VPZU51": 2, "VPZU52": 2, "VPZU53": 1, "VTSE41": 13, "VTSE51": 19, "VTSE52": 4, "VXKOii": 8,
    "VXSE42": 1, "VXSE43": 3, "VXSE44": 33, "VXSE45": 33, "VXSE51": 16, "VXSE52": 6, "VXSE53": 22, "VXSE56": 14,
    "VXSE60": 2, "VXSE61": 4, "VXSE62": 1, "VXSUii": 1, "VXWW50": 17, "VYSE50": 8, "VYSE51": 3, "VYSE52": 1,
    "VYSE60": 1, "VZSA50": 1, "VZSA60": 1, "VZSE40": 2, "VZSF50": 1, "VZSF51": 1, "VZSF60": 1, "VZSF61": 1,
    "VZVO40": 1,
}  # fmt: skip


def test_every_sample_is_typed(bulletins: dict[str, Bulletin]) -> None:
    assert len(bulletins) == 546
    assert Counter(b.type for b in bulletins.values()) == COUNTS
    assert not [name for name, b in bulletins.items() if b.kind is Kind.OTHER]
    assert not [(name, str(w)) for name, b in bulletins.items() for w in b.warnings]


def test_the_title_alone_tells_the_code_or_its_family(bulletins: dict[str, Bulletin]) -> None:
    for name, bulletin in bulletins.items():
        by_title = code_of(bulletin.name, "no code here.xml")
        if by_title != bulletin.type:
            assert by_title[:4] == bulletin.type[:4], name
            assert by_title.endswith("ii") or by_title == "VYSE51", name  # VYSE52 shares VYSE51's title


def test_the_heads_agree_with_a_naive_reading(samples: dict[str, bytes], bulletins: dict[str, Bulletin]) -> None:
    words = {
        "通常": "normal",
        "訓練": "training",
        "試験": "test",
        "発表": "issued",
        "訂正": "corrected",
        "取消": "cancelled",
    }
    for name, data in samples.items():
        root, b = ElementTree.fromstring(data), bulletins[name]
        control, head = root[0], root[1]

        def text(element: ElementTree.Element, tag: str) -> str:
            return (element.findtext("{*}" + tag) or "").strip()

        assert (b.status, b.info) == (words[text(control, "Status")], words[text(head, "InfoType")]), name
        assert (b.event, b.name, b.title) == (text(head, "EventID"), text(control, "Title"), text(head, "Title")), name
        serial, _, part = text(head, "Serial").partition("-")
        assert (b.serial, b.part) == (int(serial) if serial else None, part), name
        assert b.reported.isoformat() == text(head, "ReportDateTime"), name
        assert (b.valid.isoformat() if b.valid else "") == text(head, "ValidDateTime"), name
        assert b.headline in b.text


def test_intensities_agree_with_a_naive_reading(samples: dict[str, bytes], bulletins: dict[str, Bulletin]) -> None:
    words = {"5-": "5弱", "5+": "5強", "6-": "6弱", "6+": "6強"}
    total = 0
    for name, data in samples.items():
        if "VXSE53" not in name:
            continue
        stations = list(ElementTree.fromstring(data).findall(".//{*}IntensityStation"))
        expected = [tuple(s.findtext("{*}" + tag) for tag in ("Code", "Name", "Int")) for s in stations]
        found = [(s.code, s.name, s.intensity.label) for s in bulletins[name].stations if s.intensity]
        assert found == [(code, label, words.get(klass, klass)) for code, label, klass in expected], name
        total += len(found)
    assert total == 11440


def test_municipal_warnings_agree_with_a_naive_reading(
    samples: dict[str, bytes], bulletins: dict[str, Bulletin]
) -> None:
    compared = 0
    for name, data in samples.items():
        if not re.search(r"VPWW5[03456789]|VPWW6[01]", name):
            continue
        expected = set()
        for block in ElementTree.fromstring(data)[2].findall("{*}Warning"):
            if block.get("type") == "気象警報・注意報（市町村等）":
                for item in block.findall("{*}Item"):
                    place = item.findtext("{*}Area/{*}Code")
                    expected |= {(place, kind.findtext("{*}Name")) for kind in item.findall("{*}Kind")} - {
                        (place, None)
                    }
        found = {(a.code, a.kind) for a in bulletins[name].municipalities if a.kind}
        assert found == expected, name
        assert all(area.scheme == MUNICIPALITY for area in bulletins[name].municipalities)
        compared += len(found)
    assert compared > 1500


def test_the_json_of_every_sample_comes_back_equal(bulletins: dict[str, Bulletin]) -> None:
    import json

    for name, bulletin in bulletins.items():
        assert Bulletin.from_json(json.loads(json.dumps(bulletin.to_json()))) == bulletin, name


def test_every_sample_passes_the_schema_and_a_change_is_noticed(
    samples: dict[str, bytes], shared: Path, telegram: object
) -> None:
    schema = shared / "bulletins/schema"
    for name, data in samples.items():
        if len(data) < 500_000:
            assert read(data, name, schema=schema)[0].warnings == (), name
    name = "32-35_07_06_240613_VXSE53.xml"
    changed = samples[name].replace(b"<MaxInt>6-</MaxInt>", b"<MaxInt>6-</MaxInt><Odd/>", 1)
    (bulletin,) = read(changed, name, schema=schema)
    assert "Odd" in str(bulletin.warnings[0])
    assert len(bulletin.stations) == len(read(samples[name], name)[0].stations)


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_without_the_schema_is_named(tmp_path: Path, telegram, folder: str) -> None:
    from tomoshibi.bulletins import BulletinError

    with pytest.raises(BulletinError, match=r"jmx\.xsd"):
        read(telegram(), "x.xml", schema=tmp_path / folder)


def test_threads_read_alike(samples: dict[str, bytes], bulletins: dict[str, Bulletin]) -> None:
    names = [name for name in samples if "VXSE53" in name] * 3

    def again(name: str) -> bool:
        return read(samples[name], name)[0] == bulletins[name]

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(again, names))
