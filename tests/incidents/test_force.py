"""What is in force for us, by whatever telegrams in whatever order; entered by hand; the page; a rehearsal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from tests.incidents.conftest import SAMPLES, TOHOKU
from tests.incidents.test_pages import user
from tomoshibi.bulletins import Status
from tomoshibi.bulletins.inforce import Arrival
from tomoshibi.bulletins.replay import Week
from tomoshibi.incidents import inbox
from tomoshibi.incidents.force import history, now_in_force
from tomoshibi.incidents.models import BulletinRow, IncidentRow
from tomoshibi.incidents.replaying import replay
from tomoshibi.journal import datasets, tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaCode, MunicipalityDescribed
from tomoshibi.places.layers import import_layer
from tomoshibi.places.subjects import LayerKind, Municipality
from tomoshibi.vocabulary import IntensityClass, colours
from tomoshibi.vocabulary.clock import JAPAN

RAIN, OLD = "気象警報・注意報（Ｒ０６）（大雨）", "気象警報・注意報（Ｈ２７）"
FORECAST = "気象情報／府県予報区・細分区域等"
#: a telegram's time is this side of now, or it is not believed to be newer than others
TODAY = worlds.now().astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def at(hour: int) -> datetime:
    return TODAY + timedelta(hours=hour)


def warning(
    title: str, when: datetime, town: tuple[str, str] | None, wide: tuple[str, str], info: str = "発表"
) -> bytes:
    """A weather telegram of 福島県: what it says of いわき市 (None: not a word) and of the whole prefecture."""

    def item(kind: tuple[str, str] | None, name: str, code: str) -> str:
        said = (
            f"<Kind><Name>{kind[0]}</Name><Code>{kind[1]}</Code><Status>発表</Status></Kind>"
            if kind
            else "<Kind><Status>発表警報・注意報はなし</Status></Kind>"
        )
        return f"<Item>{said}<Area><Name>{name}</Name><Code>{code}</Code></Area></Item>"

    blocks = {"府県予報区等": item(wide, "福島県", "070000"), "市町村等": item(town, "いわき市", "0720400")}
    body = "".join(f'<Warning type="気象警報・注意報（{name}）">{items}</Warning>' for name, items in blocks.items())
    stamp = when.isoformat()
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Report xmlns="http://xml.kishou.go.jp/jmaxml1/"><Control>'
        f"<Title>{title}</Title><DateTime>{stamp}</DateTime><Status>通常</Status><EditorialOffice>福島地方気象台"
        "</EditorialOffice><PublishingOffice>福島地方気象台</PublishingOffice></Control>"
        '<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/">'
        f"<Title>福島県の警報</Title><ReportDateTime>{stamp}</ReportDateTime><TargetDateTime>{stamp}</TargetDateTime>"
        f"<EventID/><InfoType>{info}</InfoType><Serial/><InfoKind>x</InfoKind><InfoKindVersion>1.0_0</InfoKindVersion>"
        "<Headline><Text>警戒してください。</Text></Headline></Head>"
        f'<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/meteorology1/">{body}</Body></Report>'
    ).encode()


LEVEL_2, LEVEL_3, LEVEL_4 = ("レベル２大雨注意報", "10"), ("レベル３大雨警報", "03"), ("レベル４大雨危険警報", "43")


def receive(*telegrams: bytes) -> list[Arrival]:
    arrivals = [a for n, data in enumerate(telegrams) for a in inbox.receive(data, f"{n}.xml").arrivals]
    while tasks.tick():
        pass
    return arrivals


def names() -> list[str]:
    return [s.held.area.kind for s in now_in_force().standings]


@pytest.fixture
def city(town: None) -> None:
    """いわき市, which a telegram may also mean by its forecast areas."""
    codes = [AreaCode(scheme=FORECAST, code=c, name=n) for c, n in (("070000", "福島県"), ("070020", "浜通り"))]
    record(Draft(MunicipalityDescribed(codes=codes), Municipality.ref("07204")), system("test"))


def test_ours_is_what_is_said_of_the_municipality_not_the_gravest_of_the_prefecture(city: None) -> None:
    receive(warning(RAIN, at(1), LEVEL_2, LEVEL_4))
    (one,) = now_in_force().standings
    assert (one.held.area.kind, one.places, one.tone, str(one.word)) == (
        LEVEL_2[0],
        ("いわき市",),
        "level-2",
        "レベル2",
    )
    assert now_in_force().level == 2


def test_newer_ones_replace_in_whatever_order_they_come(city: None) -> None:
    first, second, third = (warning(RAIN, at(h), k, k) for h, k in ((1, LEVEL_2), (2, LEVEL_4), (3, LEVEL_3)))
    assert receive(second, first, third) == [Arrival.FIRST, Arrival.LATE, Arrival.UPDATE]
    assert names() == [LEVEL_3[0]]
    assert [s.held.area.kind for s in now_in_force(at(2) + timedelta(minutes=1)).standings] == [LEVEL_4[0]]
    row = BulletinRow.objects.get(arrival="late")
    assert row.outcome == "late"
    assert [r.reported for r in history(row)] == [at(3), at(2), at(1)]


def test_a_warning_that_a_newer_one_overtook_sets_nothing_off(city: None) -> None:
    receive(warning(RAIN, at(2), None, LEVEL_2), warning(RAIN, at(1), LEVEL_4, LEVEL_4))
    assert (names(), IncidentRow.objects.count()) == ([], 0)


def test_the_new_form_speaks_for_the_old_one_even_where_it_names_us_not(city: None) -> None:
    receive(warning(OLD, at(1), ("大雨警報", "03"), ("大雨警報", "03")))
    assert names() == ["大雨警報"]
    receive(warning(RAIN, at(1) + timedelta(minutes=2), None, LEVEL_3))
    assert names() == []


def test_a_cancellation_brings_back_what_stood_before(city: None) -> None:
    receive(warning(RAIN, at(1), LEVEL_2, LEVEL_2), warning(RAIN, at(2), LEVEL_4, LEVEL_4))
    assert receive(warning(RAIN, at(3), None, LEVEL_4, "取消")) == [Arrival.CANCEL]
    assert names() == [LEVEL_2[0]]


def test_the_same_telegram_in_other_bytes_is_kept_and_not_acted_on_again(city: None) -> None:
    data = warning(RAIN, at(1), LEVEL_2, LEVEL_2)
    assert receive(data, data + b"\n", data, data + b"\n") == [Arrival.FIRST] + [Arrival.DUPLICATE] * 3
    row = BulletinRow.objects.get()
    assert row.repeats == 1
    assert EntryRow.objects.filter(kind="incidents.bulletin_evaluated").count() == 1
    (again,) = EntryRow.objects.filter(kind="incidents.bulletin_repeated")
    assert datasets.require(json.loads(again.payload)["digest"]).read_bytes() == data + b"\n"
    before = contents()
    rebuild()
    assert contents() == before


def test_a_sender_whose_clock_is_wrong_silences_nobody(city: None) -> None:
    ahead = worlds.now().astimezone(JAPAN) + timedelta(days=400)
    assert receive(warning(RAIN, ahead, None, LEVEL_2), warning(RAIN, at(1), LEVEL_3, LEVEL_3))[1] is Arrival.FIRST
    assert names() == [LEVEL_3[0]]


def test_what_is_not_on_this_machine_is_said(city: None) -> None:
    receive(warning(RAIN, at(1), LEVEL_2, LEVEL_2))
    row = BulletinRow.objects.get()
    datasets.path_of(row.digest).unlink()
    from tomoshibi.incidents import force

    force._parsed.cache_clear()
    assert now_in_force().missing == (row,)
    shown = user("honbu", "headquarters")
    assert "原文がこの端末にない" in shown.get("/incidents/inbox/").content.decode()
    assert "原文がこの端末にない" in shown.get(f"/incidents/inbox/{row.key}/").content.decode()


def by_hand(client: Client, **values: str) -> tuple[int, str]:
    answer = client.post("/incidents/inbox/by-hand/", {"way": "typed", "who": "県（電話）", **values})
    while tasks.tick():
        pass
    return answer.status_code, answer.content.decode()


def test_an_intensity_typed_by_hand_opens_an_incident_as_a_telegram_does(city: None) -> None:
    honbu = user("honbu", "headquarters")
    assert by_hand(honbu, what="earthquake", **{"class-0720400": "震度５弱以上未入電"})[0] == 303
    row = BulletinRow.objects.get()
    assert (row.type, row.max_intensity, row.outcome, row.alerts) == ("hand", "震度５弱以上未入電", "fired", 1)
    assert IncidentRow.objects.get().posture == "second"
    assert EntryRow.objects.get(kind="incidents.bulletin_received").actor == "user:honbu honbu"


def test_a_level_typed_by_hand_is_in_force_until_it_is_lifted_by_hand(city: None) -> None:
    honbu = user("honbu", "headquarters")
    by_hand(honbu, what="landslide", **{"level-0720400": "4"}, reported=at(20).strftime("%Y-%m-%dT%H:%M"))
    assert names() == ["レベル４土砂災害危険警報"]
    by_hand(honbu, what="landslide", **{"level-0720400": "lifted"}, reported=at(20).strftime("%Y-%m-%dT%H:%M"))
    assert names() == []


@pytest.mark.parametrize(
    "values",
    [
        {"what": "none"}, {"what": "rain"}, {"what": "rain", "who": " ", "words": "雨"},
        {"what": "rain", "level-0720400": "9"}, {"what": "rain", "level-1310100": "3"},
        {"what": "earthquake", "class-0720400": "8"}, {"what": "rain", "words": "雨", "reported": "いま"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_what_was_typed_stays(city: None, values: dict[str, str]) -> None:
    status, shown = by_hand(user("honbu", "headquarters"), title="消えない", **values)
    assert status == 422 and 'role="alert"' in shown and "消えない" in shown
    assert not BulletinRow.objects.exists()


def test_telegrams_and_words_may_be_pasted(city: None, sample: Callable[[str], bytes]) -> None:
    honbu = user("honbu", "headquarters")
    for text, type_ in ((sample(TOHOKU).decode(), "VXSE53"), ("大雨に警戒\n県から", "hand")):
        answer = honbu.post("/incidents/inbox/by-hand/", {"way": "paste", "text": text})
        assert answer.status_code == 303
        key = answer["Location"].rstrip("/").rpartition("/")[2]
        row = BulletinRow.objects.get(subject__endswith=key)
        assert row.type == type_
        assert honbu.get(answer["Location"]).status_code == 200
    assert honbu.post("/incidents/inbox/by-hand/", {"way": "paste", "text": "<broken"}).status_code == 422
    assert user("madoguchi", "clerk").get("/incidents/inbox/by-hand/").status_code == 403


def test_the_page_of_a_telegram_has_words_areas_map_history_and_what_it_set_off(
    city: None, sample: Callable[[str], bytes]
) -> None:
    ring = [[140.7, 36.9], [141.0, 36.9], [141.0, 37.2], [140.7, 36.9]]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"regioncode": "0720400", "regionname": "福島県いわき市"},
    }
    layer = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    import_layer(
        layer, system("test"), name="市町村", attribution="気象庁", licence="CC BY 4.0", layer_kind=LayerKind.AREAS
    )
    inbox.receive(sample(TOHOKU), TOHOKU)
    while tasks.tick():
        pass
    honbu = user("honbu", "headquarters")
    row = BulletinRow.objects.get()
    shown = honbu.get(f"/incidents/inbox/{row.key}/").content.decode()
    for words in (
        "<svg",
        "いわき市 6弱",
        'class="tone shindo-8"',
        "三陸沖",
        "この情報の経過",
        "この電文で動いたこと",
        "事案を開設",
    ):
        assert words in shown, words
    assert honbu.get(f"/incidents/inbox/raw/{row.digest}/").content == sample(TOHOKU)


def test_names_of_today_and_of_earlier_days(city: None) -> None:
    shown = user("honbu", "headquarters").get("/incidents/inbox/levels/").content.decode()
    for words in ("緊急安全確保", "避難勧告", "災害発生情報", "避難準備情報", "レベル５氾濫特別警報", "氾濫発生情報"):
        assert words in shown


def test_the_colours_are_jmas() -> None:
    css = (Path(inbox.__file__).parent / "static/incidents/bulletins.css").read_text()
    wanted = {f"level-{n}": c for n, c in colours.LEVELS.items()}
    wanted |= {f"tsunami-{code}": c for code, c in colours.TSUNAMI.items()}
    wanted |= {f"shindo-{k.order}": k.colour for k in IntensityClass}
    for name, colour in wanted.items():
        assert f".{name} {{ background: {colour}; color: {colours.text_on(colour)}; fill: {colour}; }}" in css


@pytest.mark.django_db(databases=["default", "training"])
@pytest.mark.parametrize("count", [120, pytest.param(18_700, marks=pytest.mark.city)])
def test_a_rehearsed_week_loses_nothing_and_mistakes_nothing(training_town: None, count: int) -> None:
    """At five hundred times its speed, in full; a little of it in the suite, as fast as it goes."""
    from tomoshibi.bulletins.reading import pieces

    if not SAMPLES.is_file():
        pytest.skip("JMA's official samples are not at ../shared/data/bulletins")
    samples = {n: d for n, d in pieces(SAMPLES) if count > 1000 or len(d) < 8_000}
    length = timedelta(weeks=1) * count / 18_700
    week = Week(samples, worlds.now() - length, count, length)
    found = replay(week, 500 if count > 1000 else 0)
    assert (found.sent, found.lost, found.rejected, found.mistaken) == (count, 0, 0, [])
    assert found.arrivals[Arrival.DUPLICATE] == week.twice
    assert found.arrivals[Arrival.LATE] == week.late > 0
    rows = BulletinRow.objects.all()
    assert rows.count() == count - week.twice
    assert not rows.filter(outcome="").exists()
    assert set(rows.filter(arrival="late", kind="weather").values_list("outcome", flat=True)) <= {"late", "shown"}
    assert Status.NORMAL.value in set(rows.values_list("status", flat=True))
