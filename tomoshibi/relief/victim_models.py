"""Tables of the victim register 被災者台帳: support, consultations, consent. Yen; written by facts only."""

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection


def payable(amount: int | None, owed: int | None, refused: str = "") -> int:
    """The most that may be paid of a claim: what was decided, or less where the newest reckoning comes to less; nothing
    of what is not decided or was refused.
    """
    if amount is None or refused:
        return 0
    return amount if owed is None else min(amount, owed)


class ClaimRow(Projection):
    """One scheme for one household or person."""

    incident = models.TextField(default="")
    protected = models.BooleanField(default=False)
    scheme = models.TextField(default="")
    household = models.TextField(default="")
    person = models.TextField(default="", db_index=True)
    rebuilding = models.TextField(default="")
    #: which of the scheme's cases, from 0
    case = models.IntegerField(null=True)
    #: by which paper the case, or how they rebuild, was seen
    paper = models.TextField(default="")
    asked_at = models.DateTimeField()
    asked_by = models.TextField(default="")
    #: how the account was seen; never its number
    account = models.TextField(default="")
    amount = models.IntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    #: the class, and how many people, that it was decided by; and whether its case was told since
    damage_class = models.TextField(default="")
    people = models.IntegerField(null=True)
    told_since = models.BooleanField(default=False)
    refused = models.TextField(default="")
    paid = models.IntegerField(default=0)
    payments = models.IntegerField(default=0)
    #: JSON list of [moment, yen, how], by moment
    paid_list = models.TextField(default="[]")
    #: what is owed by the newest reckoning, and how much more was paid than that and what was decided
    owed = models.IntegerField(null=True)
    over = models.IntegerField(default=0, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["incident", "scheme"], name="relief_claim_scheme"),
            models.Index(fields=["household", "incident"], name="relief_claim_household"),
        ]

    @property
    def rest(self) -> int:
        """Yen still to be paid; negative: to come back."""
        return payable(self.amount, self.owed, self.refused) - self.paid


class ConsultationRow(Projection):
    """One talk, and what is to follow."""

    incident = models.TextField(default="", db_index=True)
    protected = models.BooleanField(default=False)
    private = models.BooleanField(default=False)
    household = models.TextField(default="", db_index=True)
    person = models.TextField(default="", db_index=True)
    topic = models.TextField(default="")
    note = models.TextField(default="")
    next_step = models.TextField(default="")
    due_on = models.DateField(null=True)
    closed = models.TextField(default="")
    held_at = models.DateTimeField()
    held_by = models.TextField(default="")


class ConsentRow(Projection):
    """Whether data may be handed to one recipient."""

    protected = models.BooleanField(default=False)
    household = models.TextField(default="", db_index=True)
    recipient = models.TextField(default="")
    given = models.BooleanField(default=False)
    told_at = models.DateTimeField()
    scope = models.TextField(default="")
    #: JSON list of [moment, what]
    shared = models.TextField(default="[]")


class SchemeRow(PartProjection):
    """One version of a disaster's own scheme: a round of relief money, or figures for a scheme of the law."""

    #: id of the entry that proposed it
    version = models.TextField(db_index=True)
    number = models.IntegerField(default=1)
    incident = models.TextField(default="", db_index=True)
    #: key of the law's scheme whose figures these are; empty: a scheme of its own
    of = models.TextField(default="")
    name = models.TextField(default="")
    #: ``prefecture``, ``town`` or, where it is no relief money, empty
    fund = models.TextField(default="")
    #: JSON of :class:`tomoshibi.relief.schemes.Terms`
    terms = models.TextField(default="{}")
    #: why it takes no more claims
    closed = models.TextField(default="")
    author = models.TextField(default="")
    proposed_at = models.DateTimeField()
    approver = models.TextField(default="")
    approved_at = models.DateTimeField(null=True)
    in_force = models.BooleanField(default=False)

    @property
    def scheme(self) -> str:
        """What claims for it are kept under, and what stands for it in an address."""
        return self.of or self.subject.partition(":")[2]


class MoneyRow(Projection):
    """Relief money that came in, in yen; negative: passed back. Cancelled, it counts 0; ``written`` is what it said."""

    incident = models.TextField(default="", db_index=True)
    fund = models.TextField(default="town")
    yen = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)
    source = models.TextField(default="")
    received_on = models.DateField(null=True)
    paper = models.TextField(default="")
    cancelled = models.TextField(default="")
    told_by = models.TextField(default="")
