from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import languages
from portal.people import typed
from portal.people.phones import digits_searched, display
from portal.people.roles import Role

from .folded import FoldedField
from .group import Group, Membership
from .user import User

# --- facts on people: of many as a Q; of one as the attribute of Person that has the same name ---


def has_left():
    """Q of people whose leaving date has come, in the school's time zone."""
    return Q(leaving_on__lte=timezone.localdate())


def is_here(path=""):
    """Q of those whom it has not; `path` leads to them, as "pupil__"."""
    return Q(**{f"{path}leaving_on": None}) | Q(**{f"{path}leaving_on__gt": timezone.localdate()})


def pupils_here(path=""):
    return is_here(path) & Q(**{f"{path}is_pupil": True})


def holds(role):
    """Q of the people of a role, those who have left among them.

    A contact is one of pupils who are here: the mother of a pupil who left is none any more. A contact with no pupil
    on record counts, as nobody said anything of them.
    """
    if role != Role.CONTACT:
        return Role(role).flag
    of_pupils_here = Q(pk__in=Relationship.objects.current().values("contact"))
    of_nobody = ~Q(pk__in=Relationship.objects.values("contact"))
    return Role.CONTACT.flag & (of_pupils_here | of_nobody)


def holds_any_role():
    return holds(Role.STAFF) | holds(Role.CONTACT) | holds(Role.PUPIL)


def is_current():
    """Q of the people of the school today: who are counted, invited, reminded."""
    return is_here() & holds_any_role()


def may_receive_as(role):
    """Q of those who may receive what is meant for a role: as a contact one must be permitted, teacher or not."""
    if role != Role.CONTACT:
        return Q()
    permitted = Q(pk__in=Relationship.objects.current().may_receive().values("contact"))
    of_nobody = ~Q(pk__in=Relationship.objects.values("contact"))
    return permitted | of_nobody


def is_barred():
    """Q of contacts of whom somebody said that they may not receive messages, and no pupil's record that they may.

    Whoever is staff or a pupil too is not barred as that. A contact with no pupil on record is not barred.
    """
    forbidden = Relationship.objects.filter(may_receive_messages=False).values("contact")
    permitted = Relationship.objects.current().may_receive().values("contact")
    return Q(~Q(pk__in=permitted), pk__in=forbidden, is_staff_member=False, is_pupil=False)


def search_text(given_name, family_name, chinese_name, reference, email, mobile):
    """What a search looks into: Chinese is written without blanks, so 王梅 stands there in one piece too."""
    words = [given_name, family_name, family_name + given_name, chinese_name, reference, email, mobile]
    return " ".join(filter(None, map(typed.for_search, words)))


class PersonQuerySet(models.QuerySet):
    def left(self):
        return self.filter(has_left())

    def not_left(self):
        return self.filter(is_here())

    def current(self):
        """The people of the school today."""
        return self.filter(is_current())

    def of(self, role):
        return self.filter(holds(role))

    def barred(self):
        return self.filter(is_barred())

    def in_groups(self, groups):
        """Members of these groups (a queryset or ids) and of those below them, those who have left among them."""
        return self.filter(pk__in=Membership.objects.below(groups).values("person"))

    def pupils_of(self, groups):
        """The pupils of these groups and of those below who are here."""
        return self.filter(pupils_here()).in_groups(groups)

    def contacts_in(self, relationships):
        """The people who are the contacts in these relationships."""
        return self.filter(pk__in=relationships.values("contact"))

    def families_of(self, groups):
        """The pupils of these groups and of those below who are here, and their contacts, permitted or not."""
        contacts = Relationship.objects.with_pupils_of(groups).values("contact")
        return self.filter(Q(pk__in=Person.objects.pupils_of(groups).values("pk")) | Q(pk__in=contacts))

    def around(self, person):
        """The people of somebody's own groups: members of them and of those below, and the contacts of their pupils."""
        # Their numbers, and of those below, few as they are: subqueries this deep overflow the parser of SQLite.
        own = list(Group.objects.of(person).and_below().values_list("pk", flat=True))
        members = Membership.objects.filter(group__in=own).values("person")
        contacts = Relationship.objects.current().filter(pupil__in=members).values("contact")
        return self.filter(Q(pk__in=members) | Q(pk__in=contacts))

    def search(self, text):
        """People whose names, reference, e-mail or number hold every word of `text`, in any spelling; all, of nothing."""
        if not text:
            return self
        if number := digits_searched(text):
            return self.filter(search_text__contains=number)
        words = typed.for_search(text).split()
        people = self if words else self.none()
        for word in words[:6]:
            people = people.filter(search_text__contains=word)
        return people


class Person(models.Model):
    """Somebody the school knows: staff, contact (parent, guardian), pupil, or several of these at once."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    given_name = models.CharField(_("given name"), max_length=80)
    family_name = models.CharField(_("family name"), max_length=80, blank=True)
    chinese_name = models.CharField(_("Chinese name"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    mobile = models.CharField(_("mobile"), max_length=16, blank=True, help_text="E.164, as +8613800000000")
    # Empty until somebody says it: the school's file, the person's browser at the first sign-in, or the person.
    language = models.CharField(_("language"), max_length=8, choices=languages.choices, blank=True, default="")
    language_is_chosen = models.BooleanField(default=False, db_default=False)  # by the person: no file changes it
    is_staff_member = models.BooleanField(default=False)
    is_contact = models.BooleanField(default=False)
    is_pupil = models.BooleanField(default=False)
    leaving_on = models.DateField(_("leaving date"), null=True, blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    # References are one without regard to case, width and marks nobody sees.
    reference_key = FoldedField(of=["reference"], fold=typed.key)
    # Was there beside somebody of the same key before keys were kept; nobody else ever is.
    resembles_another = models.BooleanField(default=False, db_default=False)
    search_text = FoldedField(
        of=["given_name", "family_name", "chinese_name", "reference", "email", "mobile"], fold=search_text
    )

    objects = PersonQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        permissions = [("view", _("Directory"))]
        ordering = ["family_name", "given_name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_staff_member=True) | Q(is_contact=True) | Q(is_pupil=True), name="person_has_a_role"
            ),
            models.UniqueConstraint(
                fields=["reference_key"], condition=Q(resembles_another=False), name="one_person_of_a_reference"
            ),
        ]
        indexes = [
            models.Index(fields=["family_name", "given_name", "id"], name="people_in_list_order"),
            models.Index(fields=["reference_key"], name="people_by_reference"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        western = f"{self.given_name} {self.family_name}".strip()
        return f"{western} {self.chinese_name}".strip()

    @property
    def reads(self):
        """The language for whatever must be in one: theirs, or the school's where nobody knows it."""
        return self.language or settings.LANGUAGE_CODE

    @property
    def mobile_in_words(self):
        return display(self.mobile) if self.mobile else ""

    @property
    def roles_on_record(self):
        return [role for role in Role if getattr(self, role.column)]

    @property
    def roles(self):
        """The roles in words, in the reader's language."""
        return [str(role.label) for role in self.roles_on_record]

    @property
    def is_family(self):
        return self.is_contact or self.is_pupil

    @property
    def group_names(self):
        return [str(membership.group) for membership in self.memberships.all()]

    @property
    def has_left(self):
        return self.leaving_on is not None and self.leaving_on <= timezone.localdate()

    @property
    def is_current(self):
        return self._is(is_current())

    @property
    def is_barred(self):
        return self._is(is_barred())

    def _is(self, fact):
        return Person.objects.filter(fact, pk=self.pk).exists()

    def pupils_in_sight(self):
        """The pupils whose data this contact may see."""
        return Person.objects.filter(pk__in=self._sees().values("pupil"))

    def pupils_in_care(self):
        """Those of them whose parent or guardian this person is: for them they may consent."""
        return Person.objects.filter(pk__in=self._sees().of_guardians().values("pupil"))

    def _sees(self):
        return self.relationships_as_contact.current().may_see().filter(is_here("contact__"))


class RelationshipQuerySet(models.QuerySet):
    def current(self):
        """Those of a pupil who is here with somebody who is a contact."""
        return self.filter(pupils_here("pupil__"), contact__is_contact=True)

    def with_pupils_of(self, groups):
        """Those of pupils of these groups and of those below who are here."""
        return self.current().filter(pupil__in=Person.objects.in_groups(groups))

    def of_guardians(self):
        """Parents and guardians only: the other contacts are aunts and drivers."""
        kinds = Relationship.Kind
        return self.filter(kind__in=[kinds.MOTHER, kinds.FATHER, kinds.GUARDIAN])

    def may_receive(self):
        return self.filter(may_receive_messages=True)

    def may_see(self):
        return self.filter(may_see_data=True)


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

    objects = RelationshipQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["contact", "pupil"], name="one_relationship_per_contact_and_pupil"),
            models.CheckConstraint(condition=~Q(contact=models.F("pupil")), name="nobody_is_their_own_contact"),
        ]
