"""Waiting for what a page computes.

A page of ours refuses ``eval`` (its Content-Security-Policy), and Playwright's own ``wait_for_function`` asks by
``eval`` from the second time on: it fails just when there is something to wait for.
"""

from __future__ import annotations

from playwright.sync_api import Page


def until(page: Page, expression: str, seconds: float = 10) -> None:
    """Wait until the JavaScript ``expression`` (a promise's value, where it is one) is true in ``page``.

    Raises AssertionError with the expression when it is not within ``seconds``.
    """
    tenths = round(seconds * 10)
    for _ in range(tenths):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not within {seconds:g} s: {expression}")
