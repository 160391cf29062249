"""The words of a layout are changed as they print: nothing that a person types becomes code."""

from __future__ import annotations

import io

import pypdf
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.clients import client_of
from tests.relief import house
from tomoshibi.relief.layouts import preview, problems, standard
from tomoshibi.relief.paper_models import LayoutRow
from tomoshibi.relief.wording import reworded, words_of
from tomoshibi.relief.words import Kind

SENTENCE = "　上記のとおり、相違ないことを証明します。"
line = st.text("".join(map(chr, range(33, 127))) + "　証明ガ～葛\U000e0100ー", max_size=30).map(lambda t: f"文{t}")


@given(line, line)
@example("文", "　字下げした文　")
def test_what_is_typed_stands_there_and_nothing_else_changes(one: str, added: str) -> None:
    source = standard(Kind.DISASTER)
    before = [w.text for w in words_of(source)]
    at = before.index(SENTENCE)
    made = reworded(source, {at: one}, added)
    assert [w.text for w in words_of(made)] == [*before[:at], one, *before[at + 1 :], added]
    assert reworded(reworded(source, {at: one}), {at: SENTENCE}) == source
    assert reworded(source, dict(enumerate(before))) == source


def test_signs_of_typst_print_as_they_are(settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    source = standard(Kind.DISASTER)
    at = [w.text for w in words_of(source)].index(SENTENCE)
    signs = r"証明 #f.nothing [x] *a* _b_ `c` $d$ <e> @f // g \ h ~ --- = 'i' " + '"j"'
    made = reworded(source, {at: signs}, "問合せ: 税務課 (0246) 22-1111 #read(1)")
    assert problems(Kind.DISASTER, made) == []
    text = pypdf.PdfReader(io.BytesIO(preview(Kind.DISASTER, made))).pages[0].extract_text()
    assert signs.replace(" ", "") in text.replace(" ", "").replace("\n", "")
    assert "(0246)22-1111#read(1)" in text.replace(" ", "")


@pytest.mark.django_db
def test_the_page_changes_words_and_a_second_person_approves(settings, tmp_path) -> None:
    settings.TOMOSHIBI_HOME = tmp_path
    house.town()
    head, page = client_of("headquarters"), "/relief/layouts/disaster/"
    html = head.get(page).content.decode()
    at = [w.text for w in words_of(standard(Kind.DISASTER))].index(SENTENCE)
    assert f'name="word-{at}" value="{SENTENCE}"' in html
    sent = {"form": "words", "base": "", f"word-{at}": "灯市がここに証明します。", "added": "問合せ 税務課"}
    assert head.post(page, {**sent, "act": "preview"})["Content-Type"] == "application/pdf"
    refused = head.post(page, {**sent, "act": "propose", "note": ""})
    kept = refused.content.decode()
    assert refused.status_code == 422
    assert 'value="灯市がここに証明します。"' in kept and 'value="問合せ 税務課"' in kept, "nothing typed is lost"
    assert head.post(page, {**sent, "act": "propose", "note": "証明文"}).status_code == 303
    row = LayoutRow.objects.get()
    assert "灯市がここに証明します。" in row.source and "[問合せ 税務課]" in row.source and SENTENCE not in row.source
    assert client_of("approver").post(page, {**sent, "act": "propose", "note": "x"}).status_code == 403
