"""Every type of field as a control and back, in the words of people."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import pytest
from django.http import QueryDict
from django.template import Context, Template

from tests.toys.facts import Box, BoxDescribed, ItemPut
from tomoshibi.journal import nodes
from tomoshibi.journal.access import system
from tomoshibi.journal.facts import Fact, field
from tomoshibi.journal.forms import FactForm, is_change
from tomoshibi.journal.projecting import state_of
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T, speak

pytestmark = pytest.mark.django_db


class Size(enum.StrEnum):
    SMALL = "s"
    LARGE = "l"

    @property
    def label(self) -> T:
        return {"s": T("小", "small"), "l": T("大", "large")}[self.value]


class Everything(Fact):
    kind = "toys.everything"
    subject = Box
    label = T("すべて", "Everything")

    text: str = field(T("文字", "Text"), min_length=2, max_length=5)
    number: int = field(T("数", "Number"), ge=1, le=10)
    weight: Decimal | None = field(T("重さ", "Weight"), None, unit=T("kg", "kg"))
    ratio: float = field(T("割合", "Ratio"), 0.5)
    wet: bool = field(T("濡れ", "Wet"))
    sure: bool | None = field(T("確か", "Sure"), None)
    day: date | None = field(T("日", "Day"), None)
    at: datetime | None = field(T("時", "At"), None)
    size: Size = field(T("大きさ", "Size"))
    grade: Literal[1, 2, 3] | None = field(T("等級", "Grade"), None)
    sizes: list[Size] = field(T("大きさの一覧", "Sizes"), [])
    lines: list[str] = field(T("行", "Lines"), [])
    box: str | None = field(T("箱", "Box"), None, extra={"widget": "toys.box"})
    note: str = field(T("備考", "Note"), "", help=T("長くてもよい", "May be long"), extra={"widget": "textarea"})


GOOD = {"text": "文字列", "number": "１０", "wet": "no", "size": "l"}


def sent(fields: dict[str, str | list[str]], kind=Everything, **more) -> FactForm:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return FactForm(kind, Box.ref("x"), data=data, **more)


def test_every_type_comes_back_as_what_it_is():
    form = sent(
        GOOD
        | {
            "weight": "１．５", "ratio": "0.25", "sure": "yes", "day": "2026-11-22", "at": "2026-11-22T16:05",
            "grade": "2", "sizes": ["s", "l"], "lines": "一\r\n\r\n二", "box": "toys.box:x", "note": "長い\r\n文",
        }
    )  # fmt: skip
    fact = form.fact()
    assert fact is not None, [(b.name, b.error) for b in form.errors]
    assert fact.model_dump() == {
        "text": "文字列", "number": 10, "weight": Decimal("1.5"), "ratio": 0.25, "wet": False, "sure": True,
        "day": date(2026, 11, 22), "at": datetime.fromisoformat("2026-11-22T16:05+09:00"), "size": Size.LARGE,
        "grade": 2, "sizes": [Size.SMALL, Size.LARGE], "lines": ["一", "二"], "box": "toys.box:x", "note": "長い\n文",
    }  # fmt: skip


def test_what_is_left_blank_is_not_said():
    fact = sent(GOOD | {"weight": "", "ratio": "", "sure": "", "note": ""}).fact()
    assert fact is not None
    assert {"weight", "sure", "day", "box"}.isdisjoint(fact.model_fields_set)


@pytest.mark.parametrize(
    ("wrong", "ja", "en"),
    [
        ({"text": "あ"}, "2文字以上で入力してください。", "Give at least 2 characters."),
        ({"text": "あいうえおか"}, "5文字以内で入力してください。", "Give at most 5 characters."),
        ({"text": ""}, "2文字以上で入力してください。", "Give at least 2 characters."),
        ({"number": "十"}, "整数で入力してください。", "Give a whole number."),
        ({"number": ""}, "入力してください。", "This is needed."),
        ({"number": "11"}, "10以下の値を入力してください。", "Give 10 or less."),
        ({"wet": ""}, "入力してください。", "This is needed."),
        ({"size": "xl"}, "一覧から選んでください。", "Choose one of the list."),
        ({"size": ""}, "入力してください。", "This is needed."),
        ({"grade": "4"}, "一覧から選んでください。", "Choose one of the list."),
        ({"day": "昨日"}, "日付で入力してください（例 2026-11-22）。", "Give a date, such as 2026-11-22."),
        ({"weight": "重い"}, "数字で入力してください。", "Give a number."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_in_both_languages(wrong, ja, en):
    form = sent(GOOD | wrong)
    assert form.fact() is None
    assert [(b.name, b.error) for b in form.errors] == [(next(iter(wrong)), T(ja, en))]


def test_a_moment_is_japans_clock_and_nonsense_is_named():
    form = sent(GOOD | {"happened_at": "2026-11-22T16:05"})
    assert form.fact() is not None
    assert form.happened_at == datetime.fromisoformat("2026-11-22T16:05+09:00")
    form = sent(GOOD | {"happened_at": "さっき"})
    assert form.fact() is None and form.happened_error


def test_a_change_shows_the_present_and_says_only_the_difference():
    nodes.found("desk")
    box = Box.ref("x")
    first = record(Draft(BoxDescribed(name="箱", colour="赤"), box), system("t"))[0]
    shown = FactForm(BoxDescribed, box, state=state_of(box), heads=[first.id])
    assert is_change(BoxDescribed) and not is_change(ItemPut)
    assert {b.name: b.value for b in shown.boxes} == {"name": "箱", "colour": "赤"}
    assert (shown.after, {b.was for b in shown.boxes}) == ([first.id], {"箱", "赤"})
    back = {"was-name": "箱", "was-colour": "赤", "name": "箱", "colour": "青", "after": first.id}
    form = sent(back, BoxDescribed)
    assert form.fact().payload() == '{"colour":"青"}' and form.after == [first.id]
    form = sent(back | {"colour": "赤"}, BoxDescribed)
    assert form.fact() is None and form.unchanged and form.error
    form = sent(back | {"colour": ""}, BoxDescribed)  # taken away on purpose
    assert form.fact().payload() == '{"colour":""}'


def test_the_form_as_html_offers_subjects_and_both_languages():
    nodes.found("desk")
    record(Draft(BoxDescribed(name="選べる箱"), Box.ref("y")), system("t"))
    template = Template('{% include "journal/fact_form.html" %}')
    form = FactForm(Everything, Box.ref("x"), initial={"text": "案"})
    with speak("ja"):
        page = template.render(Context({"form": form, "action": "/record/"}))
    assert '<option value="toys.box:y">選べる箱</option>' in page
    assert 'value="案"' in page and "大きさ" in page and ">小<" in page and "長くてもよい" in page and "kg" in page
    with speak("en"):
        page = template.render(Context({"form": FactForm(Everything, Box.ref("x")), "action": "/record/"}))
    assert "Size" in page and "small" in page and "大きさ" not in page


def test_words_of_the_house_in_templates():
    def told(text: str, lang: str = "ja", **context) -> str:
        with speak(lang):
            return Template(text).render(Context(context))

    assert told('{% t "<b>{n}</b> 件" "{n} items" n=n %}', n="<3>") == "<b>&lt;3&gt;</b> 件"
    assert told('{% t "括弧 {x}" "x" %}') == "括弧 {x}"
    assert told('{% t "あ" "a" as word %}[{{ word }}]', "en") == "[a]"
    at = datetime.fromisoformat("2011-03-11T05:46:18+00:00")
    assert told("{% moment at %}", at=at) == '<time datetime="2011-03-11T14:46:18+09:00">2011-03-11(金) 14:46:18</time>'
    assert ">03-11 Fri 14:46<" in told('{% moment at "short" %}', "en", at=at)
    assert ">平成23年3月11日(金)<" in told('{% moment at "era" %}', at="2011-03-11T05:46:18.000000Z")
    assert told("{% moment at %}", at="不明") == "不明" and told("{% moment at %}", at=None) == ""
    assert told("{{ d|wareki }}", d=date(2026, 11, 22)) == "令和8年11月22日(日)"
