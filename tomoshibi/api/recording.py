"""One endpoint for each kind of fact, typed by the fact's own class, and one for acts of several facts."""

# no `from __future__ import annotations`: the endpoints' annotations are classes made here, not names

from typing import Annotated, Any

import pydantic
from django.http import HttpRequest
from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from tomoshibi.api.errors import both
from tomoshibi.journal import facts
from tomoshibi.journal.complaints import complaints
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused
from tomoshibi.journal.pages import actor_on
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import T

router = Router(tags=["facts"])


#: text without the NUL character, which PostgreSQL cannot keep
Plain = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


class Envelope(BaseModel):
    """What goes around a fact."""

    model_config = ConfigDict(extra="forbid")

    subject: Plain = Field(description="Reference of the subject, such as people.staff:…", min_length=3, max_length=400)
    id: Plain = Field("", description="The fact's own id (a UUID): sent again, it is recorded once", max_length=64)
    after: list[Plain] | None = Field(None, description="Heads of the subject that were shown; absent: as they are now")
    happened_at: AwareDatetime | None = Field(None, description="When it happened, with time zone; absent: now")
    incident: Plain = Field("", description="Reference of the incident that it belongs to")

    def draft(self, fact: Fact) -> Draft:
        """The draft of ``fact`` in this envelope."""
        return Draft(fact, self.subject, self.after, self.id, self.happened_at, self.incident)


class Recorded(BaseModel):
    """An entry, as it stands in the journal."""

    id: str
    kind: str
    subject: str
    incident: str
    act: str
    happened_at: str
    recorded_at: str
    actor: str
    node: str
    zone: str
    seq: int
    pos: int
    after: list[str]
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> "Recorded":
        """The answer for an entry."""
        return cls(
            **{name: getattr(entry, name) for name in cls.model_fields if name != "after"}, after=list(entry.after)
        )


class Texts(BaseModel):
    """One text in both languages."""

    ja: str
    en: str


class Wrong(BaseModel):
    """One thing that is wrong, and where."""

    field: str
    text: Texts


class Problem(Wrong):
    """What is wrong; the first thing, and all of them."""

    errors: list[Wrong]


PROBLEMS: dict[int, Any] = dict.fromkeys((401, 403, 422, 503), Problem)


def _name(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.replace(".", "_").split("_"))


def _add(kind: str, cls: type[Fact]) -> None:
    body_type: Any = pydantic.create_model(
        f"{_name(kind)}Body", __base__=Envelope, fact=(cls, Field(description=cls.label.en))
    )

    def post(request: HttpRequest, body: body_type) -> Any:
        given: Any = body
        return Recorded.of(record(given.draft(given.fact), actor_on(request))[0])

    router.post(
        f"/facts/{kind}",
        response={200: Recorded, **PROBLEMS},
        summary=f"{cls.label.ja} / {cls.label.en}",
        description=(cls.__doc__ or "").strip(),
        operation_id=f"record_{kind.replace('.', '_')}",
    )(post)


class OneFact(Envelope):
    """A fact of any kind, as one of an act."""

    kind: str
    fact: dict[str, Any]


class Act(BaseModel):
    """One human act: its facts are recorded together or not at all."""

    model_config = ConfigDict(extra="forbid")

    act: str = Field("", description="Id of the act (a UUID); absent: a new one", max_length=64)
    facts: list[OneFact] = Field(min_length=1, max_length=1000)


@router.post("/acts", response={200: list[Recorded], **PROBLEMS}, summary="一つの行為 / One act of several facts")
def post_act(request: HttpRequest, body: Act) -> Any:
    """Record several facts together or not at all."""
    drafts = []
    for number, one in enumerate(body.facts):
        cls = facts.kind_of(one.kind)
        if cls is None:
            text = T(f"「{one.kind}」という種類の記録はありません。", f"There is no kind of fact called {one.kind}.")
            raise Refused(text, f"facts.{number}.kind")
        try:
            drafts.append(one.draft(cls.model_validate(one.fact)))
        except pydantic.ValidationError as error:
            field, text = next(iter(complaints(error)))
            raise Refused(text, f"facts.{number}.fact.{field}") from None
    return [Recorded.of(entry) for entry in record(drafts, actor_on(request), body.act)]


def add_all() -> None:
    """An endpoint for every kind that is registered; called once, when every room has said what can happen."""
    for kind, cls in sorted(facts.kinds().items()):
        _add(kind, cls)


__all__ = ["Recorded", "add_all", "both", "router"]
