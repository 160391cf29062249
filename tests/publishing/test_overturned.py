"""A station left out after something was published: who wrote it is told, and our own network's words are corrected."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from tests.publishing import town
from tests.publishing.town import INCIDENT, ORDER, SHONIN, approve, issue, propose
from tomoshibi.bulletins.typed import NETWORK
from tomoshibi.incidents import panels
from tomoshibi.incidents.facts import BulletinEvaluated, BulletinReceived, Here
from tomoshibi.incidents.station_facts import BulletinCorrected, Figure, LeftOut
from tomoshibi.incidents.subjects import Telegram
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.recording import Draft, record
from tomoshibi.publishing.notice_facts import NoticeProposed, NoticePublished
from tomoshibi.publishing.overturned import outdated
from tomoshibi.publishing.panels import to_correct
from tomoshibi.publishing.subjects import Notice
from tomoshibi.publishing.words import Act

pytestmark = pytest.mark.django_db
NOTICE, BULLETIN = Notice.ref("n"), Telegram.ref("b")


@pytest.fixture(autouse=True)
def _town() -> None:
    town.build()
    digest = datasets.put(b"{}", "application/json")
    here = Here(code="0720400", name="灯町", intensity="6弱")
    said = BulletinReceived.model_validate(
        {
            "digest": digest, "type": NETWORK, "about": "earthquake", "status": "normal", "info": "issued",
            "title": "観測網による震度速報", "headline": "最大震度6弱(崖の上)", "reported": worlds.now(),
            "max_intensity": "6弱", "here": [here],
        }
    )  # fmt: skip
    evaluated = BulletinEvaluated(outcome="fired", incident=INCIDENT)
    record([Draft(said, BULLETIN), Draft(evaluated, BULLETIN, incident=INCIDENT)], town.ME)


def correct(after: str = "5強", *, back: bool = False) -> None:
    figure = Figure(code="0720400", name="灯町", before="6弱", after=after)
    fact = BulletinCorrected(max_before="6弱", max_after="6弱" if back else after, why="崖が崩れていた")
    if not back:
        gone = (LeftOut(code="1", name="崖の上", intensity="6弱"),)
        fact = fact.model_copy(update={"stations": gone, "here": (figure,)})
    record(Draft(type(fact)(**fact.model_dump()), BULLETIN, incident=INCIDENT), town.ME)


def publish(body: str, act: Act = Act.ISSUE) -> None:
    proposed = NoticeProposed(act=act, title="地震について", body=body)
    (asked,) = record(Draft(proposed, NOTICE, incident=INCIDENT), town.HONBU)
    record(Draft(NoticePublished(proposal=asked.id, title="地震について"), NOTICE), SHONIN)


def to_do() -> list[str]:
    return [told.text.ja for told in to_correct(INCIDENT)]


def page(address: str) -> str:
    return html.unescape(Client().get(address).content.decode())


def test_what_quotes_a_figure_is_to_be_corrected_until_a_newer_text_is_approved() -> None:
    issue(reason="灯町　震度６弱を観測した。")
    publish("町内で震度 6 弱を観測しました。")
    assert outdated(INCIDENT) == []
    correct()
    assert [found.said.page.count("notices") for found in outdated(INCIDENT)] == [0, 1]
    lines = [told.text.ja for told in panels.told("next", INCIDENT, town.HONBU) if "公表した震度" in told.text.ja]
    assert lines == to_do()
    assert len(lines) == 2 and all("震度6弱は訂正された" in line for line in lines) and "川端地区" in lines[0]
    asked = propose(act=Act.CHANGE, reason="震度6弱から震度5強に訂正された。")
    assert len(to_do()) == 2, "a proposal is not yet published"
    approve(asked, Act.CHANGE)
    publish("灯町の震度は5強でした。震度6弱とお伝えしたのは誤りでした。", Act.CHANGE)
    assert to_do() == []
    # put back: now it is the correction that was overturned
    issue(town.OTHER, reason="震度5強を観測した。")
    correct(back=True)
    assert len(to_do()) == 3 and all("震度5強は訂正された" in line for line in to_do())
    assert outdated("") == []


def test_a_proposal_of_a_rule_is_found_while_it_waits() -> None:
    propose(ORDER, reason="観測網による震度速報　最大震度6弱　灯町 震度6弱", rule="6弱で避難")
    correct()
    assert len(outdated(INCIDENT)) == 1


def test_the_public_page_corrects_what_our_own_network_said() -> None:
    before = Client().get("/public/")
    assert "最大震度6弱(崖の上)" in before.content.decode() and "訂正" not in before.content.decode()
    correct()
    assert Client().get("/public/", headers={"if-none-match": before["ETag"]}).status_code == 200
    for address in ("/public/", "/public/text"):
        assert "最大震度6弱(崖の上)【訂正: 最大震度5強】" in page(address)
    correct(back=True)
    assert "訂正" not in page("/public/")
