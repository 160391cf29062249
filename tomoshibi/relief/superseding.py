"""What follows by itself from a new judgement: certificates of another class lose their force, support is reckoned."""

from __future__ import annotations

from tomoshibi.journal import tasks
from tomoshibi.journal.access import system
from tomoshibi.journal.recording import Draft, record
from tomoshibi.relief import queries, reckoning
from tomoshibi.relief.models import CertificateRow
from tomoshibi.relief.papers import CertificateSuperseded, kind_for
from tomoshibi.relief.words import Kind, Standing


@tasks.handler("relief.supersede")
def supersede(task: tasks.Task) -> str:
    """Say of every valid certificate about the dwelling that another class is judged now. Twice says it once."""
    row = queries.survey(task.subject)
    judged = queries.judgement(row.incident, row.dwelling) if row else None
    if judged is None:
        return "nothing is judged"
    valid = CertificateRow.objects.filter(kind=Kind.DISASTER, standing=Standing.VALID)
    here = valid.filter(incident__in=queries.whole(judged.incident), dwelling=judged.dwelling)
    old = here.exclude(damage_class=judged.judged)
    drafts = [
        Draft(
            kind_for(CertificateSuperseded, c.protected)(survey=judged.subject),
            c.subject,
            id=task.fact_id(c.subject),
            incident=c.incident,
        )
        for c in old
    ]
    record(drafts, system("relief"))
    recomputed = reckoning.after(judged)
    return f"{len(drafts)} superseded, {recomputed} claims computed anew"
