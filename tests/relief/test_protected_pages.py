"""Whatever page, list, paper, export or answer of the program is asked for: nothing of a protected household's papers,
claims or talks comes back to who may not see it, protected before these were taken or since.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from pypdf import PdfReader

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import CLERK, HEAD, INCIDENT, JUDGE, SURVEYOR
from tests.relief.test_rounds import FIRST, told
from tomoshibi.journal import tasks
from tomoshibi.journal.access import system
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import issuing, keys, victims
from tomoshibi.relief.dwelling_facts import HoldersTold, HouseholdPlaced
from tomoshibi.relief.facts import DwellingDescribed, Judged, SurveyPlanned
from tomoshibi.relief.papers import Applied, kind_for
from tomoshibi.relief.subjects import Dwelling
from tomoshibi.relief.survey_facts import SurveyAssigned, TeamDescribed
from tomoshibi.relief.victims import ConsentTold, ConsultationHeld, SupportAsked, SupportDecided, SupportPaid
from tomoshibi.residents import queries as residents
from tomoshibi.residents.adding import added
from tomoshibi.residents.facts import ProtectionSet
from tomoshibi.residents.households import HouseholdFound, subject_for
from tomoshibi.residents.words import Sense
from tomoshibi.vocabulary.damage import DamageClass

pytestmark = pytest.mark.django_db
FEW = system("few")
#: stands in where they are, what they said and what was noted of it, and nowhere else
SECRET = "鍵守"
#: whom a page of buildings and surveys does not name
NAME = "隠岐"
TEAM = keys.team(INCIDENT, "1班")
ROLES = ("clerk", "headquarters", "surveyor", "approver", "shelter", "staff")
UNNAMED = ("surveyor", "approver", "staff")
#: pages that change something, or show nobody's data
PASSED = re.compile(r"^(accounts|admin|static|i18n|media|dev)|logout|language|events|stream|\.js$")


def household(number: int, protected: str) -> str:
    """A household with everything that relief can know of it; protected ``before``, ``since`` or, empty, not at all."""
    where = f"{SECRET}町" if protected else "本町"
    name = f"{NAME if protected else '灯'}　{'一二三四'[number]}郎"
    drafts = added(name, address=f"灯市{where}{number}番地", birth=datetime(1950, 1, 1, tzinfo=UTC).date())
    record(drafts, FEW)
    person = drafts[0].subject
    if protected == "before":
        record(Draft(ProtectionSet(), person), FEW)
    sealed, who = protected == "before", residents.person(person, FEW)
    assert who is not None
    ref, dwelling = who.household, Dwelling.ref(f"d{number}")
    survey, application = (
        keys.survey(INCIDENT, dwelling, 1),
        f"relief.application{'_protected' if sealed else ''}:a{number}",
    )
    team = Draft(SurveyAssigned(team=TEAM, planned_on=house.DAY, stop=number), survey, incident=INCIDENT)
    said = house.applied(
        household=ref,
        dwelling=dwelling,
        applicant=name,
        householder=name,
        householder_kana="おき",
        householder_address=f"灯市{where}{number}番地",
        contact=f"{where}の電話",
        note=f"{where}で働く",
        members=[{"name": name, "relation": "世帯主"}],
        damaged_address=f"灯市平{number}番地",
    )
    told_of = [
        Draft(DwellingDescribed(address=f"灯市平{number}番地", lat=37.05, lon=140.8 + number / 100), dwelling),
        Draft(HoldersTold(owner=name, tenants=(name,)), keys.holders(dwelling)),
        Draft(HouseholdPlaced(dwelling=dwelling, household=ref), keys.residence(dwelling, ref)),
        Draft(kind_for(Applied, sealed)(**said.model_dump(exclude_unset=True)), application, incident=INCIDENT),
        Draft(SurveyPlanned(dwelling=dwelling, disaster_on=house.DAY), survey, incident=INCIDENT),
        team,
    ]
    record(told_of, FEW)
    record(Draft(house.surveyed, survey, incident=INCIDENT), SURVEYOR)
    record(Draft(Judged(damage_class=DamageClass.DESTROYED, judge_reason="内部"), survey, incident=INCIDENT), JUDGE)
    issuing.issue(application, FEW)
    claim = victims.claim_ref(INCIDENT, "livelihood-base", ref, protected=sealed)
    asked = kind_for(SupportAsked, sealed)(scheme="livelihood-base", household=ref, account=f"{where}信用金庫")
    record(Draft(asked, claim, incident=INCIDENT), CLERK if not sealed else FEW)
    decided = kind_for(SupportDecided, sealed)(amount=1_000_000, damage_class=DamageClass.DESTROYED, people=1)
    record(Draft(decided, claim), system("others"))
    record(Draft(kind_for(SupportPaid, sealed)(amount=400_000, note=f"{where}支店"), claim), FEW)
    talk = kind_for(ConsultationHeld, sealed)(household=ref, topic=f"{where}への転居", note=where, next_step=where)
    record(Draft(talk, type(talk).subject.ref(f"t{number}"), incident=INCIDENT), FEW)
    agreed = kind_for(ConsentTold, sealed)(household=ref, recipient="社会福祉協議会", given=True, scope=where)
    record(Draft(agreed, victims.consent_ref(ref, "社会福祉協議会", protected=sealed)), FEW)
    fact = HouseholdFound(of_incident=INCIDENT, sense=Sense.SUFFERED, members=(person,), note=where)
    record(Draft(fact, subject_for(INCIDENT, Sense.SUFFERED, person), incident=INCIDENT), FEW)
    if protected == "since":
        record(Draft(ProtectionSet(), person), FEW)
    return ref


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every address of the program, as it is written."""
    for one in (resolver or get_resolver()).url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield path
        else:
            yield from patterns(one, path)


@pytest.fixture
def city() -> list[str]:
    """Addresses of everything there is to ask for."""
    house.shaken()
    record(Draft(TeamDescribed(name="1班", members=["調査員"]), TEAM, incident=INCIDENT), HEAD)
    told(FIRST)
    refs = [household(number, protected) for number, protected in enumerate(("", "before", "since"))]
    while tasks.tick():
        pass

    def of(*types: str) -> list[str]:
        found = SubjectRow.objects.filter(type__in=types).order_by("subject").values_list("subject", flat=True)
        return [subject.partition(":")[2] for subject in found]

    subjects = SubjectRow.objects.order_by("subject").values_list("subject", flat=True)
    found = [f"/api/v1/subjects/{s}" for s in subjects] + [f"/subject/{s}/" for s in subjects]
    found += [f"/{path}" for path in patterns() if not re.search(r"[<(^]", path) and not PASSED.search(path)]
    here, homes = f"?incident={INCIDENT}", [h.partition(":")[2] for h in refs]
    for name in ("counter", "applications", "certificates", "victims", "dwellings"):
        found += [f"/relief/{name}/{here}{more}" for more in ("", "&as=csv", "&as=pdf", f"&q={SECRET}", f"&q={NAME}")]
        found += [f"/relief/{name}/{here}&sort={sort}" for sort in ("householder", "-householder", "damaged_address")]
    found += [f"/relief/{name}/{here}{more}" for name in ("surveys", "schemes", "queue") for more in ("", "&as=csv")]
    for key in homes:
        found += [f"/relief/{page}/{key}/{here}" for page in ("counter", "victims")] + [f"/residents/households/{key}/"]
    for key in of("residents.person"):
        found += [f"/relief/victims/people/{key}/{here}", f"/residents/people/{key}/"]
    for key in of("relief.application", "relief.application_protected"):
        found += [f"/relief/applications/{key}/"]
    for key in of("relief.certificate", "relief.certificate_protected"):
        found += [f"/relief/certificates/{key}/", f"/relief/certificates/{key}/certificate.pdf"]
    for key in of("relief.dwelling"):
        found += [f"/relief/dwellings/{key}/{here}", f"/relief/dwellings/{key}/sheet-1.pdf{here}"]
    for key in of("relief.survey"):
        found += [f"/relief/judging/{key}/"]
    for key in of("relief.scheme"):
        money = (f"{page}{here}{end}" for page in ("claims/", "unasked/") for end in ("", "&as=csv", f"&q={NAME}"))
        found += [f"/relief/schemes/{key}/{one}" for one in (here, f"payments.csv{here}", *money)]
    found += [f"/relief/schemes/livelihood-base/{one}{here}" for one in ("claims/", "unasked/", "payments.csv")]
    (team,) = of("relief.team")
    found += [f"/relief/planning/{team}/{house.DAY}/{one}" for one in ("", "route.geojson", "route.pdf", "sheets.pdf")]
    return [*found, f"/relief/field/{team}/", f"/relief/planning/{here}", f"/relief/dwellings/map.geojson{here}"]


@pytest.mark.fuzz
def test_no_page_tells(city: list[str], trials: Callable[[int, int], int]) -> None:
    """Each page is asked for by everybody in the full run; in the suite the counter's by a clerk, others at random."""
    dice = random.Random(3)  # a sample, not a secret
    clients = {role: client_of(role) for role in ROLES}
    lists = [(address, "clerk") for address in city if address.startswith("/relief/") and INCIDENT in address]
    asked = [(address, role) for address in city for role in ROLES]
    answered, told = 0, []
    for address, role in [*lists, *dice.sample(asked, min(trials(60, len(asked)), len(asked)))]:
        answer = clients[role].get(address)
        if answer.status_code != 200 or answer.streaming:
            continue
        answered += 1
        text = answer.content.decode("utf-8-sig", errors="replace")
        if answer["Content-Type"] == "application/pdf":
            text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
        words = (SECRET, NAME) if role in UNNAMED else (SECRET,)
        question = address.partition("q=")[2]  # the word that was asked stands in the box again
        told += [(role, address, word) for word in words if word != question and word in text]
    assert not told
    assert answered > 30
    few = client_of("administrator").get(f"/relief/victims/?incident={INCIDENT}&as=csv").content.decode("utf-8-sig")
    assert SECRET in few and NAME in few
