"""The texts of an order, drafted from its fields in our own words, to be edited by whoever proposes it.

A text is drafted for the ear or the eye that it is made for: an area mail 緊急速報メール has 15 characters of title and
200 of body, a loudspeaker 防災行政無線 wants short sentences said twice, plain Japanese やさしい日本語 short words with
their readings. What the proposer wrote is what goes out; what was left out is drafted here, the same from the same
fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tomoshibi.places.queries import who_are_we
from tomoshibi.publishing.models import ProposalRow
from tomoshibi.publishing.words import Act, action, day_of
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.levels import LEVELS_START

#: full-width characters that an area mail takes
TITLE_LIMIT, BODY_LIMIT = 15, 200


@dataclass(frozen=True)
class Wording:
    """One text: its key, what it is called, how it is drafted, and how many characters it may have (0: any)."""

    key: str
    label: T
    draft: Callable[[ProposalRow, str], str]
    limit: int = 0
    #: language of the text, for screen readers and CAP
    lang: str = "ja"


_wordings: dict[str, Wording] = {}


def register(wording: Wording) -> Wording:
    """Make a wording known. Raises :class:`ValueError` where another has its key."""
    if _wordings.setdefault(wording.key, wording) is not wording:
        raise ValueError(f"two wordings are called {wording.key}")
    return wording


def wordings() -> dict[str, Wording]:
    """Every wording, by key."""
    return dict(_wordings)


def text_of(said: ProposalRow, key: str) -> str:
    """The text of a proposal in a wording: as it was written, else drafted. Raises :class:`KeyError`."""
    return said.wordings.get(key) or draft(said, key)


def draft(said: ProposalRow, key: str) -> str:
    """The text of a proposal in a wording as its fields give it. Raises :class:`KeyError`."""
    us = who_are_we()
    return _wordings[key].draft(said, us.name if us else "")


def drafts(said: ProposalRow) -> dict[str, str]:
    """Every text as the fields give it."""
    return {key: draft(said, key) for key in _wordings}


def too_long(texts: dict[str, str]) -> list[T]:
    """What is longer than its wording may be."""
    return [
        T(
            f"「{found.label.ja}」は{found.limit}文字までです（今は{len(text)}文字）。",
            f"“{found.label.en}” may have {found.limit} characters; it has {len(text)}.",
        )
        for key, text in texts.items()
        if (found := _wordings.get(key)) and found.limit and len(text) > found.limit
    ]


def _levels(said: ProposalRow) -> bool:
    """Whether the five levels were in use."""
    return day_of(said.at) >= LEVELS_START


_ASKED = {
    3: "高齢者や避難に時間のかかる方は、危険な場所から避難してください。",
    4: "危険な場所から全員避難してください。",
    5: "命の危険が迫っています。直ちに身の安全を確保してください。",
}


def _ja(said: ProposalRow, town: str) -> str:
    head = said.heading.ja
    if said.act_word is Act.LIFT:
        lines = [f"{town}は、{said.where}に発令していた「{head}」を解除しました。", said.reason, said.advice]
    else:
        because = f"{said.danger_word.label.ja}のおそれがあるため、"
        lines = [
            f"{town}は、{because}{said.where}の避難情報を「{head}」に変更しました。"
            if said.act_word is Act.CHANGE
            else f"{town}は、{because}{said.where}に「{head}」を発令しました。",
            said.reason,
            _ASKED[said.level] if _levels(said) else "",
            said.advice,
        ]
    return "\n".join(filter(None, (line.strip() for line in lines)))


def _en(said: ProposalRow, town: str) -> str:
    where, head = said.where, said.heading.en
    if said.act_word is Act.LIFT:
        lines = [f"{head} is lifted for {where}."]
    else:
        lines = [
            f"{head} is in force for {where}, because of the danger of {said.danger_word.label.en}.",
            *([f"{action(said.level).en}."] if _levels(said) else []),
            "Check where to go on this page, and help those near you.",
        ]
    return "\n".join(lines)


_EASY = {
    3: "お年寄（としよ）り、体（からだ）の 不自由（ふじゆう）な 人（ひと）、"
    "小（ちい）さい 子（こ）どもが いる 人（ひと）は、いま 逃（に）げて ください。",
    4: "全員（ぜんいん）、いま 安全（あんぜん）な ところへ 逃（に）げて ください。",
    5: "命（いのち）が とても あぶないです。"
    "すぐに、近（ちか）くの いちばん 安全（あんぜん）な ところへ 行（い）って ください。",
}
_EASY_LIFTED = "もう 逃（に）げなくて だいじょうぶです。家（いえ）に 帰（かえ）るときは 気（き）を つけて ください。"


def _easy(said: ProposalRow, town: str) -> str:
    if said.act_word is Act.LIFT:
        return f"{said.where}：{_EASY_LIFTED}"
    return (
        f"{said.where}に いる 人（ひと）へ\n{said.danger_word.easy} かもしれません。\n"
        f"{_EASY[said.level]}\nわからないときは、近（ちか）くの 人（ひと）に 聞（き）いて ください。"
    )


def _short_title(said: ProposalRow, town: str) -> str:
    if said.act_word is Act.LIFT:
        return f"{said.term_word.ja}の解除"[:TITLE_LIMIT]
    return (f"レベル{said.level} {said.term_word.ja}" if _levels(said) else said.term_word.ja)[:TITLE_LIMIT]


def _short(said: ProposalRow, town: str) -> str:
    """As much as fits, the most needed first: what and where, what to do, why, where to go."""
    if said.act_word is Act.LIFT:
        parts = [f"{said.where}の{said.term_word.ja}を解除しました。", said.advice]
    else:
        what = f"{said.danger_word.label.ja}のため、{said.where}に{said.heading.ja}を発令。"
        parts = [what, _ASKED[said.level] if _levels(said) else "", said.advice, said.reason]
    sender = f"（{town}）"
    text = ""
    for part in (p.replace("\n", " ").strip() for p in parts):
        if part and len(text) + len(part) + len(sender) <= BODY_LIMIT:
            text += part
    return text + sender if text else f"{parts[0][: BODY_LIMIT - len(sender)]}{sender}"


_SPOKEN = {
    3: "お年寄りなど、避難に時間がかかる方は、いま、避難してください。",
    4: "全員、いま、安全な場所へ避難してください。",
    5: "命が危険です。すぐに、いちばん安全な場所へ移ってください。",
}


def _spoken(said: ProposalRow, town: str) -> str:
    """Short sentences, one a line, and the whole of it twice, as it is read over a loudspeaker."""
    head = f"レベル{said.level}、{said.term_word.ja}" if _levels(said) else said.term_word.ja
    opening = f"こちらは、防災{town}です。"
    if said.act_word is Act.LIFT:
        body = [f"{said.where}の、{said.term_word.ja}を、解除しました。"]
    else:
        body = [f"{said.danger_word.label.ja}のおそれがあります。", f"{said.where}に、{head}を、出しました。"]
        body.append(_SPOKEN[said.level])
    said_once = "\n".join(body)
    return f"{opening}\n{said_once}\nくり返します。\n{said_once}\n{opening}"


register(Wording("ja", T("日本語", "Japanese"), _ja))
register(Wording("en", T("英語", "English"), _en, lang="en"))
register(Wording("easy", T("やさしい日本語", "Plain Japanese"), _easy))
register(Wording("short_title", T("緊急速報メールの題", "Title of the area mail"), _short_title, TITLE_LIMIT))
register(Wording("short", T("緊急速報メールの本文", "Text of the area mail"), _short, BODY_LIMIT))
register(Wording("spoken", T("防災行政無線の読み上げ", "To be read over loudspeakers"), _spoken))
