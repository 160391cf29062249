"""Where fonts come from, in which order, and what is said when one is missing."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import warnings

import pypdf
import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from tomoshibi.documents import FontsMissing, MissingGlyphs, render
from tomoshibi.documents import fonts as room
from tomoshibi.documents.fonts import FontWarning, find_fonts
from tomoshibi.vocabulary import speak

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
TABLE = "documents/templates/table.typ"


def gaiji(path):
    """A font with one glyph at U+E000, as towns have for characters of their own 外字."""
    options = subset.Options(layout_features=[], name_IDs=[1, 2, 4, 6])
    with TTFont(find_fonts(None).roles["gothic"].path) as font:
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=[ord("亜")])
        chosen.subset(font)
        for table in font["cmap"].tables:
            if table.format != 14:
                table.cmap = {0xE000: next(iter(table.cmap.values()))}
        for record in font["name"].names:
            record.string = "TownGaiji"
        font.save(path)


@pytest.fixture
def afresh():
    """Fonts looked up anew in this test, and again after it."""
    room._fonts.cache_clear()
    yield
    room._fonts.cache_clear()


def printed(text):
    data = {"columns": [], "groups": [], "notes": [text], "landscape": False}
    return render(TABLE, data, title="題", created=NOW, lang="ja")


def test_all_three_fonts_of_debian_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = find_fonts(None)
    assert {role: font.family for role, font in found.roles.items()} == {
        "gothic": "IPAexGothic",
        "mincho": "IPAexMincho",
        "names": "IPAmjMincho",
    }
    assert found.warnings == () and found.extra == ()
    assert len(found.roles["names"].sequences) > 11_000 and len(found.characters) > 54_000


def test_the_named_folder_comes_first(tmp_path):
    mine = tmp_path / "deep" / "IPAEXG.TTF"
    mine.parent.mkdir()
    shutil.copy(find_fonts(None).roles["gothic"].path, mine)
    found = find_fonts(tmp_path)
    assert found.roles["gothic"].path == mine
    assert found.roles["names"].path.name == "ipamjm.ttf", "what the folder lacks comes from the system"


@pytest.mark.parametrize("kind", ["absent", "empty"])
def test_a_named_folder_without_fonts_is_an_error_that_names_it(tmp_path, kind):
    folder = tmp_path / "fonts"
    if kind == "empty":
        folder.mkdir()
        (folder / "readme.txt").write_text("none")
    with pytest.raises(FontsMissing) as caught:
        find_fonts(folder)
    for lang, word in (("ja", "ありません"), ("en", "holds no font")):
        with speak(lang):
            assert str(folder) in str(caught.value) and word in str(caught.value) and "ipamjm.ttf" in str(caught.value)


def test_the_wheel_s_gothic_stands_in_with_a_warning(afresh, monkeypatch, tmp_path):
    monkeypatch.delenv("TOMOSHIBI_FONTS", raising=False)
    monkeypatch.setattr(find_fonts, "__defaults__", ((tmp_path,),))
    with pytest.warns(FontWarning) as told:
        found = room.fonts()
    assert {font.family for font in found.roles.values()} == {"IPAexGothic"}
    assert "matplotlib_fontja" in str(found.roles["names"].path)
    assert len(told) == 2 and any("IPAmjMincho" in str(w.message) for w in told)
    pages = pypdf.PdfReader(io.BytesIO(printed("葛\U000e0100城"))).pages
    names = {f["/DescendantFonts"][0]["/BaseFont"].partition("+")[2] for f in pages[0]["/Resources"]["/Font"].values()}
    assert names == {"IPAexGothic"}
    with pytest.raises(MissingGlyphs, match=r"U\+9089 U\+E010F"):
        printed("渡邉\U000e010f")


def test_no_font_at_all_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_wheel", dict)
    with pytest.raises(FontsMissing, match="fonts-ipaexfont"):
        find_fonts(None, system=[tmp_path])


def test_a_town_s_own_characters_print_from_the_named_folder(afresh, monkeypatch, tmp_path):
    with pytest.raises(MissingGlyphs, match=r"U\+E000"):
        printed("外字\ue000")
    gaiji(tmp_path / "town.ttf")
    monkeypatch.setenv("TOMOSHIBI_FONTS", str(tmp_path))
    made = pypdf.PdfReader(io.BytesIO(printed("外字\ue000")))
    names = {
        f["/DescendantFonts"][0]["/BaseFont"].partition("+")[2] for f in made.pages[0]["/Resources"]["/Font"].values()
    }
    assert names >= {"TownGaiji", "IPAexGothic"}


def test_a_font_that_cannot_be_read_is_told_and_left_out(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    found = find_fonts(tmp_path)
    assert found.extra == () and [text for text in found.warnings if "broken.ttf" in text.en]


def test_overrides_of_direction_are_not_let_through():
    """U+202E would print a name backwards without a visible trace."""
    found = find_fonts(None)
    assert [m.codes for m in found.missing("a\u202eb", "x")] == ["U+202E"]
    assert not list(found.missing("a\u200bb\tc\nd", "x"))


def test_a_selector_with_nothing_before_it_is_named():
    found = find_fonts(None)
    assert [m.codes for m in found.missing("\U000e0100あ", "x")] == ["U+E0100"]
    assert found.variants_in("\U000e0100葛\U000e0100") == {"葛\U000e0100": "IPAexMincho"}
