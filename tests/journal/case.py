"""The tests that every fact gets for a few lines: it records, refuses, rebuilds, merges, prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from tests.journal.worlds import exchange, founded
from tomoshibi.journal import facts, worlds
from tomoshibi.journal.access import Actor, system
from tomoshibi.journal.facts import Fact, Forbidden, Refused, Shown
from tomoshibi.journal.projecting import contents, rebuild, state_of
from tomoshibi.journal.recording import Draft, record
from tomoshibi.vocabulary import speak


@pytest.mark.django_db(databases=["default", "north"])
class FactCase:
    """Subclass and set ``fact`` and ``subject``; ``before`` are drafts that must stand first.

    ``refused`` are facts of the same subject that the present forbids (with ``before`` and ``fact`` recorded).
    ``incident`` is the one that all of it happens in.
    """

    fact: ClassVar[Fact]
    subject: ClassVar[str]
    before: ClassVar[Sequence[Draft]] = ()
    refused: ClassVar[Sequence[Fact]] = ()
    incident: ClassVar[str] = ""
    actor: ClassVar[Actor] = system("test")
    #: actors who may not record it
    strangers: ClassVar[Iterable[Actor]] = (Actor("user:nobody", "よそ者"),)

    def holds(self, state: Any) -> None:
        """Assert what the fact did to the state."""

    @pytest.fixture(autouse=True)
    def _world(self) -> None:
        founded("default", "north")
        if self.before:
            record(self.before, system("test"))

    def draft(self, fact: Fact | None = None) -> Draft:
        return Draft(fact or self.fact, self.subject, incident=self.incident)

    def test_records(self) -> None:
        (entry,) = record(self.draft(), self.actor)
        state = state_of(self.subject)
        assert state.unread == []
        assert entry.id in state.heads
        self.holds(state)

    def test_retry_records_once(self) -> None:
        draft = replace(self.draft(), id="5e0e3f0c-0000-4000-8000-000000000001")
        (first,) = record(draft, self.actor)
        (again,) = record(draft, self.actor)
        assert (first.pos, first.hash) == (again.pos, again.hash)

    def test_refuses(self) -> None:
        for stranger in self.strangers:
            with pytest.raises(Forbidden):
                record(self.draft(), stranger)
        record(self.draft(), self.actor)
        for fact in self.refused:
            before = contents()
            with pytest.raises(Refused) as refusal:
                record(self.draft(fact), self.actor)
            assert refusal.value.text.ja != refusal.value.text.en
            assert contents() == before

    def test_rebuilds(self) -> None:
        record(self.draft(), self.actor)
        tables = contents()
        rebuild()
        assert contents() == tables

    def test_merges(self) -> None:
        record(self.draft(), self.actor)
        tables = contents()
        exchange("default", "north")
        with worlds.inhabit("north"):
            assert contents() == tables

    def test_reads_back(self) -> None:
        fact, why = facts.decode(self.fact.kind, self.fact.version, self.fact.payload())
        assert (fact, why) == (self.fact, "")

    def test_prints(self) -> None:
        for lang in ("ja", "en"):
            with speak(lang):
                assert str(self.fact.tell()).strip()
        for name in type(self.fact).model_fields:
            label = Shown.of(type(self.fact), name).label
            assert label.ja != name, f"{name} has no label"
