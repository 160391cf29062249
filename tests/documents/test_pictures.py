"""Pictures made fit to keep: upright, small, and without where they were taken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tomoshibi.documents import PictureError, clean, open_picture, pictures, render

ORIENTATION, GPS = 0x0112, 0x8825
#: the same photograph as :func:`photograph`'s, as a phone keeps it
HEIC = (Path(__file__).parent / "turned.heic").read_bytes()


def photograph(size: tuple[int, int] = (400, 200), format: str = "JPEG") -> bytes:
    """A photograph with a red left half, taken with the phone turned, at a known place."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn by 90 degrees clockwise to see it upright
    exif[0x9286] = "at the back door"
    exif.get_ifd(GPS).update({1: "N", 2: (37.0, 3.0, 0.0), 3: "E", 4: (140.0, 53.0, 0.0)})
    out = io.BytesIO()
    image.save(out, format, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_turned_and_says_nothing_of_where_it_was_taken(format: str) -> None:
    sent = photograph(format=format)
    with Image.open(io.BytesIO(sent)) as image:
        assert image.getexif().get_ifd(GPS)[2] == (37.0, 3.0, 0.0)
    kept = clean(sent)
    assert (kept.width, kept.height) == (200, 400)
    with Image.open(io.BytesIO(kept.data)) as image:
        assert not dict(image.getexif()) and not image.info.get("exif")
        red, _, blue = image.convert("RGB").getpixel((100, 20))  # type: ignore[misc]
        assert red > 200 and blue < 60
    assert b"back door" not in kept.data and clean(kept.data).width == 200


def test_a_heic_of_a_phone_becomes_a_jpeg_that_says_nothing_of_where_it_was_taken() -> None:
    with open_picture(HEIC) as image:
        assert image.getexif().get_ifd(GPS)[2] == (37.0, 3.0, 0.0)
    kept = clean(HEIC)
    assert (kept.width, kept.height, kept.mime) == (200, 400, "image/jpeg")
    with Image.open(io.BytesIO(kept.data)) as image:
        assert image.format == "JPEG" and not dict(image.getexif()) and not image.info.get("exif")
        red, _, blue = image.convert("RGB").getpixel((100, 20))  # type: ignore[misc]
        assert red > 200 and blue < 60
    assert b"back door" not in kept.data


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [(9000, 9000, "9000"), (20000, 20000, "読めません"), (40, 20, "壊れて"), (0, 0, "読めません")],
)
def test_a_heic_that_unfolds_into_gigabytes_or_lies_about_its_size_is_refused(
    width: int, height: int, said: str
) -> None:
    lying, at = bytearray(HEIC), HEIC.index(b"ispe")
    lying[at + 8 : at + 16] = width.to_bytes(4) + height.to_bytes(4)
    with pytest.raises(PictureError, match=said):
        clean(bytes(lying))


@pytest.mark.parametrize("cut", [12, 40, 300, len(HEIC) - 60])
def test_a_heic_that_ends_early_is_refused_in_words(cut: int) -> None:
    with pytest.raises(PictureError) as no:
        clean(HEIC[:cut])
    assert no.value.text.ja and no.value.text.en


def test_it_is_small_enough_and_a_drawing_stays_without_loss() -> None:
    kept = clean(photograph((5000, 2500)))
    assert (kept.width, kept.height) == (800, 1600) and kept.mime == "image/jpeg"
    line = clean(photograph(format="PNG"))
    assert line.mime == "image/png"
    see_through = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(see_through, "PNG")
    with Image.open(io.BytesIO(clean(see_through.getvalue()).data)) as image:
        assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("cut", [0, 1, 40, 300])
def test_what_is_no_picture_is_refused_in_words(cut: int) -> None:
    for bad in (photograph()[:cut], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"):
        with pytest.raises(PictureError) as no:
            clean(bad)
        assert no.value.text.ja and no.value.text.en


def test_too_large_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PIXELS", 1000)
    with pytest.raises(PictureError, match="400×200"):
        clean(photograph())
    monkeypatch.setattr(pictures, "TAKEN", 10)
    with pytest.raises(PictureError, match="MB"):
        clean(photograph())


def test_a_picture_is_drawn_into_a_document(tmp_path) -> None:
    template = tmp_path / "picture.typ"
    template.write_text(
        '#import "/documents/templates/house.typ": house, data, t, name\n#show: house\n'
        "#image(bytes(data.picture), width: 50mm, alt: data.alt)\n"
    )
    with_it = render(template, {"picture": clean(photograph()).data, "alt": "a"}, title="x")
    assert with_it.startswith(b"%PDF-") and b"/Image" in with_it
