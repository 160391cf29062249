"""The phone page: by signed link, forms without a script, taps that arrive late, nothing twice or for others."""

from __future__ import annotations

import io
import re
import uuid
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from tests.facilities import home
from tests.facilities.home import CARER, HOME, HQ, INCIDENT, OTHER, head, resident
from tomoshibi.facilities import links, queries
from tomoshibi.facilities.checks import sheets
from tomoshibi.facilities.evacuation_facts import Answered, CountCancelled, Counted, EvacuationEnded
from tomoshibi.facilities.facts import ResidentDescribed
from tomoshibi.facilities.models import EvacuationRow, HeadcountRow
from tomoshibi.facilities.subjects import evacuation_of, headcount_of
from tomoshibi.facilities.teams import sheet_key
from tomoshibi.facilities.words import Answer, Phase, Role, Team
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal import tasks, worlds
from tomoshibi.journal.accounts import managing
from tomoshibi.journal.accounts.models import Reading
from tomoshibi.journal.laws import breaches
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.models import SiteRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> str:
    home.build()
    return f"/f/{links.token(SiteRow.objects.get(subject=home.SUN))}/"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def tap(client: Client, page: str, **data: str) -> str:
    """Open the page, tap, follow to what is shown."""
    html = text(client, page)
    hidden = {n: m[1] for n in ("page", "heads") if (m := re.search(rf'name="{n}" value="([^"]*)"', html))}
    if "answer" not in data:
        hidden.pop("heads", None)
    response = client.post(page, {**hidden, **data}, follow=True)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def printed(pdf: bytes) -> str:
    """What stands on a PDF, without blanks."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def names(html: str, part: str) -> list[str]:
    """Names on the cards of those still missing, or in the list of those who are met."""
    tag = r'<li class="person".*?class="name">([^<]+)<' if part == "missing" else r'class="name">✓ ([^<]+)<'
    return re.findall(tag, html, re.DOTALL)


def test_what_came_is_told_without_sign_in(client: Client, page: str) -> None:
    html = text(client, page)
    for word in (
        "ひだまり園",
        "警戒レベル3",
        "本町地区",
        "小本川",
        "いま避難を始めて",
        "避難を始めた",
        "施設にとどまる",
    ):
        assert word in html, word
    assert names(html, "missing") == ["灯　花", "灯　梅", "灯　太郎", "灯　菊", "灯　松"]
    assert "0/5" in html and "灯　留守" not in html  # in hospital: not expected
    assert not client.cookies and " style=" not in html and "onclick" not in html
    assert {r.where for r in Reading.objects.all()} == {"/f/"}  # and not the link itself
    assert Reading.objects.count() == 5


def test_counting_out_and_in_and_handing_over(client: Client, page: str) -> None:
    tap(client, page, answer="leaving", destination="本町小学校", reason="")
    html = ""
    for key in ("hana", "ume", "taro", "kiku"):
        html = tap(client, page, resident=key, phase="out", showing="out")
    assert names(html, "missing") == ["灯　松"] and "4/5" in html and "あと1人" in html
    html = tap(client, page, resident="matsu", phase="out", showing="out")
    assert "全員を確認" in html
    for key in ("ume", "taro", "kiku"):
        tap(client, f"{page}?phase=in", resident=key, phase="in", showing="in")
    html = tap(
        client,
        f"{page}?phase=in",
        resident="hana",
        contact="灯　娘／長女／000-555-6666",
        identity="document",
        by="鈴木",
        showing="in",
    )
    assert names(html, "missing") == ["灯　松"] and "灯　娘（長女）" in html
    tap(client, page, answer="arrived")
    row = HeadcountRow.objects.get(resident=resident("hana"))
    assert (row.handed_to, row.relation, row.identity, row.handed_by) == ("灯　娘", "長女", "document", "鈴木")
    (state,) = queries.states(INCIDENT)
    assert (state.counts.expected, state.counts.out, state.counts.arrived, state.counts.handed) == (5, 5, 3, 1)
    assert (state.counts.safe, state.counts.missing, state.lacks) == (4, 1, 1)
    assert state.evacuation.destination == "本町小学校"
    entry = EntryRow.objects.filter(kind="facilities.counted").first()
    assert entry is not None and entry.actor == f"{HOME} ひだまり園" and entry.incident == INCIDENT


def test_a_mistake_is_taken_back_by_a_further_fact(client: Client, page: str) -> None:
    tap(client, page, resident="hana", phase="out")
    row = HeadcountRow.objects.get()
    html = tap(client, page, resident="hana", cancel=row.out_entry)
    assert "0/5" in html and HeadcountRow.objects.get().out_at is None
    assert EntryRow.objects.filter(kind="facilities.counted").count() == 1


def test_two_phones_that_count_the_same_person_make_it_seen(client: Client, page: str) -> None:
    for by, phone in (("佐藤", "K7"), ("鈴木", "M2")):
        html = tap(client, page, resident="hana", phase="out", by=by, phone=phone)
    assert "1人が2回以上" in html and "1/5" in html
    again = re.search(r'<div class="again">(.*?)</div>', html, re.DOTALL)
    assert again is not None
    said = re.sub("<[^>]+>", "", again[1])
    assert re.search(r"建物を出た 2回: \d\d:\d\d 佐藤（端末K7）／\d\d:\d\d 鈴木（端末M2）", said)  # who, and when


def test_two_at_night_with_two_phones_and_no_network(client: Client, page: str) -> None:
    """Both count everybody out and in while there is no network; it returns an hour later, the second phone first."""
    people = ("hana", "ume", "taro", "kiku", "matsu")

    def taps(who: tuple[str, ...], phase: str, first: int) -> list[dict[str, str]]:
        return [
            {"page": str(uuid.uuid4()), "resident": key, "phase": phase, "ago": str(first - 60 * n)}
            for n, key in enumerate(who)
        ]

    upstairs = [*taps(people[:3], "out", 3600), *taps(people[:3], "in", 1800)]
    below = [*taps(people[2:], "out", 3500), *taps(people[3:], "in", 1700)]  # and Taro once more
    family = {"resident": "matsu", "identity": "known", "to": "灯　娘", "relation": "長女"}
    below.append({"page": str(uuid.uuid4()), "ago": "600", **family})
    for body in (*below, *upstairs, *below):  # what was sent and not acknowledged is sent again
        assert client.post(page, body, headers={"X-Queued": "1"}).status_code == 204
    (state,) = queries.states(INCIDENT)
    counts = state.counts
    assert (counts.expected, counts.out, counts.arrived, counts.handed) == (5, 5, 5, 1)
    assert (counts.missing, counts.twice) == (0, 1)
    assert "建物を出た <strong>2回" in text(client, f"{page}?phase=out")
    times = list(EntryRow.objects.filter(kind="facilities.counted").values_list("happened_at", flat=True))
    assert len(times) == 11 == len(set(times))  # each its own
    assert HeadcountRow.objects.get(resident=resident("taro")).out_times == 2


def test_teams_form_on_the_phone(client: Client, page: str) -> None:
    html = text(client, f"{page}teams/")
    assert html.count("まだ誰もいません") == 4 and "風水害・雪 避難" in html
    for team in ("lead", "command", "info"):
        html = tap(client, f"{page}teams/", join=team, person="夜勤　一郎")
    html = tap(client, f"{page}teams/", join="move", person="夜勤　二郎")
    assert "まだ誰もいません" not in html and html.count("夜勤　一郎") == 9  # thrice: the name, and the button to leave
    html = tap(client, f"{page}teams/", leave="info 夜勤　一郎")
    assert html.count("まだ誰もいません") == 1
    assert client.post(f"{page}teams/", {"page": str(uuid.uuid4()), "join": "lead", "person": " "}).status_code == 422
    with worlds.at(datetime.now(UTC) + timedelta(minutes=2000)):
        tap(client, f"{page}sheets/storm-during/", check="1 yes", sheet="storm-during")
        html = text(client, f"{page}teams/")
    done = [(int(a), int(b)) for a, b in re.findall(r"済み (\d+)／(\d+)", html)]
    late = [int(n) for n in re.findall(r"遅れ (\d+)", html)]
    whose = sheets()["storm-during"].items
    mine = [len([i for i in whose if i.role in (*team.roles, Role.ALL)]) for team in Team]
    assert [b for _, b in done] == mine and sum(a for a, _ in done) >= 1
    assert late == [b - a for a, b in done]  # after so long all of it is


def test_every_item_of_a_disasters_sheet_is_some_teams() -> None:
    assert {role for team in Team for role in team.roles} | {Role.ALL} == set(Role)


def test_the_sheet_follows_the_disaster(client: Client, page: str) -> None:
    row = EvacuationRow.objects.get(subject=home.EVACUATION)
    assert sheet_key(row) == "storm-during" and sheet_key(None) == "storm-during"
    tap(client, page, answer="staying")
    assert sheet_key(EvacuationRow.objects.get(subject=home.EVACUATION)) == "storm-stranded"
    IncidentRow.objects.update(hazard="earthquake")
    for hour, key in ((2, "quake-night"), (5, "quake-day")):  # 02:00 and 14:00 in Japan
        row.first_notified_at = datetime(2026, 11, 22, (hour * 3 + 11) % 24, tzinfo=UTC)
        assert sheet_key(row) == key


def test_handed_over_with_reason_and_signature_and_a_receipt(client: Client, page: str) -> None:
    receipt = f"{page}receipts/hana.pdf"
    assert client.get(receipt).status_code == 404
    told = {"to": "灯　娘", "relation": "長女", "identity": "document", "identity_note": "免許証", "by": "佐藤"}
    tap(client, f"{page}cards/", resident="hana", **told, reason="自宅で見る", signature="10,20 60,40;5,5 9,9")
    row = HeadcountRow.objects.get()
    assert (row.handed_reason, row.signature, row.signed) == ("自宅で見る", "10,20 60,40;5,5 9,9", "")
    tap(client, f"{page}cards/", resident="ume", **told, signature="<script>", signed="灯　娘")
    assert HeadcountRow.objects.get(subject=head("ume")).signature == ""  # no signature, and the hand-over stands
    assert "receipts/ume.pdf" in text(client, f"{page}cards/")
    written = printed(client.get(receipt).content)
    for word in ("灯花", "灯娘", "長女", "身分証で確認免許証", "自宅で見る", "佐藤", "施設の控え"):
        assert word in written, word
    assert "本人が端末で入力" in printed(client.get(f"{page}receipts/ume.pdf").content)
    assert client.get(f"{page}receipts/wave.pdf").status_code == 404  # of another home


def test_what_a_phone_sends_late_belongs_to_the_evacuation_it_was_made_in(client: Client, page: str) -> None:
    """Headquarters ended it while the phone had no network: nothing begins anew, and nobody is lost."""
    record(Draft(EvacuationEnded(), home.EVACUATION, incident=INCIDENT), HQ)
    made = {"evacuation": home.EVACUATION.partition(":")[2], "resident": "hana", "phase": "in"}
    body = {**made, "page": str(uuid.uuid4()), "ago": "600"}
    assert client.post(page, body, headers={"X-Queued": "1"}).status_code == 204
    assert HeadcountRow.objects.get().evacuation == home.EVACUATION and EvacuationRow.objects.get().ended_at
    body = {**made, "page": str(uuid.uuid4()), "ago": "0", "resident": "ume"}  # but after its end it is another
    assert client.post(page, body, headers={"X-Queued": "1"}).status_code == 204
    assert EvacuationRow.objects.get().source == "own"


def test_taps_that_waited_arrive_once_and_with_their_own_time(client: Client, page: str) -> None:
    body = {"page": str(uuid.uuid4()), "resident": "hana", "phase": "out", "ago": "600"}
    for _ in range(3):
        assert client.post(page, body, headers={"X-Queued": "1"}).status_code == 204
    assert EntryRow.objects.filter(kind="facilities.counted").count() == 1
    counted = HeadcountRow.objects.get().out_at
    assert counted is not None and abs(datetime.now(UTC) - timedelta(minutes=10) - counted) < timedelta(minutes=1)
    refused = client.post(page, {**body, "resident": "wave"}, headers={"X-Queued": "1"})
    assert refused.status_code == 422 and "入所者ではありません" in refused.json()["text"]


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "perhaps"},
        {"resident": "hana", "phase": "later"},
        {"resident": "hana"},
        {},
        {"resident": "hana", "phase": "out", "ago": "x"},
        {"resident": "hana", "identity": "document", "to": "", "relation": ""},
        {"resident": "hana", "identity": "", "to": "灯　娘", "relation": "長女"},
        {"resident": "nobody", "phase": "out"},
    ],
)
def test_what_is_not_on_the_page_is_refused_and_recorded_nowhere(client: Client, page: str, body) -> None:
    before = EntryRow.objects.count()
    response = client.post(page, {"page": str(uuid.uuid4()), **body})
    assert response.status_code == 422 and 'role="alert"' in response.content.decode()
    assert client.post(page, {"answer": "leaving"}).status_code == 422  # a page without its id
    assert EntryRow.objects.count() == before


def test_the_link_is_for_its_facility_alone(client: Client, page: str) -> None:
    found = links.read(page.split("/")[2])
    assert found is not None
    actor, site = found
    assert site.subject == home.SUN and actor.sites("facilities.counted") == {home.SUN}
    assert not actor.may("facilities.notified", site=home.SUN) and not actor.may("facilities.counted", site=home.SEA)
    assert client.get(page[:-3] + "/").status_code == 404
    with worlds.at(datetime.now(UTC) + timedelta(days=15)):
        assert client.get(page).status_code == 404
    assert client.get("/facilities/").status_code == 302  # it opens no other page


@pytest.mark.django_db(databases=["default", "training"])
def test_a_link_of_training_opens_nothing_real(client: Client) -> None:
    home.build()
    with worlds.inhabit("training"):
        home.build()
        token = links.token(SiteRow.objects.get(subject=home.SUN))
    assert client.get(f"/f/{token}/").status_code == 404
    assert "【訓練】" in text(client, f"/training/f/{token}/")


def test_a_facility_leaves_by_itself_before_any_notice(client: Client) -> None:
    home.build()
    record(Draft(EvacuationEnded(), home.EVACUATION, incident=INCIDENT), HQ)
    page = f"/f/{links.token(SiteRow.objects.get(subject=home.SEA))}/"
    assert "知らせはまだありません" in text(client, page)
    tap(client, page, answer="leaving", reason="裏山から水が出ている")
    row = EvacuationRow.objects.get(subject=evacuation_of(INCIDENT, OTHER))
    assert (row.source, row.answer, row.reason) == ("own", "leaving", "裏山から水が出ている")
    assert "施設の判断による避難" in text(client, page)


def test_whoever_stays_tells_the_fire_brigade(client: Client, page: str) -> None:
    html = tap(client, page, answer="staying", reason="道路が冠水")
    assert "119" in html and queries.states(INCIDENT)[0].wants_brigade


def test_the_same_page_for_an_account_of_that_facility(client: Client, page: str) -> None:
    managing.add("kaigo", "介護 職員", ["facility"], site=home.SUN, password="lamp-in-the-dark")
    client.force_login(get_user_model().objects.get(username="kaigo"))
    html = tap(client, "/facilities/sun/count/", resident="hana", phase="out")
    assert "1/5" in html and "csrfmiddlewaretoken" in html
    assert client.get("/facilities/sea/count/").status_code == 403
    assert client.get("/facilities/none/count/").status_code == 404


def test_the_mail_brings_the_link(client: Client, page: str) -> None:
    record(home.notified(OTHER, "なぎさ荘"), HQ)
    tasks.tick(only="facilities.send")
    (sent,) = mail.outbox
    assert sent.to == ["sun@home.example"] and "警戒レベル3" in sent.subject
    assert "小本川" in sent.body and "いま避難" in sent.body
    address = re.search(r"https?://[^/]+(/f/\S+/)", sent.body)
    assert address is not None and "警戒レベル3" in text(client, address[1])
    rows = {r.site: r for r in EvacuationRow.objects.all()}
    assert rows[home.SUN].sent_by == "mail"
    assert "電話で" in rows[home.SEA].failed  # no address: it is told so, and not tried again
    tasks.tick(only="facilities.send")
    assert len(mail.outbox) == 1


def test_a_double_count_stands_on_the_conflicts_page_until_it_is_settled(client: Client, page: str) -> None:
    for key in ("hana", "hana", "ume"):
        tap(client, page, resident=key, phase="out")
    (found,) = [f for law, found in breaches() if law.name == "facilities.counted_once" for f in found]
    assert found.subjects == (head("hana"),) and "入所者1人" in found.text.ja and "花" not in found.text.ja
    tap(client, page, resident="hana", cancel=HeadcountRow.objects.get(subject=head("hana")).out_entry)
    assert not [law for law, _ in breaches() if law.name == "facilities.counted_once"]


def test_laws(page: str) -> None:
    def broken() -> dict[str, int]:
        return {law.name: len(found) for law, found in breaches() if law.name.startswith("facilities.")}

    assert broken() == {}
    record([home.count(k, Phase.IN, "本町小学校") for k in ("ume", "taro", "kiku", "matsu")], CARER)
    record(Draft(Answered(answer=Answer.ARRIVED), home.EVACUATION, incident=INCIDENT), CARER)
    assert broken() == {"facilities.all_arrived": 1}
    record(home.handover("hana"), CARER)
    assert broken() == {}
    with worlds.at(datetime.now(UTC) + timedelta(minutes=3)):
        record(home.count("hana", Phase.IN), CARER)
    assert broken() == {"facilities.gone_with_family": 1}

    record(Draft(CountCancelled(cancels=HeadcountRow.objects.get(subject=head("hana")).in_entry), head("hana")), CARER)
    assert broken() == {}
    record(Draft(ResidentDescribed(facility=OTHER), resident("ume")), HQ)
    fact = Counted(facility=OTHER, name="なぎさ荘", resident=resident("ume"), phase=Phase.IN)
    record([home.notified(OTHER, "なぎさ荘")], HQ)
    record(Draft(fact, headcount_of(INCIDENT, OTHER, resident("ume")), incident=INCIDENT), HQ)
    assert broken() == {"facilities.at_one_place": 1}
