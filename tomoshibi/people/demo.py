"""The demonstration city's staff: some 400 invented people over the sections of a city hall, with roles and rules.

Names are put together by chance from lists, variant characters included (髙, 﨑, 𠮷, 辻󠄂): whoever bears one of them is
not meant. Addresses end in ``.example`` and telephone numbers begin with 000, so nothing can reach anybody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from tomoshibi.journal.recording import Draft
from tomoshibi.people.facts import RoleAssigned, RoleDescribed, RuleDescribed, SectionDescribed, StaffDescribed
from tomoshibi.people.subjects import Role, Rule, Section, Staff
from tomoshibi.people.words import Members, Time
from tomoshibi.places.demo import CODE, DISTRICTS, SEED, demo_draft, district, record_all, site
from tomoshibi.places.keys import natural


class Bureau(NamedTuple):
    """A department 部: its code, team in a disaster, site, and its sections (name, kana, how many people)."""

    code: str
    name: str
    kana: str
    team: str
    place: str
    sections: list[tuple[str, str, int]]


_HALL = tomllib.loads((Path(__file__).parent / "data" / "city_hall.toml").read_text(encoding="utf-8"))
BUREAUS = [Bureau(**bureau) for bureau in _HALL["bureaus"]]

#: titles of a section by rank; everybody after these is 主査, 主任 or 主事
HEADS = ("課長", "課長補佐", "係長")


def load(progress: Callable[[int, int], None] = lambda done, of: None) -> None:
    """Record the city's people in the world that we are in, whose places must be there. Twice records nothing more."""
    record_all(list(_City().drafts()), progress)


def section(code: str) -> str:
    """Reference of the section of that code (``1103`` is 情報政策課)."""
    return natural(Section, CODE, code)


def staff(number: str) -> str:
    """Reference of the person of that staff number (``0001`` is the mayor)."""
    return natural(Staff, CODE, number)


def role(name: str, time: Time) -> str:
    """Reference of a role in one of its times."""
    return natural(Role, CODE, name, time.value)


class _City:
    """Everybody, in one pass over the sections; ``by_title`` finds who holds which title where."""

    def __init__(self) -> None:
        self.random = Random(SEED)  # noqa: S311  # the same people every time
        self.count = 0
        self.by_title: dict[tuple[str, str], list[str]] = {}
        self.names: set[str] = set()

    def drafts(self) -> Iterator[Draft]:
        yield from self._sections()
        yield from self._roles()
        yield from self._rules()

    def _sections(self) -> Iterator[Draft]:
        yield self._person("", "市長", True)
        yield self._person("", "副市長", True)
        yield self._person("", "副市長", True)
        for bureau in BUREAUS:
            place = site(bureau.place)
            yield self._section(bureau.code, bureau.name, bureau.kana, "", place, bureau.team)
            yield self._person(bureau.code, "部長", True)
            for number, (name, kana, people) in enumerate(bureau.sections, 1):
                code = f"{bureau.code}{number:02}"
                team = "情報システム班" if name == "情報政策課" else bureau.team
                yield self._section(code, name, kana, bureau.code, place, team)
                yield from self._people(code, people, ict=name == "情報政策課")
        for number, (town, people) in enumerate(zip(DISTRICTS[1:], _HALL["branch"], strict=True), 1):
            code = f"30{number:02}"
            yield self._section(code, f"{town.name}支所", f"{town.kana}ししょ", "", site(f"B{number:02}"), "地区班")
            yield from self._people(code, people, head="支所長")

    def _section(self, code: str, name: str, kana: str, parent: str, place: str, team: str) -> Draft:
        fact = SectionDescribed(
            code=code,
            name=name,
            kana=kana,
            parent=section(parent) if parent else "",
            place=place,
            team=team,
            phone=f"000-{self.random.randint(100, 999)}-{self.random.randint(0, 9999):04}",
            email=f"s{code}@akari.example",
        )
        return demo_draft(fact, section(code))

    def _people(self, code: str, people: int, *, head: str = "課長", ict: bool = False) -> Iterator[Draft]:
        titles = [head, *HEADS[1:]]
        for rank in range(people):
            title = titles[rank] if rank < len(titles) else self.random.choice(("主査", "主査", "主任", "主事"))
            # who is needed 所要の職員: the head, the deputy and one in three; of the ICT section one in two
            needed = rank < 2 or (rank % 2 == 0 if ict else rank % 3 == 0)
            yield self._person(code, title, needed, _HALL["ict_skills" if ict else "skills"])

    def _person(self, code: str, title: str, needed: bool, skills: Sequence[str] = ()) -> Draft:
        self.count += 1
        number = f"{self.count:04}"
        reference = staff(number)
        self.by_title.setdefault((code, title), []).append(reference)
        name, kana = self._name()
        home = self.random.choices(DISTRICTS, [d.people for d in DISTRICTS])[0]
        fact = StaffDescribed(
            number=number,
            name=name,
            kana=kana,
            section=section(code) if code else "",
            job_title=title,
            skills=sorted(self.random.sample(skills, min(len(skills), self.random.choice((0, 0, 1, 1, 2))))),
            email=f"{number}@akari.example",
            mobile=f"000-{self.random.randint(0, 9999):04}-{self.random.randint(0, 9999):04}",
            home_area=district(home.name),
            needed=needed,
        )
        return demo_draft(fact, reference)

    def _name(self) -> tuple[str, str]:
        while True:
            family, family_kana = self.random.choice(_HALL["surnames"]).split()
            given, given_kana = self.random.choice(_HALL["given"]).split()
            name = f"{family}　{given}"
            if name not in self.names:
                self.names.add(name)
                return name, f"{family_kana}　{given_kana}"

    def _first(self, code: str, *titles: str) -> list[str]:
        """People of a section by title, in that order."""
        return [ref for title in titles for ref in self.by_title.get((code, title), ())]

    def _roles(self) -> Iterator[Draft]:
        mayor, vice = self._first("", "市長"), self._first("", "副市長")
        crisis = self._first("1003", *HEADS)
        ict = self._first("1103", *HEADS, "主査", "主任", "主事")
        chief, second, third, *others = ict
        every, team = (Time.NORMAL, Time.DISASTER, Time.SECURITY), "情報システム班"
        disaster = (Time.DISASTER,)
        table: list[tuple[str, Sequence[Time], str, str, Sequence[str]]] = [
            ("災害対策本部長", disaster, "統括班", "本部の事務を統括し、避難情報を決定する", [*mayor, *vice]),
            ("災害対策副本部長", disaster, "統括班", "本部長を補佐し、本部長が不在のとき代わる", [*vice, *crisis[:1]]),
            ("統括班長", disaster, "統括班", "情報の収集と本部会議の運営", crisis),
            (
                "情報システム統括責任者",
                every,
                "情報システム班",
                "業務継続の開始と終了の判断",
                [vice[0], vice[1], chief],
            ),
            (
                "情報システム責任者",
                every,
                "情報システム班",
                "対応の指揮、本部への報告、他部門との調整",
                [chief, second, third],
            ),
            ("サーバ担当", every, team, "サーバと業務システムの被害確認と復旧", others[0:3]),
            ("ネットワーク担当", every, team, "庁内網、地域イントラ、回線の被害確認と復旧", others[3:6]),
            ("端末・窓口担当", every, team, "端末とプリンタの手配、庁内の問い合わせ対応", others[6:9]),
            ("事業者連絡担当", every, team, "運用・保守事業者への復旧協力依頼", others[9:12]),
        ]
        for bureau in BUREAUS[1:]:
            first = bureau.code + "01"
            leaders = [*self._first(bureau.code, "部長"), *self._first(first, *HEADS)][:3]
            if bureau.team != "総務班" or bureau.code == "11":
                table.append((f"{bureau.team}長", disaster, bureau.team, f"{bureau.name}の災害対応を指揮する", leaders))
        for order, (name, times, group, duties, chain) in enumerate(table, 1):
            for time in times:
                ref = role(name, time)
                yield demo_draft(RoleDescribed(name=name, time=time, duties=duties, team=group, order=order * 10), ref)
                yield demo_draft(RoleAssigned(holder=chain[0], deputies=list(chain[1:])), ref)

    def _rules(self) -> Iterator[Draft]:
        crisis, ict, works, rivers = section("1003"), section("1103"), section("1801"), section("1803")
        coast = [section(f"30{n:02}") for n, d in enumerate(DISTRICTS[1:], 1) if d.coastal]
        hall, fire = site("HQ"), site("F00")
        needed, everyone = Members.NEEDED, Members.EVERYONE
        first, second, third = "第1非常配備", "第2非常配備", "第3非常配備"
        table: list[tuple[str, str, Members, list[str], str, str]] = [
            ("震度4", "市内で震度4を観測", needed, [crisis, ict, works], "警戒配備", hall),
            ("震度5弱", "市内で震度5弱を観測", needed, [], second, hall),
            ("震度5強以上", "市内で震度5強以上を観測", everyone, [], third, fire),
            ("津波注意報", "津波注意報の発表", needed, [crisis, ict, *coast], first, hall),
            ("津波警報", "津波警報の発表", needed, [], second, fire),
            ("大津波警報", "大津波警報の発表", everyone, [], third, fire),
            ("警戒レベル3", "大雨警報・高齢者等避難の段階", needed, [crisis, ict, works, rivers], first, hall),
            ("警戒レベル4", "土砂災害警戒情報・避難指示の段階", needed, [], second, hall),
            ("全職員参集", "市長が第3非常配備を指令", everyone, [], third, hall),
        ]
        for order, (name, occasion, members, sections, posture, place) in enumerate(table, 1):
            fact = RuleDescribed(
                name=name,
                occasion=occasion,
                members=members,
                sections=sections,
                posture=posture,
                gather_at=place,
                deadline_minutes=60,
                remind_minutes=10,
                escalate_minutes=15,
                order=order * 10,
            )
            yield demo_draft(fact, natural(Rule, CODE, name))
        security = RuleDescribed(
            name="情報セキュリティ事象",
            occasion="サイバー攻撃、情報システムの障害（情報システム責任者の指示による）",
            members=needed,
            sections=[ict],
            roles=[role("情報システム統括責任者", Time.SECURITY), role("情報システム責任者", Time.SECURITY)],
            posture="",
            gather_at=hall,
            deadline_minutes=30,
            remind_minutes=5,
            escalate_minutes=10,
            order=200,
        )
        yield demo_draft(security, natural(Rule, CODE, security.name or ""))
