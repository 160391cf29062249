"""A scenario as an officer writes it: TOML, with times counted from the beginning, and errors named by line.

title = { ja = "最初の1時間", en = "The first hour" }

[telegram.main]                       # an earthquake, of which a telegram is made
hypocentre = "福島県沖"
…

[[step]]
at = "0:03"                           # hours:minutes[:seconds] after the beginning
telegram = "main"                     # or: file = "telegram.xml", beside the scenario

[[step]]
at = "0:09"
answers = { coming = 12, late = 3 }   # the next of those called, in the order of the call

[[step]]
at = "0:12"
fact = "incidents.note_recorded"      # any kind of fact
as = "gas"                            # what later steps call its subject
by = "消防本部"                        # who records it
fields = { what = "都市ガスの供給が止まった", where = "平地区" }

[[step]]
at = "0:20"
fact = "incidents.note_corrected"
of = "gas"
fields = { corrects = "@gas", what = "都市ガスの供給が平の一部で止まった" }   # @gas: the entry that made it

[[step]]
at = 2011-03-11T16:30:00               # or a time of day in Japan, where the scenario has an origin
check_in = { shelter = "&school", households = ["1-12 of 潮見地区"] }   # an act at a desk (:mod:`…acts`)
by = "避難所班"
role = "shelter"                       # with the permissions of that role only; site = "&school": at that site only
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pydantic

from tomoshibi.bulletins import BulletinError, read
from tomoshibi.drills.acts import SOME, Act, acts
from tomoshibi.drills.telegrams import Quake
from tomoshibi.incidents.lined import FileError, Lined
from tomoshibi.journal.access import ROLES
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Fact, kind_of, kinds
from tomoshibi.journal.states import Subject
from tomoshibi.people.words import Answer
from tomoshibi.residents.subjects import Household
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN

#: scenarios that come with the program
SHIPPED = Path(__file__).parent / "data"
#: the incident that the drill's first telegram opens
INCIDENT = "incident"
HOUSEHOLD = Household.type
_TIME = re.compile(r"\+?(\d{1,4}):([0-5]\d)(?::([0-5]\d))?")
_REFERENCE = re.compile(r"[@&][\w-]+")
#: what a step does; it does one of these
DOES = ("telegram", "file", "answers", "arrive", "fact", "say")
_STEP = {"at", *DOES, "of", "as", "by", "role", "site", "fields"}
_TOP = {"title", "summary", "origin", "names", "telegram", "step"}


@dataclass(frozen=True)
class Step:
    """One step: when (from the beginning), what, and the line that says so."""

    line: int
    at: timedelta
    say: T | None = None
    quake: Quake | None = None
    #: bytes of a telegram that was given as a file, and its name
    file: tuple[str, bytes] | None = None
    answers: Mapping[Answer, int] = field(default_factory=dict)
    arrive: int = 0
    fact: type[Fact] | None = None
    of: str = ""
    name: str = ""
    by: str = ""
    #: the role that whoever acts holds, and the short name of the site that they hold it at; none: may do anything
    role: str = ""
    site: str = ""
    #: what is done at a desk; its fields are ``fields``
    act: type[Act] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A scenario, its steps in the order of their times."""

    name: str
    source: str
    title: T
    summary: T
    origin: datetime | None
    names: Mapping[str, str]
    #: lines of the names
    name_lines: Mapping[str, int]
    steps: tuple[Step, ...]

    @property
    def length(self) -> timedelta:
        """From the beginning to the last step."""
        return self.steps[-1].at


def shipped() -> list[Path]:
    """The scenarios that come with the program."""
    return sorted(SHIPPED.glob("*.toml"))


def find(name: str) -> Path:
    """The file of a scenario: a path, or the name of one that comes with the program.

    Raises :class:`FileError` where there is none.
    """
    for path in (Path(name), SHIPPED / f"{name}.toml"):
        if path.is_file():
            return path
    listed = "、".join(p.stem for p in shipped())
    raise FileError(
        name,
        [
            (
                1,
                T(
                    f"そのようなシナリオはありません。付属のものは {listed}。",
                    f"There is no such scenario. Shipped: {listed}.",
                ),
            )
        ],
    )


def load(path: Path) -> Scenario:
    """Read a scenario. Raises :class:`FileError` naming every line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(
            path.name,
            [
                (
                    1,
                    T(
                        f"読めません（{error}）。UTF-8 で保存してください。",
                        f"Cannot be read ({error}). Save it as UTF-8.",
                    ),
                )
            ],
        ) from None
    return _Reader(Lined(text, path.name), path).scenario()


class _Reader:
    """Reads one scenario and gathers what is wrong with it."""

    def __init__(self, file: Lined, path: Path) -> None:
        self.file, self.path = file, path
        self.problems: list[tuple[int, T]] = []
        self.quakes: dict[str, Quake | None] = {}
        self.named: set[str] = {INCIDENT}
        self.does: tuple[str, ...] = DOES
        origin = self.file.data.get("origin")
        self.origin = _in_japan(origin) if isinstance(origin, datetime) else None

    def wrong(self, what: T, *path: str | int) -> None:
        """Keep a complaint about the value at ``path``."""
        self.problems.append((self.file.line(*path), what))

    def scenario(self) -> Scenario:
        """The whole file."""
        data = self.file.data
        for key in data.keys() - _TOP:
            self.wrong(_unknown(key, _TOP), key)
        names = self.names()
        for key in self.table("telegram"):
            self.quakes[key] = self.quake(key)
        self.does = (*DOES, *acts())
        steps = [s for n in range(len(self.steps())) if (s := self.step(n)) is not None]
        title = self.text("title", required=True)
        origin = data.get("origin")
        if origin is not None and not isinstance(origin, datetime):
            self.wrong(
                T(
                    "origin は 2026-11-22T14:30:00+09:00 のように書いてください。",
                    "Write origin as 2026-11-22T14:30:00+09:00.",
                ),
                "origin",
            )
        if not steps and not self.problems:
            self.wrong(T("[[step]] が一つもありません。", "There is no [[step]]."))
        if self.problems:
            raise FileError(self.path.name, self.problems)
        return Scenario(
            name=self.path.stem,
            source=self.path.name,
            title=title,
            summary=self.text("summary"),
            origin=self.origin,
            names=names,
            name_lines={name: self.file.line("names", name) for name in names},
            steps=tuple(sorted(steps, key=lambda s: s.at)),
        )

    def table(self, key: str) -> dict[str, Any]:
        """A table of the top level; empty where it is none."""
        found = self.file.data.get(key, {})
        if isinstance(found, dict):
            return found
        self.wrong(T(f"[{key}.名前] の形で書いてください。", f"Write it as [{key}.name]."), key)
        return {}

    def names(self) -> dict[str, str]:
        """Short names of subjects that are there already: a reference, or a type and what people call it."""
        found = {}
        for name, reference in self.table("names").items():
            kind, _, key = reference.partition(":") if isinstance(reference, str) else ("", "", "")
            several = kind == HOUSEHOLD and (meant := SOME.fullmatch(key)) is not None and meant[2]
            if key and Subject.of(reference) is not None and not several:
                found[name] = reference
                self.named.add(name)
            else:
                self.wrong(
                    T(
                        "「種類:名前」の形で書いてください"
                        "（例 people.staff:佐藤 一郎、residents.household:3 of 潮見地区）。",
                        "Write type:name, as in people.staff:Sato or residents.household:3 of TOWN.",
                    ),
                    "names",
                    name,
                )
        return found

    def steps(self) -> list[Any]:
        """The array of steps."""
        found = self.file.data.get("step", [])
        if isinstance(found, list) and all(isinstance(item, dict) for item in found):
            return found
        self.wrong(T("[[step]] の形で書いてください。", "Write it as [[step]]."), "step")
        return []

    def text(self, *path: str | int, required: bool = False) -> T:
        """A text in both languages (``{ ja = "…", en = "…" }``), or one for both."""
        value: Any = self.file.data
        for part in path:
            value = value[part] if isinstance(part, int) else value.get(part)
        if isinstance(value, str) and value:
            return T(value, value)
        if isinstance(value, dict) and value.keys() == {"ja", "en"} and all(isinstance(v, str) for v in value.values()):
            return T(value["ja"], value["en"])
        if value is not None or required:
            what = T(
                '"…" か { ja = "…", en = "…" } の形で書いてください。', 'Write it as "…" or { ja = "…", en = "…" }.'
            )
            self.wrong(what, *path)
        return T("", "")

    def quake(self, key: str) -> Quake | None:
        """An earthquake of ``[telegram.…]``."""
        data = self.file.data["telegram"][key]
        if isinstance(data, dict) and "shook" in data:
            data = {**data, "shook": self.time(data["shook"], "telegram", key, "shook")}
        try:
            return Quake.model_validate(data)
        except pydantic.ValidationError as error:
            found = list(complaints(error))
            for place, what in found:
                if any(other.startswith(f"{place}.") for other, _ in found):
                    continue  # that a list is too short says nothing beside what is wrong with its items
                parts = [int(p) if p.isdigit() else p for p in place.split(".") if p]
                self.wrong(T(f"{place}: {what.ja}", f"{place}: {what.en}"), "telegram", key, *parts)
            return None

    def step(self, n: int) -> Step | None:
        """One step, or None with what is wrong kept."""
        data, before = self.file.data["step"][n], len(self.problems)
        for key in data.keys() - _STEP - set(self.does):
            self.wrong(_unknown(key, _STEP | set(self.does)), "step", n, key)
        does = [key for key in self.does if key in data and key != "say"] or [key for key in ("say",) if key in data]
        if len(does) != 1:
            listed = ", ".join(self.does)
            self.wrong(T(f"することを一つだけ書いてください: {listed}。", f"Say one thing to do: {listed}."), "step", n)
            return None
        at = self.time(data.get("at"), "step", n, "at")
        made: dict[str, Any] = {"line": self.file.line("step", n), "at": at, **self.actor(n, data)}
        if "say" in data:
            made["say"] = self.text("step", n, "say")
        if does[0] in DOES:
            getattr(self, f"_{does[0]}")(n, data, made)
        else:
            self._act(n, does[0], data[does[0]], made)
        return Step(**made) if len(self.problems) == before else None

    def actor(self, n: int, data: Mapping[str, Any]) -> dict[str, str]:
        """Who acts in a step: name, role, and the site that the role is held at."""
        found = {key: str(data[key]) for key in ("by", "role") if key in data}
        if "role" in found and found["role"] not in ROLES:
            listed = ", ".join(ROLES)
            what = T(f"役割は {listed} のどれかです。", f"A role is one of {listed}.")
            self.wrong(what, "step", n, "role")
        if "role" in found and not found.get("by"):
            self.wrong(T("by に名前を書いてください。", "Say by whom."), "step", n, "role")
        if "site" in data:
            name = referred(data["site"])
            if name is None or name not in self.named or "role" not in found:
                what = T(
                    "site には names にある拠点を &名前 で、role とともに書いてください。",
                    "Write site as &name of a site in names, and the role that is held there.",
                )
                self.wrong(what, "step", n, "site")
            found["site"] = name or ""
        return found

    def time(self, value: Any, *path: str | int) -> timedelta:
        """A time after the beginning, written as such or, where the beginning is known, as a date and time."""
        if isinstance(value, datetime) and self.origin is not None and _in_japan(value) >= self.origin:
            return _in_japan(value) - self.origin
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            what = T(
                'at = "0:12" のように開始からの時:分[:秒]を書くか、origin より後の日時を書いてください。',
                'Write hours:minutes from the beginning, as at = "0:12", or a date and time after the origin.',
            )
            self.wrong(what, *path)
            return timedelta()
        return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=int(found[3] or 0))

    def _say(self, n: int, data: Mapping[str, Any], made: dict[str, Any]) -> None:
        """A step that only tells what the people in the drill are told."""

    def _telegram(self, n: int, data: Mapping[str, Any], made: dict[str, Any]) -> None:
        name = data["telegram"]
        if name not in self.quakes:
            listed = "、".join(self.quakes) or "―"
            self.wrong(
                T(
                    f"[telegram.{name}] がありません（あるのは {listed}）。",
                    f"There is no [telegram.{name}] ({listed}).",
                ),
                "step",
                n,
                "telegram",
            )
            return
        quake = made["quake"] = self.quakes[name]
        if "as" not in data:
            return
        if quake is not None and quake.shook is None:
            what = T(
                "as は shook のある電文（別の地震）にだけ書けます。最初の地震の事案は incident です。",
                "Only a telegram with shook, another earthquake, takes as: the first one's incident is incident.",
            )
            self.wrong(what, "step", n, "as")
        made["name"] = str(data["as"])
        self.named.add(made["name"])

    def _file(self, n: int, data: Mapping[str, Any], made: dict[str, Any]) -> None:
        path = self.path.parent / str(data["file"])
        try:
            content = path.read_bytes()
            read(content, path.name)
        except OSError as error:
            self.wrong(
                T(f"ファイルがありません: {path}（{error.strerror}）", f"No such file: {path} ({error.strerror})"),
                "step",
                n,
                "file",
            )
        except BulletinError as error:
            self.wrong(error.text, "step", n, "file")
        else:
            made["file"] = (path.name, content)

    def _answers(self, n: int, data: Mapping[str, Any], made: dict[str, Any]) -> None:
        known = {a.value: a for a in Answer}
        value = data["answers"]
        counts = value if isinstance(value, dict) else {}
        for key, number in counts.items():
            if key not in known or not isinstance(number, int) or number < 0:
                listed = ", ".join(known)
                self.wrong(
                    T(
                        f"「{key}」は使えません。{listed} に人数を書いてください。",
                        f"{key!r}: write numbers of {listed}.",
                    ),
                    "step",
                    n,
                    "answers",
                )
        if not counts:
            self.wrong(
                T("answers = { coming = 3 } のように書いてください。", "Write answers = { coming = 3 }."),
                "step",
                n,
                "answers",
            )
        made["answers"] = {known[k]: v for k, v in counts.items() if k in known}

    def _arrive(self, n: int, data: Mapping[str, Any], made: dict[str, Any]) -> None:
        if not isinstance(data["arrive"], int) or data["arrive"] < 1:
            self.wrong(T("到着する人数を書いてください。", "Write how many arrive."), "step", n, "arrive")
            return
        made["arrive"] = data["arrive"]

    def _fact(self, n: int, data: Mapping[str, Any], made: dict[str, Any]) -> None:
        cls = kind_of(str(data["fact"]))
        if cls is None:
            room = str(data["fact"]).partition(".")[0]
            listed = ", ".join(k for k in sorted(kinds()) if k.startswith(f"{room}.")) or ", ".join(sorted(kinds()))
            self.wrong(
                T(
                    f"「{data['fact']}」という記録はありません。あるのは {listed}。",
                    f"No fact is called {data['fact']!r}. There are {listed}.",
                ),
                "step",
                n,
                "fact",
            )
            return
        of = str(data.get("of", ""))
        if of and of not in self.named:
            self.wrong(
                T(
                    f"「{of}」はまだ出てきていません。names か前の step の as に書いてください。",
                    f"{of!r} is not known yet: give it in names, or as of an earlier step.",
                ),
                "step",
                n,
                "of",
            )
        fields = data.get("fields", {})
        if not isinstance(fields, dict):
            self.wrong(T("fields = { … } の形で書いてください。", "Write fields = { … }."), "step", n, "fields")
            return
        self._try(n, cls, fields)
        made.update(fact=cls, of=of, name=str(data.get("as", "")), fields=fields)
        if made["name"]:
            self.named.add(made["name"])

    def _act(self, n: int, key: str, fields: Any, made: dict[str, Any]) -> None:
        if not isinstance(fields, dict):
            self.wrong(T(f"{key} = {{ … }} の形で書いてください。", f"Write {key} = {{ … }}."), "step", n, key)
            return
        cls = acts()[key]
        self._try(n, cls, fields, key)
        made.update(act=cls, fields=fields)

    def _try(self, n: int, cls: type[Fact] | type[Act], fields: Mapping[str, Any], where: str = "fields") -> None:
        """Hold the fields against the class; what stands for another step's is taken for right."""
        for key, value in fields.items():
            for item in value if isinstance(value, list) else [value]:
                if (name := referred(item)) is not None and name not in self.named:
                    what = T(f"「{item}」はまだ出てきていません。", f"{item!r} is not known yet.")
                    self.wrong(what, "step", n, where, key)
        try:
            cls.model_validate_json(pydantic.TypeAdapter(dict[str, Any]).dump_json(dict(fields)))
        except pydantic.ValidationError as error:
            for place, what in complaints(error):
                key = place.partition(".")[0]
                if key not in fields or referred(fields[key]) is None:
                    self.wrong(T(f"{place}: {what.ja}", f"{place}: {what.en}"), "step", n, where, key)


def referred(value: Any) -> str | None:
    """The name that ``"@name"`` (the entry) or ``"&name"`` (the subject) refers to; None for any other value."""
    return value[1:] if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def _in_japan(moment: datetime) -> datetime:
    """A moment with its zone; without one it is a time of day in Japan."""
    return moment.replace(tzinfo=JAPAN) if moment.tzinfo is None else moment


def _unknown(key: str, known: set[str]) -> T:
    listed = ", ".join(sorted(known))
    return T(f"「{key}」は知らない項目です。使えるのは {listed}。", f"{key!r} is not known here. Use {listed}.")
