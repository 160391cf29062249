"""Official bulletins as values: JMA's disaster XML and CAP in; CAP, Atom and plain text out. Pure Python, no Django.

``read(data, source)`` turns bytes into a list of :class:`Bulletin`; what cannot be read raises :class:`BulletinError`.
"""

from tomoshibi.bulletins.errors import BulletinError
from tomoshibi.bulletins.model import Area, Bulletin, Fix, Hypocentre, Info, Kind, Station, Status
from tomoshibi.bulletins.reading import read, read_path

__all__ = [
    "Area",
    "Bulletin",
    "BulletinError",
    "Fix",
    "Hypocentre",
    "Info",
    "Kind",
    "Station",
    "Status",
    "read",
    "read_path",
]
