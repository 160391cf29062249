"""What is wrong, for programs: one shape, both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tomoshibi.journal.complaints import complaint
from tomoshibi.journal.facts import Forbidden, Refused
from tomoshibi.journal.recording import StoreFailed
from tomoshibi.vocabulary import T

UNKNOWN = T("誰からの要求か分かりません。サインインするか、トークンを付けてください。", "Sign in, or send a token.")


def both(text: T) -> dict[str, str]:
    """A text in both languages."""
    return {"ja": text.ja, "en": text.en}


def body(text: T, field: str = "", errors: Iterable[tuple[str, T]] = ()) -> dict[str, Any]:
    """The answer that says what is wrong, and where."""
    listed = list(errors) or [(field, text)]
    return {"text": both(text), "field": field, "errors": [{"field": f, "text": both(t)} for f, t in listed]}


class NotFound(Exception):
    """There is no such thing, or none that this caller may see."""

    def __init__(self, text: T) -> None:
        super().__init__(str(text))
        self.text = text


def install(api: NinjaAPI) -> None:
    """Let ``api`` say everything that can be wrong in this shape."""

    def answer(status: int) -> Any:
        def say(request: HttpRequest, error: Any) -> HttpResponse:
            return api.create_response(request, body(error.text, getattr(error, "field", "")), status=status)

        return say

    api.exception_handler(Refused)(answer(422))
    api.exception_handler(Forbidden)(answer(403))
    api.exception_handler(NotFound)(answer(404))
    api.exception_handler(StoreFailed)(answer(503))

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return api.create_response(request, body(UNKNOWN), status=401)

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        text = T(f"受け付けられません: {error.message}", f"Not accepted: {error.message}")
        return api.create_response(request, body(text), status=error.status_code)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = [(place(e["loc"]), complaint(e)) for e in error.errors]
        field, text = found[0]
        return api.create_response(request, body(text, field, found), status=422)


def place(loc: Iterable[Any]) -> str:
    """Where in what was sent: ``fact.number``; without the parts that only the framework knows."""
    parts = [str(step) for step in loc]
    return ".".join(parts[2:] if parts[:1] == ["body"] else parts[1:]) or "body"
