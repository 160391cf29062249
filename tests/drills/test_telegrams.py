"""The telegrams that drills make are JMA's in form: valid by the schema, and read as what the scenario said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tomoshibi.bulletins import Info, Status, read
from tomoshibi.drills.telegrams import Quake, Shaken, write
from tomoshibi.vocabulary import IntensityClass

SCHEMA = Path(__file__).resolve().parents[3] / "shared/data/bulletins/schema/jmx.xsd"
IWAKI = Shaken(name="いわき市", code="07204", area="福島県浜通り", area_code="251", intensity="6弱")
AT = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)


def quake(*municipalities: Shaken, **changes: object) -> Quake:
    said = {
        "hypocentre": "福島県沖",
        "hypocentre_code": "289",
        "lat": 37.3,
        "lon": 141.6,
        "depth_km": 40,
        "magnitude": 7.1,
    }
    return Quake(**{**said, **changes}, municipalities=municipalities or (IWAKI,))


def telegram(said: Quake) -> bytes:
    return write(said, event="20261122143000-x", serial=2, origin=AT, reported=AT)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.is_file():
        pytest.skip("JMA's schema is not at ../shared/data/bulletins/schema")
    return etree.XMLSchema(etree.parse(SCHEMA))


def test_it_says_what_the_scenario_says() -> None:
    (bulletin,) = read(telegram(quake()), "VXSE53.xml")
    assert (bulletin.type, bulletin.status, bulletin.info) == ("VXSE53", Status.TRAINING, Info.ISSUED)
    assert (bulletin.event, bulletin.serial) == ("20261122143000-x", 2)
    assert bulletin.origin == bulletin.reported == AT
    assert bulletin.hypocentre is not None
    assert bulletin.hypocentre[:5] == ("福島県沖", "289", 37.3, 141.6, 40.0)
    assert (bulletin.magnitude, bulletin.max_intensity) == (7.1, IntensityClass.SIX_LOWER)
    assert [(m.code, m.intensity) for m in bulletin.municipalities] == [("0720400", IntensityClass.SIX_LOWER)]
    assert "２２日１４時３０分ころ" in bulletin.headline
    assert bulletin.warnings == ()


def test_a_silent_town_is_read_as_unknown() -> None:
    silent = IWAKI.model_copy(update={"intensity": "震度５弱以上未入電"})
    (bulletin,) = read(telegram(quake(silent)), "VXSE53.xml")
    assert bulletin.municipalities[0].intensity is IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED


@st.composite
def quakes(draw: st.DrawFn) -> Quake:
    classes = st.sampled_from([k.label for k in IntensityClass if k is not IntensityClass.ZERO])
    codes = draw(st.lists(st.sampled_from(["07204", "07203", "08201", "04100", "13101"]), min_size=1, unique=True))
    towns = tuple(
        Shaken(
            name=f"町{code}",
            code=code,
            area=f"地域{code[:2]}",
            area_code=f"{int(code[:2]):03}",
            intensity=draw(classes),
            stations=tuple(f"観測点{n}" for n in range(draw(st.integers(0, 3)))),
        )
        for code in codes
    )
    return quake(
        *towns,
        lat=draw(st.floats(-89, 89)),
        lon=draw(st.floats(-179, 179)),
        depth_km=draw(st.integers(0, 700)),
        magnitude=draw(st.floats(0, 9.5)),
        tsunami=draw(st.sampled_from(["none", "warning"])),
    )


@settings(max_examples=60)
@given(said=quakes())
def test_any_is_valid_by_the_schema_and_reads_back(schema: etree.XMLSchema, said: Quake) -> None:
    data = telegram(said)
    schema.assertValid(etree.fromstring(data))
    (bulletin,) = read(data, "VXSE53.xml")
    assert {m.code: m.intensity for m in bulletin.municipalities} == {m.code: m.klass for m in said.municipalities}
    known = [m.klass for m in said.municipalities]
    assert bulletin.max_intensity == max(known)
