"""What subjects are called, so that two counters apart which mean the same thing meet on one subject."""

from __future__ import annotations

from tomoshibi.places.keys import natural
from tomoshibi.places.queries import here
from tomoshibi.relief.dwelling_subjects import Holders, Photograph, Residence, RiskMark
from tomoshibi.relief.subjects import (
    Application,
    Certificate,
    Dwelling,
    ProtectedApplication,
    Survey,
)
from tomoshibi.relief.survey_facts import Team
from tomoshibi.relief.words import Kind


def dwelling(address: str, building: str = "") -> str:
    """Reference of the building at an address of our municipality."""
    return natural(Dwelling, here(), address, building)


def application(
    incident: str, household: str, dwelling: str, *, kind: Kind = Kind.DISASTER, protected: bool = False
) -> str:
    """Reference of a household's application about a dwelling in an incident. ``household``: its reference, or its
    householder's name where nobody of it is registered. ``dwelling``: its reference, or the damaged address of what is
    no dwelling.
    """
    cls = ProtectedApplication if protected else Application
    return natural(cls, incident, kind.value, household, dwelling)


def survey(incident: str, dwelling: str, round: int) -> str:
    """Reference of a round of survey of a dwelling in an incident."""
    return natural(Survey, incident, dwelling, str(round))


def certificate(serial: str) -> str:
    """Reference of the certificate of that serial number."""
    return natural(Certificate, serial)


def holders(dwelling: str) -> str:
    """Reference of the owner and tenants of that dwelling."""
    return Holders.ref(dwelling.partition(":")[2])


def residence(dwelling: str, household: str) -> str:
    """Reference of that household's living in that dwelling."""
    return natural(Residence, dwelling, household)


def photograph(dwelling: str, digest: str) -> str:
    """Reference of the photograph of a dwelling whose picture has that SHA-256."""
    return natural(Photograph, dwelling, digest)


def risk(incident: str, dwelling: str) -> str:
    """Reference of the emergency risk marking of a building in an incident."""
    return natural(RiskMark, incident, dwelling)


def team(incident: str, name: str) -> str:
    """Reference of the team of that name in an incident."""
    return natural(Team, incident, name)
