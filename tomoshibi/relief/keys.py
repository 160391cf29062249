"""What subjects are called, so that two counters apart which mean the same thing meet on one subject."""

from __future__ import annotations

from tomoshibi.places.keys import natural
from tomoshibi.places.queries import here
from tomoshibi.relief.subjects import (
    Application,
    Certificate,
    Dwelling,
    ProtectedApplication,
    ProtectedCertificate,
    Survey,
)
from tomoshibi.relief.words import Kind


def dwelling(address: str, building: str = "") -> str:
    """Reference of the building at an address of our municipality."""
    return natural(Dwelling, here(), address, building)


def application(incident: str, household: str, dwelling: str, *, protected: bool = False) -> str:
    """Reference of a household's application about a dwelling in an incident. ``household``: its reference, or its
    householder's name where nobody of it is registered.
    """
    cls = ProtectedApplication if protected else Application
    return natural(cls, incident, Kind.DISASTER.value, household, dwelling)


def survey(incident: str, dwelling: str, round: int) -> str:
    """Reference of a round of survey of a dwelling in an incident."""
    return natural(Survey, incident, dwelling, str(round))


def certificate(serial: str, *, protected: bool = False) -> str:
    """Reference of the certificate of that serial number."""
    return natural(ProtectedCertificate if protected else Certificate, serial)
