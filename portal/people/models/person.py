from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.people.phones import display

from .user import User


class PersonQuerySet(models.QuerySet):
    def current(self):
        """People who have not left the school."""
        return self.exclude(has_left())

    def search(self, text):
        """People whose names, reference or e-mail hold every word of `text`."""
        people = self
        for word in text.split()[:6]:
            people = people.filter(
                Q(given_name__icontains=word)
                | Q(family_name__icontains=word)
                | Q(chinese_name__icontains=word)
                | Q(reference__iexact=word)
                | Q(email__icontains=word)
            )
        return people


class Person(models.Model):
    """Somebody the school knows: staff, contact (parent, guardian), pupil, or several of these at once."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    given_name = models.CharField(_("given name"), max_length=80)
    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    chinese_name = models.CharField(_("Chinese name"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    mobile = models.CharField(_("mobile"), max_length=16, blank=True, help_text="E.164, as +8613800000000")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    is_staff_member = models.BooleanField(default=False)
    is_contact = models.BooleanField(default=False)
    is_pupil = models.BooleanField(default=False)
    leaving_on = models.DateField(_("leaving date"), null=True, blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")

    objects = PersonQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("view", _("Directory"))]
        ordering = ["family_name", "given_name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_staff_member=True) | Q(is_contact=True) | Q(is_pupil=True), name="person_has_a_role"
            )
        ]
        indexes = [models.Index(fields=["family_name", "given_name", "id"], name="people_in_list_order")]

    def __str__(self):
        return self.name

    @property
    def name(self):
        western = f"{self.given_name} {self.family_name}".strip()
        return f"{western} {self.chinese_name}".strip()

    @property
    def mobile_in_words(self):
        return display(self.mobile) if self.mobile else ""

    @property
    def roles(self):
        """The roles in words, in the reader's language."""
        held = [
            (self.is_staff_member, _("staff")),
            (self.is_contact, _("contact")),
            (self.is_pupil, _("pupil")),
        ]
        return [str(word) for holds, word in held if holds]

    @property
    def group_names(self):
        return [membership.group.name for membership in self.memberships.all()]

    @property
    def has_left(self):
        return self.leaving_on is not None and self.leaving_on <= timezone.localdate()

    @property
    def is_family(self):
        return self.is_contact or self.is_pupil

    def pupils_in_sight(self):
        """The current pupils whose data this contact may see."""
        relationships = self.relationships_as_contact.filter(may_see_data=True)
        return Person.objects.current().filter(relationships_as_pupil__in=relationships).distinct()


class Relationship(models.Model):
    """A contact of a pupil. Separated parents are two rows with flags of their own."""

    class Kind(models.TextChoices):
        MOTHER = "mother", _("mother")
        FATHER = "father", _("father")
        GUARDIAN = "guardian", _("guardian")
        OTHER = "other", _("other contact")

    contact = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="relationships_as_contact")
    pupil = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="relationships_as_pupil")
    kind = models.CharField(max_length=10, choices=Kind)
    may_receive_messages = models.BooleanField(default=True)
    may_see_data = models.BooleanField(_("may see the pupil's data"), default=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["contact", "pupil"], name="one_relationship_per_contact_and_pupil"),
            models.CheckConstraint(condition=~Q(contact=models.F("pupil")), name="nobody_is_their_own_contact"),
        ]


# "Parents and guardians only": the other contacts are aunts and drivers.
GUARDIANS = [Relationship.Kind.MOTHER, Relationship.Kind.FATHER, Relationship.Kind.GUARDIAN]


# The people of a role, under the name an audience calls them by.
ROLES = {"staff": Q(is_staff_member=True), "contacts": Q(is_contact=True), "pupils": Q(is_pupil=True)}


def barred_from_messages():
    """Q of contacts whose every relationship says that they may not receive messages, and who are nothing else.

    A contact with no relationship at all is not barred: nobody said so.
    """
    forbidden = Relationship.objects.filter(may_receive_messages=False).values("contact")
    permitted = Relationship.objects.filter(may_receive_messages=True).values("contact")
    return Q(
        ~Q(pk__in=permitted),
        pk__in=forbidden,
        is_staff_member=False,
        is_pupil=False,
    )


def has_left():
    """Q of people whose leaving date has come, in the school's time zone."""
    return Q(leaving_on__lte=timezone.localdate())
