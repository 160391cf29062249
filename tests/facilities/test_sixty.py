"""A facility of sixty from Excel: everything that is written from it is printed, and says what it should."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import openpyxl
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.clients import client_of
from tests.documents.test_pictures import photograph
from tests.facilities import sixty
from tests.facilities.home import CARER, EVACUATION, SUN
from tests.facilities.test_pages import text
from tomoshibi.documents import SheetRefused
from tomoshibi.facilities import calls, near, papers, plans, queries, sheets, sketches, upkeep, workbook
from tomoshibi.facilities.models import FacilityRow
from tomoshibi.facilities.upkeep_models import StockRow
from tomoshibi.facilities.words import Danger, Moves
from tomoshibi.journal.models import EntryRow
from tomoshibi.places.models import SiteRow
from tomoshibi.vocabulary import speak

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> SiteRow:
    return sixty.build()


def shot(name: str, language: str, pdf: bytes) -> str:
    """The text of a PDF; kept as a file where pictures are asked for."""
    if folder := os.environ.get("TOMOSHIBI_SHOTS"):
        (Path(folder) / f"{name}-{language}.pdf").write_bytes(pdf)
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_sixty_people_come_in_from_excel_and_bad_rows_are_named(site: SiteRow) -> None:
    people = queries.residents(SUN)
    assert people.count() == 60 and people.filter(moves=Moves.WHEELCHAIR).count() == 15
    assert people.get(room="101").contacts[0].phone == "000-555-0000"
    entries = EntryRow.objects.count()
    done = sheets.load_residents(site, sixty.people(), CARER)
    assert (done.new, done.changed, done.same) == (0, 0, 60)
    assert sheets.load_residents(site, sheets.residents_book(people), CARER).same == 60  # what goes out comes in
    assert EntryRow.objects.count() == entries
    book = openpyxl.load_workbook(io.BytesIO(sixty.people()))
    sheet = book.active
    sheet["F3"], sheet["D4"], sheet["A4"], sheet["I5"] = "要介護9", None, None, "インスリン 朝夕"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetRefused) as no:
        sheets.load_residents(site, out.getvalue(), CARER)
    assert [(p.row, p.value) for p in no.value.problems] == [(3, "要介護9"), (4, "")]
    assert people.get(room="104").medicine == "降圧薬 朝1錠"
    done = sheets.load_residents(site, out.getvalue(), CARER, accept_good=True)
    assert (done.new, done.changed) == (0, 1) and people.count() == 60


def test_the_page_that_takes_residents_in(site: SiteRow) -> None:
    own = client_of("facility", SUN)
    page = "/facilities/sun/residents/import/"
    assert client_of("staff").get(page).status_code == 403
    assert own.get(page).status_code == 200 and own.post(page).status_code == 422
    response = own.post(page, {"file": SimpleUploadedFile("r.xlsx", sixty.people())})
    assert response.status_code == 200 and "変更なし60件" in response.content.decode()


def test_the_stores_of_the_workbook_are_lots(site: SiteRow) -> None:
    lots = {r.item: (r.quantity, r.stored, r.per_day) for r in StockRow.objects.filter(site=SUN)}
    assert lots == {
        "飲料水": ("720 L", "water", 3),
        "アルファ米": ("540 食", "food", 3),
        "簡易トイレ": ("300 回分", "toilet", 5),
        "布担架": ("4 枚", "tool", 0),
    }
    lasts = {x.stored.value: x.days for x in upkeep.lasts(SUN, FacilityRow.objects.get(site=SUN))}
    assert lasts == {"water": 3.1, "food": 2.3, "toilet": 0.8}  # 78 people by day
    book = openpyxl.load_workbook(io.BytesIO(workbook.export(site, FacilityRow.objects.get(site=SUN))))
    sheet = book.worksheets[6]
    for row in sheet.iter_rows(min_row=2):
        if row[0].value == "アルファ米":
            row[1].value = "600食"
        if row[0].value == "布担架":
            row[1].value = "たくさん"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(SheetRefused) as no:
        workbook.load(site, out.getvalue(), CARER)
    assert [p.value for p in no.value.problems] == ["たくさん"]
    workbook.load(site, out.getvalue(), CARER, accept_good=True)
    assert StockRow.objects.get(item="アルファ米").amount == 600


def test_safer_places_and_sketches_are_what_is_known(site: SiteRow) -> None:
    found = near.safer(site, [Danger.FLOOD, Danger.LANDSLIDE])
    assert [(n.site.name, [d.value for d in n.dangers]) for n in found] == [
        ("高台公園", []),
        ("本町小学校", []),
        ("川端公民館", ["flood"]),
    ]
    assert [(round(n.km, 1), n.towards.en) for n in found] == [(1.0, "SE"), (1.1, "NE"), (0.4, "W")]
    assert near.safer(SiteRow(subject="x"), []) == []
    html = text(client_of("facility", SUN), "/facilities/sun/")
    assert "高台公園" in html and "川端公民館" not in html

    profile = FacilityRow.objects.get(site=SUN)
    drawn = sketches.surroundings(site, profile, [])
    assert drawn and {z["danger"] for z in drawn["zones"]} == {"flood", "landslide"}
    (to,) = [m for m in drawn["marks"] if m["to"]]
    assert to["name"] == "本町小学校" and to["at"][1] < drawn["me"]["at"][1]  # north is up
    for x, y in [m["at"] for m in drawn["marks"]] + [p for z in drawn["zones"] for r in z["rings"] for p in r]:
        assert -0.1 <= x <= sketches.WIDTH + 0.1 and -0.1 <= y <= sketches.HEIGHT + 0.1
    section = sketches.section(profile)
    assert section and section["floors"] == 2
    assert [metres for _, metres in section["river"]["levels"]] == ["3.1 m", "2.5 m", "0.5 m"]
    floors = sketches.floors(queries.residents(SUN))
    assert [(str(f["floor"]), f["people"]) for f in floors] == [("2階", 30), ("1階", 30)]
    assert "灯" not in repr(floors)  # no name goes into the plan
    rooms = ("203", "２０３", "2階 3号", "1203", "B-7", "", "3F東")
    assert [sketches.floor_of(r) for r in rooms] == [2, 2, 2, 12, 0, 0, 3]
    assert sketches.surroundings(SiteRow(subject="x"), profile, []) is None
    assert sketches.section(FacilityRow()) is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_everything_is_printed(site: SiteRow, language: str, settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    own = client_of("facility", SUN)
    sent = {"page": "5e0e3f0c-0000-4000-8000-0000000000f9", "drawn": "route", "text": "避難経路図"}
    picture = SimpleUploadedFile("route.png", photograph((900, 600), "PNG"))
    assert own.post("/facilities/sun/drawings/", {**sent, "file": picture}).status_code == 303
    profile, people = FacilityRow.objects.get(site=SUN), list(queries.residents(SUN))
    (state,) = queries.states(queries.going_on())
    with speak(language):
        told = {
            "plan": plans.plan(site, profile),
            "poster": plans.poster(site, profile),
            "leaflet": plans.leaflet(site, profile),
            "fax": calls.fax_sheets([state]),
        }
        if language == "ja" or "TOMOSHIBI_SHOTS" in os.environ:  # names and figures are the same in both
            told |= {
                "list": papers.listing(site, people),
                "cards": papers.cards(site, people),
                "family-cards": papers.family_cards(site, people),
                "hand-over": papers.handover(site, queries.evacuation_now(SUN), people),
                "calls": calls.call_sheet([state]),
            }
    said = {name: shot(name, language, pdf) for name, pdf in told.items()}
    pages = {name: len(pypdf.PdfReader(io.BytesIO(pdf)).pages) for name, pdf in told.items()}
    assert (pages["poster"], pages["leaflet"], pages["fax"]) == (1, 1, 1)
    with speak(language):
        profile.dangers = " ".join(Danger)  # all five of them at one place
        worst = {"leaflet-worst": plans.leaflet(site, profile), "poster-worst": plans.poster(site, profile)}
    assert all(shot(name, language, pdf) for name, pdf in worst.items())
    assert [len(pypdf.PdfReader(io.BytesIO(pdf)).pages) for pdf in worst.values()] == [1, 1]
    assert state.evacuation.subject == EVACUATION and "000-100-0001" in said["fax"]
    for paper in ("cards", "list", "family-cards", "hand-over") if "cards" in said else ():
        lines = re.sub(r"\s", "", said[paper])
        assert [p.name for p in people if re.sub(r"\s", "", p.name) not in lines] == [], paper
    assert not re.search(r"灯　[花梅菊松竹]\d", said["plan"])
    wanted = {
        "ja": "責任 決める人 高台公園 背負う 上の階へ 三つの段階 近所の人が逃げてくる 教える 県外 略図",
        "en": "Duties decides 高台公園 Carried Upstairs phases Neighbours Taught 県外",
    }[language].split()
    assert [w for w in wanted if w not in said["plan"]] == []
