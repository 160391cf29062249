"""What can happen to a shelter: it opens, is described, counted and closed, and needs things. People are in
:mod:`tomoshibi.shelters.stay_facts`.
"""

from __future__ import annotations

from typing import Any

from tomoshibi.incidents import queries as incidents
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.places.facts import put
from tomoshibi.places.models import SiteRow
from tomoshibi.shelters.models import ShelterRow
from tomoshibi.shelters.subjects import Shelter, SupplyNeed
from tomoshibi.shelters.words import Fullness, Service
from tomoshibi.vocabulary import T

#: shelters.read shows shelters and numbers; shelters.roster names; shelters.whereabouts where one person is;
#: shelters.enquire answers family; shelters.personal is the shelter's own staff, from whom nothing is withheld
grant("shelter", "shelters.*")
grant(
    "headquarters",
    "shelters.read",
    "shelters.roster",
    "shelters.whereabouts",
    "shelters.enquire",
    "shelters.opened",
    "shelters.described",
    "shelters.fullness_changed",
    "shelters.closed",
    "shelters.reported",
    "shelters.need_*",
)
grant("clerk", "shelters.read", "shelters.whereabouts", "shelters.enquire")
for _role in ("approver", "ict", "facility", "surveyor", "seismologist", "staff"):
    grant(_role, "shelters.read")

_PEOPLE = T("人", "people")


class Opened(Fact):
    """A site is a shelter from now on, in an incident. Name and capacity are kept as they were then."""

    kind = "shelters.opened"
    subject = Shelter
    label = T("避難所の開設", "Shelter opened")
    sentence = T("避難所を開設: {name}", "Shelter opened: {name}")

    site: str = field(T("場所", "Site"), extra={"widget": "places.site"})
    name: str = field(T("名称", "Name"), min_length=1, max_length=200)
    capacity: int | None = field(T("収容人数", "Capacity"), None, unit=_PEOPLE, ge=0, le=1_000_000)

    def about(self, incident: str) -> str:
        """Reference of the shelter that this opens, in that incident."""
        return Shelter.of_site(incident, self.site)

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=self.site)

    def check(self, present: Present) -> None:
        incident = incidents.incident(present.incident) if present.incident else None
        if incident is None or incident.closed or not incident.opened:
            raise Refused(
                T(
                    "対応中の事案がありません。先に事案を開いてください。",
                    "There is no open incident. Open an incident first.",
                )
            )
        if not SiteRow.objects.filter(subject=self.site).exists():
            raise Refused(
                T(
                    "その拠点は登録されていません。拠点の一覧から選んでください。",
                    "No such site.",
                ),
                "site",
            )
        others = ShelterRow.objects.filter(incident=present.incident, site=self.site, closed_at=None)
        if present.state.is_open.value or others.exclude(subject=present.subject).exists():
            raise Refused(T("この避難所はすでに開設されています。", "This shelter is open already."))

    def apply(self, state: Shelter, entry: Entry) -> None:
        state.place.set(entry, self.site)
        state.name.set(entry, self.name)
        if "capacity" in self.model_fields_set:
            state.capacity.set(entry, self.capacity)
        state.is_open.set(entry, True)


class Described(Fact):
    """What there is to know of a shelter beside how many are in it."""

    kind = "shelters.described"
    subject = Shelter
    label = T("避難所の状況の変更", "Shelter described")
    sentence = T("避難所の状況: {name} {rooms} {note}", "Shelter described: {name} {rooms} {note}")

    name: str | None = field(T("名称", "Name"), None, min_length=1, max_length=200)
    capacity: int | None = field(T("収容人数", "Capacity"), None, unit=_PEOPLE, ge=0, le=1_000_000)
    rooms: str | None = field(T("使う部屋", "Rooms"), None, max_length=500)
    manager: str | None = field(T("責任者", "Manager"), None, max_length=100)
    phone: str | None = field(T("電話", "Phone"), None, max_length=50)
    report_hours: int | None = field(T("報告の間隔", "Report every"), None, unit=T("時間ごと", "hours"), ge=1, le=168)
    note: str | None = field(T("状況", "Notes"), None, max_length=2000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        _must_exist(present)

    def apply(self, state: Shelter, entry: Entry) -> None:
        put(self, state, entry)


class FullnessChanged(Fact):
    """How full a shelter is, as its staff see it: what the public page says."""

    kind = "shelters.fullness_changed"
    subject = Shelter
    label = T("避難所の混み具合", "How full a shelter is")
    sentence = T("避難所の混み具合: {fullness}", "Shelter: {fullness}")

    fullness: Fullness = field(T("混み具合", "How full"))

    def check(self, present: Present) -> None:
        _must_be_open(present)


class Closed(Fact):
    """A shelter takes in nobody any more. Stays that were not ended remain, and a law names them."""

    kind = "shelters.closed"
    subject = Shelter
    label = T("避難所の閉鎖", "Shelter closed")
    sentence = T("避難所を閉鎖 {reason}", "Shelter closed {reason}")

    reason: str = field(T("理由", "Reason"), "", max_length=500)

    def check(self, present: Present) -> None:
        _must_be_open(present)

    def apply(self, state: Shelter, entry: Entry) -> None:
        state.is_open.set(entry, False)


def _count(label: T, help: T | None = None) -> Any:
    return field(label, None, unit=_PEOPLE, help=help, ge=0, le=1_000_000)


#: where heads are counted: field, word
_PLACES = (("inside", "屋内", "inside"), ("in_cars", "車中", "in cars"), ("outside", "屋外", "outside"))


class Reported(Fact):
    """What a shelter reports every few hours: heads counted before names are known. What is left out is unknown."""

    kind = "shelters.reported"
    subject = Shelter
    label = T("避難所の定時報告", "Shelter report")
    inside: int | None = _count(
        T("屋内の人数", "People inside"),
        T("数えていない欄は空けておく。0は「いない」の意味。", "Leave empty what was not counted: 0 means nobody."),
    )
    in_cars: int | None = _count(T("車中泊の人数", "Sleeping in cars"))
    outside: int | None = _count(T("テントなど屋外の人数", "Outside, in tents"))
    staff: int | None = _count(T("職員・運営の人数", "Staff and helpers"))
    power: Service | None = field(T("電気", "Power"), None)
    water: Service | None = field(T("水道", "Water"), None)
    toilets: Service | None = field(T("トイレ", "Toilets"), None)
    phones: Service | None = field(T("電話・通信", "Telephone, network"), None)
    urgent: str = field(T("急ぎの連絡", "Urgent"), "", max_length=1000, extra={"widget": "textarea"})

    def check(self, present: Present) -> None:
        _must_be_open(present)
        if not self.model_fields_set:
            raise Refused(T("何か一つは入れてください。", "Enter at least one thing."))

    def apply(self, state: Shelter, entry: Entry) -> None:
        state.report.set(entry, self)

    def tell(self) -> T:
        """Who was counted where; what was not counted is said to be unknown, and never 0."""
        ja = [f"{w}{'不明' if (n := getattr(self, name)) is None else f'{n}人'}" for name, w, _ in _PLACES]
        en = [f"{'unknown' if (n := getattr(self, name)) is None else n} {w}" for name, _, w in _PLACES]
        return T(
            f"避難所の報告: {' '.join(ja)} {self.urgent}".rstrip(),
            f"Shelter report: {', '.join(en)} {self.urgent}".rstrip(),
        )


class NeedNoted(Fact):
    """A shelter needs something."""

    kind = "shelters.need_noted"
    subject = SupplyNeed
    label = T("避難所の要望", "Need noted")

    shelter: str = field(T("避難所", "Shelter"), extra={"widget": "shelters.shelter"})
    site: str = field(T("場所", "Site"), "", extra={"widget": "hidden"})
    where: str = field(T("避難所名", "Where"), "", max_length=200, extra={"widget": "hidden"})
    item: str = field(
        T("品目", "Item"), min_length=1, max_length=200, help=T("例: 水 500 ml", "For example: water, 500 ml")
    )
    quantity: int | None = field(T("数量", "Quantity"), None, ge=1, le=1_000_000)
    unit: str = field(T("単位", "Unit"), "", max_length=20)
    urgent: bool = field(T("急ぎ", "Urgent"), False)
    note: str = field(T("備考", "Note"), "", max_length=500)

    @property
    def words(self) -> str:
        """Item, quantity and unit in one line."""
        return f"{self.item} × {self.quantity}{self.unit}" if self.quantity is not None else self.item

    def tell(self) -> T:
        """What is needed, how much of it, and how urgently."""
        urgent = T("【急ぎ】", "[urgent] ") if self.urgent else T("", "")
        return T(
            f"避難所の要望: {urgent.ja}{self.words} {self.note}".rstrip(),
            f"Shelter needs: {urgent.en}{self.words} {self.note}".rstrip(),
        )

    def allowed(self, actor: Actor, present: Present) -> bool:
        return actor.may(self.kind, site=site_of(self.shelter))

    def check(self, present: Present) -> None:
        must_be_there(self.shelter, self.site)
        if present.exists:
            raise Refused(T("この要望はすでに記録されています。", "This need was noted already."))

    def apply(self, state: SupplyNeed, entry: Entry) -> None:
        state.noted.set(entry, self)


class NeedMet(Fact):
    """What a shelter needed has come, or is needed no more."""

    kind = "shelters.need_met"
    subject = SupplyNeed
    label = T("要望の充足", "Need met")
    sentence = T("避難所の要望に対応 {note}", "Shelter's need met {note}")

    note: str = field(T("備考", "Note"), "", max_length=500)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.met.value is not None:
            raise Refused(T("この要望はすでに満たされています。", "This need is met already."))

    def apply(self, state: SupplyNeed, entry: Entry) -> None:
        state.met.set(entry, self.note)


def site_of(shelter: str) -> str:
    """Reference of the site of a shelter; empty where there is no such shelter."""
    return ShelterRow.objects.filter(subject=shelter).values_list("site", flat=True).first() or ""


def must_be_there(shelter: str, site: str = "") -> ShelterRow:
    """The open shelter of that reference. Raises :class:`Refused` where there is none, or ``site`` is another's."""
    row = ShelterRow.objects.filter(subject=shelter).first()
    if row is None or not row.is_open:
        raise Refused(
            T("その避難所は開設されていません。", "That shelter is not open."),
            "shelter",
        )
    if site and site != row.site:
        raise Refused(T("場所が避難所と違います。", "The site is not that of the shelter."), "site")
    return row


def _must_exist(present: Present) -> None:
    if not present.exists:
        raise Refused(T("避難所がまだ開設されていません。", "The shelter has not been opened yet."))


def _must_be_open(present: Present) -> None:
    _must_exist(present)
    if not present.state.is_open.value:
        raise Refused(T("この避難所は閉鎖されています。", "This shelter is closed."))
