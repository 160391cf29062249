"""Every fact of the room records, refuses, rebuilds, merges and prints; states are tracks over the world's time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.journal.case import FactCase
from tests.journal.worlds import founded
from tomoshibi.continuity import queries
from tomoshibi.continuity.facts import (
    BackupChecked,
    ConditionExplained,
    ConditionReported,
    DataChecked,
    ItemDescribed,
    ItemReinstated,
    ItemRetired,
    RestorationReported,
    SitesCut,
    StateChanged,
)
from tomoshibi.continuity.report_facts import (
    CounterClosed,
    CounterDescribed,
    CounterEventCancelled,
    CounterOpened,
    CounterRetired,
    IntroductionWithdrawn,
    SystemIntroduced,
)
from tomoshibi.continuity.subjects import Condition, Counter, Introduction, Item
from tomoshibi.continuity.words import Aspect, Backup, CounterKind, ItemKind, Loss, State
from tomoshibi.incidents.subjects import Incident
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Fact, Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import speak

ME = system("test")
INCIDENT = Incident.ref("quake")
LAN, POWER = Item.ref("lan"), Item.ref("power")
ITEMS = (
    Draft(ItemDescribed(name="庁内ネットワーク", item_kind=ItemKind.NETWORK, order=1), LAN),
    Draft(ItemDescribed(name="電源", item_kind=ItemKind.POWER, order=2), POWER),
)
HEADQUARTERS = Actor("user:honbu", "本部", (("headquarters", ""),))
CLERK = Actor("user:clerk", "窓口", (("clerk", ""),))


class InIncident(FactCase):
    """A fact of an incident."""

    __test__ = False

    def draft(self, fact: Fact | None = None) -> Draft:
        return Draft(fact or self.fact, self.subject, incident=INCIDENT)


class TestItemDescribed(FactCase):
    fact = ItemDescribed(code="S01", name="住基システム", item_kind=ItemKind.SYSTEM, holds_data=True, order=10)
    subject = Item.ref("residents")
    refused = (ItemDescribed(name=" "),)
    strangers = (Actor("user:nobody", "よそ者"), HEADQUARTERS)

    def holds(self, state: Item) -> None:
        assert (state.title(), state.order.value, state.item_kind.value) == ("住基システム", 10, ItemKind.SYSTEM)


class TestItemRetired(FactCase):
    before = ITEMS
    fact = ItemRetired(reason="更新")
    subject = LAN
    refused = (ItemRetired(reason="もう一度"),)

    def holds(self, state: Item) -> None:
        assert [x.subject for x in queries.items()] == [POWER]


class TestItemReinstated(FactCase):
    before = (*ITEMS, Draft(ItemRetired(reason="誤り"), LAN))
    fact = ItemReinstated(reason="訂正")
    subject = LAN
    refused = (ItemReinstated(reason="もう一度"),)

    def holds(self, state: Item) -> None:
        assert queries.items().count() == 2


class TestStateChanged(InIncident):
    __test__ = True
    before = ITEMS
    fact = StateChanged(item=LAN, state=State.STOPPED, cause=POWER, note="停電", name="庁内ネットワーク")
    subject = Condition.of_item(INCIDENT, LAN)
    refused = (
        StateChanged(item=LAN, state=State.STOPPED, cause=LAN),
        StateChanged(item=POWER, state=State.STOPPED),
        StateChanged(item=Item.ref("nothing"), state=State.STOPPED),
    )

    def holds(self, state: Condition) -> None:
        assert (state.state.value, state.cause.value, state.note.value) == (State.STOPPED, POWER, "停電")
        assert state.title() == "庁内ネットワーク"
        assert self.fact.tell().ja == "庁内ネットワーク: 停止（原因: 電源）　停電"

    def test_needs_an_incident(self) -> None:
        with pytest.raises(Refused):
            record(Draft(self.fact, self.subject), ME)


class TestDataChecked(InIncident):
    __test__ = True
    before = ITEMS
    fact = DataChecked(item=LAN, loss=Loss.PARTLY, note="二日分")
    subject = Condition.of_item(INCIDENT, LAN, Aspect.DATA)

    def holds(self, state: Condition) -> None:
        assert (state.aspect.value, state.state.value) == (Aspect.DATA, Loss.PARTLY)


class TestBackupChecked(InIncident):
    __test__ = True
    before = ITEMS
    fact = BackupChecked(item=LAN, backup=Backup.USED, name="庁内ネットワーク")
    subject = Condition.of_item(INCIDENT, LAN, Aspect.BACKUP)

    def holds(self, state: Condition) -> None:
        assert (state.state.value, state.title()) == (Backup.USED, "庁内ネットワーク バックアップデータ")


class TestConditionExplained(InIncident):
    __test__ = True
    before = ITEMS
    fact = ConditionExplained(item=LAN, cause=POWER, note="主スイッチの電源")
    subject = Condition.of_item(INCIDENT, LAN)
    refused = (ConditionExplained(cause=LAN),)

    def holds(self, state: Condition) -> None:
        assert (state.state.value, state.cause.value) == (None, POWER)


class TestSitesCut(InIncident):
    __test__ = True
    before = ITEMS
    fact = SitesCut(item=LAN, cut_sites=["places.site:school"])
    subject = Condition.of_item(INCIDENT, LAN)

    def holds(self, state: Condition) -> None:
        assert state.cut_sites.value == ["places.site:school"]


class TestConditionReported(InIncident):
    __test__ = True
    before = ITEMS
    fact = ConditionReported(item=LAN, work=True, work_note="交換", support_needed=False, immediately="一部停止")
    subject = Condition.of_item(INCIDENT, LAN)
    refused = (ConditionReported(item=POWER, work=True),)

    def holds(self, state: Condition) -> None:
        assert (state.work.value, state.support_needed.value) == (True, False)


class TestRestorationReported(InIncident):
    __test__ = True
    before = ITEMS
    fact = RestorationReported(item=LAN, restored_on=date(2026, 3, 12), name="庁内ネットワーク")
    subject = Condition.of_item(INCIDENT, LAN)

    def holds(self, state: Condition) -> None:
        assert self.fact.tell().ja == "庁内ネットワークの平常復帰: 2026年3月12日"
        with speak("en"):
            assert str(self.fact.tell()) == "庁内ネットワーク back to normal: 12 March 2026"


class TestSystemIntroduced(InIncident):
    __test__ = True
    fact = SystemIntroduced(name="被災者支援システム", victim_support=True, considered=date(2026, 6, 1))
    subject = Introduction.ref("victims")
    refused = (SystemIntroduced(name=""),)

    def holds(self, state: Introduction) -> None:
        assert state.title() == "被災者支援システム"


class TestIntroductionWithdrawn(InIncident):
    __test__ = True
    before = (Draft(SystemIntroduced(name="誤り"), Introduction.ref("wrong"), incident=INCIDENT),)
    fact = IntroductionWithdrawn(reason="別の事案")
    subject = Introduction.ref("wrong")
    refused = (IntroductionWithdrawn(reason="もう一度"),)

    def holds(self, state: Introduction) -> None:
        assert not queries.introductions(INCIDENT).exists()


COUNTER = Counter.ref("citizens")
DESCRIBED = (Draft(CounterDescribed(name="市民課窓口", counter_kind=CounterKind.ORDINARY), COUNTER),)


class TestCounterDescribed(FactCase):
    fact = CounterDescribed(name="市民課窓口", order=3)
    subject = COUNTER
    refused = (CounterDescribed(name=""),)
    strangers = (Actor("user:nobody", "よそ者"), CLERK)

    def holds(self, state: Counter) -> None:
        assert state.order.value == 3


class TestCounterRetired(FactCase):
    before = DESCRIBED
    fact = CounterRetired(reason="統合")
    subject = COUNTER
    refused = (CounterRetired(reason="もう一度"),)

    def holds(self, state: Counter) -> None:
        assert not queries.counters().exists()


class TestCounterOpened(InIncident):
    __test__ = True
    before = DESCRIBED
    fact = CounterOpened(on=date(2026, 3, 14), partly=True, place="文化センター")
    subject = COUNTER
    actor = CLERK

    def holds(self, state: Counter) -> None:
        (event,) = queries.counter_events(INCIDENT)
        assert (event.on, event.partly, event.opened) == (date(2026, 3, 14), True, True)


class TestCounterClosed(InIncident):
    __test__ = True
    before = DESCRIBED
    fact = CounterClosed(note="停電")
    subject = COUNTER

    def holds(self, state: Counter) -> None:
        assert [e.opened for e in queries.counter_events(INCIDENT)] == [False]


class TestCounterEventCancelled(InIncident):
    __test__ = True
    OPENING = "5e0e3f0c-0000-4000-8000-0000000000aa"
    before = (*DESCRIBED, Draft(CounterOpened(), COUNTER, id=OPENING, incident=INCIDENT))
    fact = CounterEventCancelled(cancels=OPENING, reason="日付の誤り")
    subject = COUNTER
    refused = (CounterEventCancelled(cancels=OPENING, reason="もう一度"),)

    def holds(self, state: Counter) -> None:
        assert not queries.counter_events(INCIDENT).exists()


AT = datetime(2026, 3, 11, 6, tzinfo=UTC)


@pytest.mark.django_db
def test_a_state_is_a_track_over_the_worlds_time() -> None:
    founded("default")
    record(ITEMS, ME)
    subject = Condition.of_item(INCIDENT, LAN)

    def found(hours: int, state: State, **said: Any) -> None:
        at = AT + timedelta(hours=hours)
        record(Draft(StateChanged(item=LAN, state=state, **said), subject, happened_at=at, incident=INCIDENT), ME)

    found(1, State.STOPPED, cause=POWER, note="停電")
    found(3, State.STOPPED)  # looked at again: it is so since the first time
    (line,) = (x for x in queries.board(INCIDENT).lines if x.item.subject == LAN)
    assert line.condition is not None
    assert (line.state, line.condition.since) == (State.STOPPED, AT + timedelta(hours=1))
    assert (line.condition.confirmed_at, line.cause) == (AT + timedelta(hours=3), "")
    found(8, State.IN_USE)
    found(2, State.DEGRADED, note="紙で後から届いた")  # overturns nothing newer
    (line,) = (x for x in queries.board(INCIDENT).lines if x.item.subject == LAN)
    assert line.condition is not None
    assert (line.state, line.condition.note) == (State.IN_USE, "")
    track = queries.points(INCIDENT)[LAN, Aspect.ITEM]
    assert [(p.state, p.note) for p in track] == [
        ("stopped", "停電"),
        ("degraded", "紙で後から届いた"),
        ("stopped", ""),
        ("in_use", ""),
    ]


@pytest.mark.django_db
def test_unknown_is_not_unconfirmed() -> None:
    founded("default")
    record(ITEMS, ME)
    record(Draft(StateChanged(item=LAN, state=State.UNKNOWN), Condition.of_item(INCIDENT, LAN), incident=INCIDENT), ME)
    board = queries.board(INCIDENT)
    assert dict(board.counts) == {"unknown": 1, "unconfirmed": 1}
    assert [x.item.subject for x in board.down] == [LAN]
    assert [x.item.subject for x in board.unconfirmed] == [POWER]
    assert queries.board(Incident.ref("another")).counts["unconfirmed"] == 2
