import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ThisDatabase(models.Func):
    """Names the cluster and the database in it, so a copy has another name; "" where nothing names it (SQLite)."""

    template = "''"
    output_field = models.CharField()

    def as_postgresql(self, compiler, connection, **context):
        cluster = "SELECT system_identifier FROM pg_control_system()"
        database = "SELECT oid FROM pg_database WHERE datname = current_database()"
        return self.as_sql(compiler, connection, template=f"(({cluster}) || ' ' || ({database}))", **context)


class MarkQuerySet(models.QuerySet["Mark"]):
    def the(self):
        """The one mark; drawn when it is first asked for."""
        return self.first() or self._drawn()

    def _drawn(self):
        self.bulk_create([self.model(pk=1)], ignore_conflicts=True)
        return self.get()


class Mark(models.Model):
    """How far this database knows what has left. Outside of it stands the same number: see docs/sending.md."""

    class Held(models.TextChoices):
        BEHIND = "behind", _("The database has been put back: more has been sent than it knows of.")
        ELSEWHERE = "elsewhere", _("This database has been put back or copied: nothing beside it says how far it went.")
        ASLEEP = "asleep", _("The portal did not run for some hours: it may have been put back as a whole.")
        RESTORED = "restored", _("A backup has been restored.")
        STAGING = "staging", _("This is a copy to try things on. Once released, it sends to the school's real people.")

    name = models.UUIDField(default=uuid.uuid4)  # another history, another name
    number = models.BigIntegerField(default=0)  # raised in the transaction of every claim
    home = models.CharField(max_length=80, blank=True, db_default="")  # the database it was last compared in
    compared_at = models.DateTimeField(null=True)  # when it last agreed with what stands outside
    held = models.CharField(max_length=10, choices=Held.choices, blank=True)
    held_at = models.DateTimeField(null=True)
    known_until = models.DateTimeField(null=True)  # while held: until when the database knows what happened

    objects = MarkQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="the_ledger_has_one_mark")]

    def __str__(self):
        return f"{self.name} {self.number}"
