from django.db import models

from tomoshibi.journal.models import PartProjection, Projection


class BoxRow(Projection):
    name = models.TextField(default="")
    colour = models.TextField(default="")
    place = models.TextField(default="")
    since = models.TextField(default="")
    total = models.IntegerField(default=0)


class ItemRow(PartProjection):
    name = models.TextField()
    number = models.IntegerField()
