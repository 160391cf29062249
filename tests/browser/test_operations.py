"""The operations room in a real browser: five questions without a click on a laptop, live, by keyboard, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.live import Live

KEY = "operations-room"
NAME = "特別養護老人ホームやすらぎの里及び併設通所介護事業所とその周辺一帯の孤立"
FACTS = """
from tomoshibi.incidents.facts import IncidentClosed, IncidentOpened, NoteRecorded, PostureChanged
from tomoshibi.incidents.subjects import Incident, Note
from tomoshibi.incidents.words import Hazard, Posture
from tomoshibi.journal import worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people import calling, queries
from tomoshibi.vocabulary import T
me, i = system("test"), Incident.ref("operations-room")
"""
OPEN = f"""{FACTS}
with worlds.inhabit("training"):
    record([
        Draft(IncidentOpened(name={NAME!r}, hazard=Hazard.EARTHQUAKE), i, incident=i),
        Draft(PostureChanged(posture=Posture.SECOND), i, incident=i),
        *calling.start_by_hand("全員", T("訓練", "Drill"), list(queries.staff()[:20]), incident=i, act="ops"),
    ], me)
"""
NOTE = f"""{FACTS}
with worlds.inhabit("training"):
    record(Draft(NoteRecorded(what="{{what}}"), Note.ref("{{what}}"), incident=i), me)
"""
BEFORE = """
from tomoshibi.journal.models import EntryRow
first = EntryRow.objects.filter(kind="incidents.opened").order_by("pos").first()
print(first.pos - 1 if first else EntryRow.objects.count())
"""
CLOSE = f"""{FACTS}
with worlds.inhabit("training"):
    record(Draft(IncidentClosed(reason="終了"), i, incident=i), me)
"""


@pytest.fixture(scope="module")
def room(live_city: Live) -> Iterator[str]:
    """The address of an operations room in the training world."""
    live_city.python(OPEN)
    yield f"/training/incidents/{KEY}/"
    live_city.python(CLOSE)


@pytest.fixture
def page_of(live_city: Live, room: str, page: Page, signed_in: Callable[..., Page]) -> Page:
    """The room, as headquarters has it before them."""
    return signed_in(page, "honbu", live_city, room)


def test_five_questions_without_a_click_and_beautiful_everywhere(
    page_of: Page, room: str, check_page: Callable[..., None], live_city: Live, shots: Path
) -> None:
    page = page_of
    expect(page.locator("#map[data-drawn]")).not_to_have_attribute("data-drawn", "0")
    for language in ("ja", "en"):
        cookie = {"name": "tomoshibi_language", "value": language, "domain": "localhost", "path": "/"}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(live_city.url(room))
        assert page.locator(".top").bounding_box()["height"] <= 64, "the top of the page is one row"  # type: ignore[index]
        for panel in ("here", "down", "due", "next"):
            box = page.locator(f".panel.{panel}").bounding_box()
            assert box and box["y"] + box["height"] <= 768, f"{panel} needs scrolling ({language})"
        assert page.locator(".strip").bounding_box()["y"] >= 0  # type: ignore[index]
    check_page(page, "operations")
    page.emulate_media(color_scheme="dark")
    page.goto(live_city.url(room))
    check_page(page, "operations-dark", reload=False)
    page.emulate_media(media="print", color_scheme="light")
    page.screenshot(path=shots / "operations-print.png", full_page=True)
    page.emulate_media(media="screen")
    page.goto(live_city.url(f"{room}map/"))
    check_page(page, "operations-map")


def test_it_is_written_by_keyboard_alone_and_no_key_of_a_conversion_is_stolen(page_of: Page) -> None:
    page = page_of
    page.keyboard.press("n")
    line = page.locator("#n-what")
    expect(line).to_be_focused()
    page.keyboard.type("n")  # typing is typing
    expect(line).to_have_value("n")
    # the Enter that ends a Japanese conversion
    line.evaluate(
        "(at) => at.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true }))"
    )
    expect(line).to_have_value("n")
    line.fill("橋が落ちた")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#newest")).to_contain_text("橋が落ちた")
    expect(line).to_be_focused()  # for the next one
    expect(line).to_have_value("")


def test_it_lives_on_after_the_server_was_away(page_of: Page, live_city: Live, watch) -> None:  # type: ignore[no-untyped-def]
    watch.expected.append(r"ERR_|net::|Failed to|\[object Event\]|status of 50")
    page, port = page_of, live_city.port
    page.locator("#more-acts summary").click()
    live_city.stop()
    live_city.python(NOTE.format(what="留守中の記録"))
    live_city.start(port=port)
    expect(page.locator("#newest")).to_contain_text("留守中の記録", timeout=30_000)
    expect(page.locator("#more-acts")).to_have_attribute("open", "")  # what was unfolded stays so


def test_a_poor_machine_is_enough(page_of: Page) -> None:
    """Beside Leaflet, which only pages with a map load, script and style stay under 150 kB."""
    expect(page_of.locator("#map[data-drawn]")).to_be_visible()
    sizes = dict(page_of.evaluate("performance.getEntriesByType('resource').map(r => [r.name, r.decodedBodySize])"))
    own = {name: size for name, size in sizes.items() if "/static/" in name and "js_lib_leaflet" not in name}
    assert len(own) >= 8 and sum(own.values()) < 150_000, own


def test_normal_times_teach(live_city: Live, page: Page, signed_in: Callable[..., Page], check_page) -> None:  # type: ignore[no-untyped-def]
    calm = live_city.python(BEFORE).strip()  # other tests' incidents may be open by now
    signed_in(page, "honbu", live_city, f"/asof/{calm}/incidents/operations/")
    expect(page.locator("h1")).to_have_text("平常")
    expect(page.locator(".ready")).to_contain_text("自動判断表")
    check_page(page, "operations-calm")
