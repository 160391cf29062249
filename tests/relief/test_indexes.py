"""A city's queue is found by indexes that single out a dwelling or a household, never by what is true of everybody.

SQLite keeps no statistics of its own here: between two indexes it takes either, and by the incident or the standing it
would go through every certificate of the city for every application.
"""

from __future__ import annotations

import pytest
from django.db.models import Q, QuerySet

from tests.relief.house import INCIDENT
from tomoshibi.relief import queries
from tomoshibi.relief.models import ApplicationRow, CertificateRow
from tomoshibi.relief.victim_models import ClaimRow
from tomoshibi.relief.words import Kind, Standing

pytestmark = pytest.mark.django_db

OF_ONE = {"incident": INCIDENT, "household": "h"}
AT_ONE = {"incident": INCIDENT, "dwelling": "d"}


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (ApplicationRow.objects.filter(withdrawn=False, **AT_ONE), "relief_app_dwelling (dwelling=? AND incident=?)"),
        (ApplicationRow.objects.filter(withdrawn=False, **OF_ONE), "relief_app_household (household=? AND incident=?)"),
        (CertificateRow.objects.filter(standing=Standing.VALID, **AT_ONE), "relief_cert_dwelling"),
        (ClaimRow.objects.filter(refused="", **OF_ONE), "relief_claim_household (household=? AND incident=?)"),
    ],
)
def test_what_is_asked_of_one_finds_one(rows: QuerySet[ApplicationRow], index: str) -> None:
    assert index in rows.explain()


def test_the_queue_finds_the_certificates_of_each_application() -> None:
    told = queries.applications(INCIDENT).explain()
    assert "(standing=?)" not in told and "(application=?)" in told
    assert "relief_survey_round (dwelling=? AND incident=?)" in told


def test_those_alike_are_found_by_what_makes_them_alike() -> None:
    """An application at the counter is held against the few of its name, household or dwelling."""
    meant = Q(named="n") | Q(household="h") | Q(dwelling="d")
    told = ApplicationRow.objects.filter(meant, incident__in=[INCIDENT], kind=Kind.DISASTER, withdrawn=False).explain()
    assert all(f"({column}=?" in told for column in ("named", "household", "dwelling")), told
