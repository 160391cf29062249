"""What browser tests share: a real server, Debian's Chromium, sign-in, and what every page must be.

``live`` is a server with an account of each role and an empty journal; ``live_city`` one with the demonstration city.
``page`` fails the test where the page asked for anything outside, broke its content policy, or logged an error.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.live import PASSWORD, Live

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: a busy machine is slow, not wrong: milliseconds that a page may take for anything
TIMEOUT = 45_000
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
#: the whole browser, for what its engine alone does not know: whether a page can be installed
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
#: its engine alone where there is one, which pages need half the work in
CHROMIUM = shutil.which("chromium-headless-shell") or BROWSER


expect.set_options(timeout=TIMEOUT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running server with an empty journal."""
    server = Live(tmp_path_factory.mktemp("live")).start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def live_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running server with the demonstration city in both worlds."""
    server = Live(tmp_path_factory.mktemp("city"), demo=True).start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium chromium-headless-shell)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """Everything that a page must not do, kept for the end of the test."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        #: patterns of console errors that this test provokes on purpose
        self.expected: list[str] = []

    def on(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))

    def _request(self, request: Request) -> None:
        if not re.match(r"(https?://(localhost|127\.0\.0\.1)[:/]|data:|blob:)", request.url):
            self.wrong.append(f"asked outside: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"console: {message.text} ({message.location.get('url', '')})")

    def verdict(self) -> list[str]:
        """What went wrong and was not expected."""
        return [line for line in self.wrong if not any(re.search(p, line) for p in self.expected)]


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test must not do; add to ``expected`` what the test provokes."""
    return Watch()


@pytest.fixture
def context(chromium: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A browser of its own: no cookies, a laptop's screen."""
    made = chromium.new_context(viewport=LAPTOP, locale="ja-JP", timezone_id="Asia/Tokyo")
    made.set_default_timeout(TIMEOUT)
    watch.on(made)
    yield made
    made.close()
    assert watch.verdict() == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[Path, str], list[Any]]:
    """Cookies of those who have signed in, by home and login."""
    return {}


@pytest.fixture
def signed_in(request: pytest.FixtureRequest, sessions: dict[tuple[Path, str], list[Any]]) -> Callable[..., Page]:
    """``signed_in(page, "honbu", to="/people/")`` signs in through the page of ``live`` (or of ``server``).

    Who was signed in on that page before is not any more, and its cookies are gone.
    """

    def sign_in(page: Page, login: str = "admin", server: Live | None = None, to: str = "/conflicts/") -> Page:
        server = server or request.getfixturevalue("live")
        if any(cookie["name"] == "tomoshibi_session" for cookie in page.context.cookies()):
            page.goto("about:blank")  # a page left open would ask for its stream without a session, and say so
            page.context.clear_cookies()
        before = sessions.get((server.home, login))
        if before:  # who signed in before in this run goes on with that session, while it holds
            page.context.add_cookies(before)  # type: ignore[arg-type]
            page.goto(server.url(to))
            if "/accounts/login/" not in page.url:
                return page
        page.goto(server.url(f"/accounts/login/?next={to}"))
        page.fill("#id_login", login)
        page.fill("#id_password", PASSWORD)
        page.click("form button.main")
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
        kept = ("tomoshibi_session", "tomoshibi_csrf")
        sessions[server.home, login] = [c for c in page.context.cookies() if c["name"] in kept]
        return page

    return sign_in


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: ``TOMOSHIBI_SHOTS``, or a temporary folder."""
    folder = Path(os.environ.get("TOMOSHIBI_SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def check_page(shots: Path) -> Callable[..., None]:
    """``check_page(page, "name")``: what every page must be, on a laptop and a phone, in both languages.

    axe finds nothing; one h1 and a title; nothing is cut off sideways; targets are 44 px high; Tab goes through the
    page in its order and comes out again. The page is loaded again for each language: one that answers a POST takes
    ``reload=False`` and is checked as it stands. axe takes long: it sees every page once, half of them in Japanese on
    a laptop and half in English on a phone, and all four where ``TOMOSHIBI_SHOTS`` asks for their pictures.
    """
    thorough = "TOMOSHIBI_SHOTS" in os.environ

    def check(page: Page, name: str, *, reload: bool = True) -> None:
        address = page.url
        seen_by_axe = (("ja", "laptop"), ("en", "phone"))[crc32(name.encode()) % 2]
        for language in ("ja", "en") if reload else ("",):
            if language:
                chosen = {"name": "tomoshibi_language", "value": language, "domain": "localhost", "path": "/"}
                page.context.add_cookies([chosen])  # type: ignore[list-item]
                page.goto(address)
                assert page.locator("html").get_attribute("lang") == language
            for screen, size in (("laptop", LAPTOP), ("phone", PHONE)):
                page.set_viewport_size(size)  # type: ignore[arg-type]
                where = f"{name}-{language or 'as-is'}-{screen}"
                _looks_right(page, where)
                if thorough:
                    page.screenshot(path=shots / f"{where}.png", full_page=True)
                elif screen != seen_by_axe[1] or language not in ("", seen_by_axe[0]):
                    continue
                violations = Axe().run(page).response["violations"]
                assert [_told(v) for v in violations] == [], where
        page.set_viewport_size(LAPTOP)  # type: ignore[arg-type]
        _tab_through(page, name)

    return check


def _told(violation: dict[str, Any]) -> str:
    return f"{violation['id']}: {violation['help']}: {[n['html'][:160] for n in violation['nodes']]}"


SMALL = """() => [...document.querySelectorAll('button, select, .button, nav a, input:not([type=hidden])')]
  .filter((e) => e.checkVisibility() && !e.closest('.hidden'))
  .map((e) => [e, ((e.type === 'checkbox' || e.type === 'radio') && e.closest('label, .check')) || e])
  .map(([e, box]) => [e, box.getBoundingClientRect()])
  .filter(([e, r]) => r.height > 0 && (r.height < 43.5 || r.width < 24))
  .map(([e, r]) => `${e.outerHTML.slice(0, 120)} is ${Math.round(r.width)}x${Math.round(r.height)}`)"""


def _looks_right(page: Page, where: str) -> None:
    assert page.title().strip(), where
    assert page.locator("h1").count() == 1, f"{where}: {page.locator('h1').count()} h1"
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where}: {wide} px are cut off sideways"
    assert page.evaluate(SMALL) == [], where


WATCH_TABS = """() => {
  document.activeElement?.blur(); window.scrollTo(0, 0);
  const order = [...document.querySelectorAll(
    'a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((e) => e.checkVisibility());
  window.__tabs = [];
  document.addEventListener('keyup', (e) => {
    if (e.key === 'Tab') window.__tabs.push(order.indexOf(document.activeElement)); });
  document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex');
  return order.length }"""


def _tab_through(page: Page, name: str) -> None:
    count = page.evaluate(WATCH_TABS)
    for _ in range(min(count, 80) + 3):
        page.keyboard.press("Tab")
    seen = page.evaluate("() => window.__tabs")
    # out of the page again: at the browser's own controls, or past them at the beginning
    out = (n for n, at in enumerate(seen) if n and (at == -1 or (at == 0 and max(seen[:n]) >= count - 10)))
    seen = seen[: next(out, len(seen))]
    assert seen[:1] == [0], f"{name}: the first Tab does not reach the skip link: {seen[:3]}"
    forward = [b for a, b in pairwise(seen) if b < a]  # a date has several stops
    assert forward == [], f"{name}: Tab jumps back: {seen}"
