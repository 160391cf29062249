"""A facility of sixty residents, set up from two Excel files, above a river and below a slope."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl

from tests.facilities import home
from tests.facilities.home import CARER, SUN
from tomoshibi.facilities import queries, sheets, upkeep, workbook
from tomoshibi.facilities.facts import ResidentLeft
from tomoshibi.facilities.words import Care, Moves
from tomoshibi.journal.recording import Draft, record
from tomoshibi.places.facts import AreaDescribed, SiteDescribed
from tomoshibi.places.models import SiteRow
from tomoshibi.places.subjects import Area, AreaKind, Site, SiteKind

#: by the first letters of a row's heading, what is filled in by hand: the value, or who and how
FILLED: dict[str, Any] = {
    "海抜": 12.5, "海までの距離": 4.2, "津波が着くまで": 45, "近くの川": "小本川", "川までの距離": 0.3,
    "ふだんの水位": 0.5, "最寄りの水位観測所": "赤鹿観測所", "橋が通行止め": 2.5, "氾濫危険水位": 3.1,
    "裏山・斜面": "裏に急な斜面", "崖崩れ": 2, "立地の注意": "川の曲がる所の外側", "避難先": "本町小学校",
    "避難先までの距離": 1.2, "避難先までの高低差": 15, "避難の道": "県道を北へ。橋は渡らない",
    "移動・移送": "途中に坂。車いすは一人に二人つく", "屋内の安全": "2階 食堂（川と反対側）",
    "建物の構造": "鉄筋コンクリート", "階数": 2, "建てた年": 1998, "耐震": "新耐震基準",
    "利用者数（昼）": 60, "利用者数（夜）": 60, "要支援": 4, "要介護": 56, "車いす": 22,
    "職員数（昼）": 18, "職員数（夜）": 2, "近隣の応援者の数": 6, "近隣の応援者": "町内会長（東隣）、消防団第3分団",
    "運営法人": "社会福祉法人 灯会", "管理者": "灯　守", "夜間の電話": "000-111-2299",
}  # fmt: skip


def answers(book: openpyxl.Workbook) -> bytes:
    """The exported form, filled in as a facility would."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=2):
            label = str(row[0].value or "")
            found = next((FILLED[k] for k in sorted(FILLED, key=len, reverse=True) if label.startswith(k)), None)
            if found is not None and sheet.title[0] in "123":
                row[1].value = found
            elif sheet.title[0] in "456":
                row[1].value, row[2].value = "主任、夜は夜勤の責任者", f"{label}を電話を待たずに始める"
    stores, contacts, upkeep_sheet, drills = book.worksheets[6:10]
    until = upkeep.today() + timedelta(days=200)
    stores.append(["飲料水", "720 L", until, "2階倉庫", "", ""])
    stores.append(["アルファ米", "540食", until, "2階倉庫", "", ""])
    stores.append(["簡易トイレ", "300回分", until, "1階倉庫", "", ""])
    stores.append(["布担架", "4枚", "", "各階", "", ""])
    contacts.append(["市内", "灯町消防本部", "119", "", ""])
    contacts.append(["県内", "県老人福祉施設協議会", "000-100-2000", "000-100-2001", "kyogikai@example.jp"])
    contacts.append(["県外", "姉妹施設 さくら園", "000-900-1234", "", ""])
    upkeep_sheet.append(["自家発電機", "軽油 24時間分", "12"])
    upkeep_sheet.append(["消火器", "18本", "2"])
    drills.append(["6月", "夜間の避難", "夜勤2人で18分"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def people() -> bytes:
    """Sixty residents on two floors, as a list in Excel."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([str(c.label) for c in sheets.RESIDENT_COLUMNS])
    moves, cares = list(Moves), list(Care)[3:]
    for n in range(60):
        sheet.append(
            [
                f"{1 + n // 30}{1 + n % 30:02}",
                f"灯　{'花梅菊松竹'[n % 5]}{n + 1}",
                f"あかり　{n + 1}",
                f"19{30 + n % 20}-0{1 + n % 9}-1{n % 9}",
                f"灯町本町{n + 1}番地",
                str(cares[n % 5].label),
                str(moves[n % 4].label),
                "高血圧" if n % 3 else "脳梗塞後遺症",
                "降圧薬 朝1錠",
                "きざみ食" if n % 2 else "常食",
                f"灯　娘（長女）000-555-{n:04}\n灯　息子（長男）000-777-{n:04}",
                "入院中" if n == 7 else "",
            ]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def build() -> SiteRow:
    """The facility in the small town of :mod:`tests.facilities.home`, without the residents of that town."""
    home.build()
    for key in (*(p[0] for p in home.PEOPLE), "guest"):
        record(Draft(ResidentLeft(), home.resident(key)), CARER)
    record([Draft(fact, subject) for subject, fact in _around()], home.ME)
    site = SiteRow.objects.get(subject=SUN)
    book = openpyxl.load_workbook(io.BytesIO(workbook.export(site, queries.profiles([SUN]).get(SUN))))
    workbook.load(site, answers(book), CARER)
    sheets.load_residents(site, people(), CARER)
    return SiteRow.objects.get(subject=SUN)


def _around() -> list[tuple[str, Any]]:
    def ring(west: float, south: float, east: float, north: float) -> dict[str, Any]:
        points = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [points]}

    def zone(name: str, *box: float) -> AreaDescribed:
        return AreaDescribed(name=name, area_kind=AreaKind.HAZARD, geometry=ring(*box))

    def place(name: str, kind: SiteKind, lat: float, lon: float) -> SiteDescribed:
        return SiteDescribed(name=name, site_kind=kind, lat=lat, lon=lon)

    return [
        (Area.ref("water"), zone("小本川洪水浸水想定 3.0m", 140.870, 37.046, 140.884, 37.054)),
        (Area.ref("slide"), zone("急傾斜地 本町", 140.8795, 37.0485, 140.8825, 37.0515)),
        (Site.ref("school"), place("本町小学校", SiteKind.SHELTER, 37.0595, 140.8850)),
        (Site.ref("hall"), place("川端公民館", SiteKind.SHELTER, 37.0505, 140.8760)),
        (Site.ref("park"), place("高台公園", SiteKind.EVACUATION_SITE, 37.0440, 140.8890)),
        (
            Site.ref("office"),
            SiteDescribed(name="灯町役場", site_kind=SiteKind.HEAD_OFFICE, phone="000-100-0000", fax="000-100-0001"),
        ),
        (Site.ref("sun"), SiteDescribed(address="灯町本町1番地", fax="000-111-2223")),
    ]
