"""What a resident's or a household's sheet tells of certificates."""

from __future__ import annotations

from django.urls import reverse

from tomoshibi.journal.access import Actor, system
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import queries
from tomoshibi.relief.counter import page_of
from tomoshibi.relief.words import Stage, Standing
from tomoshibi.residents import queries as residents
from tomoshibi.residents.sheets import Section, section
from tomoshibi.vocabulary import T


@section(60, "relief.personal")
def certificates(ref: str, actor: Actor) -> Section | None:
    """Applications with how far they are, certificates with whether they hold, and the way to apply."""
    household = ref
    if ref.startswith("residents.person:"):
        person = residents.person(ref, system("relief"))
        household = person.household if person else ""
    if not household:
        return None
    held = queries.seen_by(queries.applications().filter(household=household), actor)
    papers = queries.seen_by(queries.certificates_of(household), actor)
    at_the_counter = reverse("relief:household", args=[key_of(household)])
    return Section(
        T("罹災証明", "Disaster certificates"),
        template="relief/of_household.html",
        context={
            "applications": [(a, Stage(a.stage).label, page_of(a)) for a in held],
            "certificates": [(c, Standing(c.standing).label, page_of(c)) for c in papers],
        },
        acts=tuple(
            acts(
                actor,
                ("relief.applied", T("証明書を申請", "Apply for a certificate"), at_the_counter),
                (
                    "relief.personal",
                    T("被災者台帳", "Victim register"),
                    reverse("relief:victim", args=[key_of(household)]),
                ),
            )
        ),
    )
