"""Pages of call-outs: the list, the board of one, and one started by hand."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tomoshibi.documents import Column, Sheet
from tomoshibi.journal.access import Actor
from tomoshibi.journal.accounts.models import Account
from tomoshibi.journal.accounts.queries import log_reading
from tomoshibi.journal.facts import Refused
from tomoshibi.journal.models import SubjectRow
from tomoshibi.journal.navigation import Status, status
from tomoshibi.journal.pages import NotAllowed, actor_on, given_id, reading
from tomoshibi.journal.recording import Draft, StoreFailed, record
from tomoshibi.journal.views import record_address
from tomoshibi.people import calling, links, queries
from tomoshibi.people.call_facts import Arrived
from tomoshibi.people.models import CallOutRow, CallRow, StaffRow
from tomoshibi.people.subjects import Call, CallOut
from tomoshibi.people.views import staff_page
from tomoshibi.people.words import Answer, Family, Safety
from tomoshibi.places.listing import Cell, Listing, Shown, sent
from tomoshibi.places.queries import names_of as place_names
from tomoshibi.places.queries import sites
from tomoshibi.places.subjects import SiteKind
from tomoshibi.places.views import acts, key_of
from tomoshibi.vocabulary import T

CALL_OUTS = T("参集・安否", "Call-outs")

#: people on a board before it asks whether to show everybody: it is sent anew whenever somebody answers
LINES = 100

#: tiles of a board: key of :class:`queries.Counts`, word, whether a number above 0 wants attention
TILES = (
    ("no_answer", T("未回答", "No answer"), True),
    ("called", T("招集", "Called"), False),
    ("answered", T("回答", "Answered"), False),
    ("expected", T("向かっている", "On the way"), False),
    ("arrived", T("到着", "Arrived"), False),
    ("cannot", T("行けない", "Cannot come"), False),
    ("evacuated", T("避難した", "Evacuated"), False),
    ("injured", T("けが", "Injured"), True),
    ("family_needs_help", T("家族に助けが必要", "Family needs help"), True),
    ("failed", T("不達", "Not reached"), True),
)


@status
def gathering() -> Status | None:
    """What the top of every page says while a call-out is running."""
    newest = queries.open_call_outs().first()
    if newest is None:
        return None
    seen = queries.counts(newest.subject)
    return Status(
        T(
            f"参集 到着{seen.arrived}／{seen.called} 未回答{seen.no_answer}",
            f"Call-out: {seen.arrived} of {seen.called} here, {seen.no_answer} silent",
        ),
        reverse("people:board", args=[key_of(newest.subject)]),
        permission="people.read",
    )


@reading("people.read")
@require_GET
def call_outs(request: HttpRequest) -> HttpResponse:
    """Every call-out, newest first."""
    return Listing(
        title=CALL_OUTS,
        name="call-outs",
        rows=queries.call_outs(),
        words=("name", "reason", "reason_en"),
        columns=(
            Shown(T("発令", "Started"), lambda r: _clock(r.started_at), ("started_at",)),
            Shown(
                T("名称", "Name"),
                lambda r: Cell(
                    r.name,
                    reverse("people:board", args=[key_of(r.subject)]),
                    T("終了", "closed") if r.closed_at else T("参集中", "running"),
                ),
                ("name",),
            ),
            Shown(T("理由", "Reason"), lambda r: T(r.reason, r.reason_en or r.reason)),
            Shown(T("発令した人", "By"), lambda r: r.started_by),
            Shown(T("招集", "Called"), lambda r: queries.counts(r.subject).called, figure=True),
            Shown(T("未回答", "No answer"), lambda r: queries.counts(r.subject).no_answer, figure=True),
            Shown(T("到着", "Arrived"), lambda r: queries.counts(r.subject).arrived, figure=True),
        ),
        acts=acts(
            actor_on(request),
            ("people.call_out_started", T("職員を招集する", "Call out staff"), reverse("people:start")),
        ),
        empty=T(
            "参集はまだありません。地震などの電文が届くと規則に従って自動で招集します。手でも招集できます。",
            "No call-out yet. Bulletins call staff out by the rules; you can also do it by hand.",
        ),
    ).respond(request, {"note": _to_me(request)})


def _to_me(request: HttpRequest) -> tuple[T, str] | None:
    """What the person signed in has to answer: words, and where. Their account names their staff record."""
    me = Account.objects.filter(user__username=request.user.get_username()).values_list("staff", flat=True).first()
    running = queries.open_call_outs().values_list("subject", flat=True)
    call = CallRow.objects.filter(staff=me, call_out__in=running).order_by("-called_at").first() if me else None
    if call is None:
        return None
    told = T("あなたも招集されています。回答を変える", "You are called out too. Change your answer")
    asked = T("あなたも招集されています。回答する", "You are called out too. Answer")
    return told if call.answer else asked, reverse("people:answer", args=[links.token(call.subject)])


@reading("people.read")
@require_GET
def board(request: HttpRequest, key: str) -> HttpResponse:
    """One call-out: counts first, then people, those without an answer at the top; live."""
    row = CallOutRow.objects.filter(subject=CallOut.ref(key)).first()
    if row is None:
        raise Http404
    show, words = request.GET.get("show", ""), request.GET.get("q", "").strip()
    lines = _lines(row, show, words)
    form = request.GET.get("as", "")
    actor = actor_on(request)
    personal = actor.may("people.personal")
    if form in ("xlsx", "pdf") and personal:
        log_reading(actor, [line["call"].staff for line in lines], request.path)
        return _export(row, lines, form)
    here = reverse("people:board", args=[key])
    context = {
        "row": row,
        "reason": T(row.reason, row.reason_en or row.reason),
        "tiles": _tiles(row),
        "show": show,
        "words": words,
        "lines": lines if request.GET.get("all") else lines[:LINES],
        "people": len(lines),
        "place": place_names([row.gather_at]).get(row.gather_at, ""),
        "median": _took(queries.median_response(row.subject)),
        "may_answer": actor.may("people.call_answered"),
        "personal": personal,
        "acts": []
        if row.closed_at
        else acts(
            actor,
            (
                "people.call_out_closed",
                T("終了する", "Close"),
                record_address("people.call_out_closed", row.subject, next=here),
            ),
        ),
        "here": request.get_full_path(),
        "key": key,
    }
    template = "people/board_part.html" if getattr(request, "htmx", False) else "people/board.html"
    return render(request, template, context)


def _tiles(row: CallOutRow) -> list[dict[str, Any]]:
    seen = queries.counts(row.subject)
    return [
        {"key": name, "word": word, "number": getattr(seen, name), "alarm": alarm and getattr(seen, name) > 0}
        for name, word, alarm in TILES
    ]


#: which lines each tile shows
_SHOW: dict[str, dict[str, Any]] = {
    "no_answer": {"answer": "", "arrived_at": None},
    "arrived": {"arrived_at__isnull": False},
    "expected": {"answer__in": [Answer.COMING, Answer.LATE], "arrived_at": None},
    "cannot": {"answer": Answer.CANNOT},
    "evacuated": {"answer": Answer.EVACUATED},
    "injured": {"safety": Safety.INJURED},
    "family_needs_help": {"family": Family.NEEDS_HELP},
}


def _lines(row: CallOutRow, show: str, words: str) -> list[dict[str, Any]]:
    calls = queries.answers(row.subject)
    for word in words.split():
        sections = queries.sections().filter(name__icontains=word).values("subject")
        meant = Q(name__icontains=word) | Q(kana__icontains=word) | Q(number=word) | Q(section__in=sections)
        calls = calls.filter(staff__in=StaffRow.objects.filter(meant).values("subject"))
    if show in _SHOW:
        calls = calls.filter(**_SHOW[show])
    elif show == "failed":
        calls = calls.exclude(failed="")
    elif show == "answered":
        calls = calls.exclude(**_SHOW["no_answer"])
    found = list(calls)
    people = {p.subject: p for p in StaffRow.objects.filter(subject__in=[c.staff for c in found])}
    names = dict(queries.sections().values_list("subject", "name"))
    return [
        {
            "call": c,
            "page": staff_page(c.staff),
            "section": names.get(people[c.staff].section, "") if c.staff in people else "",
            "title": people[c.staff].title if c.staff in people else "",
            "state": _state(c),
            "state_key": "arrived" if c.arrived_at else c.answer or "silent",
            "safety": Safety(c.safety).label if c.safety else None,
            "family": Family(c.family).label if c.family else None,
        }
        for c in found
    ]


def _state(call: CallRow) -> T:
    if call.arrived_at:
        return T("到着", "Arrived")
    return Answer(call.answer).label if call.answer else T("未回答", "No answer")


def _export(row: CallOutRow, lines: list[dict[str, Any]], form: str) -> HttpResponse:
    columns = (
        Column("name", T("氏名", "Name"), kind="name"),
        Column("section", T("所属", "Section")),
        Column("title", T("職名", "Title")),
        Column("state", T("状態", "State")),
        Column("coming_at", T("到着の見込み", "Expected"), kind="datetime"),
        Column("arrived_at", T("到着", "Arrived"), kind="datetime"),
        Column("safety", T("本人", "Safety")),
        Column("family", T("家族", "Family")),
        Column("note", T("連絡事項", "Note")),
    )
    rows = [
        {
            **{name: line[name] for name in ("section", "title", "state", "safety", "family")},
            **{name: getattr(line["call"], name) for name in ("name", "coming_at", "arrived_at", "note")},
        }
        for line in lines
    ]
    title = T(f"参集 {row.name}", f"Call-out {row.name}") if form == "pdf" else T("参集", "Call-out")
    return sent(Sheet(title, columns, rows), form, "call-out", orientation="landscape")


@reading("people.read")
@require_POST
def arrive(request: HttpRequest, key: str) -> HttpResponse:
    """One button at the door: this person is here."""
    call = CallRow.objects.filter(subject=Call.ref(key)).first()
    call_out = CallOutRow.objects.filter(subject=call.call_out).first() if call else None
    if call is None or call_out is None:
        raise Http404
    actor = actor_on(request)
    if not actor.may("people.arrived"):
        raise NotAllowed(T("到着を記録する権限がありません。", "You hold no role that may record an arrival."))
    try:
        fact = Arrived(site=call_out.gather_at)
        record(Draft(fact, call.subject, id=given_id(request.POST), incident=call_out.incident), actor)
    except Refused:
        pass  # here already: the board shows it
    return HttpResponseRedirect(reverse("people:board", args=[key_of(call.call_out)]) + f"#c-{key}", status=303)


@reading("people.call_out_started")
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Call out by hand: by a rule, or chosen sections, or everybody. First it says how many; then it calls."""
    actor = actor_on(request)
    asked = Asked(request)
    refused: T | None = None
    drafts: list[Draft] = []
    if request.method == "POST":
        try:
            drafts = asked.drafts(actor)
            if request.POST.get("sure") and drafts:
                record(drafts, actor, asked.act)
            if request.POST.get("sure"):
                return HttpResponseRedirect(asked.board(), status=303)
        except (Refused, StoreFailed) as refusal:
            refused = refusal.text
    names = queries.names_of(getattr(d.fact, "staff", "") for d in drafts[1:])
    context = {
        "asked": asked,
        "refused": refused,
        "people": list(names.values()),
        "rules": queries.rules(),
        "sections": queries.sections(),
        "sites": sites(SiteKind.HEAD_OFFICE, SiteKind.BRANCH_OFFICE, SiteKind.FIRE_STATION),
        "incident_title": SubjectRow.objects.filter(subject=asked.incident).values_list("title", flat=True).first(),
    }
    return render(request, "people/start.html", context, status=422 if refused else 200)


class Asked:
    """What the page of a call-out by hand was filled in with."""

    def __init__(self, request: HttpRequest) -> None:
        data = request.POST if request.method == "POST" else request.GET
        self.rule, self.name = data.get("rule", ""), data.get("name", "").strip()
        self.reason, self.gather_at = data.get("reason", "").strip(), data.get("gather_at", "")
        self.sections = data.getlist("sections")
        self.members = data.get("members", "everyone")
        self.minutes = data.get("deadline_minutes", "60")
        self.incident = data.get("incident", "")
        self.act = given_id(data, "act") or str(uuid.uuid4())

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Everything again, for the form that asks whether that is right."""
        single = ("rule", "name", "reason", "gather_at", "members", "incident", "act")
        found = [(name, getattr(self, name)) for name in single]
        return [*found, ("deadline_minutes", self.minutes), *(("sections", s) for s in self.sections)]

    def drafts(self, actor: Actor) -> list[Draft]:
        """What would be recorded. Raises :class:`Refused` where it cannot be."""
        said = T(self.reason, self.reason)
        if self.rule:
            rule = queries.rules().filter(subject=self.rule).first()
            if rule is None:
                raise Refused(T("その参集ルールはありません。", "There is no such rule."), "rule")
            return calling.start(self.incident, rule, said, actor, self.act)
        if not self.name:
            raise Refused(T("名称を入れてください。", "Enter a name."), "name")
        if not self.minutes.isdecimal() or not 1 <= int(self.minutes) <= 10_080:
            raise Refused(T("回答の期限は1〜10080分です。", "Answer within 1 to 10,080 minutes."), "deadline_minutes")
        people = queries.staff_of(self.sections) if self.sections else list(queries.staff())
        if self.members == "needed":
            people = [p for p in people if p.needed]
        return calling.start_by_hand(
            self.name,
            said,
            people,
            incident=self.incident,
            gather_at=self.gather_at,
            deadline_minutes=int(self.minutes),
            act=self.act,
        )

    def board(self) -> str:
        """Where the call-out that was started is shown."""
        return reverse("people:board", args=[key_of(calling.call_out_of(self.act, self.rule))])


def _took(time: timedelta | None) -> T | None:
    if time is None:
        return None
    minutes, seconds = divmod(round(time.total_seconds()), 60)
    return T(f"{minutes}分{seconds:02}秒", f"{minutes} min {seconds:02} s")


def _clock(at: Any) -> str:
    from tomoshibi.vocabulary.clock import JAPAN

    return f"{at.astimezone(JAPAN):%Y-%m-%d %H:%M}" if at else ""
