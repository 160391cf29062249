"""The Common Alerting Protocol, versions 1.0, 1.1 and 1.2: in, out, checked and signed.

Source: OASIS CAP 1.2 (2010-07-01), CAP 1.1 (2005), CAP 1.0 (2004).
"""

from tomoshibi.bulletins.cap.convert import to_alert, to_bulletin
from tomoshibi.bulletins.cap.model import Alert, Circle, Info, Place, Point, Reference, Resource
from tomoshibi.bulletins.cap.reading import read_alert
from tomoshibi.bulletins.cap.signature import Signed, sign, verify
from tomoshibi.bulletins.cap.validation import Verdict, validate
from tomoshibi.bulletins.cap.writing import write_alert

__all__ = [
    "Alert",
    "Circle",
    "Info",
    "Place",
    "Point",
    "Reference",
    "Resource",
    "Signed",
    "Verdict",
    "read_alert",
    "sign",
    "to_alert",
    "to_bulletin",
    "validate",
    "verify",
    "write_alert",
]
