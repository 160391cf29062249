"""What can happen to facilities and residents before a disaster. What happens in one is in ``evacuation_facts``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator

from tomoshibi.facilities.subjects import Facility, Resident, site_of
from tomoshibi.facilities.words import Care, Contact, Danger, Home, Moves
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.people.facts import MailAddress
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.vocabulary import T

#: facilities.read: profiles, check sheets, answers and counts; facilities.residents: who lives there, and where each is
grant("headquarters", "facilities.*")
for _role in ("approver", "ict", "shelter", "staff"):
    grant(_role, "facilities.read")
#: holders of the role at a site do this for that site alone: every fact here asks with it
grant(
    "facility",
    "facilities.read",
    "facilities.residents",
    "facilities.facility_described",
    "facilities.resident_*",
    "facilities.check*",
    "facilities.page_opened",
    "facilities.answered",
    "facilities.signs_seen",
    "facilities.team_taken",
    "facilities.counted",
    "facilities.handed_over",
    "facilities.count_cancelled",
)


def _contact(line: str) -> str:
    """A line of the family's list in its one form, so that it can be compared."""
    return str(Contact.of(line))


def _line(line: str) -> str:
    """A line of the workbook in its one form: parts without blanks at their ends, no empty ones at the end."""
    return "／".join(part.strip() for part in line.replace("/", "／").split("／")).rstrip("／")


Line = Annotated[str, AfterValidator(_line)]
FamilyLine = Annotated[str, AfterValidator(_contact)]


def _people(label: T) -> Any:
    return field(label, None, unit=T("人", "people"), ge=0, le=10_000)


class FacilityDescribed(Fact):
    kind = "facilities.facility_described"
    subject = Facility
    label = T("施設の登録・変更", "Care facility described")

    name: str | None = field(T("施設名", "Name"), None, max_length=200)
    home: Home | None = field(T("施設の種別", "Kind of facility"), None)
    operator: str | None = field(T("運営法人", "Run by"), None, max_length=200)
    manager: str | None = field(T("管理者", "Manager"), None, max_length=100)
    night_phone: str | None = field(T("夜間の電話", "Telephone at night"), None, max_length=50)
    email: MailAddress | None = field(
        T("知らせの届くメール", "E-mail for notices"),
        None,
        max_length=200,
        help=T("空なら拠点のメールに送ります。", "Empty: the site's own e-mail."),
    )
    residents_day: int | None = _people(T("利用者数（昼）", "Residents by day"))
    residents_night: int | None = _people(T("利用者数（夜）", "Residents at night"))
    staff_day: int | None = _people(T("職員数（昼）", "Staff by day"))
    staff_night: int | None = _people(T("職員数（夜）", "Staff at night"))
    helpers: str | None = field(T("近隣の応援者", "Neighbours who help"), None, max_length=500)
    dangers: list[Danger] | None = field(T("想定される災害", "What may come"), None)
    danger_note: str | None = field(T("立地の注意", "About the place"), None, max_length=1000)
    destination: str | None = field(T("避難先", "Destination"), None, max_length=200)
    upstairs: str | None = field(
        T("屋内の安全な場所", "Safe place indoors"),
        None,
        max_length=200,
        help=T("外へ出るほうが危ないときに移る場所", "Where to go when going out is more dangerous"),
    )
    plan_made_on: date | None = field(T("避難確保計画の作成日", "Evacuation plan made on"), None)
    height_m: float | None = field(T("海抜", "Height above sea"), None, unit=T("m", "m"), ge=-100, le=10_000)
    sea_km: float | None = field(T("海までの距離", "Distance to the sea"), None, unit=T("km", "km"), ge=-100, le=10_000)
    river_km: float | None = field(
        T("川までの距離", "Distance to the river"), None, unit=T("km", "km"), ge=-100, le=10_000
    )
    river_m: float | None = field(
        T("ふだんの水位", "Ordinary level of the river"), None, unit=T("m", "m"), ge=-100, le=10_000
    )
    bridge_m: float | None = field(
        T("橋が通行止めになる水位", "Level at which the bridge closes"), None, unit=T("m", "m"), ge=-100, le=10_000
    )
    danger_m: float | None = field(
        T("氾濫危険水位", "Danger level of the river"), None, unit=T("m", "m"), ge=-100, le=10_000
    )
    destination_km: float | None = field(
        T("避難先までの距離", "Distance to the destination"), None, unit=T("km", "km"), ge=-100, le=10_000
    )
    climb_m: float | None = field(
        T("避難先までの高低差", "Climb to the destination"), None, unit=T("m", "m"), ge=-100, le=10_000
    )
    tsunami_min: int | None = field(
        T("津波が着くまで", "Until a tsunami arrives"), None, unit=T("分", "min"), ge=0, le=10_000
    )
    slopes: int | None = field(
        T("崖崩れが予想される箇所", "Places where a slide is expected"), None, unit=T("箇所", "places"), ge=0, le=10_000
    )
    floors: int | None = field(T("階数", "Floors"), None, unit=T("階", "floors"), ge=0, le=10_000)
    built: int | None = field(T("建てた年（西暦）", "Built in"), None, ge=0, le=10_000)
    support: int | None = field(
        T("要支援の利用者", "Residents of support level"), None, unit=T("人", "people"), ge=0, le=10_000
    )
    care: int | None = field(
        T("要介護の利用者", "Residents of care level"), None, unit=T("人", "people"), ge=0, le=10_000
    )
    wheelchairs: int | None = field(
        T("車いすの利用者", "Residents in wheelchairs"), None, unit=T("人", "people"), ge=0, le=10_000
    )
    staff_in: int | None = field(
        T("常勤職員（市内）", "Full-time staff in town"), None, unit=T("人", "people"), ge=0, le=10_000
    )
    staff_out: int | None = field(
        T("常勤職員（市外）", "Full-time staff outside"), None, unit=T("人", "people"), ge=0, le=10_000
    )
    staff_part: int | None = field(T("非常勤職員", "Part-time staff"), None, unit=T("人", "people"), ge=0, le=10_000)
    helpers_count: int | None = field(
        T("近隣の応援者の数", "Neighbours who help (number)"), None, unit=T("人", "people"), ge=0, le=10_000
    )
    river: str | None = field(T("近くの川", "River near by"), None, max_length=500)
    gauge: str | None = field(T("最寄りの水位観測所", "Nearest gauge"), None, max_length=500)
    slope: str | None = field(T("裏山・斜面", "Slope"), None, max_length=500)
    route: str | None = field(T("避難の道", "Route"), None, max_length=500)
    transfer: str | None = field(T("移動・移送の難しさ", "Difficulty of the move"), None, max_length=500)
    structure: str | None = field(T("建物の構造", "Structure"), None, max_length=500)
    quakeproof: str | None = field(T("耐震", "Earthquake resistance"), None, max_length=500)
    equipment: list[Line] | None = field(
        T("設備と点検", "Equipment and its upkeep"),
        None,
        help=T("一行に一つ: 設備／様子／年の点検回数", "One a line: equipment/state/checks a year"),
    )
    arrangements: list[Line] | None = field(
        T("誰がどうするか", "Who does what"),
        None,
        help=T("一行に一つ: こと／誰が／どのように", "One a line: what/who/how"),
    )
    drills: list[Line] | None = field(
        T("訓練と教育", "Drills and education"),
        None,
        help=T("一行に一つ: いつ／内容／ふり返り", "One a line: when/what/review"),
    )
    contacts: list[Line] | None = field(
        T("連絡先", "Contacts"),
        None,
        help=T(
            "一行に一つ: 市内・県内・県外の別／名称／電話／FAX／メール",
            "One a line: in town, prefecture or outside/name/telephone/fax/mail",
        ),
    )

    def check(self, present: Present) -> None:
        required_at_first(self, present)

    def apply(self, state: Facility, entry: Entry) -> None:
        put(self, state, entry)


class ResidentDescribed(Fact):
    kind = "facilities.resident_described"
    subject = Resident
    label = T("入所者の登録・変更", "Resident described")
    sentence = T("入所者1人の情報を登録・変更", "A resident's card was written or changed")

    facility: str | None = field(T("施設", "Facility"), None, extra={"widget": "hidden"})
    name: str | None = field(T("氏名", "Name"), None, max_length=100)
    kana: str | None = field(T("かな", "Kana"), None, max_length=200)
    room: str | None = field(T("居室", "Room"), None, max_length=50)
    birth: date | None = field(T("生年月日", "Born"), None)
    address: str | None = field(T("住所", "Address"), None, max_length=300)
    care: Care | None = field(T("要介護度", "Care need"), None)
    moves: Moves | None = field(T("移動の方法", "How moved"), None)
    history: str | None = field(T("既往歴", "Medical history"), None, max_length=1000)
    medicine: str | None = field(T("服薬", "Medicine"), None, max_length=1000)
    food: str | None = field(T("食事形態", "Food"), None, max_length=300)
    family: list[FamilyLine] | None = field(
        T("家族の連絡先", "Family"),
        None,
        help=T(
            "一行に一人、連絡する順に: 氏名／続柄／電話",
            "One a line, in the order in which to call: name/relation/telephone",
        ),
    )
    away: str | None = field(
        T("不在", "Away"),
        None,
        max_length=100,
        help=T("入院中・外泊中など。書いてある間は点呼に数えません。", "In hospital, at home: not counted meanwhile."),
    )

    def allowed(self, actor: Actor, present: Present) -> bool:
        sites = {s for s in (present.state.site(), site_of(self.facility or "")) if s}  # from where, and to where
        return all(actor.may(self.kind, site=s) for s in sites or {""})

    def check(self, present: Present) -> None:
        required_at_first(self, present)
        if not (self.facility or present.state.facility.value):
            raise Refused(T("どの施設の入所者かを選んでください。", "Say which facility."), "facility")

    def apply(self, state: Resident, entry: Entry) -> None:
        put(self, state, entry)


class ResidentLeft(Fact):
    kind = "facilities.resident_left"
    subject = Resident
    label = T("退所", "Resident left")
    sentence = T("入所者1人が退所", "A resident left for good")

    reason: str = field(T("理由", "Reason"), "", max_length=200)

    def check(self, present: Present) -> None:
        if not present.exists or present.state.left.value:
            raise Refused(T("この人は入所していません。", "This person does not live here."))

    def apply(self, state: Resident, entry: Entry) -> None:
        state.left.set(entry, True)
