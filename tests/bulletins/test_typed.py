"""What a person types becomes a bulletin and reads back equal; anything odd is refused, and never a crash."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.bulletins import Bulletin, BulletinError, Info, Kind, Status, read
from tomoshibi.bulletins.inforce import in_force
from tomoshibi.bulletins.typed import place, read_typed, write_typed
from tomoshibi.vocabulary import IntensityClass
from tomoshibi.vocabulary.clock import JAPAN

AT = datetime(2026, 11, 22, 10, 0, tzinfo=JAPAN)


def typed(**more: Any) -> Bulletin:
    values: dict[str, Any] = {
        "type": "hand", "kind": Kind.WEATHER, "status": Status.NORMAL, "info": Info.ISSUED, "name": "手入力",
        "title": "大雨", "event": "", "serial": None, "reported": AT, "issued": AT, "office": "県（電話）",
    }  # fmt: skip
    return Bulletin(**(values | more))


def test_it_reads_back_equal_through_the_one_entry() -> None:
    rain = place("0720400", "いわき市", kind="レベル４大雨危険警報", kind_code="43", level=4)
    wide = place("070020", "浜通り", kind="レベル３大雨警報", kind_code="03", level=3)
    data = write_typed(typed(municipalities=(rain,), areas=(wide,), text="避難を", valid=AT))
    (again,) = read(data, "手入力.json")
    assert again.municipalities == (rain,)
    assert again.areas == (wide,)
    assert (again.level, again.grade, again.text, again.valid, again.type) == (4, 4, "避難を", AT, "hand")
    assert write_typed(again) == data
    assert [h.area.kind for h in in_force([again], AT)] == ["レベル４大雨危険警報", "レベル３大雨警報"]


def test_an_intensity_and_what_did_not_come_in() -> None:
    towns = (place("0720400", "いわき市", intensity="5弱"), place("0720500", "白河市", intensity="震度５弱以上未入電"))
    (again,) = read(write_typed(typed(kind=Kind.EARTHQUAKE, municipalities=towns)), "x")
    assert [m.intensity for m in again.municipalities] == [m.intensity for m in towns]
    assert again.max_intensity is IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED


def test_what_is_lifted_is_not_in_force() -> None:
    gone = place("0720400", "いわき市", kind="解除")._replace(change="解除")
    (again,) = read(write_typed(typed(municipalities=(gone,))), "x")
    assert in_force([again], AT) == []


def test_its_type_is_always_by_hand() -> None:
    said = json.loads(write_typed(typed())) | {"type": "VXSE53", "digest": "x", "signed": True}
    assert (read_typed(json.dumps(said).encode(), "x").type, read_typed(json.dumps(said).encode(), "x").signed) == (
        "hand",
        None,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"form": "other"}, {"kind": "none"}, {"status": None}, {"reported": "2026-11-22"}, {"reported": 5},
        {"places": {}}, {"places": [{"code": "1"}]}, {"places": [{"code": "0720400", "level": 9}]},
        {"places": [{"code": "0720400", "class": "8"}]}, {"title": 5}, {"serial": "x"}, {"text": "\0"},
    ],
)  # fmt: skip
def test_what_is_odd_is_refused(change: dict[str, Any]) -> None:
    said = json.loads(write_typed(typed())) | change
    with pytest.raises(BulletinError):
        read(json.dumps(said).encode(), "x.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=80)
@given(st.sampled_from(sorted(json.loads(write_typed(typed(title="x", text="y"))))), json_values)
def test_any_value_anywhere_is_read_or_refused(name: str, value: Any) -> None:
    said = json.loads(write_typed(typed(title="x", text="y"))) | {name: value}
    with suppress(BulletinError):
        assert read(json.dumps(said).encode(), "x")[0].type == "hand"
