"""Layouts of certificates: previewed, refused by line, approved by another, kept; the certificate names its own."""

from __future__ import annotations

import io

import pypdf
import pytest

from tests.clients import client_of
from tests.relief import house
from tests.relief.house import CLERK, HEAD, JUDGE
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import issuing, layouts
from tomoshibi.relief.layouts import LayoutApproved, LayoutProposed, preview, problems, standard
from tomoshibi.relief.models import CertificateRow
from tomoshibi.relief.words import Kind

TOWN = standard(Kind.DISASTER).replace("上記のとおり、相違ないことを証明します。", "灯市の書式により証明します。")
LAYOUT = layouts.Layout.ref("disaster")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("kind", Kind)
def test_the_programs_own_layouts_hold_their_items_on_one_page(kind: Kind, settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    assert problems(kind, standard(kind)) == []
    made = text_of(preview(kind, standard(kind)))
    assert kind.label.ja in made.replace(" ", "") and "0000-MIHON-000000" in made


@pytest.mark.parametrize(
    ("wrong", "line", "word"),
    [
        ("#serial(f)\n#proof(f)\n#f.hausholder\n", 3, "f.hausholder"),
        ('#serial(f)\n#read("/etc/passwd")\n#proof(f)', 2, "read"),
        ('#serial(f)\n#import "/documents/templates/house.typ": *\n#proof(f)', 2, "import"),
        ("#serial(f)\n", 0, "proof"),
        ("// #serial(f)\n#proof(f)", 0, "整理番号"),
        ("#serial(f)\n\n#nothing(f)\n#proof(f)", 3, "nothing"),
        ("#serial(f)\n#text(size: 12pt, [\n#proof(f)", 2, "unclosed"),
        ("#serial(f)\n#pagebreak()\n#proof(f)", 0, "2枚"),
        ("#serial(f) \U0001f600\n#proof(f)", 0, "U+1F600"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(wrong: str, line: int, word: str, settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    found = problems(Kind.DISASTER, wrong)
    assert found and found[0].line == line and word in found[0].text.ja, found


@pytest.mark.django_db
def test_a_second_person_approves_and_every_certificate_keeps_its_version(settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    house.town()
    house.until("issued")
    with pytest.raises(Forbidden):
        record(Draft(LayoutProposed(source=TOWN, note="文を直した"), LAYOUT), CLERK)
    with pytest.raises(Refused, match="1行目"):
        record(Draft(LayoutProposed(source="#f.x #serial(f) #proof(f)", note="x"), LAYOUT), HEAD)
    (made,) = record(Draft(LayoutProposed(source=TOWN, note="文を直した"), LAYOUT), HEAD)
    assert layouts.in_force(Kind.DISASTER) == "", "nothing is printed by what nobody approved"
    with pytest.raises(Refused, match="本人は承認できません"):
        record(Draft(LayoutApproved(approved=made.id), LAYOUT), HEAD)
    record(Draft(LayoutApproved(approved=made.id), LAYOUT), JUDGE)

    old = CertificateRow.objects.get()
    assert "灯市の書式" not in text_of(issuing.pdf(old))
    asked = house.applied(household="residents.household:h2", householder="灯　二郎")
    record(Draft(asked, "relief.application:a2", incident=house.INCIDENT), CLERK)
    new = CertificateRow.objects.get(subject=issuing.issue("relief.application:a2", CLERK))
    assert new.layout == made.id and "灯市の書式により証明します。" in text_of(issuing.pdf(new))
    record(Draft(LayoutApproved(approved=""), LAYOUT), JUDGE)
    assert layouts.in_force(Kind.DISASTER) == ""
    assert "灯市の書式" in text_of(issuing.pdf(new)), "it is printed again as it was"
    (row,) = layouts.versions(Kind.DISASTER)
    assert (row.number, row.note, row.in_force) == (1, "文を直した", False)
    with pytest.raises(Refused, match="この端末にありません"):
        layouts.source_of(Kind.DISASTER, "no-such")


@pytest.mark.django_db
def test_the_page_previews_proposes_and_lets_another_approve(settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    house.town()
    assert client_of("clerk").get("/relief/layouts/").status_code == 403
    head, approver = client_of("headquarters"), client_of("approver")
    page = "/relief/layouts/disaster/"
    assert "相違ないことを証明します" in head.get(page).content.decode()
    bad = head.post(page, {"source": "#serial(f)\n#f.x\n#proof(f)", "act": "preview"})
    assert bad.status_code == 422 and "2行目" in bad.content.decode() and "#f.x" in bad.content.decode()
    shown = head.post(page, {"source": TOWN, "act": "preview"})
    assert "灯市の書式" in text_of(shown.content) and not layouts.versions(Kind.DISASTER)
    assert head.post(page, {"source": TOWN, "act": "propose"}).status_code == 422, "nothing says what was changed"
    assert head.post(page, {"source": TOWN, "act": "propose", "note": "文を直した"}).status_code == 303
    (version,) = layouts.versions(Kind.DISASTER)
    assert head.post(page, {"act": "approve", "version": version.version}).status_code == 422
    assert approver.post(page, {"act": "approve", "version": version.version}).status_code == 303
    assert layouts.in_force(Kind.DISASTER) == version.version
    assert approver.get(f"{page}{version.version}.pdf").status_code == 200
    assert approver.post(page, {"source": "#serial(f) #proof(f)", "act": "preview"}).status_code == 403
    assert approver.get("/relief/layouts/nothing/").status_code == 404
