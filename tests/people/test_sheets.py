"""Staff, sections, roles and rules as spreadsheets: out and in again, bad rows named, nothing loaded until told."""

from __future__ import annotations

import io

import pytest

from tests.people import town
from tests.people.town import ME
from tomoshibi.documents import SheetRefused, write_csv, write_xlsx
from tomoshibi.journal import nodes
from tomoshibi.journal.models import EntryRow
from tomoshibi.people import demo, queries
from tomoshibi.people.models import RoleRow, RuleRow, SectionRow, StaffRow
from tomoshibi.people.sheets import (
    load_roles,
    load_rules,
    load_sections,
    load_staff,
    role_sheet,
    rule_sheet,
    section_sheet,
    staff_sheet,
)
from tomoshibi.places import demo as places

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _node() -> None:
    nodes.found("test")


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_a_new_town_from_four_lists() -> None:
    done = load_sections(csv("コード,課名,部局,対策班", "11,情報政策課,総務部,統括班", "1,総務部,,"), ME)
    assert done.new == 2
    ict = SectionRow.objects.get(name="情報政策課")
    assert ict.parent == SectionRow.objects.get(name="総務部").subject  # named above it in the list
    done = load_staff(
        csv(
            "番号,氏名,フリガナ,所属課,役職,資格,メールアドレス,所要",
            "0001,灯󠄀 花子,あかり はなこ,情報政策課,課長,防災士、手話,a@town.example,○",
            "0002,髙橋 太郎,たかはし たろう,11,係長,,,×",
        ),
        ME,
    )
    assert done.new == 2
    head = StaffRow.objects.get(number="0001")
    assert (head.name, head.needed, head.skills, head.section) == ("灯󠄀 花子", True, "防災士、手話", ict.subject)
    done = load_roles(csv("役割名,時期,担当者,代理", "情報システム責任者,災害時,0001,髙橋太郎"), ME)
    assert done.new == 1
    role = RoleRow.objects.get()
    assert role.chain == [head.subject, StaffRow.objects.get(number="0002").subject]
    done = load_rules(
        csv("名称,範囲,対象の課,ほかに呼ぶ役割", "震度4,所要の職員,情報政策課,情報システム責任者（災害時）"), ME
    )
    assert done.new == 1
    rule = RuleRow.objects.get()
    assert (rule.members, rule.section_refs, rule.role_refs) == ("needed", [ict.subject], [role.subject])
    assert [p.number for p in queries.who_is_called(rule)] == ["0001"]


def test_bad_rows_of_staff_are_named() -> None:
    town.build()
    sheet = csv(
        "職員番号,氏名,所属,メール,所要の職員",
        "1000,よい人,建設課,,はい",
        "1001,,建設課,,",
        "1002,どこの人,お城,,",
        "1003,何の人,,,たぶん",
        "1000,二人目,,,",
        ",番号なし,,,",
    )
    before = StaffRow.objects.count()
    with pytest.raises(SheetRefused) as refusal:
        load_staff(sheet, ME)
    assert [p.row for p in refusal.value.problems] == [3, 4, 5, 6, 7]
    assert "お城" in str(refusal.value.problems[1])
    assert StaffRow.objects.count() == before
    assert load_staff(sheet, ME, accept_good=True).new == 1


def test_a_name_that_two_people_have_is_not_guessed() -> None:
    town.build()
    load_staff(csv("職員番号,氏名", "2001,同じ名", "2002,同じ名"), ME)
    with pytest.raises(SheetRefused, match="二つ"):
        load_roles(csv("役割名,時期,担当者", "係,災害時,同じ名"), ME)
    assert load_roles(csv("役割名,時期,担当者", "係,災害時,2002"), ME).new == 1


def test_only_what_changed_is_recorded() -> None:
    town.build()
    before = EntryRow.objects.count()
    done = load_staff(csv("職員番号,氏名,職名", "0001,chiefさん,課長", "0002,engineerさん,"), ME)
    assert (done.new, done.changed, done.same) == (0, 1, 1)
    entry = EntryRow.objects.order_by("-pos").first()
    assert entry is not None
    assert (EntryRow.objects.count(), entry.payload) == (before + 1, '{"job_title":"課長"}')


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(SheetRefused, match=r"2行.*メール"):
        load_staff(csv("職員番号,氏名,メール", "1,人,ここ"), ME)


@pytest.mark.parametrize("write", [write_xlsx, write_csv])
def test_the_whole_city_out_and_in_changes_nothing(write) -> None:
    places.load()
    demo.load()
    for sheet, load in (
        (section_sheet(queries.sections()), load_sections),
        (staff_sheet(queries.staff()), load_staff),
        (role_sheet(queries.roles()), load_roles),
        (rule_sheet(queries.rules()), load_rules),
    ):
        out = io.BytesIO()
        write(sheet, out)
        before = EntryRow.objects.count()
        done = load(out.getvalue(), ME)
        assert (done.new, done.changed, done.problems) == (0, 0, ()), sheet.title
        assert done.same == len(list(sheet.rows))
        assert EntryRow.objects.count() == before
