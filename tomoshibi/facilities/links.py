"""The signed link by which a facility answers and counts without an account: it holds the role at that one site."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from tomoshibi.facilities.subjects import facility_of
from tomoshibi.journal import links
from tomoshibi.journal.access import Actor
from tomoshibi.journal.messages import whole_address
from tomoshibi.places.models import SiteRow

#: how long after its making a link still opens the page
VALID = timedelta(days=14)


def token(site: SiteRow) -> str:
    """The token of a facility, safe in an address."""
    return links.token(facility_of(site.subject), site.name, valid=VALID, grants=[("facility", site.subject)])


def read(text: str) -> tuple[Actor, SiteRow] | None:
    """Who comes by a token, and for which site; None where it is forged, of the other world, too old, or closed."""
    actor = links.read(text)
    if actor is None:
        return None
    refs = [site for role, site in actor.grants if role == "facility"]
    site = SiteRow.objects.filter(subject__in=refs, closed=False).first()
    return (actor, site) if site else None


def address(site: SiteRow) -> str:
    """The whole address that goes into a message."""
    return whole_address(reverse("facilities:phone", args=[token(site)]))
