"""Accounts, the roles that they hold by site, and the log of who read whose record."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Account(models.Model):
    """What an account is beyond its sign-in: the person's name, their staff record, their language."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="account")
    name = models.TextField()
    #: subject reference of the person's staff record, empty where they have none
    staff = models.TextField(default="", blank=True)
    language = models.CharField(max_length=2, default="ja")


class Grant(models.Model):
    """A role held at a site (subject reference), or for the whole town where the site is empty."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.TextField()
    site = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role", "site"], name="access_grant_once")]


class Token(models.Model):
    """Lets a program speak for an account through the API. The token itself is shown once and never kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    #: which program it was given to
    name = models.TextField()
    #: SHA-256 of the token
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()


class Reading(models.Model):
    """One reading of a person's record."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    world = models.TextField()
    actor = models.TextField()
    subject = models.TextField(db_index=True)
    #: which page, document or API call
    where = models.TextField()
