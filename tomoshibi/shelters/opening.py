"""What a trigger may do here: open shelters that a rule names."""

from __future__ import annotations

import re

from tomoshibi.incidents.actions import Action, Firing, any_text, register
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.recording import Draft
from tomoshibi.places.queries import sites
from tomoshibi.places.subjects import SiteKind
from tomoshibi.shelters import queries
from tomoshibi.shelters.facts import Opened
from tomoshibi.shelters.subjects import Shelter
from tomoshibi.vocabulary import T

_BETWEEN = re.compile(r"[、,，]")


def drafts(firing: Firing) -> list[Draft]:
    """Open the shelters whose names or numbers a rule lists, those that are not open. Raises :class:`Refused` for one
    that is no site of kind shelter.
    """
    known = {called: row for row in sites(SiteKind.SHELTER) for called in (row.name, row.code) if called}
    taken = {row.site for row in queries.open_shelters(firing.incident)}
    made = []
    for text in filter(None, map(str.strip, _BETWEEN.split(firing.rule.fields["sites"]))):
        site = known.get(text)
        if site is None:
            raise Refused(
                T(
                    f"避難所「{text}」がありません。拠点・施設の一覧の名称か番号を書いてください。",
                    f"There is no shelter {text!r}. Write a name or number of the list of sites.",
                )
            )
        if site.subject not in taken:
            fact = Opened(site=site.subject, name=site.name, capacity=site.capacity)
            made.append(Draft(fact, Shelter.of_site(firing.incident, site.subject), incident=firing.incident))
    return made


OPEN = register(
    Action("open_shelters", T("避難所を開設する", "Open shelters"), drafts, {"sites": any_text}, required=("sites",))
)
