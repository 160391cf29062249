"""Tables of places, read side: written by the journal only. Degrees are WGS 84 (JGD2011 within a metre)."""

from django.db import models

from tomoshibi.journal.models import PartProjection, Projection


class MunicipalityRow(Projection):
    #: six digits, the last the check digit
    code = models.TextField(unique=False, db_index=True)
    name = models.TextField(default="")
    kana = models.TextField(default="")
    prefecture = models.TextField(default="")
    #: whether bulletins about it are about us
    ours = models.BooleanField(default=False)


class AreaCodeRow(PartProjection):
    """One code by which bulletins name a municipality, in one of JMA's code lists."""

    scheme = models.TextField()
    code = models.TextField(db_index=True)
    name = models.TextField(default="")
    ours = models.BooleanField(default=False)


class AreaRow(Projection):
    code = models.TextField(default="", db_index=True)
    name = models.TextField(default="", db_index=True)
    kana = models.TextField(default="")
    kind = models.TextField(default="")
    #: reference of the area that this one is a part of
    parent = models.TextField(default="")
    population = models.IntegerField(null=True)
    households = models.IntegerField(null=True)
    #: GeoJSON Polygon or MultiPolygon as text, empty where nobody drew it
    geometry = models.TextField(default="")
    west = models.FloatField(null=True)
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)
    closed = models.BooleanField(default=False)


class SiteRow(Projection):
    code = models.TextField(default="", db_index=True)
    name = models.TextField(default="", db_index=True)
    kana = models.TextField(default="")
    kind = models.TextField(default="", db_index=True)
    #: what else it serves as, separated by spaces
    also = models.TextField(default="")
    address = models.TextField(default="")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    elevation_m = models.FloatField(null=True)
    phone = models.TextField(default="")
    fax = models.TextField(default="")
    email = models.TextField(default="")
    capacity = models.IntegerField(null=True)
    #: reference of the area that it lies in
    district = models.TextField(default="")
    note = models.TextField(default="")
    closed = models.BooleanField(default=False)


class LayerRow(Projection):
    name = models.TextField(default="")
    kind = models.TextField(default="")
    sha256 = models.TextField(default="")
    attribution = models.TextField(default="")
    licence = models.TextField(default="")
    source = models.TextField(default="")
    features = models.IntegerField(default=0)
    west = models.FloatField(null=True)
    south = models.FloatField(null=True)
    east = models.FloatField(null=True)
    north = models.FloatField(null=True)
    withdrawn = models.BooleanField(default=False)
