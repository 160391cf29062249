"""Tables of relief, read side: written by the journal only. Ratios are per cent; degrees are WGS 84."""

from django.db import models

from tomoshibi.journal.models import Projection
from tomoshibi.vocabulary import T
from tomoshibi.vocabulary.damage import ERAS, DamageClass


class DwellingRow(Projection):
    address = models.TextField(default="", db_index=True)
    #: the address as search compares it: 2丁目3番 as 2-3, numbers apart
    placed = models.TextField(default="", db_index=True)
    #: name of the building or flat, empty for a house
    building = models.TextField(default="")
    #: reference of the area that it lies in
    area = models.TextField(default="", db_index=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    structure = models.TextField(default="unknown")
    storeys = models.IntegerField(null=True)
    use = models.TextField(default="dwelling")
    #: who lives there by right: owned, rented, vacant, unknown
    tenure = models.TextField(default="unknown")
    #: number of the building in the fixed-asset ledger 家屋番号・物件番号
    number = models.TextField(default="", db_index=True)
    #: year in which it was built
    built = models.IntegerField(null=True)
    floor_m2 = models.FloatField(null=True)


class HoldersRow(Projection):
    """Who owns a dwelling and who rents it, by name; the key is the dwelling's."""

    dwelling = models.TextField(default="", db_index=True)
    owner = models.TextField(default="")
    owner_kana = models.TextField(default="")
    #: JSON lists of names, and of names in kana
    tenants = models.TextField(default="[]")
    tenants_kana = models.TextField(default="[]")
    #: every name of these as search compares it, a line each
    named = models.TextField(default="")


class ResidenceRow(Projection):
    """A household that lives, or lived, in a dwelling; days included."""

    dwelling = models.TextField(default="", db_index=True)
    household = models.TextField(default="", db_index=True)
    tenure = models.TextField(default="unknown")
    since = models.DateField(null=True)
    until = models.DateField(null=True)


class PhotographRow(Projection):
    dwelling = models.TextField(default="", db_index=True)
    #: the survey or application that it was taken for; empty where it is of the dwelling as such
    about = models.TextField(default="", db_index=True)
    #: digest of the picture (a dataset): JPEG, without anything that the camera wrote into it
    photo = models.TextField(default="")
    caption = models.TextField(default="")
    width = models.IntegerField(default=0)
    height = models.IntegerField(default=0)
    #: when the camera says that it was taken, else when it was entered
    taken_at = models.DateTimeField(null=True)
    by = models.TextField(default="")


class RiskRow(Projection):
    """The emergency risk marking 応急危険度判定 of a building in an incident: no class of damage."""

    incident = models.TextField(default="", db_index=True)
    dwelling = models.TextField(default="", db_index=True)
    mark = models.TextField(default="")
    note = models.TextField(default="")
    inspector = models.TextField(default="")
    marked_at = models.DateTimeField(null=True)


class TeamRow(Projection):
    """A team of surveyors in an incident."""

    incident = models.TextField(default="", db_index=True)
    name = models.TextField(default="")
    #: JSON list of names
    members = models.TextField(default="[]")
    #: dwellings that it is planned for a day, first surveys; a second survey counts as several
    per_day = models.IntegerField(default=0)
    #: reference of the site from which it sets out
    start = models.TextField(default="")
    disbanded = models.BooleanField(default=False)


class ApplicationRow(Projection):
    incident = models.TextField(default="")
    kind = models.TextField(default="disaster")
    #: whether the household is protected (支援措置): then nothing of it is shown without ``residents.protected``
    protected = models.BooleanField(default=False)
    number = models.TextField(default="")
    applicant = models.TextField(default="")
    householder = models.TextField(default="")
    householder_kana = models.TextField(default="")
    #: the householder's name as search compares it: spaces and variants as one
    named = models.TextField(default="", db_index=True)
    householder_address = models.TextField(default="")
    household = models.TextField(default="")
    #: JSON list of {name, relation}
    members = models.TextField(default="[]")
    dwelling = models.TextField(default="")
    damaged_address = models.TextField(default="")
    cause = models.TextField(default="")
    contact = models.TextField(default="")
    proxy = models.TextField(default="")
    copies = models.IntegerField(default=1)
    way = models.TextField(default="counter")
    note = models.TextField(default="")
    interest = models.TextField(default="")
    #: JSON list of things that are no dwelling, and what happened to them as the applicant tells it
    things = models.TextField(default="[]")
    damage_told = models.TextField(default="")
    proxy_relation = models.TextField(default="")
    authority = models.TextField(default="")
    #: reference of the online application that it came by
    online = models.TextField(default="")
    applied_at = models.DateTimeField(null=True)
    #: how often it was taken: by counters apart, or again after it was withdrawn
    taken = models.IntegerField(default=1)
    withdrawn = models.BooleanField(default=False)
    #: JSON list of [moment, whether withdrawn from then on], by world time
    withdrawals = models.TextField(default="[]")
    #: JSON list of references of applications that look like the same and were found to be another
    apart = models.TextField(default="[]")

    class Meta:
        #: an incident is of everybody: it stands in no index alone, or SQLite goes through the whole city by it
        indexes = [
            models.Index(fields=["dwelling", "incident"], name="relief_app_dwelling"),
            models.Index(fields=["household", "incident"], name="relief_app_household"),
        ]


class SurveyRow(Projection):
    incident = models.TextField(default="")
    dwelling = models.TextField(default="")
    #: 1 is the first survey; each request for another makes the next
    round = models.IntegerField(default=1)
    disaster_on = models.DateField(null=True)
    #: when the round was planned, and the day for which
    planned_at = models.DateTimeField(null=True)
    #: when it was first surveyed and judged: a sheet may be filled in anew, and a judgement corrected
    first_surveyed_at = models.DateTimeField(null=True)
    first_judged_at = models.DateTimeField(null=True)
    planned_on = models.DateField(null=True, db_index=True)
    #: reference of a team, or a name that somebody wrote
    team = models.TextField(default="", db_index=True)
    #: place on the team's route of that day, from 1; 0 where nobody has routed it
    stop = models.IntegerField(default=0)
    reason = models.TextField(default="")
    method = models.TextField(default="")
    surveyed_at = models.DateTimeField(null=True)
    #: names of the surveyors, as the sheet gives them
    surveyors = models.TextField(default="")
    #: id of who recorded the sheet
    recorded_by = models.TextField(default="")
    ratio = models.FloatField(null=True)
    at_least = models.BooleanField(default=False)
    #: what the sheet comes to, before anybody judged
    proposed = models.TextField(default="")
    explanation_ja = models.TextField(default="")
    explanation_en = models.TextField(default="")
    sure = models.BooleanField(default=True)
    judged = models.TextField(default="", db_index=True)
    judged_at = models.DateTimeField(null=True)
    judge = models.TextField(default="")
    #: why the judgement differs from what the sheet comes to
    judge_reason = models.TextField(default="")
    #: reference of the area's judgement with which it was judged; empty where it was surveyed by itself
    joint = models.TextField(default="", db_index=True)
    #: whether one person surveyed and judged
    same_eyes = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["dwelling", "incident", "round"], name="relief_survey_round")]

    @property
    def joint_key(self) -> str:
        """The key of the area's judgement, for addresses; empty without one."""
        return self.joint.partition(":")[2]


class CertificateRow(Projection):
    serial = models.TextField(db_index=True)
    kind = models.TextField(default="disaster")
    incident = models.TextField(default="")
    application = models.TextField(default="", db_index=True)
    household = models.TextField(default="", db_index=True)
    dwelling = models.TextField(default="")
    survey = models.TextField(default="", db_index=True)
    protected = models.BooleanField(default=False)
    number = models.TextField(default="")
    householder = models.TextField(default="")
    householder_address = models.TextField(default="")
    #: JSON list of {name, relation}
    members = models.TextField(default="[]")
    cause = models.TextField(default="")
    damaged_address = models.TextField(default="")
    damage_class = models.TextField(default="")
    #: the class as it is printed
    damage = models.TextField(default="")
    interest = models.TextField(default="")
    things = models.TextField(default="[]")
    damage_told = models.TextField(default="")
    issued_on = models.DateField(null=True)
    issuer = models.TextField(default="")
    #: id and name of who issued it
    issued_by = models.TextField(default="")
    #: version of the layout that printed it (:mod:`tomoshibi.relief.layouts`), empty: the standard one of that time
    layout = models.TextField(default="")
    #: reference of the batch that it was printed in
    batch = models.TextField(default="", db_index=True)
    copies = models.IntegerField(default=0)
    issues = models.IntegerField(default=0)
    issued_at = models.DateTimeField(null=True)
    #: id of the entry that issued it: the number of its paper
    standing = models.TextField(default="valid")
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(default="")
    #: what took its place
    superseded_by = models.TextField(default="")

    @property
    def damage_name(self) -> T:
        """The class in the words that stand on the certificate, which is Japanese, and in English."""
        if not self.damage_class:
            return T("", "")
        found = DamageClass(self.damage_class)
        names = (era.names.get(found, found.label) for era in ERAS)
        return next((name for name in names if name.ja == self.damage), found.label)

    class Meta:
        #: nor has the standing an index: nearly every certificate of a city is valid
        indexes = [models.Index(fields=["dwelling", "incident"], name="relief_cert_dwelling")]


from tomoshibi.relief import joint_models, paper_models, victim_models  # noqa: E402, F401  # Django finds a room's tables here
