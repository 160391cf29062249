"""What the rooms tell on the sheet of a person or a household: where they stay, certificates, what is due to them.

Rooms above register sections here, and the sheet collects them: this room never imports a room above.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from tomoshibi.journal.access import Actor
from tomoshibi.vocabulary import T


@dataclass(frozen=True)
class Section:
    """One section of a sheet: its heading, and ``html`` that is safe, or else a template with its context.

    ``acts`` are buttons (word, address) for who may press them; of ``people`` whoever looks has read too, beside whose
    sheet it is.
    """

    title: T
    html: SafeString = field(default_factory=SafeString)
    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    acts: tuple[tuple[T, str], ...] = ()
    people: tuple[str, ...] = ()

    def render(self, request: HttpRequest) -> SafeString:
        """Its HTML."""
        if not self.template:
            return self.html
        return SafeString(render_to_string(self.template, dict(self.context), request))


#: given a reference of a person or a household and who asks: a section, or None where there is nothing to say
Tell = Callable[[str, Actor], Section | None]
_sections: list[tuple[int, str, Tell]] = []


def section(order: int, permission: str) -> Callable[[Tell], Tell]:
    """Register what tells a section; sheets show them by ``order``, to those who hold ``permission`` for some site."""

    def register(tell: Tell) -> Tell:
        _sections.append((order, permission, tell))
        _sections.sort(key=lambda held: held[0])
        return tell

    return register


def sections(ref: str, actor: Actor) -> list[Section]:
    """The sections on the sheet of ``ref`` for ``actor``, in their order."""
    found = (tell(ref, actor) for _, permission, tell in _sections if actor.sites(permission) != set())
    return [told for told in found if told is not None]
