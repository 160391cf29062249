"""The public page: what everybody reads, in three ways of saying it, small, without a cookie and without a name."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.publishing import town
from tests.publishing.town import COAST, INCIDENT, ORDER, OTHER, RIVER, approve, issue, propose
from tomoshibi.bulletins.atom import read_feed
from tomoshibi.bulletins.cap.reading import read_alert
from tomoshibi.incidents import inbox
from tomoshibi.incidents.byhand import Entered, bulletin_of
from tomoshibi.incidents.facts import BulletinReceived, Here
from tomoshibi.incidents.subjects import Telegram
from tomoshibi.journal import datasets, worlds
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed, SiteDescribed
from tomoshibi.places.subjects import Area, AreaKind, Site, SiteKind
from tomoshibi.publishing import public_words
from tomoshibi.publishing.notice_facts import NoticeProposed, NoticePublished
from tomoshibi.publishing.public import newest_bulletins
from tomoshibi.publishing.subjects import Notice
from tomoshibi.publishing.words import Act, Danger
from tomoshibi.shelters.facts import Opened
from tomoshibi.shelters.subjects import Shelter

pytestmark = pytest.mark.django_db
#: bytes of everything that the page needs
LIMIT = 60_000


@pytest.fixture(autouse=True)
def _town() -> None:
    town.build()


def get(address: str = "/public/") -> str:
    response = Client().get(address)
    assert response.status_code == 200, address
    return html.unescape(response.content.decode())


def opened(key: str, name: str, site: str) -> Draft:
    return Draft(Opened(site=site, name=name), Shelter.ref(key), incident=INCIDENT)


def test_calm_times_say_so() -> None:
    page = get()
    assert "いま、有効な避難情報はありません。" in page and "開いている避難所はありません。" in page
    assert "000-111-2222" in page and "119" in page
    assert "No evacuation information is in force" in get("/public/en/")


def test_what_is_in_force_in_three_ways() -> None:
    approve(propose(texts={"easy": "川（かわ）から にげて ください。"}))
    record(opened("s1", "川端小学校", town.SCHOOL), town.ME)
    page = get()
    assert '<article class="order level-4"><h3>警戒レベル4 避難指示</h3>' in page
    assert "川端地区" in page and "川の水位が氾濫危険水位に達した。" in page and "川端小学校" in page
    assert "Alert Level 4: Evacuation order" in get("/public/en/")
    assert "川（かわ）から にげて ください。" in get("/public/easy/")
    plain = get("/public/text")
    assert "警戒レベル4 避難指示（川端地区）" in plain and "・川端小学校" in plain and "<" not in plain


def test_what_waits_or_was_lifted_is_not_there() -> None:
    propose()
    assert "避難指示" not in get()
    approve(propose())
    assert "避難指示" in get()
    approve(propose(act="lift", reason="水位が下がった。"), Act.LIFT)
    assert "避難指示" not in get()


def test_the_highest_level_of_an_area_is_shown() -> None:
    issue(ORDER, level=3, areas=[RIVER, COAST], where="川端地区・浜地区")
    issue(OTHER, level=5, areas=[RIVER])
    page = get()
    assert page.index("緊急安全確保") < page.index("高齢者等避難")
    lower = page[page.index('level-3"><h3>') :]
    assert re.search(r'<strong lang="ja">浜地区</strong>', lower)  # the river district is under level 5


def test_nobody_is_named_and_no_cookie_is_set() -> None:
    issue()
    response = Client().get("/public/")
    assert not response.cookies and "Cookie" not in response.get("Vary", "")
    for address in ("/public/", "/public/en/", "/public/easy/", "/public/text", "/public/feed.atom"):
        assert "本部 班長" not in get(address) and "副市長" not in get(address)


def test_caches_may_keep_it() -> None:
    issue()
    with worlds.at(worlds.now()):
        first = Client().get("/public/")
        assert "public" in first["Cache-Control"] and "max-age=10" in first["Cache-Control"]
        again = Client().get("/public/", headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304 and not again.content
    approve(propose(act="change", level=5), Act.CHANGE)
    assert Client().get("/public/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_feed_and_cap_are_what_they_say() -> None:
    entry = issue()
    response = Client().get("/public/feed.atom")
    assert response["Content-Type"].startswith("application/atom+xml")
    (item,) = read_feed(response.content, "feed").entries
    address = item.link.partition("//")[2].partition("/")[2]
    cap = Client().get(f"/{address}")
    assert cap["Content-Type"] == "application/cap+xml"
    assert read_alert(cap.content, "cap").identifier == entry.id
    assert Client().get("/public/cap/nothing.xml").status_code == 404
    assert Client().post("/public/").status_code == 405


def test_a_citys_worst_day_is_under_60_kilobytes() -> None:
    """Every district under an order, 120 shelters open, ten notices, and the style: all that a phone has to load."""
    areas = [
        Draft(AreaDescribed(name=f"{n}番目の地区", area_kind=AreaKind.DISTRICT), Area.ref(f"d{n}")) for n in range(13)
    ]
    sites = [
        Draft(
            SiteDescribed(
                name=f"灯町立第{n}中学校体育館",
                site_kind=SiteKind.SHELTER,
                address=f"灯町本町{n}丁目12-34",
                phone=f"000-1{n:03}",
            ),
            Site.ref(f"s{n}"),
        )
        for n in range(120)
    ]
    record([*areas, *sites], town.ME)
    record([opened(f"o{n}", f"灯町立第{n}中学校体育館", Site.ref(f"s{n}")) for n in range(120)], town.ME)
    for n in range(13):
        said = {"level": 3 + n % 3, "areas": [Area.ref(f"d{n}")], "where": f"{n}番目の地区", "danger": Danger.TSUNAMI}
        issue(f"publishing.order:o{n}", **said)
    for n in range(10):
        said = NoticeProposed(title=f"お知らせ{n}", body="給水所は小学校です。" * 12)
        (entry,) = record(Draft(said, Notice.ref(f"n{n}")), town.HONBU)
        record(Draft(NoticePublished(proposal=entry.id), Notice.ref(f"n{n}")), town.SHONIN)
    for variant in ("", "en/", "easy/"):
        response = Client().get(f"/public/{variant}")
        page = response.content.decode()
        assert page.count('class="order') == 13 and page.count("中学校体育館") == 120
        assets = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
        assert len(assets) == 1 and "<script" not in page
        total = len(response.content) + sum(map(_bytes, assets))
        assert total < LIMIT, f"{total} bytes"


def _bytes(address: str) -> int:
    """The size of a static file behind its fingerprinted address."""
    plain = re.sub(r"\.[0-9a-f]{8,}\.", ".", address.removeprefix("/static/")).partition("?")[0]
    found = finders.find(plain)
    assert isinstance(found, str), address
    return Path(found).stat().st_size


@pytest.mark.django_db(databases=["default", "training"])
def test_the_training_world_cannot_be_mistaken() -> None:
    with worlds.inhabit("training"):
        town.build()
        issue()
    page = get("/training/public/")
    assert "これは訓練です。" in page and 'class="band"' in page and "避難指示" in page
    assert get("/training/public/text").startswith("【訓練】")
    assert "避難指示" not in get("/public/") and 'class="band"' not in get("/public/")


def test_every_word_is_said_in_all_three_ways() -> None:
    for key, said in public_words.WORDS.items():
        assert all(said), key
    assert public_words.fullness("full", "en") == "Full" and public_words.fullness("", "ja") == "未確認"


def test_official_bulletins_about_us_while_they_are_news() -> None:
    def said(title: str, *here: Here, info: str = "issued") -> None:
        digest = datasets.put(title.encode(), "application/xml")
        fact = BulletinReceived.model_validate(
            {
                "digest": digest,
                "type": "VPWW61",
                "about": "weather",
                "status": "normal",
                "info": info,
                "title": title,
                "reported": worlds.now(),
                "here": here,
            }
        )
        record(Draft(fact, Telegram.ref(digest[:32])), town.ME)

    here = Here(code="0720400", name="灯町", kind="レベル４大雨危険警報", level=4)
    said("灯町の大雨危険警報", here)
    said("よその大雨危険警報")
    said("灯町の取り消された警報", here, info="cancelled")
    page = get()
    assert "灯町の大雨危険警報" in page and "灯町の大雨危険警報" in get("/public/text")
    assert "よその大雨危険警報" not in page and "取り消された" not in page
    with worlds.at(worlds.now() + timedelta(days=2)):
        assert newest_bulletins() == []


def test_what_warns_stays_on_the_page_while_it_is_in_force() -> None:
    def typed(level: str) -> None:
        entered = Entered("landslide", "県（電話）", "", "", worlds.now(), levels={"0720400": level})
        inbox.receive(*bulletin_of(entered))

    assert "いま出ている警報" not in get()
    typed("4")
    assert re.search(r"土砂災害 <strong>レベル4</strong> <span lang=\"ja\">灯町", get())
    assert "・土砂災害 レベル4 灯町" in get("/public/text")
    assert "Landslide <strong>Level 4</strong>" in get("/public/en/")
    typed("lifted")
    assert "いま出ている警報" not in get()
