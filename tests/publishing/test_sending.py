"""What goes out: by each channel once, tried again where it failed, nothing that was overtaken, and what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from tests.publishing import town
from tests.publishing.town import COAST, HONBU, INCIDENT, ORDER, RIVER, SHONIN, approve, issue, propose
from tomoshibi.bulletins.atom import read_feed
from tomoshibi.bulletins.cap.reading import read_alert
from tomoshibi.bulletins.cap.validation import validate
from tomoshibi.incidents import panels
from tomoshibi.incidents.actions import Firing, actions
from tomoshibi.incidents.deciding import Rule
from tomoshibi.journal import messages, tasks, worlds
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.projecting import contents, rebuild
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed
from tomoshibi.publishing import alerts, board, channels, queries, sending, wordings
from tomoshibi.publishing.channels import Channel
from tomoshibi.publishing.facts import RecipientDescribed
from tomoshibi.publishing.models import DeliveryRow
from tomoshibi.publishing.subjects import Recipient
from tomoshibi.publishing.words import Act
from tomoshibi.vocabulary import T

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _town(settings, monkeypatch) -> None:
    settings.TOMOSHIBI_APPRISE = []
    own = ("page", "feed", "cap", "mail", "service", "area_mail", "loudspeaker")  # rooms above have theirs
    monkeypatch.setattr(channels, "_channels", {key: channels._channels[key] for key in own})
    town.build()


def recipient(key: str, area: str = "") -> None:
    said = {"name": key, "email": f"{key}@town.example"} | ({"area": area} if area else {})
    record(Draft(RecipientDescribed(**said), Recipient.ref(key)), HONBU)


def run() -> None:
    for _ in range(3):
        tasks.tick()


def states(subject: str = ORDER) -> dict[str, tuple[str, int, int, int]]:
    row = queries.order(subject)
    assert row is not None
    return {line.key: (line.state, line.sent, line.failed, line.waiting) for line in board.lines(row)}


def test_an_approval_goes_out_by_every_channel_and_says_so() -> None:
    for key, area in (("police", ""), ("river", town.BLOCK), ("coast", COAST)):
        recipient(key, area)
    issue()
    assert states()["mail"] == ("waiting", 0, 0, 2) and mail.outbox == []
    run()
    assert sorted(m.to[0] for m in mail.outbox) == ["police@town.example", "river@town.example"]
    assert mail.outbox[0].subject == "【灯町】警戒レベル4 避難指示 発令（川端地区）"
    assert "川の水位が氾濫危険水位に達した。" in mail.outbox[0].body and "/public/" in mail.outbox[0].body
    assert states() == {
        "page": ("sent", 1, 0, 0),
        "feed": ("sent", 1, 0, 0),
        "cap": ("sent", 1, 0, 0),
        "mail": ("sent", 2, 0, 0),
        "service": ("off", 0, 0, 0),
        "area_mail": ("waiting", 0, 0, 1),
        "loudspeaker": ("waiting", 0, 0, 1),
    }
    run()
    assert len(mail.outbox) == 2


def test_whoever_lives_by_the_shore_hears_of_the_hazard_zone() -> None:
    for key, area in (("shore", COAST), ("river", RIVER), ("far", "")):
        recipient(key, area)
    record(Draft(AreaDescribed(geometry=town.square(140.895, 37.01, 0.002)), town.ZONE), town.ME)
    assert {r.name for r in queries.recipients([town.ZONE])} == {"far"}
    record(Draft(AreaDescribed(geometry=town.square(140.895, 37.01, 0.01)), town.ZONE), town.ME)
    assert {r.name for r in queries.recipients([town.ZONE])} == {"shore", "far"}
    assert {r.name for r in queries.recipients()} == {"shore", "river", "far"}


def test_a_proposal_sends_nothing_and_neither_does_folding() -> None:
    recipient("police")
    propose()
    run()
    assert mail.outbox == []
    approve(propose(level=5))
    run()
    sent = len(mail.outbox)
    before = contents()
    rebuild()
    run()
    assert sent == 1 and len(mail.outbox) == 1 and contents() == before


def test_a_failure_is_recorded_and_only_that_address_is_tried_again(monkeypatch) -> None:
    recipient("police")
    recipient("press")
    real = messages.mail

    def broken(message, address: str) -> None:
        if address.startswith("press"):
            raise OSError(f"no route to {address}")
        real(message, address)

    monkeypatch.setattr(sending, "mail", broken)
    issue()
    run()
    assert states()["mail"] == ("failed", 1, 1, 0)
    told = [str(line.text) for line in panels.told("next", INCIDENT, SHONIN)]
    assert "電子メール 送信失敗 1件" in told
    assert [d.note for d in DeliveryRow.objects.filter(outcome="failed")] == ["OSError: no route to …"]
    monkeypatch.undo()
    with worlds.at(worlds.now() + timedelta(minutes=5)):
        run()
    assert states()["mail"] == ("sent", 2, 0, 0)
    assert [m.to[0] for m in mail.outbox] == ["police@town.example", "press@town.example"]


def test_what_was_overtaken_is_not_sent_any_more() -> None:
    recipient("police")
    issue()
    approve(propose(act="lift", reason="水位が下がった。"), Act.LIFT)
    run()
    (only,) = mail.outbox
    assert "解除しました" in only.body and "発令しました" not in only.body


def test_services_of_the_town_are_told_and_never_from_a_drill(settings, monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(sending, "notify", lambda message, service: told.append(service))
    settings.TOMOSHIBI_APPRISE = ["slack://everybody", "sms://gate/{phone}"]
    issue()
    run()
    assert told == ["slack://everybody"]
    assert "everybody" not in str(list(EntryRow.objects.values_list("payload", flat=True)))


@pytest.mark.django_db(databases=["default", "training"])
def test_a_drill_says_that_it_is_one(settings) -> None:
    settings.TOMOSHIBI_APPRISE = ["slack://everybody"]
    with worlds.inhabit("training"):
        town.build()
        recipient("police")
        approval = issue()
        run()
        assert states()["service"] == ("off", 0, 0, 0)
        said = queries.approved(approval.id)
        assert said is not None
        alert = read_alert(alerts.cap_of(said), "test")
        assert alert.status == "Exercise" and alert.infos[0].headline.startswith("【訓練】")
    (only,) = mail.outbox
    assert only.subject.startswith("【訓練】") and "これは訓練です。" in only.body
    assert "/training/public/" in only.body


def test_another_room_registers_a_channel_of_its_own(monkeypatch) -> None:
    seen: list[tuple[str, int, list[str], list[str]]] = []

    def send(to_send: channels.Sending) -> str:
        names = [site.name for site in to_send.sites]
        seen.append((to_send.incident, to_send.proposal.level, [a.name for a in to_send.areas], names))
        assert to_send.fact_id("x") == to_send.fact_id("x") != to_send.fact_id("y")
        return "2施設"

    own = Channel("homes", T("施設", "Homes"), send)
    monkeypatch.setitem(channels._channels, "homes", own)
    with pytest.raises(ValueError, match="homes"):
        channels.register(Channel("homes", T("別", "Other"), send))
    issue()
    run()
    assert seen == [(INCIDENT, 4, ["川端地区"], ["川端小学校", "川端集会所"])]
    assert states()["homes"] == ("sent", 1, 0, 0)


def test_only_the_channels_that_were_approved() -> None:
    recipient("police")
    issue(channels=["page", "loudspeaker"])
    run()
    assert set(states()) == {"page", "loudspeaker"} and mail.outbox == []


def test_cap_passes_its_own_check_and_updates_refer_back() -> None:
    first = issue(areas=[RIVER, town.ZONE])
    change = approve(propose(act="change", level=5, areas=[RIVER]), Act.CHANGE)
    lift = approve(propose(act="lift", reason="水位が下がった。"), Act.LIFT)
    found = []
    for entry in (first, change, lift):
        said = queries.approved(entry.id)
        assert said is not None
        data = alerts.cap_of(said)
        assert validate(data, "test", worlds.now()).good
        found.append(read_alert(data, "test"))
    issued, changed, lifted = found
    assert [a.msg_type for a in found] == ["Alert", "Update", "Cancel"]
    assert [i.severity for a in found for i in a.infos] == ["Severe"] * 2 + ["Extreme"] * 2 + ["Minor"] * 2
    assert [r.identifier for r in lifted.references] == [first.id, change.id]
    assert lifted.infos[0].response_types == ("AllClear",)
    assert changed.infos[0].event == "警戒レベル5 緊急安全確保" and changed.infos[1].language == "en"
    assert [len(p.polygons) for p in issued.infos[0].areas] == [1, 1]
    assert issued.infos[0].areas[0].polygons[0][0] == (37.0, 140.8)
    feed = read_feed(alerts.feed(), "test")
    assert [e.id.rpartition(":")[2] for e in feed.entries] == [lift.id, change.id, first.id]


def test_texts_are_drafted_for_eye_and_ear() -> None:
    said = queries.proposal(propose(danger="tsunami").id)
    assert said is not None
    drafted = wordings.drafts(said)
    assert "津波" in drafted["ja"] and "警戒レベル4 避難指示" in drafted["ja"] and "川端小学校へ" in drafted["ja"]
    assert len(drafted["short_title"]) <= 15 and len(drafted["short"]) <= 200
    assert drafted["spoken"].count("全員、いま、安全な場所へ避難してください。") == 2
    assert all(len(line) <= 40 for line in drafted["spoken"].splitlines())
    assert "Evacuation order" in drafted["en"] and "（に）げて" in drafted["easy"]


@pytest.mark.parametrize("level", [3, 4, 5])
def test_a_long_story_fits_into_an_area_mail(level: int) -> None:
    entry = propose(level=level, where="川端地区" * 12, reason="雨が" * 300, advice="学校へ。" * 40)
    said = queries.proposal(entry.id)
    assert said is not None
    text = wordings.draft(said, "short")
    assert len(text) <= 200 and "川端地区" in text and text.endswith("（灯町）")
    assert wordings.too_long({"short": text + "あ" * 200})


def test_what_was_written_goes_out() -> None:
    said = queries.proposal(propose(texts={"ja": "川から離れてください。"}).id)
    assert said is not None
    assert wordings.text_of(said, "ja") == "川から離れてください。"
    assert wordings.text_of(said, "spoken").startswith("こちらは、防災灯町です。")


def firing(**fields: str) -> Firing:
    rule = Rule(name="警戒レベル4", when=(), do="propose_order", fields=fields)
    summary = T("大雨危険警報　灯町", "Heavy rain")
    return Firing(rule, None, summary, INCIDENT, None, system("trigger"), "act-1", worlds.now())  # type: ignore[arg-type]


def test_a_rule_proposes_and_never_issues() -> None:
    action = actions()["propose_order"]
    assert not action.problems(firing(level="4", areas="川端地区、浜地区", danger="flood").rule)
    wrong = action.problems(firing(level="2", danger="rain").rule)
    assert len(wrong) == 3 and all(problem.ja != problem.en for problem in wrong)
    made = action.drafts(firing(level="4", areas="川端地区、浜地区", danger="flood"))
    (entry,) = record(made, system("trigger"))
    (row,) = queries.waiting(INCIDENT)
    assert (row.state, row.area_refs, row.where) == ("proposed", [RIVER, COAST], "川端地区、浜地区")
    assert queries.in_force() == [] and record(made, system("trigger"))[0].subject == entry.subject
    told = [str(line.text) for line in panels.told("next", INCIDENT, SHONIN)]
    assert "避難指示 自動判断の案を確かめる" in told
    with pytest.raises(Refused, match="登録されていません"):
        action.drafts(firing(level="4", areas="どこか"))


def test_the_operations_room_is_told() -> None:
    entry = propose()
    told = {panel: panels.told(panel, INCIDENT, SHONIN) for panel in ("next", "due", "here", "papers")}
    assert [str(t.text) for t in told["next"]][:1] == ["避難指示 承認待ち（発令）"]
    assert told["due"][0].at == entry.happened
    approve(entry)
    assert "警戒レベル4 避難指示 川端地区（3,400人）" in [str(t.text) for t in panels.told("here", INCIDENT, SHONIN)]
    assert [t.text.ja for t in panels.told("papers", INCIDENT, SHONIN) if "決裁" in t.text.ja]
    assert "防災行政無線で伝える" in [str(t.text) for t in panels.told("next", INCIDENT, SHONIN)]
    (layer,) = [m for m in panels.map_layers(SHONIN) if m.key == "orders"]
    (drawn,) = layer.features(INCIDENT)
    assert drawn["properties"]["colour"] == "#AA00AA" and drawn["geometry"]["type"] == "Polygon"
    assert layer.features("incidents.incident:other") == []
