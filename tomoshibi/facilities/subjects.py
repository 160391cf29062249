"""What care facilities, residents, evacuations and head-counts are: their states and the rows these give."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tomoshibi.facilities.models import CheckRow, EvacuationRow, FacilityRow, HeadcountRow, ResidentRow
from tomoshibi.facilities.words import Answer, Care, Check, Danger, Home, Moves, Phase
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.states import Bag, Register, Row, Subject, Track
from tomoshibi.places.keys import natural
from tomoshibi.places.subjects import Site
from tomoshibi.vocabulary import T

#: fields of the profile that come from the workbook: single values, and lists of lines whose parts ／ separates
WORKBOOK = (
    "height_m", "sea_km", "river_km", "river_m", "bridge_m", "danger_m", "destination_km", "climb_m",
    "tsunami_min", "slopes", "floors", "built", "support", "care", "wheelchairs",
    "staff_in", "staff_out", "staff_part", "helpers_count",
    "river", "gauge", "slope", "route", "transfer", "structure", "quakeproof",
)  # fmt: skip
LISTS = ("equipment", "arrangements", "drills", "contacts")

#: how many of the newest reminders stand in a facility's row
REMINDED = 10


class Facility(Subject):
    """The profile of a care facility 要配慮者利用施設: its key is its site's (:func:`facility_of`)."""

    type = "facilities.facility"
    label = T("要配慮者利用施設", "Care facility")
    tables = (FacilityRow,)
    reading = "facilities.read"

    name = Register[str](T("施設名", "Name"), "")
    home = Register[Home](T("施設の種別", "Kind of facility"), Home.OTHER)
    operator = Register[str](T("運営法人", "Run by"), "")
    manager = Register[str](T("管理者", "Manager"), "")
    night_phone = Register[str](T("夜間の電話", "Telephone at night"), "")
    email = Register[str](T("知らせの届くメール", "E-mail for notices"), "")
    residents_day = Register[int | None](T("利用者数（昼）", "Residents by day"), None)
    residents_night = Register[int | None](T("利用者数（夜）", "Residents at night"), None)
    staff_day = Register[int | None](T("職員数（昼）", "Staff by day"), None)
    staff_night = Register[int | None](T("職員数（夜）", "Staff at night"), None)
    helpers = Register[str](T("近隣の応援者", "Neighbours who help"), "")
    dangers = Register[list[Danger]](T("想定される災害", "What may come"), [])
    danger_note = Register[str](T("立地の注意", "About the place"), "")
    destination = Register[str](T("避難先", "Destination"), "")
    upstairs = Register[str](T("屋内の安全な場所", "Safe place indoors"), "")
    plan_made_on = Register[date | None](T("避難確保計画の作成日", "Evacuation plan made on"), None)
    # the workbook (see FacilityDescribed for units)
    height_m = Register[float | None](T("海抜", "Height above sea"), None)
    sea_km = Register[float | None](T("海までの距離", "Distance to the sea"), None)
    river_km = Register[float | None](T("川までの距離", "Distance to the river"), None)
    river_m = Register[float | None](T("ふだんの水位", "Ordinary level of the river"), None)
    bridge_m = Register[float | None](T("橋が通行止めになる水位", "Level at which the bridge closes"), None)
    danger_m = Register[float | None](T("氾濫危険水位", "Danger level of the river"), None)
    destination_km = Register[float | None](T("避難先までの距離", "Distance to the destination"), None)
    climb_m = Register[float | None](T("避難先までの高低差", "Climb to the destination"), None)
    tsunami_min = Register[int | None](T("津波が着くまで", "Until a tsunami arrives"), None)
    slopes = Register[int | None](T("崖崩れが予想される箇所", "Places where a slide is expected"), None)
    floors = Register[int | None](T("階数", "Floors"), None)
    built = Register[int | None](T("建てた年（西暦）", "Built in"), None)
    support = Register[int | None](T("要支援の利用者", "Residents of support level"), None)
    care = Register[int | None](T("要介護の利用者", "Residents of care level"), None)
    wheelchairs = Register[int | None](T("車いすの利用者", "Residents in wheelchairs"), None)
    staff_in = Register[int | None](T("常勤職員（市内）", "Full-time staff in town"), None)
    staff_out = Register[int | None](T("常勤職員（市外）", "Full-time staff outside"), None)
    staff_part = Register[int | None](T("非常勤職員", "Part-time staff"), None)
    helpers_count = Register[int | None](T("近隣の応援者の数", "Neighbours who help (number)"), None)
    river = Register[str](T("近くの川", "River near by"), "")
    gauge = Register[str](T("最寄りの水位観測所", "Nearest gauge"), "")
    slope = Register[str](T("裏山・斜面", "Slope"), "")
    route = Register[str](T("避難の道", "Route"), "")
    transfer = Register[str](T("移動・移送の難しさ", "Difficulty of the move"), "")
    structure = Register[str](T("建物の構造", "Structure"), "")
    quakeproof = Register[str](T("耐震", "Earthquake resistance"), "")
    equipment = Register[list[str]](T("設備と点検", "Equipment and its upkeep"), [])
    arrangements = Register[list[str]](T("誰がどうするか", "Who does what"), [])
    drills = Register[list[str]](T("訓練と教育", "Drills and education"), [])
    contacts = Register[list[str]](T("連絡先", "Contacts"), [])
    own_items = Bag[Any](T("この施設の点検項目", "The facility's own check items"))
    reminders = Bag[Any](T("督促", "Reminders"))

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.subject)

    def rows(self) -> Iterable[Row]:
        plain = [
            "operator", "manager", "night_phone", "email", "residents_day", "residents_night", "staff_day",
            "staff_night", "helpers", "danger_note", "destination", "upstairs", "plan_made_on", *WORKBOOK,
        ]  # fmt: skip
        own = [{"key": f"own-{entry.id}", **item.model_dump(mode="json")} for entry, item in self.own_items.items()]
        yield FacilityRow.row(
            self.subject,
            **{name: getattr(self, name).value for name in plain},
            site=self.site(),
            home=self.home.value.value,
            dangers=" ".join(d.value for d in self.dangers.value),
            own_items=json.dumps(own, ensure_ascii=False),
            reminders=json.dumps(self._reminded(), ensure_ascii=False),
            **{name: json.dumps(getattr(self, name).value, ensure_ascii=False) for name in LISTS},
        )

    def _reminded(self) -> list[dict[str, str]]:
        newest = self.reminders.items()[: -REMINDED - 1 : -1]
        return [{"at": entry.happened_at, "text": told.text, "how": told.how} for entry, told in newest]


class Resident(Subject):
    """A resident or user of a facility 入所者・利用者, with what must go along when the building is left."""

    type = "facilities.resident"
    label = T("入所者", "Resident")
    tables = (ResidentRow,)
    reading = "facilities.residents"
    personal = True

    facility = Register[str](T("施設", "Facility"), "")
    name = Register[str](T("氏名", "Name"), "")
    kana = Register[str](T("かな", "Kana"), "")
    room = Register[str](T("居室", "Room"), "")
    birth = Register[date | None](T("生年月日", "Born"), None)
    address = Register[str](T("住所", "Address"), "")
    care = Register[Care](T("要介護度", "Care need"), Care.NONE)
    moves = Register[Moves](T("移動の方法", "How moved"), Moves.WALKS)
    history = Register[str](T("既往歴", "Medical history"), "")
    medicine = Register[str](T("服薬", "Medicine"), "")
    food = Register[str](T("食事形態", "Food"), "")
    family = Register[list[str]](T("家族の連絡先", "Family"), [])
    away = Register[str](T("不在", "Away"), "")
    left = Register[bool](T("退所", "Left"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.facility.value)

    def rows(self) -> Iterable[Row]:
        plain = [
            "name", "kana", "room", "birth", "address", "history", "medicine", "food", "away", "left",
        ]  # fmt: skip
        yield ResidentRow.row(
            self.subject,
            site=self.site(),
            **{name: getattr(self, name).value for name in plain},
            care=self.care.value.value,
            moves=self.moves.value.value,
            family=json.dumps(self.family.value, ensure_ascii=False),
        )


class OfFacility(Subject):
    """Something of one facility: it says where it belongs, and is called by the facility's name."""

    reading = "facilities.read"

    facility = Register[str](T("施設", "Facility"), "")
    name = Register[str](T("施設名", "Facility's name"), "")

    def title(self) -> str:
        return self.name.value or super().title()

    def site(self) -> str:
        return site_of(self.facility.value)


class Evacuation(OfFacility):
    """One facility in one incident (:func:`evacuation_of`): notices that reached it, and its answer over time."""

    type = "facilities.evacuation"
    label = T("施設の避難", "Evacuation of a facility")
    tables = (EvacuationRow,)

    notices = Bag[Any](T("知らせ", "Notices"))
    sent = Track[str](T("送信", "Sent"), "")
    failed = Track[str](T("不達", "Not delivered"), "")
    opened = Track[bool](T("ページを開いた", "Page opened"), False)
    reached = Track[Any](T("伝わった", "Heard"), None)
    calls = Bag[Any](T("電話", "Calls"))
    faxed = Track[bool](T("FAX", "Faxed"), False)
    answer = Track[Answer | None](T("回答", "Answer"), None)
    destination = Track[str](T("避難先", "Destination"), "")
    reason = Track[str](T("理由・連絡事項", "Reason"), "")
    brigade = Track[bool](T("消防への連絡", "Fire brigade told"), False)
    ended = Track[bool](T("避難の終了", "Evacuation ended"), False)
    signs = Bag[Any](T("前兆", "Precursors"))
    heard = Track[str](T("前兆の受け取り", "Precursors taken in"), "")
    teams = Bag[Any](T("班の編成", "Teams"))

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        notices = self.notices.items()
        newest: Any = notices[-1][1] if notices else None
        sent, failed = self.sent.entry, self.failed.entry
        seen = self.signs.items()
        yield EvacuationRow.row(
            self.subject,
            incident=self.incident,
            site=self.site(),
            notified_at=notices[-1][0].happened if notices else None,
            first_notified_at=notices[0][0].happened if notices else None,
            source=newest.source.value if newest else "",
            level=newest.level if newest else None,
            term=newest.term if newest else "",
            area=newest.area if newest else "",
            why=newest.why if newest else "",
            what=newest.what if newest else "",
            order=newest.order if newest else "",
            notices=len(notices),
            sent_at=_since(self.sent),
            sent_by=self.sent.value,
            failed=self.failed.value if failed and (sent is None or sent.happened_at < failed.happened_at) else "",
            opened_at=_since(self.opened),
            heard_at=_since(self.reached) if self.reached.value else None,
            heard_by=self.reached.value[0] if self.reached.value else "",
            heard_who=self.reached.value[1] if self.reached.value else "",
            calls=json.dumps(self._calls(), ensure_ascii=False),
            faxed_at=_since(self.faxed),
            answer=self.answer.value.value if self.answer.value else "",
            answered_at=_since(self.answer),
            destination=self.destination.value,
            reason=self.reason.value,
            brigade_told_at=_since(self.brigade) if self.brigade.value else None,
            ended_at=_since(self.ended) if self.ended.value else None,
            signs_at=seen[-1][0].happened if seen else None,
            signs=" ".join(dict.fromkeys(sign.value for _, told in seen for sign in told.signs)),
            signs_heard_at=_since(self.heard),
            signs_heard=self.heard.value,
            teams=json.dumps(self._teams(), ensure_ascii=False),
            signs_note="\n".join(" ".join(filter(None, (told.where, told.note))) for _, told in seen).strip(),
        )

    def _teams(self) -> list[list[str]]:
        """Team, person and since when (ISO), in the order in which they joined; who left is not in it."""
        standing: dict[tuple[str, str], str] = {}
        for entry, told in self.teams.items():
            key = (told.team.value, told.person)
            if not told.holds:
                standing.pop(key, None)
            else:
                standing.setdefault(key, entry.happened_at)
        return [[*key, since] for key, since in standing.items()]

    def _calls(self) -> list[dict[str, str]]:
        return [
            {
                "id": entry.id,
                "at": entry.happened_at,
                "call": said.call.value,
                "number": said.number,
                "who": said.who,
                "by": entry.actor_name,
            }
            for entry, said in reversed(self.calls.items())
        ]


class Headcount(OfFacility):
    """One resident in one evacuation (:func:`headcount_of`): counted out, counted in, handed over to the family.

    Counts are a bag: two phones that count the same person make two, and the page says so. Its title is the
    facility's, because timelines are read by many.
    """

    type = "facilities.headcount"
    label = T("点呼", "Head-count")
    tables = (HeadcountRow,)
    reading = "facilities.residents"
    personal = True

    resident = Register[str](T("入所者", "Resident"), "")
    counts = Bag[Any](T("点呼", "Counts"))
    handed = Bag[Any](T("引き渡し", "Hand-over"))

    def rows(self) -> Iterable[Row]:
        if not self.facility.value:
            return
        counts, handed = self.counts.items(), self.handed.items()
        cells: dict[str, Any] = {}
        for phase in Phase:
            found = [(e, c) for e, c in counts if c.phase is phase]
            if found:
                (first, _), (last, newest) = found[0], found[-1]
                cells[f"{phase.value}_at"], cells[f"{phase.value}_times"] = first.happened, len(found)
                cells[f"{phase.value}_by"], cells[f"{phase.value}_entry"] = _by_whom(first, found[0][1]), last.id
                if phase is Phase.IN:
                    cells["in_place"] = newest.place
        if handed:
            entry, given = handed[-1]
            cells |= {
                "handed_at": entry.happened,
                "handed_times": len(handed),
                "handed_to": given.to,
                "relation": given.relation,
                "identity": given.identity.value,
                "identity_note": given.identity_note,
                "handed_by": _by_whom(entry, given),
                "handed_reason": given.reason,
                "signed": given.signed,
                "signature": given.signature,
                "handed_entry": entry.id,
            }
        yield HeadcountRow.row(
            self.subject,
            incident=self.incident,
            evacuation=evacuation_of(self.incident, self.facility.value),
            site=self.site(),
            resident=self.resident.value,
            counted_at=counts[-1][0].happened if counts else None,
            told=json.dumps([[c.phase.value, e.happened_at, _by_whom(e, c), c.phone] for e, c in counts]),
            **cells,
        )


class CheckRun(OfFacility):
    """One check sheet gone through once (:func:`run_of`): by a facility, in an evacuation or on a day.

    Answers are a bag: whoever looks again answers again, and the newest answer of an item is what holds.
    """

    type = "facilities.check"
    label = T("点検", "Check sheet")
    tables = (CheckRow,)

    sheet = Register[str](T("シート", "Sheet"), "")
    edition = Register[str](T("版", "Edition"), "")
    occasion = Register[str](T("機会", "Occasion"), "")
    answers = Bag[Any](T("回答", "Answers"))
    photos = Bag[Any](T("写真", "Photographs"))

    def rows(self) -> Iterable[Row]:
        found, photos = self.answers.items(), self.photos.items()
        moments = sorted(entry.happened for entry, _ in (*found, *photos))
        if not moments:
            return
        newest = {
            told.item: {
                "answer": told.answer.value,
                "at": entry.happened_at,
                "by": _by_whom(entry, told),
                "note": told.note,
            }
            for entry, told in found
        }
        said = [answer["answer"] for answer in newest.values()]
        yield CheckRow.row(
            self.subject,
            incident=self.incident,
            site=self.site(),
            sheet=self.sheet.value,
            edition=self.edition.value,
            occasion=self.occasion.value,
            began_at=moments[0],
            answers=json.dumps(newest, ensure_ascii=False),
            photos=json.dumps(
                [
                    {
                        "id": entry.id,
                        "at": entry.happened_at,
                        "by": _by_whom(entry, photo),
                        **{n: getattr(photo, n) for n in ("item", "sha256", "mime", "note")},
                    }
                    for entry, photo in photos
                ],
                ensure_ascii=False,
            ),
            **{check.value: said.count(check.value) for check in Check},
        )


def facility_of(site: str) -> str:
    """Reference of the facility at a site (reference); empty for none."""
    return Facility.ref(site.partition(":")[2]) if site else ""


def site_of(facility: str) -> str:
    """Reference of the site that a facility (reference) stands at; empty for none."""
    return Site.ref(facility.partition(":")[2]) if facility else ""


def evacuation_of(incident: str, facility: str) -> str:
    """Reference of a facility's evacuation in an incident (references)."""
    return natural(Evacuation, incident, facility)


def run_of(facility: str, sheet: str, occasion: str) -> str:
    """Reference of a facility's check sheet on an occasion: an evacuation's reference, or a day (``2026-11-22``)."""
    return natural(CheckRun, facility, sheet, occasion)


def headcount_of(incident: str, facility: str, resident: str) -> str:
    """Reference of a resident's head-count in a facility's evacuation (references)."""
    return natural(Headcount, incident, facility, resident)


def _since(track: Track[Any]) -> datetime | None:
    entry = track.entry
    return entry.happened if entry else None


def _by_whom(entry: Entry, told: Any) -> str:
    return told.by or entry.actor_name
