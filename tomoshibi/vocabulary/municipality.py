"""Municipality codes 全国地方公共団体コード: prefecture, municipality and check digit; and the codes JMA makes of them.

A code is five digits (two of the prefecture, three of the municipality) and a check digit: weights 6, 5, 4, 3, 2,
``(11 - sum mod 11) mod 10``. JMA's disaster XML puts two more digits after the five: ``2230200`` is 河津町 (22302), and
``1410011`` is a part (横浜市北部) of 横浜市 (14100).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tomoshibi.vocabulary.errors import VocabularyError
from tomoshibi.vocabulary.text import T

#: name of each prefecture by its two-digit code
PREFECTURES: dict[str, str] = {
    "01": "北海道",
    "02": "青森県",
    "03": "岩手県",
    "04": "宮城県",
    "05": "秋田県",
    "06": "山形県",
    "07": "福島県",
    "08": "茨城県",
    "09": "栃木県",
    "10": "群馬県",
    "11": "埼玉県",
    "12": "千葉県",
    "13": "東京都",
    "14": "神奈川県",
    "15": "新潟県",
    "16": "富山県",
    "17": "石川県",
    "18": "福井県",
    "19": "山梨県",
    "20": "長野県",
    "21": "岐阜県",
    "22": "静岡県",
    "23": "愛知県",
    "24": "三重県",
    "25": "滋賀県",
    "26": "京都府",
    "27": "大阪府",
    "28": "兵庫県",
    "29": "奈良県",
    "30": "和歌山県",
    "31": "鳥取県",
    "32": "島根県",
    "33": "岡山県",
    "34": "広島県",
    "35": "山口県",
    "36": "徳島県",
    "37": "香川県",
    "38": "愛媛県",
    "39": "高知県",
    "40": "福岡県",
    "41": "佐賀県",
    "42": "長崎県",
    "43": "熊本県",
    "44": "大分県",
    "45": "宮崎県",
    "46": "鹿児島県",
    "47": "沖縄県",
}


def check_digit(code: str) -> str:
    """Check digit of a five-digit code: ``check_digit("22302")`` is ``"7"``.

    Raises :class:`VocabularyError` where ``code`` is not five digits.
    """
    if not re.fullmatch(r"[0-9]{5}", code):
        raise VocabularyError(
            T(
                "市区町村コード「{code}」は5桁の数字ではありません。", "{code!r} is not a five-digit municipality code."
            ).format(code=code)
        )
    return str((11 - sum(int(d) * w for d, w in zip(code, (6, 5, 4, 3, 2), strict=True)) % 11) % 10)


@dataclass(frozen=True, slots=True, order=True)
class MunicipalityCode:
    """One municipality's (or, with 000, a prefecture's) code: five digits; the check digit follows from them.

    ``part`` is JMA's two digits after them, ``"00"`` for the whole municipality.
    """

    five: str
    part: str = "00"

    @property
    def six(self) -> str:
        """With the check digit, as official tables write it."""
        return self.five + check_digit(self.five)

    @property
    def jma(self) -> str:
        """JMA's seven digits."""
        return self.five + self.part

    @property
    def prefecture(self) -> str:
        """Two-digit code of the prefecture."""
        return self.five[:2]

    @property
    def whole(self) -> MunicipalityCode:
        """The municipality that this is all or a part of."""
        return MunicipalityCode(self.five)

    def __str__(self) -> str:
        return self.six

    @classmethod
    def parse(cls, text: str) -> MunicipalityCode:
        """Code from five digits, six (check digit verified) or JMA's seven; full-width digits are read too.

        Raises :class:`VocabularyError` for another length, a prefecture that is none, or a wrong check digit.
        """
        code = unicodedata.normalize("NFKC", text).strip()
        if not re.fullmatch(r"[0-9]{5,7}", code):
            raise VocabularyError(
                T(
                    "市区町村コード「{text}」が読めません。5桁、検査数字つきの6桁、気象庁の7桁のどれかで書いてください。",
                    "Municipality code {text!r} cannot be read. Write 5 digits, 6 with the check digit, or JMA's 7.",
                ).format(text=text)
            )
        five = code[:5]
        if five[:2] not in PREFECTURES:
            raise VocabularyError(
                T(
                    "市区町村コード「{text}」の都道府県番号 {prefecture} はありません。01〜47で始めてください。",
                    "Municipality code {text!r} begins with {prefecture}, which is no prefecture. Begin with 01 to 47.",
                ).format(text=text, prefecture=five[:2])
            )
        if len(code) == 6 and code[5] != check_digit(five):
            raise VocabularyError(
                T(
                    "市区町村コード「{text}」の検査数字が違います。{five} なら {right} です。確かめてください。",
                    "Municipality code {text!r} has a wrong check digit: {five} takes {right}. Check the copy.",
                ).format(text=text, five=five, right=check_digit(five))
            )
        return cls(five, code[5:] if len(code) == 7 else "00")
