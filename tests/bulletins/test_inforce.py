"""What is in force: order, repeats, late telegrams, cancellations, old and new forms."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tomoshibi.bulletins import Bulletin, Status, read
from tomoshibi.bulletins.inforce import Arrival, Ledger, arrival, current, for_areas, identity, in_force, stream
from tomoshibi.vocabulary.clock import JAPAN

Telegram = Callable[..., bytes]
OLD, RAIN, SLIDE = (
    "気象警報・注意報（Ｈ２７）",
    "気象警報・注意報（Ｒ０６）（大雨）",
    "気象警報・注意報（Ｒ０６）（土砂）",
)


def at(hour: int, minute: int = 0) -> str:
    return f"2026-11-22T{hour:02d}:{minute:02d}:00+09:00"


def moment(hour: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(at(hour, minute))


def warning(*kinds: tuple[str, str, str], place: str = "0121400", condition: str = "") -> str:
    """Body of a weather telegram: kinds as (name, code, status), for 宗谷地方 and one municipality."""
    inner = "".join(
        f"<Kind><Name>{name}</Name><Code>{code}</Code><Status>{status}</Status><Condition>{condition}</Condition></Kind>"
        for name, code, status in kinds
    )
    inner = inner or "<Kind><Status>発表警報・注意報はなし</Status></Kind>"
    places = (("府県予報区等", "宗谷地方", "011000"), ("市町村等", "稚内市", place))
    return "".join(
        f'<Warning type="気象警報・注意報（{block}）"><Item>{inner}<Area><Name>{name}</Name><Code>{code}</Code></Area>'
        "</Item></Warning>"
        for block, name, code in places
    )


@pytest.fixture
def weather(telegram: Telegram) -> Callable[..., Bulletin]:
    def build(title: str, when: str, *kinds: tuple[str, str, str], condition: str = "", **more: str) -> Bulletin:
        return read(telegram(title, at=when, body=warning(*kinds, condition=condition), **more), "x.xml")[0]

    return build


def names(bulletins: list[Bulletin], when: datetime) -> set[str]:
    return {held.area.kind for held in in_force(bulletins, when)}


def test_the_newest_of_an_office_stands_whatever_the_order(weather: Callable[..., Bulletin]) -> None:
    run = [
        weather(RAIN, at(10), ("レベル２大雨注意報", "10", "発表")),
        weather(RAIN, at(11), ("レベル４大雨危険警報", "43", "発表")),
        weather(RAIN, at(12), ("レベル３大雨警報", "03", "継続")),
        weather(RAIN, at(13)),
    ]
    for seed in range(6):
        shuffled = random.Random(seed).sample(run * 2, 8)
        assert names(shuffled, moment(14)) == set()
        assert names(shuffled, moment(12, 30)) == {"レベル３大雨警報"}
        assert names(shuffled, moment(11, 30)) == {"レベル４大雨危険警報"}
        assert names(shuffled, moment(9)) == set()


def test_a_lifted_warning_is_not_in_force(weather: Callable[..., Bulletin]) -> None:
    assert names([weather(RAIN, at(10), ("レベル３大雨警報", "03", "解除"))], moment(11)) == set()


def test_hazards_stand_side_by_side_and_the_gravest_first(weather: Callable[..., Bulletin]) -> None:
    run = [
        weather(RAIN, at(10), ("レベル３大雨警報", "03", "発表")),
        weather(SLIDE, at(9), ("レベル４土砂災害危険警報", "49", "発表")),
    ]
    held = in_force(run, moment(11))
    assert [h.area.kind for h in for_areas(held, ["city:01214"])] == ["レベル４土砂災害危険警報", "レベル３大雨警報"]
    assert for_areas(held, ["city:13101"]) == []


def test_the_old_form_gives_way_to_the_new_one(weather: Callable[..., Bulletin]) -> None:
    old = weather(OLD, at(10), ("大雨警報", "03", "発表"), ("暴風警報", "05", "発表"), condition="浸水害")
    new = weather(RAIN, at(10), ("レベル３大雨警報", "03", "発表"))
    assert names([old, new], moment(11)) == {"レベル３大雨警報", "暴風警報"}
    # the new form says that nothing is in force: so it is
    assert names([old, weather(RAIN, at(10, 5))], moment(11)) == {"暴風警報"}
    # but an old form that is much newer is believed
    assert names([weather(RAIN, at(8)), old], moment(11)) == {"大雨警報", "暴風警報"}


def test_an_old_heavy_rain_warning_for_landslides_gives_way_to_the_landslide_form(
    weather: Callable[..., Bulletin],
) -> None:
    old = weather(OLD, at(10), ("大雨警報", "03", "発表"), condition="土砂災害")
    assert names([old, weather(RAIN, at(10))], moment(11)) == {"大雨警報"}
    slide = weather(SLIDE, at(10), ("レベル３土砂災害警報", "09", "発表"))
    assert names([old, slide], moment(11)) == {"レベル３土砂災害警報"}


def test_training_and_tests_are_apart(weather: Callable[..., Bulletin]) -> None:
    drill = weather(RAIN, at(10), ("レベル５大雨特別警報", "33", "発表"), status="訓練")
    assert names([drill], moment(11)) == set()
    assert [h.area.level for h in in_force([drill], moment(11), [Status.TRAINING])] == [5, 5]
    real = weather(RAIN, at(9), ("レベル２大雨注意報", "10", "発表"))
    assert names([drill, real], moment(11)) == {"レベル２大雨注意報"}


def test_arrivals_are_told_apart(weather: Callable[..., Bulletin]) -> None:
    first = weather(RAIN, at(10), ("レベル２大雨注意報", "10", "発表"))
    second = weather(RAIN, at(11), ("レベル３大雨警報", "03", "発表"))
    again = read_again(second)
    assert arrival(first, []) is Arrival.FIRST
    assert arrival(second, [first]) is Arrival.UPDATE
    assert arrival(first, [second]) is Arrival.LATE
    assert arrival(again, [first, second]) is Arrival.DUPLICATE
    assert arrival(weather(RAIN, at(12), info="取消"), [first]) is Arrival.CANCEL


def read_again(bulletin: Bulletin) -> Bulletin:
    """The same telegram over another line: another file name, so its code is less exact."""
    import dataclasses

    return dataclasses.replace(bulletin, source="satellite", type="VPWWii", digest="other bytes")


def test_a_cancelled_landslide_telegram_brings_back_what_stood_before(telegram: Telegram) -> None:
    def slide(when: str, serial: str, code: str, info: str = "発表") -> Bulletin:
        body = (
            '<Warning type="土砂災害警戒情報"><Item><Kind><Name>警戒</Name><Code>3</Code><Status>発表</Status></Kind>'
            f"<Area><Name>町</Name><Code>{code}</Code></Area></Item></Warning>"
        )
        event, title = "神奈川県土砂災害警戒情報", "土砂災害警戒情報"
        return read(telegram(title, at=when, event=event, serial=serial, body=body, info=info), "x.xml")[0]

    run = [slide(at(10), "1", "1420600"), slide(at(11), "2", "1438200"), slide(at(11, 30), "3", "1438200", "取消")]
    assert [(h.area.code, h.area.level) for h in in_force(run[:2], moment(12))] == [("1438200", 4)]
    assert [(h.area.code, h.area.level) for h in in_force(run, moment(12))] == [("1420600", 4)]


def test_official_tsunami_samples_run_from_warning_to_lifting(bulletins: dict[str, Bulletin]) -> None:
    run = [b for name, b in bulletins.items() if name.startswith("32-39_12") and b.kind == "tsunami"]
    statuses = [Status.TRAINING]
    start = min(b.reported for b in run)
    early = in_force(run, start + timedelta(minutes=1), statuses)
    assert max(h.area.grade for h in early) == 5
    assert {h.area.scheme for h in early} == {"津波予報区"}
    final = in_force(run, max(b.reported for b in run) + timedelta(minutes=1), statuses)
    assert max((h.area.grade for h in final), default=0) < 5
    for seed in range(3):
        shuffled = random.Random(seed).sample(run, len(run))
        assert in_force(shuffled, start + timedelta(hours=2), statuses) == in_force(
            run, start + timedelta(hours=2), statuses
        )


def test_an_early_warning_ends_with_its_cancellation_and_with_time(bulletins: dict[str, Bulletin]) -> None:
    run = [bulletins["37_01_01_240613_VXSE43.xml"], bulletins["37_01_02_240613_VXSE43.xml"]]
    cancel = bulletins["37_01_03_240613_VXSE43.xml"]
    assert in_force(run, run[1].reported + timedelta(minutes=1))
    assert in_force(run, run[1].reported + timedelta(minutes=10)) == []
    assert in_force([*run, cancel], max(b.reported for b in [*run, cancel]) + timedelta(minutes=1)) == []


def test_a_cancelled_observation_leaves_the_tsunami_warnings_alone(bulletins: dict[str, Bulletin]) -> None:
    cancels = [b for b in bulletins.values() if b.type == "VTSE51" and b.info == "cancelled"]
    warning_ = next(b for b in bulletins.values() if b.type == "VTSE41" and b.info == "issued" and b.status == "normal")
    import dataclasses

    assert cancels
    for cancel in cancels:
        late = dataclasses.replace(
            cancel, event=warning_.event, status=warning_.status, reported=warning_.reported + timedelta(minutes=5)
        )
        when = late.reported + timedelta(minutes=1)
        assert in_force([warning_, late], when) == in_force([warning_], when) != []


def test_information_on_a_great_earthquake_stands_until_it_ends(bulletins: dict[str, Bulletin]) -> None:
    run = sorted((b for b in bulletins.values() if b.type == "VYSE50" and b.info == "issued"), key=lambda b: b.source)
    stages = {b.everywhere[0].kind: b for b in run}
    alert = stages["南海トラフ地震臨時情報（巨大地震警戒）"]
    assert [h.area.grade for h in in_force([alert], alert.reported + timedelta(days=6))] == [4]
    assert in_force([alert], alert.reported + timedelta(days=15)) == []
    over = stages["南海トラフ地震臨時情報（調査終了）"]
    assert in_force([over], over.reported) == []
    (after,) = (b for b in bulletins.values() if b.type == "VYSE60")
    assert [h.area.grade for h in in_force([after], after.reported + timedelta(days=6))] == [3]


def test_the_level_of_a_volcano_is_that_of_its_newest_alert(bulletins: dict[str, Bulletin]) -> None:
    alerts = [b for b in bulletins.values() if b.type in ("VFVO50", "VFVO51")]
    held = in_force(alerts, datetime(2030, 1, 1, tzinfo=JAPAN))
    assert {h.bulletin.type for h in held} <= {"VFVO50"}


@pytest.mark.parametrize("seed", range(40))
def test_any_order_and_any_repeats_give_the_same(bulletins: dict[str, Bulletin], seed: int) -> None:
    chance = random.Random(seed)
    some = chance.sample(sorted(bulletins), 60)
    chosen = [bulletins[name] for name in some]
    when = chance.choice(chosen).reported
    mixed = chance.sample(chosen + chance.choices(chosen, k=20), 80)
    assert in_force(mixed, when, list(Status)) == in_force(chosen, when, list(Status))


def test_every_official_sample_has_an_identity_of_its_own(bulletins: dict[str, Bulletin]) -> None:
    """But for samples that JMA gives twice, in an older and a newer edition."""
    by_identity: dict[str, set[str]] = {}
    for bulletin in bulletins.values():
        by_identity.setdefault(identity(bulletin), set()).add(bulletin.digest)
    assert len(by_identity) > 500
    assert len({stream(b) for b in bulletins.values()}) > 100
    assert len(current(bulletins.values())) <= len({stream(b) for b in bulletins.values()})


def test_a_week_of_telegrams_with_none_lost(bulletins: dict[str, Bulletin]) -> None:
    """18,700 telegrams: samples with their times shifted, some twice, some overtaken by later ones on their way."""
    import dataclasses

    chance = random.Random(18_700)
    start = datetime(2026, 11, 22, tzinfo=JAPAN)
    samples = [b for b in bulletins.values() if b.info == "issued" and b.status == "normal"]
    sent = []
    for number in range(17_000):
        when = start + number * timedelta(days=7) / 17_000
        one = chance.choice(samples)
        sent.append(dataclasses.replace(one, reported=when, issued=when))
    twice = chance.sample(sent, 1_700)
    # each travels for up to 20 minutes; the second copy for up to an hour more
    travels = [(b.reported + timedelta(seconds=chance.uniform(0, 1200)), i, b) for i, b in enumerate(sent)]
    travels += [(b.reported + timedelta(seconds=chance.uniform(0, 4800)), -i, b) for i, b in enumerate(twice, 1)]
    ledger, seen, newest = Ledger(), set(), {}
    counts: dict[Arrival, int] = dict.fromkeys(Arrival, 0)
    for _, _, b in sorted(travels, key=lambda each: each[:2]):
        found = ledger.add(b)
        counts[found] += 1
        assert (found is Arrival.DUPLICATE) == (id(b) in seen)
        if id(b) not in seen:
            overtaken = stream(b) in newest and newest[stream(b)] > b.reported
            assert (found is Arrival.LATE) == overtaken
            newest[stream(b)] = max(newest.get(stream(b), b.reported), b.reported)
        seen.add(id(b))
    assert sum(counts.values()) == 18_700
    assert counts[Arrival.DUPLICATE] == 1_700
    assert min(counts[Arrival.LATE], counts[Arrival.UPDATE], counts[Arrival.FIRST]) > 50
