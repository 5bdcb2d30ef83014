from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.people.roles import Role

from .group import GroupsOrIds, Membership


class RelationshipQuerySet(models.QuerySet["Relationship"]):
    def current(self) -> Self:
        """Those of a pupil who is here with somebody who is a contact."""
        return self.filter(Role.PUPIL.here("pupil__"), Role.CONTACT.stands("contact__"))

    def with_pupils_of(self, groups: GroupsOrIds) -> Self:
        """Those of pupils of these groups and of those below who are here."""
        return self.current().filter(pupil__in=Membership.objects.below(groups).values("person"))

    def of_guardians(self) -> Self:
        """Parents and guardians only: the other contacts are aunts and drivers."""
        kinds = Relationship.Kind
        return self.filter(kind__in=[kinds.MOTHER, kinds.FATHER, kinds.GUARDIAN])

    def may_receive(self) -> Self:
        return self.filter(may_receive_messages=True)

    def may_see(self) -> Self:
        return self.filter(may_see_data=True)


class Relationship(models.Model):
    """A contact of a pupil. Separated parents are two rows with flags of their own."""

    class Kind(models.TextChoices):
        MOTHER = "mother", _("mother")
        FATHER = "father", _("father")
        GUARDIAN = "guardian", _("guardian")
        OTHER = "other", _("other contact")

    contact = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="relationships_as_contact")
    pupil = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="relationships_as_pupil")
    kind = models.CharField(max_length=10, choices=Kind)
    may_receive_messages = models.BooleanField(default=True)
    may_see_data = models.BooleanField(_("may see the pupil's data"), default=True)

    objects = RelationshipQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["contact", "pupil"], name="one_relationship_per_contact_and_pupil"),
            models.CheckConstraint(condition=~Q(contact=models.F("pupil")), name="nobody_is_their_own_contact"),
        ]
