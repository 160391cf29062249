"""Tables beside applications and certificates: online applications, batches, layouts, the seal. By facts only."""

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection


class LayoutRow(PartProjection):
    """One version of a layout."""

    #: id of the entry that proposed it
    version = models.TextField(db_index=True)
    number = models.IntegerField(default=1)
    kind = models.TextField(default="disaster", db_index=True)
    source = models.TextField(default="")
    note = models.TextField(default="")
    author = models.TextField(default="")
    proposed_at = models.DateTimeField()
    approver = models.TextField(default="")
    approved_at = models.DateTimeField(null=True)
    in_force = models.BooleanField(default=False)


class OnlineFormRow(Projection):
    """Whether the public form takes applications in an incident."""

    incident = models.TextField(default="", db_index=True)
    open = models.BooleanField(default=False)
    contact = models.TextField(default="")


class OnlineRow(Projection):
    """An application that came by the public form, until a clerk has checked it."""

    incident = models.TextField(default="", db_index=True)
    number = models.TextField(default="", db_index=True)
    protected = models.BooleanField(default=False)
    kind = models.TextField(default="disaster")
    applicant = models.TextField(default="")
    applicant_kana = models.TextField(default="")
    birth = models.DateField(null=True)
    address = models.TextField(default="")
    damaged_address = models.TextField(default="")
    contact = models.TextField(default="")
    interest = models.TextField(default="")
    things = models.TextField(default="[]")
    damage_told = models.TextField(default="")
    copies = models.IntegerField(default=1)
    #: JSON list of the SHA-256 of photographs
    photos = models.TextField(default="[]")
    #: JSON list: when each was taken, as its camera says (ISO text with its zone), or empty
    photo_times = models.TextField(default="[]")
    sent_at = models.DateTimeField()
    #: ``waiting``, ``taken`` or ``declined``
    state = models.TextField(default="waiting")
    #: reference of the application that came of it
    application = models.TextField(default="")
    reason = models.TextField(default="")
    checked_by = models.TextField(default="")
    checked_at = models.DateTimeField(null=True)


class BatchRow(Projection):
    """Certificates that are issued and printed together."""

    incident = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    kind = models.TextField(default="disaster")
    layout = models.TextField(default="")
    #: JSON list of references of applications
    applications = models.TextField(default="[]")
    wanted = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    started_by = models.TextField(default="")
    #: JSON object: reference of an application -> why it was not printed, in both languages
    stopped = models.TextField(default="{}")


class SealRow(Projection):
    """An official seal 公印 of the town."""

    name = models.TextField(default="")
    #: SHA-256 of the image that is printed; empty where it is stamped by hand
    image = models.TextField(default="")
    in_use = models.BooleanField(default=True)


class SealUseRow(Projection):
    """One use of a seal."""

    seal = models.TextField(default="", db_index=True)
    seal_name = models.TextField(default="")
    #: ``printed`` or ``stamped``
    way = models.TextField(default="stamped")
    #: serial numbers, with 、 between them
    serials = models.TextField(default="")
    times = models.IntegerField(default=1)
    why = models.TextField(default="")
    used_at = models.DateTimeField()
    used_by = models.TextField(default="")
    #: why this line of the log is wrong
    cancelled = models.TextField(default="")
