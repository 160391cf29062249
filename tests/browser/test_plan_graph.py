"""The plan that computes in a real browser: a click asks what stops, by keyboard too; every page as it must be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from playwright.sync_api import Page, Route, expect

from tests.continuity.test_graph import plans
from tomoshibi.continuity import in_page
from tomoshibi.continuity.graph import Graph, Node
from tomoshibi.continuity.whatif import what_if

KERNEL = Path(in_page.__file__).parent / "static" / "continuity" / "whatif-kernel.js"
ASK = """([said, nodes]) => {
  const g = whatIf.compiled(said), a = whatIf.ask(g, nodes);
  return {stages: a.stages.map(s => [s.hours, s.nodes.map(n => [n, whatIf.causes(g, n, a)])]), told: [...a.told]};
}"""


def test_the_page_answers_as_the_server_does(page: Page) -> None:
    page.add_script_tag(path=KERNEL)

    @settings(max_examples=60)
    @given(plans())
    def same(plan: tuple[list[Node], list[str]]) -> None:
        nodes, lost = plan
        graph = Graph(replace(n, tell=(f"owner of {n.key[0]}",)) for n in nodes)
        answer = what_if(graph, lost)
        index = graph.index
        said = page.evaluate(ASK, [in_page.compiled(graph), [index[key] for key in dict.fromkeys(lost)]])
        assert said["stages"] == [
            [s.hours, [[index[n.key], [index[c.key] for c in answer.causes(n)]] for n in s.nodes]]
            for s in answer.stages
        ]
        who = in_page.compiled(graph)["who"]
        assert said["told"] == [[who.index(t.who), [index[n.key] for n in t.of]] for t in answer.told]

    same()


def answer_on(page: Page) -> tuple[str, list[str | None]]:
    """The answer as text, and what of the drawing is marked."""
    text = " ".join(page.locator("#answer").inner_text().split())
    return text, page.locator("svg.plan a.node").evaluate_all("all => all.map(a => a.getAttribute('aria-label'))")


def test_a_click_asks_and_the_path_lights(live_city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "ict", live_city)
    page.goto(live_city.url("/continuity/what-if/"))
    page.locator("svg.plan a.node", has_text="基幹スイッチ").first.click()
    expect(page.locator("svg.plan .lost")).to_have_count(1)
    expect(page.locator("h2", has_text="すぐ止まる")).to_be_visible()
    assert page.locator("svg.plan .edge.lit").count() > 20
    node = page.locator("svg.plan a.node.line, svg.plan a.node.site", has_text="田上第一小学校").first
    node.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".lead strong").first).to_contain_text("田上第一小学校")
    expect(page.locator("svg.plan .cut").first).to_contain_text("田上第二小学校")  # the school beyond it
    # the page answered by itself what the server answers to the same address
    ours = answer_on(page)
    page.reload()
    assert answer_on(page) == ours
    page.go_back()
    expect(page.locator(".lead strong").first).to_contain_text("基幹スイッチ")
    page.get_by_label("失われるもの").fill("電源、非常用発電装置、なにか")
    page.get_by_role("button", name="調べる").click()
    expect(page.locator("#answer .said.error")).to_contain_text("「なにか」")
    expect(page.locator("h2", has_text="0.5 時間後に止まる")).to_be_visible()
    check_page(page, "continuity-what-if")


def test_a_drawing_of_things_that_are_gone_is_drawn_again(live_city, page: Page, signed_in) -> None:
    signed_in(page, "ict", live_city)
    page.goto(live_city.url("/continuity/what-if/"))
    page.locator("svg.plan a.node", has_text="基幹スイッチ").first.click()
    expect(page.locator("svg.plan .lost")).to_have_count(1)

    def without(route: Route) -> None:
        said = route.fetch(headers={**route.request.headers, "if-none-match": ""}).json()
        said["items"] = [item for item in said["items"] if "田上第一小学校" not in item[3]]
        route.fulfill(json=said, headers={"ETag": '"another"'})

    page.route("**/what-if/graph.json", without)
    page.get_by_label("失われるもの").fill("基幹スイッチ")
    page.get_by_role("button", name="調べる").click()
    expect(page.get_by_role("link", name="図を描く")).to_be_visible()
    assert "undefined" not in page.content()


def test_findings_and_forecast(live_city, page: Page, signed_in, check_page) -> None:
    signed_in(page, "ict", live_city)
    page.goto(live_city.url("/continuity/findings/"))
    expect(page.locator("section")).not_to_have_count(0)
    page.locator(".faults summary").first.click()
    check_page(page, "continuity-findings")
    page.goto(live_city.url("/continuity/forecast/"))
    expect(page.locator("svg.forecast")).to_be_visible()
    check_page(page, "continuity-forecast")
