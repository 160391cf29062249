"""Pictures that people hand in, made fit to keep: turned upright, small enough, and without what a camera adds.

A photograph from a phone says where and when it was taken, and with what; none of it is kept, because the whole picture
is drawn anew. What a picture shows is kept as it is.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from tomoshibi.documents.errors import DocumentError
from tomoshibi.vocabulary import T

#: the largest file that is taken, in bytes: a phone's best photograph has about 12 MB
TAKEN = 25 << 20
#: the most pixels that are opened: a small file may unfold into gigabytes
PIXELS = 80_000_000
#: the longer side of what is kept, in pixels: 250 mm of paper at 160 dots an inch
LONGEST = 1600
#: a drawing is kept without loss up to so many bytes
LOSSLESS = 600_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
#: how an HEIF file says what it is, from its fifth byte on: iPhones write HEIC where nobody tells them otherwise
_HEIF = (b"ftypheic", b"ftypheix", b"ftypheim", b"ftypheis", b"ftyphevc", b"ftypmif1", b"ftypmsf1")


class PictureError(DocumentError):
    """A file that is no picture, or not one that can be taken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: ``data`` as ``mime`` (JPEG or PNG), ``width`` and ``height`` in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def is_heif(data: bytes) -> bool:
    """Whether ``data`` begins as an HEIF file (HEIC)."""
    return data[4:12] in _HEIF


def open_picture(data: bytes) -> Image.Image:
    """``data`` as a Pillow image that is not decoded yet, of :data:`FORMATS` or HEIF; nothing else is tried.

    Raises what :func:`PIL.Image.open` raises. What decodes HEIF holds itself to the size that the file tells, and says
    RuntimeError of one that lies.
    """
    if is_heif(data):
        from pi_heif import register_heif_opener

        # the picture itself: neither what else a camera put into the file, nor a thumbnail in its place
        register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
        return Image.open(io.BytesIO(data), formats=("HEIF",))
    return Image.open(io.BytesIO(data), formats=FORMATS)


def clean(data: bytes, longest: int = LONGEST) -> Picture:
    """``data`` (of :data:`FORMATS`, or HEIC) upright, its longer side at most ``longest``, without metadata.

    A PNG or GIF stays without loss where it is small enough; everything else becomes JPEG. Raises
    :class:`PictureError` for what is no picture, too large, or damaged.
    """
    if len(data) > TAKEN:
        raise PictureError(
            T(
                f"画像が大きすぎます（{len(data) / 1e6:.0f} MB）。{TAKEN >> 20} MB 以下にしてください。",
                f"The picture is too large ({len(data) / 1e6:.0f} MB). At most {TAKEN >> 20} MB are taken.",
            )
        )
    try:
        with open_picture(data) as opened:
            if opened.width * opened.height > PIXELS:
                raise PictureError(
                    T(
                        f"画像の画素が多すぎます（{opened.width}×{opened.height}）。小さくして選び直してください。",
                        f"The picture has too many pixels ({opened.width}×{opened.height}). Make it smaller.",
                    )
                )
            drawn = opened.format in ("PNG", "GIF")
            upright = _flat(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, Image.DecompressionBombError) as no:
        raise PictureError(
            T(
                "画像として読めません。JPEG、HEIC、PNG のどれかを選んでください。",
                "This is no picture that can be read. Choose JPEG, HEIC or PNG.",
            )
        ) from no
    except (OSError, ValueError, SyntaxError, RuntimeError) as no:  # how Pillow tells of a file that ends early or lies
        raise PictureError(
            T("画像が壊れています。もう一度選んでください。", "The picture is damaged. Choose it again.")
        ) from no
    upright.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    if drawn:
        kept = _written(upright, "PNG", optimize=True)
        if len(kept) <= LOSSLESS:
            return Picture(kept, "image/png", *upright.size)
    return Picture(_written(upright, "JPEG", quality=82, optimize=True), "image/jpeg", *upright.size)


def _flat(image: Image.Image) -> Image.Image:
    """The pixels alone, in RGB on white: no profile, comment or position goes along."""
    seen = image.convert("RGBA")
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen.getchannel("A"))
    return flat


def _written(image: Image.Image, format: str, **options: int | bool) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()
