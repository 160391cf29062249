"""The form in which the amounts of a scheme are typed off their paper."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import pydantic

from tomoshibi.journal.complaints import complaints
from tomoshibi.relief.schemes import Fund, Terms
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import Basis

#: rows for what counts as another class, and for amounts a person
AS_CLASS, PERSONS = 3, 5
_PLAIN = ("name", "fund", "basis", "single_percent", "conditions", "closes_on", "decided_by", "decided_on", "paper")
#: what a round of relief money mostly has
USUAL = {
    "as-label-0": "半壊・中規模半壊などでやむを得ず解体",
    "as-class-0": DamageClass.DESTROYED.value,
    "person-label-0": "死者・行方不明者",
    "person-label-1": "重傷者",
}


def yen_of(text: str) -> int:
    """Yen as people write them: 1,000,000, １００万円. Raises :class:`ValueError`."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").removesuffix("円")
    number = plain.removesuffix("万")
    try:
        yen = Decimal(number) * (10_000 if number != plain else 1)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not yen.is_finite() or yen != yen.to_integral_value():
        raise ValueError(text)
    return int(yen)


@dataclass
class SchemeForm:
    """What the form shows, and what is wrong with it, by field."""

    of: str
    classes: tuple[DamageClass, ...]
    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, T] = field(default_factory=dict)

    @classmethod
    def fresh(cls, of: str, name: str, classes: tuple[DamageClass, ...]) -> SchemeForm:
        """A form for a new scheme; of the law where ``of`` says which."""
        values = {"name": name, "basis": Basis.SUFFERED.value, "single_percent": "100"}
        return cls(of, classes, values if of else {**values, "fund": Fund.PREFECTURE.value, **USUAL})

    @classmethod
    def from_terms(cls, terms: Terms, classes: tuple[DamageClass, ...]) -> SchemeForm:
        """A form with what a version says."""
        values = {name: str(getattr(terms, name) or "") for name in _PLAIN}
        values |= {f"class-{k.value}": f"{v:,}" for k, v in terms.by_class.items()}
        for n, one in enumerate(terms.as_class):
            values |= {f"as-label-{n}": one.label, f"as-class-{n}": one.damage.value}
        for n, each in enumerate(terms.persons):
            values |= {f"person-label-{n}": each.label, f"person-yen-{n}": f"{each.yen:,}"}
        return cls(terms.of, classes, values)

    @classmethod
    def sent(cls, of: str, classes: tuple[DamageClass, ...], post: Mapping[str, Any]) -> SchemeForm:
        """The form as a browser sent it."""
        return cls(of, classes, {k: str(v).strip() for k, v in post.items()})

    def terms(self) -> Terms | None:
        """What it says, or None with :attr:`errors`."""
        get = lambda name: self.values.get(name, "")  # noqa: E731
        said: dict[str, Any] = {name: get(name) for name in _PLAIN if get(name)}
        said |= {"of": self.of, "single_percent": get("single_percent") or 100}
        said["by_class"] = {c.value: yen for c in self.classes if (yen := self._yen(f"class-{c.value}")) is not None}
        said["as_class"] = [
            {"label": get(f"as-label-{n}"), "damage": get(f"as-class-{n}")}
            for n in range(AS_CLASS)
            # what was proposed and stays without a meaning is no case
            if get(f"as-label-{n}") and get(f"as-class-{n}") in said["by_class"]
        ]
        said["persons"] = [
            {"label": get(f"person-label-{n}"), "yen": yen}
            for n in range(PERSONS)
            if get(f"person-label-{n}") and (yen := self._yen(f"person-yen-{n}")) is not None
        ]
        for n in range(PERSONS):
            if get(f"person-yen-{n}") and not get(f"person-label-{n}"):
                self.errors[f"person-yen-{n}"] = T("だれへの額かを入れてください。", "Say for whom.")
        try:
            terms = Terms.model_validate(said)
        except pydantic.ValidationError as error:
            for place, text in complaints(error):
                parts = place.split(".")
                name = f"class-{parts[1]}" if parts[0] == "by_class" and len(parts) > 1 else parts[0]
                if parts[0] == "persons" and len(parts) > 1:
                    name = f"person-yen-{parts[1]}"
                self.errors.setdefault(name, text)
        return None if self.errors else terms

    def _yen(self, name: str) -> int | None:
        text = self.values.get(name, "")
        if not text:
            return None
        try:
            return yen_of(text)
        except ValueError:
            self.errors[name] = T(
                f"「{text}」は金額ではありません。1000000、100万 のように入れてください。",
                f"“{text}” is no amount. Write it like 1000000.",
            )
            return None

    def cell(self, name: str) -> tuple[str, str, T | None]:
        """A field's name, value and error, for the template."""
        return name, self.values.get(name, ""), self.errors.get(name)

    @property
    def amounts(self) -> list[tuple[DamageClass, tuple[str, str, T | None]]]:
        """A field for each class of damage."""
        return [(c, self.cell(f"class-{c.value}")) for c in self.classes]

    @property
    def as_rows(self) -> list[tuple[str, str, int]]:
        """Rows of what counts as another class: label, class, number."""
        return [
            (self.values.get(f"as-label-{n}", ""), self.values.get(f"as-class-{n}", ""), n) for n in range(AS_CLASS)
        ]

    @property
    def person_rows(self) -> list[tuple[str, tuple[str, str, T | None], int]]:
        """Rows of amounts a person: label, field of the amount, number."""
        return [(self.values.get(f"person-label-{n}", ""), self.cell(f"person-yen-{n}"), n) for n in range(PERSONS)]
