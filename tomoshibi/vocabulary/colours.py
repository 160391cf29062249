"""JMA's colours, and a text colour that can be read on each.

Source: 気象庁ホームページにおける気象情報の配色に関する設定指針 (2012, warning levels as revised in 2021). A colour
never stands alone on our screens: the word is always written on it, in :func:`text_on`'s colour.
"""

from __future__ import annotations

BLACK = "#000000"
WHITE = "#FFFFFF"

#: the five levels of warnings and evacuation information; 1 is white, 5 is nearly black
LEVELS: dict[int, str] = {1: "#FFFFFF", 2: "#F2E700", 3: "#FF2800", 4: "#AA00AA", 5: "#0C000C"}

#: tsunami: by the code of 警報等情報要素／津波警報・注意報・予報. A forecast of slight change has our own pale blue.
TSUNAMI: dict[str, str] = {
    "52": "#C800FF",
    "53": "#C800FF",
    "51": "#FF2800",
    "62": "#FAF500",
    "71": "#99E6FF",
    "72": "#99E6FF",
    "73": "#99E6FF",
}


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), of ``#RRGGBB`` by WCAG 2.2."""

    def channel(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (channel(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours by WCAG 2.2: 1 (equal) to 21 (black on white)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def text_on(colour: str) -> str:
    """Black or white, whichever reads better on ``colour``: never below 4.58:1, so always above WCAG AA's 4.5:1."""
    return max((BLACK, WHITE), key=lambda text: contrast(text, colour))
