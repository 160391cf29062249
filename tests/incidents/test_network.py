"""What our own network detects calls out by the same table as JMA's telegrams; the pages of the network answer."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from tests.incidents.test_inbox import work
from tests.incidents.test_pages import user
from tests.shaking.test_network import T0, feed, noise
from tomoshibi.incidents import inbox, network_state
from tomoshibi.incidents.models import BulletinRow, IncidentRow
from tomoshibi.incidents.shaken import drop
from tomoshibi.shaking.network import Detection, Network, Rule, Station
from tomoshibi.shaking.network.keeping import Drums, save
from tomoshibi.shaking.network.rules import Shaken
from tomoshibi.vocabulary import IntensityClass

AT = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
UNKNOWN = IntensityClass.FIVE_LOWER_OR_MORE_UNREPORTED


def detection(klass: IntensityClass, serial: int = 1, town: str = "07204") -> Detection:
    places = (Shaken(town, "いわき市", klass), Shaken("99999", "無い町", IntensityClass.SEVEN))
    rule = Rule.parse("2 x 5弱 in 10s")
    return Detection("20261122140000", serial, AT, AT, rule, IntensityClass.SIX_LOWER, "平", 12, places)


def tell(found: Detection, **more: bool) -> BulletinRow:
    drop(found, inbox.folder(), **more)
    time.sleep(0.2)
    inbox.scan()
    work()
    return BulletinRow.objects.order_by("pk").last()


def test_what_the_network_detects_sets_off_what_jma_s_telegram_would(town: None) -> None:
    row = tell(detection(IntensityClass.FIVE_LOWER))
    assert (row.type, row.outcome, row.event) == ("network", "fired", "20261122140000")
    assert {a["name"]: a["intensity"] for a in row.of_us} == {"いわき市": "5弱"}
    incident = IncidentRow.objects.get()
    assert (incident.hazard, incident.posture) == ("earthquake", "second")
    tell(detection(IntensityClass.FIVE_LOWER))
    assert (BulletinRow.objects.count(), IncidentRow.objects.count()) == (1, 1), "told twice, it is one"
    tell(detection(IntensityClass.SIX_LOWER, 2))
    assert IncidentRow.objects.get().posture == "third"


def test_what_is_silent_near_strong_shaking_is_asked_about_and_not_taken_for_none(town: None) -> None:
    tell(detection(UNKNOWN))
    row = BulletinRow.objects.get()
    assert IncidentRow.objects.get().posture == "second", "at least 5弱"
    assert row.alerts > 0, "whether 5強 a person has to decide"


def test_shaking_elsewhere_and_shaking_played_again_set_nothing_off(town: None) -> None:
    assert tell(detection(IntensityClass.SEVEN, town="13101")).outcome == "nothing"
    tell(detection(IntensityClass.SEVEN, 2), exercise=True)
    assert BulletinRow.objects.get(status="training").outcome == "shown"
    assert not IncidentRow.objects.exists()


# ── pages ──


def run_network(folder: Path) -> None:
    """A network of three stations that shook, as its program leaves it."""
    listed = [Station(f"S{n}", 37.0 + 0.1 * n, 140.0, f"観測点{n}", "市") for n in range(3)]
    net = Network(listed)
    for n in range(2):
        feed(net, n, noise(30, 4.0 * (1 + 20 * n), n))
    Drums(folder, 3, write=True).add(net.traces)
    more = {"event": {}, "kind": "live", "rate": 100, "rules": ["規則"], "rules_en": ["a rule"], "ended": False}
    save(folder, net.stations, net.of, T0 + 31, wall=time.time(), **more)


@pytest.fixture
def jishin(town: None) -> Client:
    return user("jishin", "seismologist")


PAGES = (
    "/incidents/network/",
    "/incidents/network/?sort=-2&flaw=any&largest=3",
    "/incidents/network/places.json",
    "/incidents/network/now.json",
    "/incidents/network/station/S1/",
    "/incidents/network/drum/S1.svg",
    "/incidents/network/?as=csv",
)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_of_the_network_answers(jishin: Client, language: str) -> None:
    jishin.cookies["tomoshibi_language"] = language
    assert "network run" in jishin.get("/incidents/network/").content.decode()
    run_network(network_state.folder())
    for path in PAGES:
        assert jishin.get(path).status_code == 200, path
        assert user(f"nobody{path}{language}", "nobody").get(path).status_code == 403, path
    assert jishin.get("/incidents/network/station/S9/").status_code == 404


def test_the_list_filters_sorts_and_says_what_is_wrong(jishin: Client) -> None:
    run_network(network_state.folder())

    def listed(query: str) -> list[str]:
        page = jishin.get(f"/incidents/network/{query}").content.decode()
        return [part[:2] for part in page.split("/incidents/network/station/")[1:] if part[:2].startswith("S")]

    assert listed("") == ["S1", "S0", "S2"], "the strongest first"
    assert listed("?sort=2") == ["S0", "S1", "S2"]
    assert listed("?flaw=silent") == ["S2"]
    assert listed("?q=観測点1") == ["S1"]
    assert listed("?largest=5") == ["S1"]
    said = json.loads(jishin.get("/incidents/network/now.json").content)
    assert said["classes"][2] == "x"
    assert said["classes"][1] > said["classes"][0]


def test_a_program_that_stopped_is_said(jishin: Client) -> None:
    run_network(network_state.folder())
    assert "止まっています" not in jishin.get("/incidents/network/").content.decode()
    state = network_state.kept()
    assert state is not None
    save(network_state.folder(), state.stations, state.of, state.now, **{**state.more, "wall": time.time() - 60})
    assert "止まっています" in jishin.get("/incidents/network/").content.decode()


def test_the_drum_plot_draws_what_came(jishin: Client) -> None:
    run_network(network_state.folder())
    drawn = jishin.get("/incidents/network/drum/S1.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert drawn.content.decode().count("M") > 30
    assert "stroke=" in drawn.content.decode()
    silent = jishin.get("/incidents/network/drum/S2.svg").content.decode()
    assert silent.count("M") < 10
