"""Trigger tables: rules over typed readings, decided in three-valued logic, with a full trace. No database here.

A table is read from the top. For each action the first rule that holds is carried out. A rule that nobody can decide,
because a reading is unknown, is handed to a person, and reading goes on below it: 震度5弱以上未入電 carries out what
stands at 5弱, and asks somebody about 5強 and above.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict

from tomoshibi.bulletins import Info, Kind, Status
from tomoshibi.incidents.words import Hazard
from tomoshibi.vocabulary import Grade, IntensityClass, T
from tomoshibi.vocabulary.errors import VocabularyError

#: yes, no, or None: nobody knows
Truth = bool | None
Operator = Literal[">=", "<=", "=", "in"]


class TableError(ValueError):
    """A trigger table that cannot be read or used; ``text`` says what, where and what to do."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A reading that was taken and is not known; ``at_least`` is what it is known to reach, if anything."""

    at_least: Any = None


@dataclass(frozen=True, slots=True)
class ReadingType:
    """What may be asked of a bulletin: its names, how a value is read from text and written, whether it is ordered.

    ``shown`` is a value in people's words; without it, as it is written.
    """

    name: str
    label: T
    parse: Callable[[str], Any]
    words: Callable[[Any], str]
    ordered: bool = False
    shown: Callable[[Any], T] | None = None

    def text(self, value: Any) -> T:
        """A value in people's words."""
        if isinstance(value, Unknown):
            least = T("", "") if value.at_least is None else self.text(value.at_least)
            return (
                T(f"{least.ja}以上（未入電）", f"{least.en} or more, not known") if least.ja else T("不明", "unknown")
            )
        return self.shown(value) if self.shown else T(self.words(value), self.words(value))


def _choice(options: type[Enum]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return options(text)
        except ValueError:
            listed = ", ".join(str(o.value) for o in options)
            raise TableError(
                T(f"「{text}」は選べません。{listed} のどれかにしてください。", f"{text!r} is none of {listed}.")
            ) from None

    return parse


def _number(text: str) -> float:
    try:
        return float(unicodedata.normalize("NFKC", text))
    except ValueError:
        raise TableError(T(f"「{text}」は数ではありません。", f"{text!r} is not a number.")) from None


def _intensity(text: str) -> Any:
    try:
        found = IntensityClass.parse(text)
    except VocabularyError as error:
        raise TableError(error.text) from None
    return found if found.known else Unknown(IntensityClass.FIVE_LOWER)


def _class(klass: IntensityClass) -> T:
    return T(klass.label, klass.text.en.removeprefix("Intensity "))


def _grade(text: str) -> Grade:
    try:
        return Grade[text.upper()]
    except KeyError:
        listed = ", ".join(g.name.lower() for g in Grade)
        raise TableError(
            T(f"「{text}」は選べません。{listed} のどれかにしてください。", f"{text!r} is none of {listed}.")
        ) from None


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _option(value: Any) -> str:
    return str(value.value)


_STATUSES = {
    Status.NORMAL: T("通常", "normal"),
    Status.TRAINING: T("訓練", "exercise"),
    Status.TEST: T("試験", "test"),
}
_INFOS = {
    Info.ISSUED: T("発表", "issued"),
    Info.CORRECTED: T("訂正", "corrected"),
    Info.CANCELLED: T("取消", "cancelled"),
    Info.DELAYED: T("遅延", "delayed"),
}

#: every reading that a condition may ask for
READINGS: dict[str, ReadingType] = {
    r.name: r
    for r in (
        ReadingType("type", T("電文の種類", "Telegram code"), str.strip, _plain),
        ReadingType("kind", T("情報の種類", "Kind"), _choice(Kind), _option, shown=lambda k: k.text),
        ReadingType("hazard", T("災害の種類", "Hazard"), _choice(Hazard), _option, shown=lambda h: h.label),
        ReadingType("status", T("運用種別", "Status"), _choice(Status), _option, shown=_STATUSES.__getitem__),
        ReadingType("info", T("情報形態", "Issued or cancelled"), _choice(Info), _option, shown=_INFOS.__getitem__),
        ReadingType("intensity", T("本市町村の震度", "Intensity here"), _intensity, _option, True, _class),
        ReadingType("area_intensity", T("本地域の震度", "Intensity in our area"), _intensity, _option, True, _class),
        ReadingType("max_intensity", T("最大震度", "Maximum intensity"), _intensity, _option, True, _class),
        ReadingType("magnitude", T("マグニチュード", "Magnitude"), _number, _plain, True),
        ReadingType("level", T("警戒レベル", "Alert level here"), _number, _plain, True),
        ReadingType(
            "grade", T("警報の別", "Grade of warning here"), _grade, lambda g: g.name.lower(), True, lambda g: g.text
        ),
    )
}


def words_of(reading: str, value: Any) -> str:
    """A reading's value as text that :func:`value_of` reads back; empty where the bulletin does not speak of it."""
    if value is None:
        return ""
    if isinstance(value, Unknown):
        return "?" if value.at_least is None else READINGS[reading].words(value.at_least) + "?"
    return READINGS[reading].words(value)


def value_of(reading: str, text: str) -> Any:
    """A reading's value from text: ``"5強"``, ``"?"`` unknown, ``"5弱?"`` unknown and at least that, ``""`` unsaid.

    Raises :class:`TableError` for a reading or value that there is not.
    """
    kind = reading_type(reading)
    text = text.strip()
    if not text:
        return None
    if text == "?":
        return Unknown()
    if text.endswith("?"):
        return Unknown(kind.parse(text[:-1].strip()))
    return kind.parse(text)


def reading_type(name: str) -> ReadingType:
    """The reading of that name. Raises :class:`TableError` where there is none."""
    if name not in READINGS:
        listed = "、".join(f"{r.name}（{r.label.ja}）" for r in READINGS.values())
        raise TableError(
            T(
                f"「{name}」という読み取り項目はありません。使えるのは {listed}。",
                f"There is no reading {name!r}. Use one of {', '.join(READINGS)}.",
            )
        )
    return READINGS[name]


_CONDITION = re.compile(r"(?P<reading>[a-z_]+)\s*(?P<op>>=|<=|=|\bin\b)\s*(?P<value>.+)")


@lru_cache(maxsize=4096)
def _values(reading: str, op: Operator, value: str) -> list[Any]:
    """Read once for each condition: a table is asked at every telegram."""
    kind = reading_type(reading)
    if op in (">=", "<=") and not kind.ordered:
        raise TableError(
            T(
                f"「{reading}」には大小がありません。= か in を使ってください。",
                f"{reading!r} has no order. Use = or in.",
            )
        )
    texts = re.split(r"[,、]", value) if op == "in" else [value]
    found = [kind.parse(t.strip()) for t in texts if t.strip()]
    if not found or any(isinstance(v, Unknown) for v in found):
        raise TableError(T(f"「{value}」とは比べられません。", f"Nothing can be held against {value!r}."))
    return found


class Condition(BaseModel):
    """One condition of a rule: a reading held against a value (several, separated by commas, after ``in``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reading: str
    op: Operator
    value: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Condition of ``"intensity >= 5強"``. Raises :class:`TableError` saying what is wrong."""
        plain = text.strip().replace("≧", ">=").replace("≥", ">=").replace("≦", "<=").replace("≤", "<=")
        found = _CONDITION.fullmatch(plain.replace("＝", "="))
        if found is None:
            raise TableError(
                T(
                    f"条件「{text}」が読めません。「intensity >= 5強」のように、項目、>= <= = in のどれか、値の順に"
                    "書いてください。",
                    f"The condition {text!r} cannot be read. Write a reading, one of >= <= = in, and a value, as in "
                    "'intensity >= 5強'.",
                )
            )
        made = cls.model_validate(found.groupdict())
        made.values()
        return made

    def values(self) -> list[Any]:
        """The values held against, typed. Raises :class:`TableError`."""
        return _values(self.reading, self.op, self.value)

    def holds(self, value: Any) -> Truth:
        """Whether the reading's ``value`` meets this. What a bulletin does not speak of does not."""
        if value is None:
            return False
        wanted = self.values()
        if isinstance(value, Unknown):
            least = value.at_least
            if least is None:
                return None
            if self.op == ">=":
                return True if least >= wanted[0] else None
            reachable = [w for w in wanted if w >= least] if reading_type(self.reading).ordered else wanted
            return None if reachable else False
        if self.op == ">=":
            return bool(value >= wanted[0])
        if self.op == "<=":
            return bool(value <= wanted[0])
        return value in wanted

    def __str__(self) -> str:
        return f"{self.reading} {self.op} {self.value}"

    @property
    def label(self) -> T:
        """The condition in words."""
        kind = reading_type(self.reading)
        name, values = kind.label, [kind.text(v) for v in self.values()]
        ja, en = "、".join(v.ja for v in values), ", ".join(v.en for v in values)
        return {
            ">=": T(f"{name.ja}が{ja}以上", f"{name.en} is {en} or more"),
            "<=": T(f"{name.ja}が{ja}以下", f"{name.en} is {en} or less"),
            "=": T(f"{name.ja}が{ja}", f"{name.en} is {en}"),
            "in": T(f"{name.ja}が{ja}のどれか", f"{name.en} is one of {en}"),
        }[self.op]


class Rule(BaseModel):
    """One row of a table: when all conditions hold, the action ``do`` is carried out with ``fields``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    when: tuple[Condition, ...]
    do: str
    fields: dict[str, str] = pydantic.Field(default_factory=dict)
    note: str = ""

    @property
    def label(self) -> str:
        """The rule's name."""
        return self.name


class Case(BaseModel):
    """Readings, and what the table must make of them: the rules it carries out and those it asks a person about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    readings: dict[str, str]
    fires: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The case's name."""
        return self.name


class Step(BaseModel):
    """What became of one rule: ``fired``, ``not``, ``asked`` (nobody can decide) or ``covered`` by a rule above it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    outcome: Literal["fired", "not", "asked", "covered"]
    #: (condition, value of the reading as text, yes / no / unknown) for every condition
    conditions: tuple[tuple[str, str, Literal["yes", "no", "unknown"]], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table makes of some readings: rules to carry out, rules to ask a person about, and why."""

    fired: tuple[Rule, ...]
    asked: tuple[Rule, ...]
    trace: tuple[Step, ...]


_TRUTHS: dict[Truth, Literal["yes", "no", "unknown"]] = {True: "yes", False: "no", None: "unknown"}


def decide(rules: Iterable[Rule], readings: Mapping[str, Any]) -> Decision:
    """Read a table from the top over ``readings`` (typed values, :class:`Unknown`, or None: not spoken of)."""
    fired: list[Rule] = []
    asked: list[Rule] = []
    trace: list[Step] = []
    taken: set[str] = set()
    for rule in rules:
        held = [(c, readings.get(c.reading), c.holds(readings.get(c.reading))) for c in rule.when]
        truths = [truth for _, _, truth in held]
        outcome: Literal["fired", "not", "asked", "covered"]
        if False in truths:
            outcome = "not"
        elif rule.do in taken:
            outcome = "covered"
        elif None in truths:
            outcome = "asked"
            asked.append(rule)
        else:
            outcome = "fired"
            fired.append(rule)
            taken.add(rule.do)
        conditions = tuple((str(c), words_of(c.reading, value), _TRUTHS[truth]) for c, value, truth in held)
        trace.append(Step(rule=rule.name, outcome=outcome, conditions=conditions))
    return Decision(tuple(fired), tuple(asked), tuple(trace))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a case found: ``right``, or what came instead of what it expects."""

    case: Case
    fired: tuple[str, ...]
    asked: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the table did what the case expects."""
        return set(self.fired) == set(self.case.fires) and set(self.asked) == set(self.case.asks)


def try_case(rules: Sequence[Rule], case: Case) -> Finding:
    """Hold a table against one of its cases. Raises :class:`TableError` for a reading that cannot be read."""
    decision = decide(rules, {name: value_of(name, text) for name, text in case.readings.items()})
    return Finding(case, tuple(r.name for r in decision.fired), tuple(r.name for r in decision.asked))


def problems(rules: Sequence[Rule], cases: Sequence[Case], actions: Mapping[str, Any]) -> list[T]:
    """Everything for which a table must not be approved; empty where it may.

    ``actions`` are the known ones by name. Every rule needs a case in which it is carried out.
    """
    found: list[T] = []
    names = [r.name for r in rules]
    for name in dict.fromkeys(n for n in names if names.count(n) > 1):
        found.append(T(f"規則の名前「{name}」が二つあります。", f"Two rules are called {name!r}."))
    for rule in rules:
        if rule.do not in actions:
            found.append(
                T(
                    f"規則「{rule.name}」の動作「{rule.do}」はありません。使えるのは {'、'.join(sorted(actions))}。",
                    f"Rule {rule.name!r}: there is no action {rule.do!r}. Use one of {', '.join(sorted(actions))}.",
                )
            )
        else:
            found.extend(
                T(f"規則「{rule.name}」: {p.ja}", f"Rule {rule.name!r}: {p.en}")
                for p in actions[rule.do].problems(rule)
            )
        if not rule.when:
            found.append(T(f"規則「{rule.name}」に条件がありません。", f"Rule {rule.name!r} has no condition."))
        for condition in rule.when:
            try:
                condition.values()
            except TableError as error:
                found.append(T(f"規則「{rule.name}」: {error.text.ja}", f"Rule {rule.name!r}: {error.text.en}"))
    if found:
        return found
    tried: set[str] = set()
    for case in cases:
        try:
            finding = try_case(rules, case)
        except TableError as error:
            found.append(T(f"例「{case.name}」: {error.text.ja}", f"Case {case.name!r}: {error.text.en}"))
            continue
        tried.update(finding.fired)
        if not finding.right:
            found.append(
                T(
                    f"例「{case.name}」では {_names(case.fires)} が動き {_names(case.asks)} を人に尋ねるはずが、"
                    f"{_names(finding.fired)} が動き {_names(finding.asked)} を尋ねます。",
                    f"Case {case.name!r} expects {_names(case.fires)} and asks {_names(case.asks)}, but the table does "
                    f"{_names(finding.fired)} and asks {_names(finding.asked)}.",
                )
            )
    for rule in rules:
        if rule.name not in tried:
            found.append(
                T(
                    f"規則「{rule.name}」が動く例がありません。例を足してください。",
                    f"No case carries out rule {rule.name!r}. Add one.",
                )
            )
    return found


def _names(names: Iterable[str]) -> str:
    return "[" + ", ".join(names) + "]"
