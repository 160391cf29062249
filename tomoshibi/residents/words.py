"""The words of residents."""

from __future__ import annotations

from enum import StrEnum

from tomoshibi.vocabulary import T


class Sex(StrEnum):
    """The register's entry of sex."""

    MALE = "male"
    FEMALE = "female"

    @property
    def label(self) -> T:
        """Its name in both languages."""
        return _SEXES[self]


_SEXES = {Sex.MALE: T("男", "Male"), Sex.FEMALE: T("女", "Female")}

#: relation 続柄 of who heads a household
HEAD = "世帯主"
#: what stands where an address may not be seen
UNDISCLOSED = T("非開示", "Not disclosed")
