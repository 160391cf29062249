"""The victim register 被災者台帳: its list, one page per household and per person, and the acts on them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pydantic
from django.db.models import Exists, OuterRef, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tomoshibi.documents import Column
from tomoshibi.documents import Sheet as OutSheet
from tomoshibi.incidents import queries as incidents
from tomoshibi.journal import worlds
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.pages import NotAllowed, actor_on, note_reading, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.places.listing import Cell, Filter, Listing, Shown
from tomoshibi.places.views import acts, key_of
from tomoshibi.relief import entitlements, issuing, queries, schemes, victims
from tomoshibi.relief.counter import incident_on, page_of
from tomoshibi.relief.models import ApplicationRow
from tomoshibi.relief.papers import kind_for
from tomoshibi.relief.victim_models import ClaimRow, ConsentRow, ConsultationRow
from tomoshibi.relief.words import Kind, Stage, Standing
from tomoshibi.residents import queries as residents
from tomoshibi.residents.household_views import found_acts
from tomoshibi.residents.subjects import Household, Person
from tomoshibi.shelters import queries as shelters
from tomoshibi.shelters.models import ShelterRow
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.damage import DamageClass
from tomoshibi.vocabulary.support import Basis, Rebuilding

VICTIMS = T("被災者台帳", "Victim register")
#: whom one may see in the register at least
READING = "relief.personal"


@reading(READING)
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Households that applied in an incident, with what is known of each."""
    actor, incident = actor_on(request), incident_on(request)
    where = incident.subject if incident else ""
    rows = queries.applications(where).filter(withdrawn=False, kind=Kind.DISASTER)
    rows = queries.seen_by(rows.exclude(household=""), actor)
    inside = queries.whole(where) if where else []
    claims = ClaimRow.objects.filter(incident__in=inside, household=OuterRef("household")).order_by()
    steps = ConsultationRow.objects.filter(household=OuterRef("household"), closed="").exclude(next_step="")
    rows = rows.annotate(
        paid=Subquery(claims.values("household").annotate(n=Sum("paid")).values("n")),
        over=Subquery(claims.values("household").annotate(n=Sum("over")).values("n")),
        to_do=Exists(steps.filter(private=False, protected=False)),
    )

    return Listing(
        title=VICTIMS,
        name="victims",
        rows=rows,
        words=("householder", "householder_kana", "householder_address", "damaged_address"),
        columns=(
            Shown(
                T("世帯主", "Householder"),
                lambda r: Cell(r.householder, page_of_household(r.household, r.incident)),
                ("householder_kana", "householder"),
            ),
            Shown(T("被災住家の所在地", "Damaged address"), lambda r: r.damaged_address, ("damaged_address",)),
            Shown(T("被害の程度", "Damage"), lambda r: DamageClass(r.judged).label if r.judged else "", ("judged",)),
            Shown(T("証明書", "Certificate"), lambda r: Cell(mark=Stage(r.stage).label), ("stage",)),
            Shown(T("支援（円）", "Support (yen)"), lambda r: r.paid, ("paid",), figure=True),
            Shown(T("過払い（円）", "Overpaid (yen)"), lambda r: r.over or None, ("over",), figure=True),
            Shown(
                T("次にすること", "Next steps"), lambda r: Cell(mark=T("あり", "open")) if r.to_do else "", ("to_do",)
            ),
        ),
        filters=(
            Filter(
                "incident",
                T("事案", "Incident"),
                [(row.subject, row.title) for row in incidents.incidents()[:50]],
                lambda found, value: found,
            ),
            Filter(
                "damage",
                T("被害の程度", "Damage"),
                [(c.value, c.label) for c in DamageClass],
                lambda found, value: found.filter(judged=value),
            ),
        ),
        sheet=lambda found: _sheet(found, actor, inside),
        exported=lambda found: log_reading(actor, [r.household for r in found], request.path),
        empty=T(
            "申請を受けた世帯が、被害・証明書・支援とともにここに並びます。",
            "Households that applied appear here, with damage, certificates and support.",
        ),
    ).respond(request)


def page_of_household(household: str, incident: str = "") -> str:
    """Address of a household's page in the register."""
    address = reverse("relief:victim", args=[key_of(household)])
    return f"{address}?incident={incident}" if incident else address


def _sheet(rows: Iterable[Any], actor: Actor, inside: list[str]) -> OutSheet:
    """The items of the register 被災者台帳 (災害対策基本法 90条の3), a line for each person of a household, with what
    support these incidents brought it.
    """
    columns = (
        Column("name", T("氏名", "Name"), kind="name"),
        Column("birth", T("生年月日", "Day of birth"), kind="date"),
        Column("sex", T("性別", "Sex")),
        Column("address", T("住所又は居所", "Address")),
        Column("householder", T("世帯主", "Householder"), kind="name"),
        Column("damaged_address", T("被災住家の所在地", "Damaged address")),
        Column("damage", T("住家の被害", "Damage")),
        Column("stage", T("罹災証明書の交付", "Certificate")),
        Column("support", T("援護の実施状況", "Support given")),
        Column("consent", T("提供の同意（提供先）", "Consent to share with")),
        Column("note", T("備考", "Note")),
    )
    rows = list(rows)
    refs = [r.household for r in rows]
    homes = {h.ref: h for h in residents.households(refs, actor)}
    claims: dict[str, list[str]] = {}
    day = issuing.disaster_day(inside[0]) if inside else None
    names = {s.key: s.name for s in schemes.schemes_for(inside[0], day)} if day else {}
    given = ClaimRow.objects.filter(incident__in=inside, household__in=refs).order_by("asked_at")
    for claim in entitlements.claims_seen(actor, given):
        claims.setdefault(claim.household, []).append(f"{names.get(claim.scheme, claim.scheme)} {claim.paid:,}")
    agreed: dict[str, list[str]] = {}
    for consent in ConsentRow.objects.filter(household__in=refs, given=True).order_by("recipient"):
        agreed.setdefault(consent.household, []).append(consent.recipient)
    held = []
    for row in rows:
        home = homes.get(row.household)
        for person in home.members if home else []:
            held.append(
                {
                    "name": person.name,
                    "birth": person.birth,
                    "sex": person.sex,
                    "address": person.where,
                    "householder": row.householder,
                    "damaged_address": row.damaged_address,
                    "damage": str(DamageClass(row.judged).label) if row.judged else "",
                    "stage": str(Stage(row.stage).label),
                    "support": "、".join(claims.get(row.household, [])),
                    "consent": "、".join(agreed.get(row.household, [])),
                    "note": person.note,
                }
            )
    return OutSheet(VICTIMS, columns, held)


def _home(request: HttpRequest, key: str) -> residents.Household:
    """The household of a page; refused to who may not see a protected one; its reading logged."""
    home = residents.household(Household.ref(key), actor_on(request))
    if home is None:
        raise Http404
    if home.undisclosed:
        raise NotAllowed(issuing.undisclosed().text)
    note_reading(request, [home.ref, *(m.ref for m in home.members)])
    return home


@reading(READING)
@require_GET
def household(request: HttpRequest, key: str) -> HttpResponse:
    """Everything of one household in one incident."""
    return _victim(request, _home(request, key), None)


@reading(READING)
@require_GET
def person(request: HttpRequest, key: str) -> HttpResponse:
    """Everything of one person, and of the household that they are of."""
    who = residents.person(Person.ref(key), actor_on(request))
    if who is None:
        raise Http404
    home = _home(request, key_of(who.household))
    return _victim(request, home, who)


def _victim(
    request: HttpRequest, home: residents.Household, who: residents.Person | None, refused: T | None = None
) -> HttpResponse:
    actor, incident = actor_on(request), incident_on(request)
    where = incident.subject if incident else ""
    protected = any(m.protected for m in home.members)
    applications = queries.seen_by(queries.applications(where).filter(household=home.ref), actor)
    for_few = _for_few(home.ref, actor)
    dues = entitlements.due(where, home.ref, special=True) if incident and not for_few else []
    if who is not None:
        dues = [d for d in dues if not any(c.person for c in d.claims) or any(c.person == who.ref for c in d.claims)]
    here = page_of_household(home.ref, where)
    if who is not None:
        here = f"{reverse('relief:victim_person', args=[who.key])}?incident={where}"
    context: dict[str, Any] = {
        "home": home,
        "who": who,
        "incident": incident,
        "incidents": incidents.incidents()[:50],
        "protected": protected,
        "whereabouts": _where(where, [who] if who else home.members, actor),
        "applications": [(a, Stage(a.stage).label, page_of(a), _judged(a)) for a in applications],
        "certificates": [
            (c, Standing(c.standing), page_of(c)) for c in queries.seen_by(queries.certificates_of(home.ref), actor)
        ],
        "dues": [(d, _claims(d, actor, here)) for d in dues if d.claims],
        "open": entitlements.not_asked(dues),
        "special": [d for d in dues if d.special and not d.claims],
        "for_few": for_few,
        "rebuildings": list(Rebuilding),
        "people": [*home.members, *home.left],
        "may_ask": actor.may(kind_for(victims.SupportAsked, protected).kind) and bool(incident),
        "consultations": _consultations(home.ref, who, actor, here),
        "may_consult": actor.may(kind_for(victims.ConsultationHeld, protected).kind),
        "consents": _consents(home.ref, actor, here),
        "consent_acts": acts(
            actor,
            *_consent_act(home, protected, here),
        ),
        "household_acts": found_acts(home.ref, where, actor, next=here) if incident else [],
        "today": worlds.now().astimezone(JAPAN).date(),
        "id": uuid.uuid4(),
        "refused": refused,
    }
    return render(request, "relief/victim.html", context, status=422 if refused else 200)


def _for_few(household: str, actor: Actor) -> bool:
    """Whether what a household is entitled to would tell of somebody protected, whom ``actor`` may not know of."""
    return not actor.may("residents.protected") and household in entitlements.sealed()


def _judged(row: ApplicationRow) -> T | str:
    judged: str = getattr(row, "judged", "") or ""
    return DamageClass(judged).label if judged else ""


def _where(incident: str, people: list[residents.Person], actor: Actor) -> list[tuple[residents.Person, str, str]]:
    """Each person and where they are: a shelter and its page, or their address; as far as ``actor`` may know."""
    if not actor.may("shelters.whereabouts"):
        return [(p, p.where, "") for p in people]
    now = shelters.where_now(incident, [p.ref for p in people]) if incident else {}
    names = ShelterRow.objects.in_bulk({s.shelter for s in now.values()})
    found = []
    for one in people:
        stay = now.get(one.ref)
        if stay is None or not shelters.may_know(actor, stay, one):
            found.append((one, one.where, ""))
            continue
        shelter = names.get(stay.shelter)
        page = reverse("shelters:shelter", args=[key_of(stay.shelter)])
        found.append((one, f"{T('避難所', 'Shelter')} {shelter.name if shelter else ''}".strip(), page))
    return found


def _claims(
    due: entitlements.Due, actor: Actor, here: str
) -> list[tuple[ClaimRow, list[tuple[T, str]], list[Any], list[T | str], bool]]:
    """Each claim with what may be done, its payments, what it depends on, and whether ``actor`` may say that anew."""
    found = []
    cases = due.scheme.by_case or due.scheme.as_class
    for claim in entitlements.claims_seen(actor, due.claims):
        decided, refused, paid = (
            kind_for(f, claim.protected) for f in (victims.SupportDecided, victims.SupportRefused, victims.SupportPaid)
        )
        changed = claim.amount is not None and claim.owed != claim.amount
        buttons = []
        if claim.amount is None or changed or claim.refused:  # a refusal too is decided anew: another class was judged
            owed = claim.owed if changed else due.each[claim.subject]
            said = {"amount": str(owed)} if owed is not None else {}
            if due.damage is not None and not due.scheme.by_case:
                said["damage_class"] = due.damage.value
            if due.people and not due.scheme.by_case:
                said["people"] = str(due.people)
            buttons += acts(
                actor,
                (
                    decided.kind,
                    T("決定し直す", "Decide anew") if changed or claim.refused else T("決定する", "Decide"),
                    record_address(decided.kind, claim.subject, next=here, **said),
                ),
            )
        if not claim.refused and not claim.payments:
            buttons += acts(
                actor, (refused.kind, T("不支給", "Refuse"), record_address(refused.kind, claim.subject, next=here))
            )
        if claim.rest:
            buttons += acts(
                actor,
                (
                    paid.kind,
                    T("支払いを記録", "Record payment") if claim.rest > 0 else T("返還を記録", "Record money back"),
                    record_address(paid.kind, claim.subject, amount=str(claim.rest), next=here),
                ),
            )
        anew = kind_for(victims.SupportCaseTold, claim.protected).kind
        if claim.rest > 0:  # the bank sent it back, or the account was not seen yet
            to = record_address(anew, claim.subject, account=claim.account, next=here)
            buttons += acts(actor, (anew, T("振込先を確かめ直す", "Say the account anew"), to))
        paid_on = [
            (datetime.fromisoformat(at).astimezone(JAPAN).date(), yen, how)
            for at, yen, how in json.loads(claim.paid_list)
        ]
        told: list[T | str] = []
        if claim.case is not None and claim.case < len(cases):
            told.append(cases[claim.case][0])
        if claim.rebuilding:
            told.append(Rebuilding(claim.rebuilding).label)
        told += [text for text in (claim.paper, claim.account) if text]
        open_case = bool(cases or due.scheme.by_rebuilding) and not claim.refused
        may = open_case and actor.may(anew)
        found.append((claim, buttons, paid_on, told, may))
    return found


def _consultations(
    household: str, who: residents.Person | None, actor: Actor, here: str
) -> list[tuple[ConsultationRow, list[tuple[T, str]]]]:
    rows = ConsultationRow.objects.filter(household=household).order_by("-held_at")
    if who is not None:
        rows = rows.filter(person__in=["", who.ref])
    found = []
    for row in rows:
        mine = actor.is_same(row.held_by)
        if row.private and not mine and not actor.may("relief.consultations_private"):
            continue
        if row.protected and not actor.may("residents.protected"):
            continue
        closed: Any = victims.PrivateConsultationClosed if row.private else victims.ConsultationClosed
        kind = kind_for(closed, row.protected).kind if not row.private else closed.kind
        buttons = []
        if row.next_step and not row.closed:
            buttons = acts(actor, (kind, T("済んだ", "Done"), record_address(kind, row.subject, next=here)))
        found.append((row, buttons))
    return found


def _consents(household: str, actor: Actor, here: str) -> list[tuple[ConsentRow, list[Any], list[tuple[T, str]]]]:
    found = []
    for row in ConsentRow.objects.filter(household=household).order_by("recipient"):
        if row.protected and not actor.may("residents.protected"):
            continue
        told, shared = (kind_for(f, row.protected) for f in (victims.ConsentTold, victims.ConsentShared))
        said = {"household": household, "recipient": row.recipient, "next": here}
        wanted = [(told.kind, T("変更する", "Change"), record_address(told.kind, row.subject, **said))]
        if row.given:
            to = record_address(shared.kind, row.subject, next=here)
            wanted.append((shared.kind, T("提供を記録", "Record a hand-over"), to))
        found.append((row, json.loads(row.shared), acts(actor, *wanted)))
    return found


def _consent_act(home: residents.Household, protected: bool, here: str) -> list[tuple[str, T, str]]:
    kind = kind_for(victims.ConsentTold, protected).kind
    word = T("提供先ごとの同意を記録", "Record a consent")
    return [(kind, word, reverse("relief:victim_consent", args=[home.key]) + f"?next={here}")]


@reading(READING)
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest, key: str) -> HttpResponse:
    """The form of one consent: its subject is named by household and recipient, so that two counters meet on it."""
    home, actor = _home(request, key), actor_on(request)
    protected = any(m.protected for m in home.members)
    refused: T | None = None
    if request.method == "POST":
        recipient = request.POST.get("recipient", "").strip()
        try:
            fact = kind_for(victims.ConsentTold, protected)(
                household=home.ref,
                recipient=recipient,
                given=request.POST.get("given") == "1",
                scope=request.POST.get("scope", "").strip(),
            )
            record(Draft(fact, victims.consent_ref(home.ref, recipient, protected=protected)), actor)
            return HttpResponseRedirect(page_of_household(home.ref), status=303)
        except pydantic.ValidationError as error:
            refused = next(text for _, text in complaints(error))
        except (Refused, StoreFailed) as no:
            refused = no.text
    context = {"home": home, "refused": refused, "back": page_of_household(home.ref), "values": request.POST}
    return render(request, "relief/consent.html", context, status=422 if refused else 200)


@reading(READING)
@require_POST
def ask(request: HttpRequest, key: str) -> HttpResponse:
    """Take a household's claim for one scheme."""
    home, actor, incident = _home(request, key), actor_on(request), incident_on(request)
    protected = any(m.protected for m in home.members)
    if incident is None:
        raise Http404
    day = issuing.disaster_day(incident.subject)
    found = schemes.schemes_for(incident.subject, day) if day else []
    scheme = next((s for s in found if s.key == request.POST.get("scheme", "")), None)
    if scheme is None:
        raise Http404
    who = request.POST.get("person", "")
    case = request.POST.get("case", "")
    rebuilding = request.POST.get("rebuilding", "")
    back = page_of_household(home.ref, incident.subject)
    try:
        fact = kind_for(victims.SupportAsked, protected)(
            scheme=scheme.key,
            household=home.ref,
            person=who if who in {m.ref for m in (*home.members, *home.left)} else "",
            rebuilding=Rebuilding(rebuilding) if rebuilding else None,
            case=int(case) if case.isdecimal() else None,
            paper=request.POST.get("paper", "").strip(),
            account=request.POST.get("account", "").strip(),
        )
        subject = victims.claim_ref(incident.subject, scheme.key, home.ref, fact.person, protected=protected)
        if _for_few(home.ref, actor):
            raise Refused(
                T("この世帯の支援は、限られた職員が扱います。", "Support for them is in the hands of the few.")
            )
        if scheme.key in schemes.closed_keys(incident.subject):
            raise Refused(T("この支援は受付を締め切りました。", "This scheme takes no more claims."))
        if scheme.basis is Basis.PERSON and not fact.person:
            raise Refused(T("どの人の分かを選んでください。", "Choose for whom."))
        if scheme.as_class and fact.case is not None and not fact.paper:
            raise Refused(T("解体や長期避難を確かめた書類を入れてください。", "Say by which paper it was seen."))
        if entitlements.has_asked(incident.subject, scheme.key, home.ref, fact.person):
            raise Refused(victims.ASKED)  # also in an incident that was merged, and before the household was protected
        record(Draft(fact, subject, incident=incident.subject), actor)
    except pydantic.ValidationError as error:
        return _victim(request, home, None, next(text for _, text in complaints(error)))
    except (Refused, StoreFailed) as no:
        return _victim(request, home, None, no.text)
    except ValueError as error:
        raise Http404 from error
    return HttpResponseRedirect(back, status=303)


@reading(READING)
@require_POST
def case(request: HttpRequest, key: str) -> HttpResponse:
    """Say what a claim depends on besides the damage, and by which paper: known only after it was taken."""
    home, actor, incident = _home(request, key), actor_on(request), incident_on(request)
    rows = ClaimRow.objects.filter(subject=request.POST.get("claim", ""), household=home.ref)
    claim = next(iter(entitlements.claims_seen(actor, rows)), None)
    if claim is None:
        raise Http404
    number, rebuilding = request.POST.get("case", ""), request.POST.get("rebuilding", "")
    try:
        fact = kind_for(victims.SupportCaseTold, claim.protected)(
            rebuilding=Rebuilding(rebuilding) if rebuilding else None,
            case=int(number) if number.isdecimal() else None,
            paper=request.POST.get("paper", "").strip(),
        )
        record(Draft(fact, claim.subject), actor)
    except pydantic.ValidationError as error:
        return _victim(request, home, None, next(text for _, text in complaints(error)))
    except (Refused, StoreFailed) as no:
        return _victim(request, home, None, no.text)
    except ValueError as error:
        raise Http404 from error
    return HttpResponseRedirect(page_of_household(home.ref, incident.subject if incident else ""), status=303)


@reading(READING)
@require_POST
def consult(request: HttpRequest, key: str) -> HttpResponse:
    """Write down a consultation."""
    home, actor, incident = _home(request, key), actor_on(request), incident_on(request)
    protected = any(m.protected for m in home.members)
    who = request.POST.get("person", "")
    said = {
        "household": home.ref,
        "person": who if who in {m.ref for m in home.members} else "",
        "topic": request.POST.get("topic", "").strip(),
        "note": request.POST.get("note", "").strip(),
        "next_step": request.POST.get("next_step", "").strip(),
        "due_on": request.POST.get("due_on") or None,
    }
    private = bool(request.POST.get("private")) and not protected
    cls: Any = victims.PrivateConsultationHeld if private else kind_for(victims.ConsultationHeld, protected)
    back = page_of_household(home.ref, incident.subject if incident else "")
    try:
        fact = cls.model_validate(said)
        id = request.POST.get("id") or str(uuid.uuid4())
        record(Draft(fact, cls.subject.ref(id), id=id, incident=incident.subject if incident else ""), actor)
    except pydantic.ValidationError as error:
        return _victim(request, home, None, next(text for _, text in complaints(error)))
    except (Refused, StoreFailed) as no:
        return _victim(request, home, None, no.text)
    return HttpResponseRedirect(back, status=303)
