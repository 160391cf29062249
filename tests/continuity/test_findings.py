"""The seed city's gaps, from its own rows; each rule where it must speak and where it must be silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.continuity.plans import city
from tomoshibi.continuity.countermeasures import YEARS, rank
from tomoshibi.continuity.findings import RULES, Finding, findings
from tomoshibi.continuity.model_of_plan import Plan
from tomoshibi.continuity.models import DependencyRow, ItemRow
from tomoshibi.continuity.orders import best_order
from tomoshibi.continuity.plan_queries import TableRow
from tomoshibi.continuity.plan_tables import (
    BackupDescribed,
    CrewDescribed,
    DrillDescribed,
    MeasureDescribed,
    RiskDescribed,
)
from tomoshibi.continuity.recovery import Recoveries
from tomoshibi.continuity.rules_of_people import later
from tomoshibi.continuity.whatif import what_if
from tomoshibi.people.models import RoleRow

TODAY = date(2012, 1, 10)


def of_rule(plan: Plan, rule: str) -> list[Finding]:
    return [f for f in findings(plan, TODAY) if f.rule == rule]


def item(ref: str, kind: str = "system", **more: object) -> ItemRow:
    return ItemRow(subject=ref, code=ref, name=ref.upper(), kind=kind, **more)


def need(dependent: str, needs: str, kind: str = "runs_on", group: str = "") -> DependencyRow:
    return DependencyRow(subject=f"{dependent}{needs}", dependent=dependent, needs=needs, need=kind, group=group)


def backup(**said: object) -> TableRow[BackupDescribed]:
    return TableRow("b", BackupDescribed(name="copy", **said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "subjects"),
    [
        ("single_point", {"P01", "E02", "F03", "G00", "L16", "N01"}),
        ("one_place", {"D02", "D03", "D04", "D06"}),
        ("no_backup", {"D05"}),
        ("never_restored", {"D01", "D02", "D03", "D04", "D06"}),
        ("rpo_unreachable", {"S05", "D04"}),
        ("rto_below_needs", {"E03", "S01", "E06", "S05", "T05", "S02"}),
        ("rto_over_mtpd", {"E06"}),
        ("recovery_over_rto", {"E02", "E06"}),
        ("no_disaster_clause", {"C01", "C02", "C03", "C04"}),
        ("vendors_one_zone", {"V01", "V02", "V04"}),
        ("two_roles", {"0061"}),
        ("generator_untested", {"P02"}),
    ],
)
def test_the_citys_gaps(rule: str, subjects: set[str]) -> None:
    found = of_rule(city(), rule)
    assert subjects <= {subject for f in found for subject in f.subjects}


def test_what_the_city_has_right_is_not_found() -> None:
    found = findings(city(), TODAY)
    assert {f.rule for f in found} <= set(RULES) and len({f.rule for f in found}) >= 12
    alone = {f.subjects[0] for f in found if f.rule == "single_point"}
    assert not alone & {f"L{n:02}" for n in range(1, 16)}  # every line of a ring has another way round
    assert not alone & {"P02", "V03", "T03"}
    assert "D01" not in {f.subjects[0] for f in found if f.rule == "one_place"}
    assert "V03" not in {s for f in found if f.rule == "vendors_one_zone" for s in f.subjects}


def test_each_rule_falls_silent_when_the_gap_is_closed() -> None:
    role = RoleRow(subject="r", name="R", time="disaster", holder="p", deputies='["q"]')
    data = item("d", "data", site="here", rpo_hours=24)
    twice = tuple(need("s", x, group="either") for x in ("x", "y"))
    plan = Plan(
        (data, item("s"), item("x", "equipment"), item("y", "equipment"), item("w", "service"), item("v", "service")),
        (need("s", "d", "data"), *twice, need("w", "x"), need("v", "y")),
        (backup(item="d", place="there", every_hours=24, restore_tested=TODAY),),
        drills=(TableRow("t", DrillDescribed(name="t", every_months=12, last_held=date(2011, 1, 10))),),
        roles=(role,),
    )
    assert findings(plan, TODAY) == []
    assert [f.rule for f in findings(plan, date(2012, 1, 11))] == ["drill_overdue"]
    worse = replace(plan, backups=(backup(item="d", every_hours=25),), roles=(role, role))
    assert {f.rule for f in findings(worse, TODAY)} == {"one_place", "never_restored", "rpo_unreachable", "two_roles"}
    one = replace(plan, needs=(*plan.needs, need("v", "x")))
    (found,) = of_rule(one, "single_point")
    assert found.subjects == ("x",) and "2" in found.why.en


def test_rto_follows_the_alternative_that_is_back_first() -> None:
    items = (
        item("s", rto_hours=4),
        item("a", "equipment", rto_hours=48),
        item("b", "equipment", rto_hours=2),
        item("c", "power", rto_hours=9),
    )
    either = (need("s", "a", group="g"), need("s", "b", group="g"))
    assert of_rule(Plan(items, either), "rto_below_needs") == []
    (found,) = of_rule(Plan(items, (*either, need("b", "c"))), "rto_below_needs")
    assert found.subjects == ("c", "s", "b")  # both promise less than the power, 9 h, below them
    assert of_rule(Plan(items, (need("s", "a"),)), "rto_below_needs")[0].subjects == ("a", "s")
    demanded = Recoveries(Plan(items, (*either, need("b", "c")))).demanded
    assert demanded["c"] == 2 and demanded["a"] == 4


def test_months_end_where_months_end() -> None:
    assert later(date(2011, 8, 31), 6) == date(2012, 2, 29)
    assert later(date(2011, 12, 31), 12) == date(2012, 12, 31)


def test_the_rings_the_spur_and_the_tank_of_the_city() -> None:
    graph = city().graph
    for n in range(1, 16):
        assert what_if(graph, [f"L{n:02}"]).stages == []
    cut = what_if(graph, ["L16"])
    assert [node.of for node, _ in cut.isolated] == ["G13", "G14"]
    schools = [graph.nodes[graph.index[f"{site}→G00"]] for site in ("G13", "G14")]
    assert [[c.of for c in cut.causes(school)] for school in schools] == [["L16"], ["G13"]]
    assert {node.key for node, _ in cut.of_kind("service")} == {"W23", "W24"}
    assert [node.of for node, _ in what_if(graph, ["L01", "L05"]).isolated] == ["G01", "G02", "G03", "G06"]
    assert [s.hours for s in what_if(graph, ["P01"]).stages] == [24, 24.5]
    assert [s.hours for s in what_if(graph, ["P01", "P02"]).stages][:2] == [0, 0.5]
    assert "通信工事の事業者 工事受付 000-104-0001" in {t.who for t in cut.told}
    # a vendor is told once, with its number, however the rows write it
    told = [t.who for t in what_if(graph, ["P01", "P02"]).told]
    assert [who for who in told if "中通り" in who] == ["中通りの事業者 保守センター(24時間) 000-103-0001"]


def test_what_a_measure_saves_is_what_can_be_reckoned_by_hand() -> None:
    """A thing out for 20 hours twice a year, under a service: 40 hours a year, of which measures save a known part."""
    risk = TableRow("r1", RiskDescribed(name="r", hits=["x"], yearly=2, outage_hours=20))

    def measure(name: str, **said: object) -> TableRow[MeasureDescribed]:
        return TableRow(name, MeasureDescribed(name=name, risks=["r1"], **said))  # type: ignore[arg-type]

    plan = Plan(
        (item("x", "power"), item("w", "service")),
        (need("w", "x"),),
        risks=(risk,),
        measures=(
            measure("half as long", guards=["x"], shorter_percent=50, cost_yen=10_000_000),
            measure("half as often", guards=["x"], fewer_percent=50, cost_yen=1_000_000, yearly_yen=100_000),
            measure("all rarer", fewer_percent=25, yearly_yen=0),
            measure("done", guards=["x"], fewer_percent=100, state="done"),
        ),
    )
    ranking = rank(plan, runs=4_000)
    assert ranking.losses[0].yearly == 40
    by_name = {s.measure.title: s for s in ranking.savings}
    assert list(by_name) == ["all rarer", "half as often", "half as long"]
    assert by_name["half as long"].hours == 20 and by_name["half as long"].yen == 10_000_000 / YEARS
    assert by_name["half as long"].per_million == 20
    assert by_name["all rarer"].hours == 10
    assert abs(by_name["half as often"].hours - 20) < 4 * by_name["half as often"].error
    assert by_name["half as often"].yen == 200_000


def test_the_officers_order_and_the_people_that_a_service_serves() -> None:
    """One crew, two systems of one day's work: the officers' number decides, then the RTO; people weigh the hours."""
    crew = TableRow("crew", CrewDescribed(name="hands", people=1))
    said = {"recovery_min": 10, "recovery_likely": 10, "recovery_max": 10, "crew": "hands"}

    def plan(served: dict[str, int | None], order: dict[str, int]) -> Plan:
        systems = [item(k, "system", **said, rto_hours=r, work_order=order.get(k)) for k, r in (("a", 5), ("b", 50))]
        services = [item(f"w{k}", "service", people_served=served.get(k)) for k in "ab"]
        return Plan((*systems, *services), (need("wa", "a"), need("wb", "b")), crews=(crew,))

    by_rto = Recoveries(plan({}, {})).of(["b", "a"])
    assert [w.node for w in by_rto.model.works] == ["a", "b"] and by_rto.ordered == 0 and by_rto.unit.en == "h"
    by_officers = Recoveries(plan({"a": 3, "b": 1}, {"b": 1})).of(["a", "b"])
    assert [w.node for w in by_officers.model.works] == ["b", "a"] and by_officers.ordered == 1
    assert by_officers.unit.en == "person-hours"
    found = best_order(by_officers.model, 1, 10, 2)
    # b first: 10 h × 1 + 20 h × 3 people; a first: 10 × 3 + 20 × 1
    assert (found.officers, found.ours, found.gain) == (70, 50, 20)
    some = Recoveries(plan({"a": 7}, {}))
    assert some.services == {"wa": 7, "wb": 7} and "WB" in some.counted.en
