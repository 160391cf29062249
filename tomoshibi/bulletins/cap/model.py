"""An alert as CAP has it: names are CAP's own, in Python's spelling. Empty or None means: not said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

#: namespace of each version
NAMESPACES = {
    "1.0": "http://www.incident.com/cap/1.0",
    "1.1": "urn:oasis:names:tc:emergency:cap:1.1",
    "1.2": "urn:oasis:names:tc:emergency:cap:1.2",
}
VERSIONS = {namespace: version for version, namespace in NAMESPACES.items()}

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MSG_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    *("Geo", "Met", "Safety", "Security", "Rescue", "Fire"),
    *("Health", "Env", "Transport", "Infra", "CBRNE", "Other"),
)
RESPONSES = ("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")


class Point(NamedTuple):
    """A place on the globe, WGS 84: degrees north and east."""

    lat: float
    lon: float


class Circle(NamedTuple):
    """A round area: centre in degrees, radius in km."""

    lat: float
    lon: float
    radius_km: float


class Reference(NamedTuple):
    """An earlier message that this one is about. ``sent`` is kept as it is written: it is part of a name."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return ",".join(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A file beside the alert. ``size`` is in bytes."""

    description: str
    mime_type: str = ""
    size: int | None = None
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An area: its name, rings of points (first equal to last), circles, and codes as (list's name, code).

    ``altitude`` and ``ceiling`` are in feet above mean sea level.
    """

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[tuple[str, str], ...] = ()
    altitude: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What the alert says, in one language."""

    event: str
    language: str = ""
    categories: tuple[str, ...] = ()
    response_types: tuple[str, ...] = ()
    urgency: str = "Unknown"
    severity: str = "Unknown"
    certainty: str = "Unknown"
    audience: str = ""
    event_codes: tuple[tuple[str, str], ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message. Moments are aware of their zone and hold whole seconds."""

    identifier: str
    sender: str
    sent: datetime
    status: str = "Actual"
    msg_type: str = "Alert"
    scope: str = "Public"
    source: str = ""
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()
    version: str = "1.2"

    @property
    def reference(self) -> Reference:
        """How a later message names this one."""
        return Reference(self.sender, self.identifier, moment_text(self.sent))


def moment_text(when: datetime) -> str:
    """Moment as CAP writes it: whole seconds, a numeric zone, and ``-00:00`` for UTC."""
    text = when.replace(microsecond=0).isoformat()
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text
