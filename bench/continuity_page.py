"""``make bench ONLY=continuity_page``: what-if on 5,000 things, the page's own answer beside the graph's.

What is compared, in one process and one run: seconds of ``what_if`` on a prepared graph (what stops at once and later,
systems, services, sites cut off, who is told; no causes, no words), and seconds in Chromium from the question until the
page's answer, with causes, words and counts, stands in its document: it answers from the plan's graph that it keeps.
Two rows more say what the browser takes to submit the form and to lay the answer out as well, and what the server takes
for the whole page without a script.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from bench.table import ROOT, Row

COUNT, LAYERS, QUESTIONS = 5_000, 25, 50
KINDS = ("power", "equipment", "network", *["system"] * 18, *["service"] * 4)
#: asks as the form does; hours of the page's own answering, and until the browser has laid it out as well
ASK = """async ([words, warm]) => {
  const form = document.querySelector("form.filter"), field = document.getElementById("lost");
  const box = document.getElementById("answer"), answered = [], laid = [];
  const marks = new PerformanceObserver((list) => answered.push(...list.getEntries().map((one) => one.duration)));
  marks.observe({ type: "measure" });
  for (const [n, word] of [...words.slice(0, warm), ...words].entries()) {
    field.value = word;
    const start = performance.now();
    form.requestSubmit();
    const high = box.getBoundingClientRect().height;
    const took = performance.now() - start;
    const said = box.querySelector(".lead strong")?.textContent;
    if (said !== `thing ${word.slice(1)}` || !high) throw new Error(`no answer to ${word}: ${said}`);
    laid.push(took);
    await new Promise((done) => setTimeout(done, 40)); // the server is asked whether the plan is still the same
  }
  return [answered.slice(warm), laid.slice(warm)];
}"""


def plan(chance: random.Random) -> None:
    """Rows of 5,000 things straight into the read side: layers that need two things each of the two layers below."""
    from tomoshibi.continuity.models import DependencyRow, ItemRow

    items, needs = [], []
    desks = [f"desk {n}" for n in range(40)]
    for i in range(COUNT):
        layer = i * LAYERS // COUNT
        said = {"code": f"X{i}", "name": f"thing {i}", "kind": KINDS[layer], "contact": desks[i % len(desks)]}
        items.append(ItemRow(subject=f"continuity.item:{i}", **said))
        for n in range(2 if layer else 0):
            other = chance.randrange(max(0, (layer - 2) * COUNT // LAYERS), layer * COUNT // LAYERS)
            group = "either" if chance.random() < 0.5 else ""
            ends = {"dependent": f"continuity.item:{i}", "needs": f"continuity.item:{other}"}
            needs.append(DependencyRow(subject=f"continuity.dependency:{i}-{n}", group=group, **ends))
    ItemRow.objects.bulk_create(items)
    DependencyRow.objects.bulk_create(needs)


def measure() -> dict[str, float]:
    """Medians in seconds: ``page`` (the page's answer), ``laid`` (laid out by the browser as well), ``answer`` (the
    graph's), ``kernel`` (hours of stopping alone), ``server`` (the whole page from the server); ``stopped`` things.

    In a home of its own.
    """
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.test import Client

    from tomoshibi.continuity.model_of_plan import the_plan
    from tomoshibi.continuity.whatif import SERVICE, SYSTEM, what_if
    from tomoshibi.journal.accounts import managing

    chance = random.Random(7)
    plan(chance)
    managing.add("ict", "ict", ["ict"], password="lamp-in-the-dark")
    client = Client()
    client.force_login(get_user_model().objects.get(username="ict"))
    graph = the_plan().graph
    asked = [chance.randrange(COUNT // 5) for _ in range(QUESTIONS)]
    kernels, answers, stopped, pages = [], [], [], []
    for i in [asked[0], *asked]:
        start = time.perf_counter()
        graph.stops(graph.lost([f"continuity.item:{i}"]))
        kernels.append(time.perf_counter() - start)
        start = time.perf_counter()
        answer = what_if(graph, [f"continuity.item:{i}"])
        stages = answer.stages
        _ = answer.of_kind(SYSTEM), answer.of_kind(SERVICE), answer.isolated, answer.told
        answers.append(time.perf_counter() - start)
        stopped.append(sum(len(s.nodes) for s in stages))
    for i in [asked[0], *asked[:10]]:
        start = time.perf_counter()
        response = client.get(f"/continuity/what-if/?lost=X{i}", headers={"host": "localhost"})
        pages.append(time.perf_counter() - start)
        if response.status_code != 200:
            raise RuntimeError(f"the page answered {response.status_code}")
    medians: dict[str, Sequence[float]] = {"kernel": kernels, "answer": answers, "server": pages, "stopped": stopped}
    page, laid = in_browser(client, asked)
    return {"page": page, "laid": laid} | {name: median(held[1:]) for name, held in medians.items()}


def in_browser(client: Any, asked: list[int]) -> tuple[float, float]:
    """Median seconds in Chromium until the page's own answer stands in its document, and until it is laid out."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from playwright.sync_api import sync_playwright

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadedWSGIServer(("localhost", 0), Quiet)
    server.set_app(get_wsgi_application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://localhost:{server.server_port}"
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
            context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP")
            context.add_cookies([{"name": n, "value": m.value, "url": here} for n, m in client.cookies.items()])
            page = context.new_page()
            with page.expect_response("**/what-if/graph.json"):
                page.goto(f"{here}/continuity/what-if/")
            page.locator("#lost").fill("X0")
            page.locator("#lost").press("Enter")
            page.locator("#answer .stage").first.wait_for()
            answered, laid = page.evaluate(ASK, [[f"X{i}" for i in asked], 10])
            browser.close()
    finally:
        server.shutdown()
    return median(answered) / 1000, median(laid) / 1000


def rows() -> Iterator[Row]:
    """The page's own answer beside the graph's, and what the parts take."""
    with tempfile.TemporaryDirectory(prefix="tomoshibi-bench-") as home:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
            "TOMOSHIBI_HOME": home,
            "DJANGO_SETTINGS_MODULE": "tomoshibi.web.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # the browser's driver runs a loop in this thread
        }
        for command in (["-m", "tomoshibi", "setup", "--no-demo"], ["-m", "bench.continuity_page"]):
            done = subprocess.run(
                [sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
            )
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    ours, theirs = said["page"] * 1e3, said["answer"] * 1e3
    name = f"continuity: what-if on {COUNT:,} things, answered in the page"
    yield Row(name, ours, "ms", theirs, "the graph's own answer", 0.2, higher_is_better=False)
    yield Row(f"continuity: hours of stopping of {COUNT:,} things", said["kernel"] * 1e3, "ms", higher_is_better=False)
    yield Row("continuity: … until the browser has laid it out", said["laid"] * 1e3, "ms", higher_is_better=False)
    yield Row("continuity: the same page from the server", said["server"] * 1e3, "ms", higher_is_better=False)


if __name__ == "__main__":
    print(json.dumps(measure()))
