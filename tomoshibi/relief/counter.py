"""The counter 窓口: a household found by one box, its sheet, and the application that it makes."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import pydantic
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from tomoshibi.incidents import queries as incidents
from tomoshibi.incidents.models import IncidentRow
from tomoshibi.journal.access import Actor
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.places.queries import area_names
from tomoshibi.places.views import key_of
from tomoshibi.relief import duplicates, issuing, keys, online, photographs, queries
from tomoshibi.relief.facts import DwellingDescribed
from tomoshibi.relief.online import OnlineTaken
from tomoshibi.relief.paper_models import OnlineRow
from tomoshibi.relief.papers import Applied, kind_for
from tomoshibi.relief.words import Authority, Interest, Kind, Stage, Standing, Structure, Thing, Way
from tomoshibi.residents import queries as residents
from tomoshibi.residents.subjects import Household
from tomoshibi.vocabulary import T

COUNTER = T("罹災証明の窓口", "Certificates")
#: households on a page of a search
SHOWN = 20
NEW = "new"


def incident_on(request: HttpRequest) -> IncidentRow | None:
    """The incident that a page works on: the one asked for, else the newest open one, else the newest."""
    asked = request.POST.get("incident") or request.GET.get("incident", "")
    found = incidents.incident(asked) if asked else None
    return found or incidents.open_incidents().first() or incidents.incidents().first()


@reading("relief.personal")
@require_GET
def counter(request: HttpRequest) -> HttpResponse:
    """One box: a name, an address, a day of birth. A single household is opened at once."""
    asked, actor, incident = request.GET.get("q", "").strip(), actor_on(request), incident_on(request)
    found = residents.search(asked, actor, SHOWN) if asked else []
    if len(found) == 1:
        page = reverse("relief:household", args=[found[0].key])
        return HttpResponseRedirect(f"{page}?{urlencode({'incident': incident.subject})}" if incident else page)
    note_reading(request, [m.ref for home in found for m in home.members])
    stages = dict(
        queries.applications()
        .filter(household__in=[home.ref for home in found], protected=False)
        .values_list("household", "stage")
    )
    context = {
        "asked": asked,
        "incident": incident,
        "incidents": incidents.open_incidents(),
        "found": [(home, Stage(stages[home.ref]).label if home.ref in stages else "") for home in found],
        "more": len(found) == SHOWN,
        "queue": queries.queue(incident.subject if incident else ""),
    }
    return render(request, "relief/counter.html", context)


@dataclass
class Form:
    """The application's form: what it shows, and what is wrong with it."""

    values: dict[str, str]
    members: list[tuple[str, str, bool]] = field(default_factory=list)
    errors: dict[str, T] = field(default_factory=dict)
    refused: T | None = None

    things: list[str] = field(default_factory=list)
    #: which of an online application's photographs become the dwelling's, by their place in it
    photos: list[int] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """The kind of certificate that is asked for."""
        return Kind.VICTIM if self.values.get("kind_of_paper") == Kind.VICTIM else Kind.DISASTER

    def fact(self, household: str, protected: bool) -> Applied | None:
        """The application that was sent, or None with :attr:`errors`."""
        said: dict[str, Any] = {k: v for k, v in self.values.items() if k in Applied.model_fields and v}
        said["members"] = [{"name": name, "relation": relation} for name, relation, on in self.members if on]
        said["household"] = household
        said["things"] = self.things
        if self.kind is Kind.DISASTER:
            said["dwelling"] = keys.dwelling(self.values.get("damaged_address", ""))
        try:
            return kind_for(Applied, protected).model_validate(said)
        except pydantic.ValidationError as error:
            for place, text in complaints(error):
                self.errors.setdefault(place.partition(".")[0], text)
            return None


#: text fields of the form, in its order
FIELDS = (
    "applicant", "householder", "householder_kana", "householder_address", "damaged_address", "cause", "contact",
    "kind_of_paper", "interest", "damage_told", "proxy", "proxy_relation", "authority", "copies", "way", "note",
    "structure", "id", "online",
)  # fmt: skip


def _proposed(home: residents.Household | None, incident: IncidentRow | None, sent: OnlineRow | None) -> Form:
    """The form filled in from the register, and from what somebody ``sent`` online: what is right stays, what differs
    is typed over.
    """
    values = dict.fromkeys(FIELDS, "")
    values |= {"copies": "1", "way": Way.COUNTER.value, "structure": Structure.WOODEN.value, "id": str(uuid.uuid4())}
    values["kind_of_paper"] = Kind.DISASTER.value
    values["cause"] = issuing.cause_of(incident.subject) if incident else ""
    members: list[tuple[str, str, bool]] = []
    if home is not None:
        values |= {
            "applicant": home.head.name,
            "householder": home.head.name,
            "householder_kana": home.head.kana,
            "householder_address": home.address,
            "damaged_address": home.address,
        }
        members = [(m.name, m.relation, True) for m in home.members]
    things: list[str] = []
    photos: list[int] = []
    if sent is not None:
        values |= {
            "online": sent.subject,
            "way": Way.ONLINE.value,
            "applicant": sent.applicant,
            "kind_of_paper": sent.kind,
            "damaged_address": sent.damaged_address,
            "contact": sent.contact,
            "interest": sent.interest,
            "damage_told": sent.damage_told,
            "copies": str(sent.copies),
        }
        things, photos = json.loads(sent.things), list(range(len(json.loads(sent.photos))))
        if home is None:
            values |= {
                "householder": sent.applicant,
                "householder_kana": sent.applicant_kana,
                "householder_address": sent.address,
            }
    return Form(values, members, things=things, photos=photos)


def _sent(request: HttpRequest, proposed: Form) -> Form:
    """The form as the browser sent it."""
    values = {name: request.POST.get(name, "").strip() for name in FIELDS}
    chosen = set(request.POST.getlist("members"))
    members = [(name, relation, str(n) in chosen) for n, (name, relation, _) in enumerate(proposed.members)]
    photos = [int(n) for n in request.POST.getlist("photos") if n.isdecimal()]
    return Form(values, members, things=request.POST.getlist("things"), photos=photos)


def online_on(request: HttpRequest) -> OnlineRow | None:
    """The online application that a page takes, where it names one that may be seen; its reading is logged."""
    asked = request.POST.get("online") or request.GET.get("online", "")
    row = OnlineRow.objects.filter(subject=asked).first() if asked else None
    if row is None or not online.may_see(actor_on(request), row):
        return None
    note_reading(request, [row.subject])
    return row


@reading("relief.personal")
@require_http_methods(["GET", "POST"])
def household(request: HttpRequest, key: str) -> HttpResponse:
    """A household at the counter: what it has, and its application. ``new``: in no register."""
    actor, incident = actor_on(request), incident_on(request)
    home = None
    if key != NEW:
        home = residents.household(Household.ref(key), actor)
        if home is None:
            raise Http404
        note_reading(request, [home.ref, *(m.ref for m in home.members)])
    context: dict[str, Any] = {
        "home": home,
        "incident": incident,
        "key": key,
        "ways": list(Way),
        "structures": list(Structure),
        "kinds": list(Kind),
        "interests": list(Interest),
        "all_things": list(Thing),
        "authorities": list(Authority),
        "sent": online_on(request),
    }
    context["photos"] = range(len(json.loads(context["sent"].photos))) if context["sent"] else ()
    if home is not None and home.undisclosed:
        return render(request, "relief/household.html", {**context, "undisclosed": issuing.undisclosed().text})
    form, status = _proposed(home, incident, context["sent"]), 200
    protected = any(m.protected for m in home.members) if home else False
    if request.method == "POST":
        form = _sent(request, form)
        status = _apply(form, request, home, incident, protected, context["sent"])
        if status == 303:
            return HttpResponseRedirect(form.values["next"], status=303)
    applications = queries.applications_of(home.ref) if home else []
    staged = {a.subject: a for a in queries.applications().filter(subject__in=[a.subject for a in applications])}
    context |= {
        "form": form,
        "alike": _alike(form, home, incident, actor),
        "may": actor.may(kind_for(Applied, protected).kind),
        "protected": protected,
        "applications": [(a, Stage(staged[a.subject].stage).label, page_of(a)) for a in applications],
        "certificates": [
            (c, Standing(c.standing), page_of(c)) for c in (queries.certificates_of(home.ref) if home else ())
        ],
    }
    return render(request, "relief/household.html", context, status=status)


def _alike(
    form: Form, home: residents.Household | None, incident: IncidentRow | None, actor: Actor
) -> list[tuple[duplicates.Alike, str]]:
    """What others applied for that looks like this one: seen before it is taken."""
    if incident is None or not form.values["householder"]:
        return []
    found = duplicates.like(
        incident.subject,
        form.kind,
        household=home.ref if home else "",
        dwelling=keys.dwelling(form.values["damaged_address"]),
        householder=form.values["householder"],
        address=form.values["damaged_address"],
    )
    return [(a, page_of(a.row)) for a in found if queries.may_see(actor, a.row)]


def page_of(row: Any) -> str:
    """Address of an application's or a certificate's page."""
    view = "relief:certificate" if "certificate" in row.subject.partition(":")[0] else "relief:application"
    return reverse(view, args=[key_of(row.subject)])


def _apply(
    form: Form,
    request: HttpRequest,
    home: residents.Household | None,
    incident: IncidentRow | None,
    protected: bool,
    sent: OnlineRow | None,
) -> int:
    """Record the application, and the dwelling where it is new. The HTTP status; 303 with the next address set."""
    if incident is None:
        form.refused = T("事案がありません。本部で事案を開いてください。", "There is no incident: open one first.")
        return 422
    fact = form.fact(home.ref if home else "", protected)
    if fact is None:
        form.refused = T(f"{len(form.errors)} か所を確かめてください。", f"Check {len(form.errors)} fields.")
        return 422
    subject = keys.application(
        incident.subject,
        home.ref if home else fact.householder,
        fact.dwelling or fact.damaged_address,
        kind=fact.kind_of_paper,
        protected=protected,
    )
    drafts = [Draft(fact, subject, id=form.values["id"], incident=incident.subject)]
    if sent is not None:
        taken = kind_for(OnlineTaken, sent.protected)(application=subject)
        id = str(uuid.uuid5(uuid.UUID(form.values["id"]), "online"))
        drafts.append(Draft(taken, sent.subject, id=id, incident=incident.subject))
    if fact.dwelling and queries.dwelling(fact.dwelling) is None:
        said: dict[str, Any] = {"address": fact.damaged_address}
        if form.values["structure"]:
            said["structure"] = form.values["structure"]
        # without the incident: a building outlasts it, and at which address somebody lives is no line of a timeline
        if area := dict(area_names()).get(home.area if home else ""):
            said["area"] = area
        drafts.insert(0, Draft(DwellingDescribed(**said), fact.dwelling))
    try:
        if sent is not None and fact.dwelling:
            about = "" if protected else subject
            drafts += photographs.from_online(sent, form.photos, fact.dwelling, about, form.values["id"])
        record(drafts, actor_on(request))
    except (Refused, StoreFailed) as no:
        form.refused = no.text
        name = getattr(no, "field", "")
        if name in form.values:
            form.errors[name] = no.text
        return 422
    form.values["next"] = f"{reverse('relief:application', args=[key_of(subject)])}?{urlencode({'done': 'applied'})}"
    return 303
