from django.db import models
from django.db.models import Case, When
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from .person import Person


class Group(models.Model):
    class Kind(models.TextChoices):
        YEAR = "year", _("year")
        FORM = "form", _("form")
        HOUSE = "house", _("house")
        CLASS = "class", _("class")
        DEPARTMENT = "department", _("department")
        ACTIVITY = "activity", _("activity")

    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")

    class Meta:
        default_permissions = ()
        # "Year 7" before "Year 10", "7A" before "10A"; departments and the like by name.
        ordering = ["kind", Case(When(kind__in=["year", "form", "class"], then=Length("name")), default=0), "name"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="group_names_are_unique_in_their_kind")]

    def __str__(self):
        return self.name


class Membership(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="a_person_is_once_in_a_group")]
