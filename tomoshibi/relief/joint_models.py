"""Tables of judgements of whole areas 一括判定. By facts only."""

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection


class JointRow(Projection):
    """All dwellings of an area judged at once: what one person proposed, and what another made of it."""

    incident = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    ground = models.TextField(default="")
    damage_class = models.TextField(default="")
    #: why the class differs from what the ground comes to
    judge_reason = models.TextField(default="")
    disaster_on = models.DateField()
    #: water above the floor (cm) in the shallowest sample; None on another ground
    depth_cm = models.FloatField(null=True)
    #: whether the water's force did visible damage
    force = models.BooleanField(default=True)
    #: JSON list of references of the rounds of survey that are the samples
    samples = models.TextField(default="[]")
    #: digest of the photograph of the area (a dataset), and when and from what it was seen
    photo = models.TextField(default="")
    seen_on = models.DateField()
    source = models.TextField(default="")
    #: JSON list of [latitude, longitude] (degrees), the corners of what was drawn
    corners = models.TextField(default="[]")
    #: by which districts, addresses and corners the dwellings were chosen, in words
    chosen = models.TextField(default="")
    wanted = models.IntegerField(default=0)
    proposed_at = models.DateTimeField()
    proposer = models.TextField(default="")
    #: ``proposed``, ``approved`` or ``declined``
    state = models.TextField(default="proposed", db_index=True)
    decided_at = models.DateTimeField(null=True)
    decider = models.TextField(default="")
    #: why it was declined
    reason = models.TextField(default="")


class JointDwellingRow(PartProjection):
    """A dwelling that was proposed to be judged with an area."""

    dwelling = models.TextField(default="", db_index=True)
