"""Tables of the room, read side: nothing saves them but ``project()``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import models

from tomoshibi.facilities.upkeep_words import Call, Route
from tomoshibi.facilities.words import Answer, Care, Contact, Danger, Home, Identity, Moves, Phase, Sign, Team
from tomoshibi.journal.models import Projection
from tomoshibi.publishing.words import day_of, heading
from tomoshibi.vocabulary import T


class FacilityRow(Projection):
    """The profile of a site that is a care facility; it has the site's key."""

    site = models.TextField(db_index=True)
    home = models.TextField(default="other")
    operator = models.TextField(default="")
    manager = models.TextField(default="")
    night_phone = models.TextField(default="")
    email = models.TextField(default="")
    residents_day = models.IntegerField(null=True)
    residents_night = models.IntegerField(null=True)
    staff_day = models.IntegerField(null=True)
    staff_night = models.IntegerField(null=True)
    helpers = models.TextField(default="")
    #: what may come, separated by spaces
    dangers = models.TextField(default="")
    danger_note = models.TextField(default="")
    destination = models.TextField(default="")
    upstairs = models.TextField(default="")
    plan_made_on = models.DateField(null=True)
    # the workbook: the place, the building, people, who does what (see workbook.py for labels and units)
    height_m = models.FloatField(null=True)
    sea_km = models.FloatField(null=True)
    river_km = models.FloatField(null=True)
    river_m = models.FloatField(null=True)
    bridge_m = models.FloatField(null=True)
    danger_m = models.FloatField(null=True)
    destination_km = models.FloatField(null=True)
    climb_m = models.FloatField(null=True)
    tsunami_min = models.IntegerField(null=True)
    slopes = models.IntegerField(null=True)
    floors = models.IntegerField(null=True)
    built = models.IntegerField(null=True)
    support = models.IntegerField(null=True)
    care = models.IntegerField(null=True)
    wheelchairs = models.IntegerField(null=True)
    staff_in = models.IntegerField(null=True)
    staff_out = models.IntegerField(null=True)
    staff_part = models.IntegerField(null=True)
    helpers_count = models.IntegerField(null=True)
    river = models.TextField(default="")
    gauge = models.TextField(default="")
    slope = models.TextField(default="")
    route = models.TextField(default="")
    transfer = models.TextField(default="")
    structure = models.TextField(default="")
    quakeproof = models.TextField(default="")
    # JSON lists of lines, whose parts are separated by ／ (workbook.py says which)
    equipment = models.TextField(default="[]")
    arrangements = models.TextField(default="[]")
    drills = models.TextField(default="[]")
    contacts = models.TextField(default="[]")
    #: JSON list of items that the facility added to check sheets: key, sheet, text, role, evidence, within
    own_items = models.TextField(default="[]")
    #: JSON list of the newest reminders that went to it: at (ISO), text, how (mail, or why not)
    reminders = models.TextField(default="[]")

    @property
    def home_word(self) -> Home:
        """The kind of home, with its label."""
        return Home(self.home)

    @property
    def danger_words(self) -> list[Danger]:
        """What may come, with labels."""
        return [Danger(d) for d in self.dangers.split()]

    def lines(self, name: str) -> list[list[str]]:
        """One of the lists of the workbook (``equipment``, ``contacts`` …), each line as its parts."""
        return [line.split("／") for line in json.loads(getattr(self, name))]

    @property
    def reminded(self) -> list[dict[str, str]]:
        """Reminders that went to the facility, newest first."""
        found: list[dict[str, str]] = json.loads(self.reminders)
        return found

    @property
    def own(self) -> list[dict[str, Any]]:
        """What the facility added to check sheets."""
        found: list[dict[str, Any]] = json.loads(self.own_items)
        return found


class ResidentRow(Projection):
    """Somebody who lives in a facility, or uses it by day."""

    site = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    kana = models.TextField(default="")
    room = models.TextField(default="")
    birth = models.DateField(null=True)
    address = models.TextField(default="")
    care = models.TextField(default="none")
    moves = models.TextField(default="walks")
    history = models.TextField(default="")
    medicine = models.TextField(default="")
    food = models.TextField(default="")
    #: JSON list of lines 氏名／続柄／電話
    family = models.TextField(default="[]")
    #: why not in the house (入院中, 外泊); empty: in the house
    away = models.TextField(default="")
    left = models.BooleanField(default=False)

    @property
    def card_number(self) -> str:
        """What stands on the family's hand-over card and on the facility's list, to be compared: six signs."""
        return self.key.replace("-", "")[-6:].upper()

    @property
    def contacts(self) -> list[Contact]:
        """Family to call, first the first to call."""
        return [Contact.of(line) for line in json.loads(self.family)]

    @property
    def care_word(self) -> Care:
        """The care need, with its label."""
        return Care(self.care)

    @property
    def moves_word(self) -> Moves:
        """How the person is moved, with its label."""
        return Moves(self.moves)


class EvacuationRow(Projection):
    """One facility in one incident: what it was told, and what it answered."""

    incident = models.TextField(default="", db_index=True)
    site = models.TextField(db_index=True)
    #: the newest notice
    notified_at = models.DateTimeField(null=True)
    first_notified_at = models.DateTimeField(null=True)
    source = models.TextField(default="")
    level = models.IntegerField(null=True)
    #: the order's term where one of several was chosen; else that of the day
    term = models.TextField(default="")
    area = models.TextField(default="")
    why = models.TextField(default="")
    what = models.TextField(default="")
    order = models.TextField(default="")
    notices = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.TextField(default="")
    failed = models.TextField(default="")
    #: when its page was last opened by the link of a notice
    opened_at = models.DateTimeField(null=True)
    #: when somebody there last heard of a notice, otherwise than by answering on the page; how, and who it was
    heard_at = models.DateTimeField(null=True)
    heard_by = models.TextField(default="")
    heard_who = models.TextField(default="")
    #: JSON list of telephone calls, newest first: id, at (ISO), call, number, who (there), by (here)
    calls = models.TextField(default="[]")
    faxed_at = models.DateTimeField(null=True)
    answer = models.TextField(default="", db_index=True)
    #: since when the answer is what it is
    answered_at = models.DateTimeField(null=True)
    destination = models.TextField(default="")
    reason = models.TextField(default="")
    brigade_told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    #: when precursors were last reported, and which (separated by spaces), and what was seen where
    signs_at = models.DateTimeField(null=True)
    signs = models.TextField(default="")
    signs_note = models.TextField(default="")
    #: when headquarters took the newest of them in, and what it did
    signs_heard_at = models.DateTimeField(null=True)
    signs_heard = models.TextField(default="")
    #: JSON list of team, person, since when (ISO): who is in which team now
    teams = models.TextField(default="[]")

    @property
    def heading(self) -> T | None:
        """``警戒レベル3 高齢者等避難``, in the words of the day of the notice; None for a notice without a level."""
        return heading(self.level, self.term, day_of(self.notified_at)) if self.level else None

    @property
    def heard(self) -> bool:
        """Whether somebody there has heard of the newest notice: answered it, or said so to an operator."""
        known = [at for at in (self.heard_at, self.answered_at) if at]
        return bool(known) and (self.notified_at is None or max(known) >= self.notified_at)

    @property
    def opened(self) -> bool:
        """Whether its page was opened since the newest notice."""
        return bool(self.opened_at and self.notified_at and self.opened_at >= self.notified_at)

    @property
    def heard_word(self) -> Route | None:
        """How it was heard, with its label; None where it was not, or by the answer alone."""
        return Route(self.heard_by) if self.heard_by else None

    @property
    def called(self) -> list[dict[str, Any]]:
        """Telephone calls, newest first: ``id``, ``at``, ``call`` (with its label), ``number``, ``who``, ``by``."""
        made = json.loads(self.calls)
        return [{**c, "at": datetime.fromisoformat(c["at"]), "call": Call(c["call"])} for c in made]

    @property
    def answer_word(self) -> Answer | None:
        """The answer, with its label; None where there is none."""
        return Answer(self.answer) if self.answer else None

    @property
    def sign_words(self) -> list[Sign]:
        """Precursors that were reported, with labels."""
        return [Sign(s) for s in self.signs.split()]

    @property
    def wants_brigade(self) -> bool:
        """Whether the facility stays, and the fire brigade is not told yet."""
        return self.answer == Answer.STAYING and self.brigade_told_at is None

    @property
    def signs_alarm(self) -> bool:
        """Whether precursors were reported that headquarters has not taken in yet."""
        return self.signs_at is not None and (self.signs_heard_at is None or self.signs_heard_at < self.signs_at)

    @property
    def team_members(self) -> dict[Team, list[tuple[str, datetime]]]:
        """Who is in each team, and since when; every team is there, an empty one as an empty list."""
        found: dict[Team, list[tuple[str, datetime]]] = {team: [] for team in Team}
        for team, person, since in json.loads(self.teams):
            found[Team(team)].append((person, datetime.fromisoformat(since)))
        return found


class HeadcountRow(Projection):
    """One resident in one evacuation: counted out, counted in, handed over. Times are of the first that stands."""

    incident = models.TextField(default="", db_index=True)
    evacuation = models.TextField(db_index=True)
    site = models.TextField(db_index=True)
    resident = models.TextField(db_index=True)
    before_at = models.DateTimeField(null=True)
    before_times = models.IntegerField(default=0)
    before_by = models.TextField(default="")
    before_entry = models.TextField(default="")
    out_at = models.DateTimeField(null=True)
    #: by how many counts; two phones that count the same person make two
    out_times = models.IntegerField(default=0)
    out_by = models.TextField(default="")
    #: entry of the newest count, which a correction would take back
    out_entry = models.TextField(default="")
    way_at = models.DateTimeField(null=True)
    way_times = models.IntegerField(default=0)
    way_by = models.TextField(default="")
    way_entry = models.TextField(default="")
    in_at = models.DateTimeField(null=True)
    in_times = models.IntegerField(default=0)
    in_by = models.TextField(default="")
    in_entry = models.TextField(default="")
    in_place = models.TextField(default="")
    #: every count, whatever it says, is not later than this
    counted_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    handed_times = models.IntegerField(default=0)
    handed_to = models.TextField(default="")
    relation = models.TextField(default="")
    identity = models.TextField(default="")
    identity_note = models.TextField(default="")
    handed_by = models.TextField(default="")
    handed_entry = models.TextField(default="")
    handed_reason = models.TextField(default="")
    #: what whoever took the person home typed, or drew (points of 300 × 100, see HandedOver)
    signed = models.TextField(default="")
    signature = models.TextField(default="")
    #: JSON list of phase, when (ISO), by whom, on which phone: every count that stands
    told = models.TextField(default="[]")

    @property
    def twice(self) -> bool:
        """Whether the person was counted more than once in one phase, or handed over twice."""
        times = (self.before_times, self.out_times, self.way_times, self.in_times, self.handed_times)
        return any(n > 1 for n in times)

    @property
    def again(self) -> list[tuple[Phase, list[tuple[datetime, str, str]]]]:
        """Phases in which the person was counted more than once: when, by whom and on which phone, oldest first."""
        found: dict[Phase, list[tuple[datetime, str, str]]] = {}
        for phase, at, by, phone in json.loads(self.told):
            found.setdefault(Phase(phase), []).append((datetime.fromisoformat(at), by, phone))
        return [(phase, counts) for phase, counts in found.items() if len(counts) > 1]

    @property
    def identity_word(self) -> Identity | None:
        """How identity was checked, with its label."""
        return Identity(self.identity) if self.identity else None


class CheckRow(Projection):
    """One check sheet, gone through once by one facility: in an evacuation, or on a day."""

    incident = models.TextField(default="", db_index=True)
    site = models.TextField(db_index=True)
    sheet = models.TextField(default="")
    edition = models.TextField(default="")
    #: the evacuation's reference, or the day (``2026-11-22``)
    occasion = models.TextField(default="")
    began_at = models.DateTimeField(null=True)
    #: JSON: the item's key -> answer, when (ISO), by whom, note; the newest of each
    answers = models.TextField(default="{}")
    #: JSON list of photographs: id, item, sha256, mime, at (ISO), by, note
    photos = models.TextField(default="[]")
    yes = models.IntegerField(default=0)
    no = models.IntegerField(default=0)
    none = models.IntegerField(default=0)

    @property
    def pictures(self) -> list[dict[str, str]]:
        """Photographs as evidence, by time: ``id``, ``item``, ``sha256``, ``mime``, ``at``, ``by``, ``note``."""
        found: list[dict[str, str]] = json.loads(self.photos)
        return found

    @property
    def said(self) -> dict[str, dict[str, str]]:
        """The newest answer of each item: ``answer``, ``at``, ``by``, ``note``."""
        found: dict[str, dict[str, str]] = json.loads(self.answers)
        return found


from tomoshibi.facilities import transfer_models, upkeep_models  # noqa: E402, F401  # Django finds a room's tables here
