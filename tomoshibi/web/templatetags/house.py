"""The house's template tags; every template has them without ``{% load %}``.

``{% t "日本語" "English" %}``, ``{% moment at %}``, ``{{ value|words }}``, ``{% live_url %}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, Parser, Token
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from tomoshibi.journal import facts, worlds
from tomoshibi.journal.models import EntryRow
from tomoshibi.journal.pages import may_read
from tomoshibi.journal.queries import REFERENCE
from tomoshibi.journal.views import form_for, record_address
from tomoshibi.vocabulary import T, language, to_wareki
from tomoshibi.vocabulary.clock import JAPAN
from tomoshibi.vocabulary.text import Count
from tomoshibi.vocabulary.wareki import WEEKDAYS
from tomoshibi.web.middleware import TRAINING_PREFIX

register = template.Library()

WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class TNode(Node):
    """``{% t "日本語" "English" name=value %}``: the text of the page's language, ``{name}`` filled.

    ``{n:entry|entries}`` counts: 1 entry, 2 entries.
    """

    def __init__(self, ja: FilterExpression, en: FilterExpression, values: dict[str, FilterExpression], into: str):
        self.ja, self.en, self.values, self.into = ja, en, values, into

    def render(self, context: template.Context) -> SafeString:
        text = (self.en if language() == "en" else self.ja).resolve(context)
        said = SafeString(conditional_escape(text))
        if self.values:
            values = {k: v.resolve(context) for k, v in self.values.items()}
            filled = {k: Count(v) if type(v) is int else conditional_escape(v) for k, v in values.items()}
            said = SafeString(str(text).format(**filled))
        if self.into:
            context[self.into] = said
            return SafeString("")
        return said


@register.tag
def t(parser: Parser, token: Token) -> TNode:
    """Text in both languages, side by side where it is used; ``as name`` keeps it for later."""
    _, *bits = token.split_contents()
    into = ""
    if len(bits) > 2 and bits[-2] == "as":
        into, bits = bits[-1], bits[:-2]
    if len(bits) < 2:
        raise template.TemplateSyntaxError('{% t %} takes two texts: {% t "日本語" "English" %}')
    values = {}
    for bit in bits[2:]:
        name, equals, value = bit.partition("=")
        if not equals:
            raise template.TemplateSyntaxError(f"{{% t %}} takes values as name=value, not {bit}")
        values[name] = parser.compile_filter(value)
    return TNode(parser.compile_filter(bits[0]), parser.compile_filter(bits[1]), values, into)


def _time(at: Any) -> datetime | None:
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return None
    return at.astimezone(JAPAN) if isinstance(at, datetime) else None


def weekday(day: date) -> str:
    """日, or Sun."""
    return WEEKDAYS_EN[day.weekday()] if language() == "en" else WEEKDAYS[day.weekday()]


@register.simple_tag
def moment(at: Any, style: str = "long") -> SafeString | str:
    """A time in Japan, 24 hours, with weekday. ``style``: long, short (no year), time, era (the date in an era).

    Takes a datetime with zone or the journal's text; anything else is shown as it is.
    """
    local = _time(at)
    if local is None:
        return "" if at is None else str(at)
    day = f"({weekday(local)})" if language() != "en" else f" {weekday(local)}"
    text = {
        "long": f"{local:%Y-%m-%d}{day} {local:%H:%M:%S}",
        "short": f"{local:%m-%d}{day} {local:%H:%M}",
        "time": f"{local:%H:%M}",
        "era": to_wareki(local, weekday=True) if local.year >= 1873 else f"{local:%Y-%m-%d}",
    }[style]
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), text)


@register.filter
def wareki(day: Any) -> str:
    """A date in its era: 令和8年11月22日(日)."""
    if isinstance(day, datetime):
        day = day.astimezone(JAPAN).date()
    return to_wareki(day, weekday=True) if isinstance(day, date) else ""


@register.filter
def day(at: Any) -> str:
    """The day of a time in Japan, with weekday: 2026-11-22(日)."""
    local = _time(at)
    if local is None:
        return ""
    return f"{local:%Y-%m-%d} {weekday(local)}" if language() == "en" else f"{local:%Y-%m-%d}({weekday(local)})"


@register.filter
def words(value: Any) -> str:
    """Any value as a person reads it: はい, ―, a class's name."""
    return facts.words(value)


@register.filter
def spoken(pair: Any) -> str:
    """The right one of ``[ja, en]`` as the journal keeps labels in its rows."""
    return str(T(*pair)) if isinstance(pair, list | tuple) and len(pair) == 2 else str(pair)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """This page's query string with ``changes``: filters keep their address when the page is turned."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = value
    return "?" + params.urlencode()


@register.simple_tag
def record_url(kind: str, subject: str = "new", **initial: str) -> str:
    """Address of the form of a fact; named values are proposed in it, ``next`` is where to go afterwards."""
    return record_address(kind, subject, **initial)


@register.inclusion_tag("journal/fact_form.html", takes_context=True)
def fact_form(context: template.Context, kind: str, subject: str = "new", **initial: str) -> dict[str, Any]:
    """The form of a fact, right here on the page; afterwards back to this page."""
    request = context["request"]
    return {
        "form": form_for(kind, subject, **initial),
        "action": record_address(kind, subject),
        "back": initial.get("next", request.get_full_path()),
        "draft": f"{request.path}#{kind}",
        "csrf_token": context.get("csrf_token"),
        "request": request,
    }


@register.filter
def titled(text: str, titles: Mapping[str, str]) -> str:
    """References of subjects in a value's words, by the titles that the reader may know."""
    return REFERENCE.sub(lambda found: titles.get(found[0], found[0]), text)


@register.simple_tag(takes_context=True)
def subject_url(context: template.Context, subject: str) -> str:
    """Address of a subject's own page with its entries; empty for a reader who may not open that."""
    return reverse("journal:subject", args=[subject]) if may_read(context["actor"], subject) else ""


@register.simple_tag
def live_url() -> str:
    """Address of the world's live stream, from the entry on that is newest while this page is made."""
    newest = EntryRow.objects.order_by("-pos").values_list("pos", flat=True).first() or 0
    return f"{TRAINING_PREFIX if worlds.is_training() else ''}/events?after={newest}"
