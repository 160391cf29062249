"""Teams of surveyors, and which team surveys what on which day."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from tomoshibi.incidents.queries import with_merged
from tomoshibi.journal.access import Actor, grant
from tomoshibi.journal.entries import Entry
from tomoshibi.journal.facts import Fact, Refused, field
from tomoshibi.journal.recording import Present
from tomoshibi.journal.states import Register, Row, Subject
from tomoshibi.places.facts import put, required_at_first
from tomoshibi.relief.models import TeamRow
from tomoshibi.relief.subjects import Survey
from tomoshibi.vocabulary import T

grant("headquarters", "relief.team_*", "relief.survey_assigned")
grant("surveyor", "relief.team_*", "relief.survey_assigned")


class Team(Subject):
    """Surveyors who go out together in an incident."""

    type = "relief.team"
    label = T("調査班", "Survey team")
    tables = (TeamRow,)
    reading = "relief.read"

    name = Register[str](T("名称", "Name"), "")
    members = Register[list[str]](T("班員", "Members"), [])
    per_day = Register[int](T("1日の棟数", "Dwellings a day"), 15)
    start = Register[str](T("出発地", "Sets out from"), "")
    disbanded = Register[bool](T("解散", "Disbanded"), False)

    def title(self) -> str:
        return self.name.value or super().title()

    def rows(self) -> Iterable[Row]:
        yield TeamRow.row(
            self.subject,
            incident=self.incident,
            name=self.name.value,
            members=json.dumps(self.members.value, ensure_ascii=False),
            per_day=self.per_day.value,
            start=self.start.value,
            disbanded=self.disbanded.value,
        )


class TeamDescribed(Fact):
    kind = "relief.team_described"
    subject = Team
    label = T("調査班の編成・変更", "Survey team described")
    sentence = T("調査班 {name} を編成", "Survey team {name}")

    name: str | None = field(T("名称", "Name"), None, max_length=100)
    members: list[str] | None = field(T("班員", "Members"), None)
    per_day: int | None = field(
        T("1日の棟数", "Dwellings a day"),
        None,
        ge=1,
        le=200,
        help=T("第1次調査の棟数。第2次は数棟分と数えます。", "First surveys; a second one counts as several."),
    )
    start: str | None = field(
        T("出発地", "Sets out from"),
        None,
        extra={"widget": "places.site"},
        help=T("空なら本庁舎", "Head office if empty"),
    )

    def check(self, present: Present) -> None:
        required_at_first(self, present, "name")

    def apply(self, state: Team, entry: Entry) -> None:
        put(self, state, entry)
        state.disbanded.set(entry, False)


class TeamDisbanded(Fact):
    """It goes out no more; what it surveyed stays its."""

    kind = "relief.team_disbanded"
    subject = Team
    label = T("調査班の解散", "Survey team disbanded")

    def check(self, present: Present) -> None:
        if not present.exists or present.state.disbanded.value:
            raise Refused(T("この班はありません。", "There is no such team."))

    def apply(self, state: Team, entry: Entry) -> None:
        state.disbanded.set(entry, True)


class SurveyAssigned(Fact):
    """Which team makes this round of survey, on which day, as which stop of its route; no team: nobody yet."""

    kind = "relief.survey_assigned"
    subject = Survey
    label = T("調査の割当て", "Survey assigned")

    team: str = field(T("調査班", "Team"), "", extra={"widget": "relief.team"})
    planned_on: date | None = field(T("調査日", "Day"), None)
    stop: int = field(T("順", "Stop"), 0, ge=0, le=1000)

    def check(self, present: Present) -> None:
        if not present.exists:
            raise Refused(T("先に調査の予定を記録してください。", "Record first that the survey is planned."))
        if present.state.sheet.value is not None and not present.disputed("team", "planned_on", "stop"):
            raise Refused(T("この回は調査済みです。", "This round is surveyed already."))

    def apply(self, state: Survey, entry: Entry) -> None:
        state.team.set(entry, self.team)
        state.planned_on.set(entry, self.planned_on)
        state.stop.set(entry, self.stop)


def may_survey(actor: Actor, incident: str) -> bool:
    """Whether ``actor`` may enter sheets in ``incident``: by role, or by the signed link of a team of it. A tablet
    that comes back with a dwelling that went to another team meanwhile is heard all the same.
    """
    if actor.may("relief.surveyed"):
        return True
    teams = [subject for permission, subject in actor.only if permission == "relief.surveyed"]
    rows = TeamRow.objects.filter(subject__in=teams) if incident and teams else ()
    return any(incident in with_merged(row.incident) for row in rows)
