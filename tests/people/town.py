"""A small town hall for tests: a head, two sections, seven people, roles and rules."""

from __future__ import annotations

from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.people.facts import RoleAssigned, RoleDescribed, RuleDescribed, SectionDescribed, StaffDescribed
from tomoshibi.people.models import RuleRow
from tomoshibi.people.subjects import Role, Rule, Section, Staff
from tomoshibi.people.words import Members, Time
from tomoshibi.places.facts import MunicipalityDescribed, SiteDescribed
from tomoshibi.places.subjects import Municipality, Site

ME = system("test")
HALL = Site.ref("hall")


def section(key: str) -> str:
    return Section.ref(key)


def staff(key: str) -> str:
    return Staff.ref(key)


def role(key: str) -> str:
    return Role.ref(key)


def rule(key: str) -> RuleRow:
    return RuleRow.objects.get(subject=Rule.ref(key))


#: key, section, needed, mail
PEOPLE = (
    ("mayor", "", True, "mayor@town.example"),
    ("chief", "ict", True, "chief@town.example"),
    ("engineer", "servers", True, "engineer@town.example"),
    ("clerk", "ict", False, "clerk@town.example"),
    ("builder", "works", True, "builder@town.example"),
    ("digger", "works", False, ""),
    ("retired", "works", True, "retired@town.example"),
)


def build() -> None:
    """Record the town in the world that we are in."""
    nodes.found("test")
    drafts = [
        Draft(MunicipalityDescribed(name="灯町", ours=True), Municipality.ref("07204")),
        Draft(SiteDescribed(name="灯町役場"), HALL),
        Draft(SectionDescribed(code="1", name="情報政策課", team="統括班", place=HALL), section("ict")),
        Draft(SectionDescribed(code="11", name="システム係", parent=section("ict")), section("servers")),
        Draft(SectionDescribed(code="2", name="建設課", team="土木班"), section("works")),
    ]
    for number, (key, at, needed, mail) in enumerate(PEOPLE):
        said = {"number": f"{number:04}", "name": f"{key}さん", "section": section(at) if at else "", "needed": needed}
        drafts.append(Draft(StaffDescribed(**said, email=mail), staff(key)))
    drafts += [
        Draft(RoleDescribed(name="情報システム責任者", time=Time.DISASTER, duties="状況報告"), role("head")),
        Draft(RoleAssigned(holder=staff("chief"), deputies=[staff("engineer"), staff("clerk")]), role("head")),
        Draft(
            RuleDescribed(
                name="震度4", members=Members.NEEDED, sections=[section("ict"), section("works")], gather_at=HALL
            ),
            Rule.ref("four"),
        ),
        Draft(RuleDescribed(name="震度5弱", members=Members.NEEDED), Rule.ref("five-lower")),
        Draft(RuleDescribed(name="震度5強以上", members=Members.EVERYONE), Rule.ref("five-upper")),
        Draft(
            RuleDescribed(
                name="情報セキュリティ事象",
                members=Members.NEEDED,
                sections=[section("servers")],
                roles=[role("head")],
                escalate_minutes=15,
            ),
            Rule.ref("security"),
        ),
    ]
    record(drafts, ME)
    from tomoshibi.people.facts import StaffLeft

    record(Draft(StaffLeft(reason="定年"), staff("retired")), ME)
