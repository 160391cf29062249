"""Pages: what stands on them, that they never vary, and that no text prints as a box."""

from __future__ import annotations

import datetime as dt
import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from enum import Enum
from pathlib import Path
from uuid import UUID

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tomoshibi.documents import Attachment, MissingGlyphs, TemplateError, render
from tomoshibi.documents.pdf import ROOT
from tomoshibi.vocabulary import T, speak

NOW = dt.datetime(2026, 11, 22, 2, 32, tzinfo=dt.UTC)
HEAD = "5e88f1a2" * 8
#: 葛 in the shape of 葛飾区, and in that of 葛城市: the same character, two sequences of Adobe-Japan1
KATSU, KATSU_VARIANT = "葛\U000e0101", "葛\U000e0100"

PAGE = """
#import "/documents/templates/house.typ": house, data, t, name
#show: house
#name(data.name)
#t([本文], [Body])
#for _ in range(data.pages - 1) { pagebreak() }
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.typ"
    path.write_text(PAGE, encoding="utf-8")
    return path


def made(template, name="山田 太郎", pages=1, **options):
    options = {"title": T("試験の書類", "A test document"), "created": NOW, "lang": "ja"} | options
    return render(template, {"name": name, "pages": pages}, **options)


def reader(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data))


def texts(data: bytes) -> list[str]:
    return [page.extract_text() for page in reader(data).pages]


def picture(data: bytes, tmp_path: Path, page: int = 1, dpi: int = 60):
    from PIL import Image

    (tmp_path / "p.pdf").write_bytes(data)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", "-singlefile", "p.pdf", "p"],
        cwd=tmp_path,
        check=True,
    )
    with Image.open(tmp_path / "p.png") as image:
        return image.convert("RGB")


def test_foot_has_page_numbers_printed_time_and_head(page):
    for number, text in enumerate(texts(made(page, pages=3, head=HEAD)), 1):
        assert f"{number} / 3" in text
        assert "令和8年11月22日 11:32" in text and "2026-11-22T11:32:00+09:00" in text
        assert HEAD in text


def test_title_stands_large_on_page_one_and_small_on_the_rest(page):
    first, second = texts(made(page, pages=2))
    assert "試験の書類" in first and "試験の書類" in second
    assert reader(made(page)).metadata.title == "試験の書類"


def test_english_page(page):
    text = texts(made(page, lang="en", head=HEAD))[0]
    assert "A test document" in text and "Body" in text and "Printed 2026-11-22T11:32:00+09:00" in text
    assert "Journal head hash" in text and "本文" not in text


def test_language_is_the_context_s_unless_given(page):
    with speak("en"):
        assert "Body" in texts(made(page, lang=None))[0]
    assert "本文" in texts(made(page, lang=None))[0]


def test_training_band_on_every_page_and_only_in_training(page, tmp_path):
    trained = made(page, pages=3, training=True)
    assert all("訓練 TRAINING" in text for text in texts(trained))
    assert not any("訓練" in text for text in texts(made(page, pages=3)))

    def yellow(image, top, bottom):
        strip = image.crop((0, int(image.height * top), image.width, int(image.height * bottom)))
        return sum(n for n, (r, g, b) in strip.getcolors(1 << 24) if r > 200 and g > 170 and b < 90) / (
            strip.width * strip.height
        )

    for number in (1, 3):
        shown = picture(trained, tmp_path, number)
        assert yellow(shown, 0, 14 / 297) > 0.25, "the band at the head is striped"
        assert yellow(shown, 290 / 297, 1) > 0.25, "the band at the foot is striped"
        assert yellow(shown, 20 / 297, 285 / 297) == 0, "the page between is left alone"
    assert yellow(picture(made(page), tmp_path), 0, 1) == 0


SCRIPT = """
import datetime as dt, hashlib, sys
from tomoshibi.documents import Attachment, render
data = {"name": "葛\\U000e0100城", "pages": 2, "more": {"z": 1, "a": dt.date(2019, 5, 1)}}
made = render(sys.argv[1], data, title="試験", created=dt.datetime(2026, 11, 22, tzinfo=dt.UTC), head="ab",
training=True,
              lang="ja", attachments=[Attachment("a.json", b"{}", "application/json")])
print(hashlib.sha256(made).hexdigest())
"""


def test_equal_input_gives_equal_bytes_in_separate_processes(page):
    digests = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(page)],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone},
            cwd=ROOT.parent,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "America/New_York"))
    }
    assert len(digests) == 1 and len(digests.pop().strip()) == 64


def test_bytes_follow_the_input(page):
    assert made(page) != made(page, name="山田 次郎")
    assert made(page) != made(page, created=NOW + dt.timedelta(seconds=1))


def test_threads_do_not_mix_documents(page):
    names = [f"避難者{n}号" for n in range(24)]
    with ThreadPoolExecutor(4) as pool:
        for name, data in zip(names, pool.map(lambda n: made(page, name=n), names), strict=True):
            assert name in texts(data)[0]


def test_a_missing_character_is_named_with_its_code_and_field(page):
    with pytest.raises(MissingGlyphs) as caught:
        render(
            page,
            {"name": "甲", "pages": 1, "rows": [{"memo": "よい"}, {"memo": "😀と😀"}], "x": {"y": ["a", "\ufeff"]}},
            title=T("題", "t\u1f00"),
            created=NOW,
            lang="ja",
        )
    found = [(m.path, m.character, m.codes) for m in caught.value.missing]
    assert found == [("rows[1].memo", "😀", "U+1F600"), ("x.y[1]", "\ufeff", "U+FEFF")]
    with speak("en"):
        assert "rows[1].memo: 😀(U+1F600)" in str(caught.value) and "TOMOSHIBI_FONTS" in str(caught.value)
    with speak("ja"):
        assert "印刷できない文字" in str(caught.value)


def test_a_missing_character_in_the_title_of_the_language_shown_only(page):
    assert made(page, title=T("題", "t😀"), lang="ja")
    with pytest.raises(MissingGlyphs, match="title"):
        made(page, title=T("題", "t😀"), lang="en")


def test_a_variant_that_no_font_has_is_an_error_not_its_plain_form(page):
    with pytest.raises(MissingGlyphs) as caught:
        made(page, name="辻\U000e01ef")
    assert [(m.path, m.codes) for m in caught.value.missing] == [("name", "U+8FBB U+E01EF")]


def test_variants_keep_their_shape_and_their_code(page, tmp_path):
    shapes = {}
    for name in (KATSU, KATSU_VARIANT, "渡邉\U000e010f", "渡邉\U000e0117"):
        data = made(page, name=name)
        assert name in "".join(texts(data)), "text copied from the PDF keeps the sequence"
        shapes[name] = picture(data, tmp_path, dpi=150).tobytes()
    assert len(set(shapes.values())) == len(shapes), "each sequence is drawn as another shape"


@settings(max_examples=150)
@given(
    name=st.text(max_size=8)
    | st.text("葛辻邉一㐂𠮷\u3099\U000e0100\U000e0102\U000e010f\ufe00\ue000\x00\u202e", max_size=6)
)
def test_our_check_agrees_with_typst(name):
    """Typst refuses PDF/A with a box in it, so a text that passes our check and fails there would show here."""
    template = ROOT / "documents/templates/table.typ"
    data = {"columns": [], "groups": [], "notes": [name], "landscape": False}
    try:
        assert render(template, data, title="題", created=NOW, lang="ja").startswith(b"%PDF")
    except MissingGlyphs as error:
        assert all(m.character in name and m.path == "notes[0]" for m in error.missing)


def test_attachments_and_standards(page):
    fact = b'{"kind":"CertificateIssued"}'
    data = made(
        page,
        attachments=[
            Attachment("fact.json", fact, "application/json", T("元の記録", "The fact"), "source"),
            Attachment("sig.bin", bytes(range(256))),
        ],
    )
    read = reader(data)
    assert read.attachments == {"fact.json": [fact], "sig.bin": [bytes(range(256))]}
    files = [entry.get_object() for entry in read.trailer["/Root"]["/AF"]]
    assert {f["/UF"]: f["/AFRelationship"] for f in files} == {"fact.json": "/Source", "sig.bin": "/Data"}
    xmp = read.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>3<" in xmp and "<pdfaid:conformance>A<" in xmp and "<pdfuaid:part>1<" in xmp
    assert read.trailer["/Root"]["/Lang"] == "ja-JP" and read.trailer["/Root"]["/MarkInfo"]["/Marked"]


@pytest.mark.parametrize("name", ["", "a/b", "..\\a", "a\n"])
def test_an_attachment_s_name_has_no_folder(page, name):
    with pytest.raises(ValueError, match="attachment"):
        made(page, attachments=[Attachment(name, b"")])


def test_fonts_are_embedded_and_only_ours(page):
    fonts = set()
    for font in reader(made(page)).pages[0]["/Resources"]["/Font"].values():
        inner = font["/DescendantFonts"][0]
        assert "/FontFile2" in inner["/FontDescriptor"] or "/FontFile3" in inner["/FontDescriptor"]
        fonts.add(inner["/BaseFont"].partition("+")[2])
    assert fonts == {"IPAexGothic", "IPAmjMincho"}


def test_packages_are_refused_also_where_an_import_asks(tmp_path):
    inner = tmp_path / "inner.typ"
    inner.write_text('#import "@preview/cetz:0.3.0": canvas', encoding="utf-8")
    outer = tmp_path / "outer.typ"
    outer.write_text('#import "inner.typ": canvas', encoding="utf-8")
    for path in (inner, outer):
        with pytest.raises(TemplateError, match="@preview/cetz"):
            render(path, {}, title="題", created=NOW)


def test_a_template_s_own_text_is_checked(tmp_path):
    path = tmp_path / "own.typ"
    path.write_text("// 注\n😀", encoding="utf-8")
    with pytest.raises(MissingGlyphs, match=r"own\.typ:2.*U\+1F600"):
        render(path, {}, title="題", created=NOW)
    path.write_text(PAGE, encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert made(path), "a corrected template is read again"


def test_a_broken_template_is_named_with_line(tmp_path):
    path = tmp_path / "broken.typ"
    path.write_text(
        '#import "/documents/templates/house.typ": house, data\n#show: house\n#data.nothing', encoding="utf-8"
    )
    with pytest.raises(TemplateError, match=r"broken\.typ.*nothing") as caught:
        render(path, {}, title="題", created=NOW)
    assert ":3:" in caught.value.diagnostic


def test_a_font_outside_the_house_is_refused(tmp_path):
    path = tmp_path / "font.typ"
    path.write_text(
        '#import "/documents/templates/house.typ": house\n#show: house\n#text(font: "BIZ UDPGothic")[字]',
        encoding="utf-8",
    )
    with pytest.raises(TemplateError, match=r"(?i)biz udpgothic"):
        render(path, {}, title="題", created=NOW)


def test_no_such_template():
    with pytest.raises(FileNotFoundError, match=r"none\.typ"):
        render("documents/templates/none.typ", {}, title="題", created=NOW)


class Colour(Enum):
    RED = "赤"


def test_values_reach_the_template_as_text_numbers_and_dates(tmp_path):
    path = tmp_path / "values.typ"
    path.write_text(
        '#import "/documents/templates/house.typ": house, data\n#show: house\n'
        "#for key in data.keys() [ [#key=#repr(data.at(key))] ]",
        encoding="utf-8",
    )
    data = {
        "a": dt.date(2019, 5, 1),
        "b": Colour.RED,
        "c": Decimal("1.5"),
        "d": UUID(int=7),
        "e": T("震度", "Intensity"),
        "f": (1, None, True),
        "g": dt.datetime(2026, 1, 1, 0, 5, tzinfo=dt.UTC),
    }
    text = texts(render(path, data, title="題", created=NOW, lang="ja"))[0].replace("\n", "").replace("\u200b", "")
    for part in (
        "令和元年5月1日",
        '[b="赤"]',
        "[c=1.5]",
        f'"{UUID(int=7)}"',
        '[e="震度"]',
        "(1, none, true)",
        "9時05分",
    ):
        assert part.replace(" ", "") in text.replace(" ", "")


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (object(), TypeError, r"a\[0\]\.b: .*object"),
        ({1, 2}, TypeError, r"a\[0\]\.b: .*set"),
        (float("nan"), ValueError, r"a\[0\]\.b: nan"),
        (dt.datetime(2026, 1, 1), ValueError, r"a\[0\]\.b: 2026-01-01T00:00:00 has no time zone"),  # noqa: DTZ001
    ],
)
def test_a_value_that_cannot_be_printed_is_named(page, value, error, words):
    with pytest.raises(error, match=words):
        render(page, {"a": [{"b": value}]}, title="題", created=NOW)


def test_created_needs_its_time_zone(page):
    with pytest.raises(ValueError, match="time zone"):
        made(page, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001


MEMORY = """
import datetime as dt, sys
from pathlib import Path
from tomoshibi.documents import render
now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
def rss(): return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
def some(start, n):
    for i in range(start, start + n):
        render(sys.argv[1], {"name": f"山田{i}" * 20, "pages": 1}, title="題", created=now)
some(0, 60)
before = rss()
some(60, 240)
print(rss() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_many_documents_do_not_fill_the_memory(page):
    grown = subprocess.run(
        [sys.executable, "-c", MEMORY, str(page)], cwd=ROOT.parent, check=True, capture_output=True, text=True
    ).stdout
    assert float(grown) < 25, "MB over 240 documents; a compiler made anew for each grows by 70 and more"


def test_every_template_of_the_house_can_be_printed_and_stays_offline():
    from tomoshibi.documents.fonts import fonts
    from tomoshibi.documents.pdf import _template_missing

    templates = list(ROOT.rglob("*.typ"))
    assert len(templates) >= 2
    for path in templates:
        assert _template_missing(path, fonts()) == ()
