from collections.abc import Collection, Iterable
from datetime import date, timedelta
from functools import reduce
from operator import and_
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Prefetch, Q, Value, When
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from portal import languages
from portal.people import names, typed
from portal.people.phones import digits_searched, display
from portal.people.roles import Role, is_here

from .folded import FoldedField
from .group import Group, GroupsOrIds, Membership
from .relationship import Relationship, RelationshipQuerySet
from .user import User

# Ids, or a queryset of rows or of ids.
PeopleOrIds = Collection[int] | models.QuerySet["Person", Any]

# --- facts on people: of many as a Q; of one as the attribute of Person that has the same name ---


def has_left() -> Q:
    """Q of people whose every role has ended."""
    return ~is_here()


def pupils_here(path: str = "") -> Q:
    return Role.PUPIL.here(path)


def holds(role: str) -> Q:
    """Q of the people of a role, those who have left the school among them.

    A contact is one of pupils who are here: the mother of a pupil who left is none any more. A contact with no pupil
    on record counts, as nobody said anything of them. A teacher who stopped and is a parent still is staff no more.
    """
    if role != Role.CONTACT:
        return Role(role).stands()
    return Role.CONTACT.stands() & ~_is_of_gone_pupils_alone()


def _is_of_gone_pupils_alone() -> Q:
    # The short way round: few are contacts of pupils who are gone, and of them alone it matters whether others are here.
    # Who is gone is found by the index of last days. Whoever is no pupil on record is not gone: of them nobody said so.
    of_gone_pupils = Relationship.objects.filter(Role.PUPIL.ended("pupil__"))
    return _in(of_gone_pupils) & ~_in(Relationship.objects.current())


def _is_more_than_a_contact() -> Q:
    """Q of those whose role as staff or as a pupil stands (`Role.stands`), both asked at once."""
    is_here = Role.STAFF.here() | Role.PUPIL.here()
    return is_here | (Role.STAFF.flag | Role.PUPIL.flag) & ~Role.CONTACT.here()


def _in(relationships: models.QuerySet[Relationship]) -> Q:
    return Q(pk__in=relationships.values("contact"))


def holds_any_role() -> Q:
    """Q of everybody but those who are contacts alone, and of pupils who are gone: of everybody some role stands."""
    return ~(_is_of_gone_pupils_alone() & ~_is_more_than_a_contact())


def is_current() -> Q:
    """Q of the people of the school today: who are counted, invited, reminded."""
    return is_here() & holds_any_role()


def is_barred_as(role: str) -> Q:
    """Q of those who may not receive what is meant for a role: as a contact one must be permitted, teacher or not."""
    return _is_forbidden_by_all() if role == Role.CONTACT else Q(pk__in=[])


def is_forbidden() -> Q:
    """Q of those of whom somebody said that they may not receive messages about some pupil.

    All who are barred are among them, and they are few: what is asked behind this is asked of few.
    """
    return _in(Relationship.objects.filter(may_receive_messages=False))


def _is_forbidden_by_all() -> Q:
    return is_forbidden() & ~_in(Relationship.objects.current().may_receive())


def is_barred() -> Q:
    """Q of contacts of whom somebody said that they may not receive messages, and no pupil's record that they may.

    Whoever is staff or a pupil too is not barred as that. A contact with no pupil on record is not barred.
    """
    return _is_forbidden_by_all() & ~_is_more_than_a_contact()


def search_text(given_name: str, family_name: str, chinese_name: str, reference: str, email: str, mobile: str) -> str:
    """What a search looks into: Chinese is written without blanks, so 王梅 stands there in one piece too."""
    words = [given_name, family_name, family_name + given_name, chinese_name, reference, email, mobile]
    return " ".join(filter(None, map(typed.for_search, words)))


_NAMES = names.COLUMNS
FOUND_AT_ONCE = 500


def reads_characters() -> bool:
    return (get_language() or "").startswith("zh")


def family(among: PeopleOrIds | None = None, of: str = "") -> list[Prefetch]:
    """What `with_family` reads as well, for rows that name a person: `of` is "person__"."""
    children = Relationship.objects.current().select_related("pupil")
    if among is not None:
        children = children.filter(pupil__in=among)
    return [
        Prefetch(f"{of}memberships", Membership.objects.select_related("group")),
        Prefetch(f"{of}relationships_as_contact", children, to_attr="of_children"),
    ]


class PersonQuerySet(models.QuerySet["Person"]):
    @property
    def place_in_a_list(self) -> str:
        """The column by which whoever reads the page looks somebody up."""
        return "by_characters" if reads_characters() else "by_letters"

    def by_name(self) -> Self:
        return self.order_by(self.place_in_a_list, "pk")

    def left(self) -> Self:
        return self.filter(has_left())

    def without_office(self) -> Self:
        """Those who may hold no menu option any more: who have left, and staff who stopped, parents still or not."""
        return self.filter(has_left() | Role.STAFF.flag & ~Role.STAFF.here())

    def not_left(self) -> Self:
        return self.filter(is_here())

    def current(self) -> Self:
        """The people of the school today."""
        return self.filter(is_current())

    def of(self, role: str) -> Self:
        return self.filter(holds(role))

    def end(self, last_day: date | None, roles: Iterable[Role] = tuple(Role)) -> int:
        """Have these roles end after that day, where they are on record; None: they go on."""
        to = {r.last_day: Case(When(r.flag, then=Value(last_day)), default=F(r.last_day)) for r in roles}
        return self.update(**to)

    def barred(self) -> Self:
        return self.filter(is_barred())

    def in_groups(self, groups: GroupsOrIds) -> Self:
        """Members of these groups (a queryset or ids) and of those below them, those who have left among them."""
        return self.filter(pk__in=Membership.objects.below(groups).values("person"))

    def pupils_of(self, groups: GroupsOrIds) -> Self:
        """The pupils of these groups and of those below who are here."""
        return self.filter(pupils_here()).in_groups(groups)

    def left_alone_by(self, pupils: PeopleOrIds, last_day: date) -> Self:
        """The contacts of these pupils of whom nobody else stays longer than that day."""
        theirs = Relationship.objects.current().filter(pupil__in=pupils).values("contact")
        staying = Relationship.objects.current().exclude(pupil__in=pupils).exclude(pupil__pupil_last_day__lte=last_day)
        return self.filter(Role.CONTACT.here(), pk__in=theirs).exclude(pk__in=staying.values("contact"))

    def contacts_in(self, relationships: models.QuerySet[Relationship]) -> Self:
        """The people who are the contacts in these relationships."""
        return self.filter(pk__in=relationships.values("contact"))

    def families_of(self, groups: GroupsOrIds) -> Self:
        """The pupils of these groups and of those below who are here, and their contacts, permitted or not."""
        contacts = Relationship.objects.with_pupils_of(groups).values("contact")
        return self.filter(Q(pk__in=Person.objects.pupils_of(groups).values("pk")) | Q(pk__in=contacts))

    def chosen(self, roles: Iterable[str], groups: GroupsOrIds) -> Self:
        """The people of today who hold one of these roles, or are pupils of these groups or contacts of such."""
        wanted = Q(pk__in=Person.objects.families_of(groups).values("pk"))
        for role in roles:
            wanted |= holds(role)
        return self.current().filter(wanted)

    def around(self, person: "Person | None") -> Self:
        """The people of somebody's own groups: members of them and of those below, and the contacts of their pupils."""
        # Their numbers, and of those below, few as they are: subqueries this deep overflow the parser of SQLite.
        own = list(Group.objects.of(person).and_below().values_list("pk", flat=True))
        members = Membership.objects.filter(group__in=own).values("person")
        contacts = Relationship.objects.current().filter(pupil__in=members).values("contact")
        return self.filter(Q(pk__in=members) | Q(pk__in=contacts))

    def search_families(self, text: str, among: PeopleOrIds | None = None) -> Self:
        """Those, and the contacts of the pupils found, `among` these people: one finds a family by the child."""
        if not text:
            return self
        found = Person.objects.filter(pk__in=among) if among is not None else Person.objects.all()
        keys = found.search(text).order_by().values_list("pk", flat=True)
        # A search reads everybody's text: where few are found once for all, and what asks of them goes by an index.
        few = list(keys[: FOUND_AT_ONCE + 1])
        these = few if len(few) <= FOUND_AT_ONCE else keys
        contacts = Relationship.objects.current().filter(pupil__in=these).values("contact")
        return self.filter(Q(pk__in=these) | Q(pk__in=contacts))

    def readable(self, among: "models.QuerySet[Person] | None") -> Self:
        """Those `among` these people, whose names alone somebody may read; all, where it is None."""
        return self if among is None else self.filter(pk__in=among.values("pk"))

    def every_row(self) -> models.QuerySet["Person", Any]:
        """Ids of their own rows and of those merged into them, for asking `person__in`; the second are few, or none."""
        own = self.order_by().values("pk")
        merged = list(Person.everybody.merged().filter(merged_into__in=own).values_list("pk", flat=True))
        return own.union(Person.everybody.filter(pk__in=merged).order_by().values("pk")) if merged else own

    def with_family(self, among: PeopleOrIds | None = None) -> Self:
        """With what a row shows to tell two of one name apart: groups and children, those `among` these people alone."""
        return self.prefetch_related(*family(among))

    def with_contacts(self) -> Self:
        """Pupils, each `with_adults`: their relationships with those who may receive messages about them."""
        links = Relationship.objects.current().may_receive().select_related("contact").order_by("pk")
        return self.prefetch_related(Prefetch("relationships_as_pupil", links, to_attr="with_adults"))

    def on_record(self, *, mobile: str = "", email: str = "") -> Self:
        """Those on whose record this number (E.164) or e-mail address stands, those who have left among them."""
        theirs = Q(mobile=mobile) if mobile else Q(pk=None)
        return self.filter(theirs | Q(email__iexact=email) if email else theirs)

    def search(self, text: str) -> Self:
        """People whose names, reference, e-mail or number hold every word of `text`, in any spelling; all, of nothing."""
        if not text:
            return self
        number = digits_searched(text)
        words = [number] if number else typed.for_search(text).split()[:6]
        if not words:
            return self.none()
        found = reduce(and_, [Q(search_text__contains=word) for word in words])
        # What stands on a row that was merged leads to whom it was merged into.
        merged = Person.everybody.filter(found).merged().values("merged_into")
        return self.filter(found | Q(pk__in=merged))

    def merged(self) -> Self:
        return self.exclude(merged_into=None)

    def kept_instead_of(self, pk: int) -> int | None:
        """The row into which this one was merged, where it was: an address of the old one leads there."""
        return self.filter(pk=pk).merged().values_list("merged_into", flat=True).first()


_ManagerOfPeople = models.Manager.from_queryset(PersonQuerySet)


class PersonManager(_ManagerOfPeople["Person"]):
    """Everybody, and nobody twice: a row that was merged into another stays for what was written on it alone, as does one
    that was erased."""

    def get_queryset(self) -> models.QuerySet["Person"]:
        return super().get_queryset().filter(merged_into=None, erased_at=None)


class Person(models.Model):
    """Somebody the school knows: staff, contact (parent, guardian), pupil, or several of these at once."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    # One of the three names at least; a Chinese name may be the only one (names.py).
    given_name = models.CharField(_("given name"), max_length=80, blank=True)
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
    # The last day of each role, inclusive. Of a role that is not on record it says nothing.
    staff_last_day = models.DateField(_("last day as staff"), null=True, blank=True)
    contact_last_day = models.DateField(_("last day as a contact"), null=True, blank=True)
    pupil_last_day = models.DateField(_("last day as a pupil"), null=True, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("birth year"), null=True, blank=True)  # see birth_years.py
    # {fact: {"file": what the file last said, "says": what it says since, where it is something else}} of what was
    # mended at the desk (importing/facts.py), and whether any of it is in question.
    mended = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    file_differs = models.BooleanField(default=False, db_default=False)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")
    # Who this row turned out to be; it is then in no list, and what was written on it stays there (merging/).
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    # Since when the row says of nobody who it was (one_person/).
    erased_at = models.DateTimeField(null=True, blank=True)
    # References are one without regard to case, width and marks nobody sees.
    reference_key = FoldedField(of=["reference"], fold=typed.key)
    # What references that a spreadsheet, a keyboard or an eye takes for one another have in common.
    reference_look = FoldedField(of=["reference"], fold=typed.resemblance)
    # Was there beside somebody of the same key before keys were kept; nobody else ever is.
    resembles_another = models.BooleanField(default=False, db_default=False)
    search_text = FoldedField(of=[*_NAMES, "reference", "email", "mobile"], fold=search_text)
    by_letters = FoldedField(of=_NAMES, fold=names.place_by_letters)
    by_characters = FoldedField(of=_NAMES, fold=names.place_by_characters)

    objects = PersonManager()
    everybody = PersonQuerySet.as_manager()  # the merged rows as well

    class Meta:
        default_permissions = ()
        permissions = [("view", _("Directory")), ("change", _("People"))]
        ordering = ["by_letters", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_staff_member=True) | Q(is_contact=True) | Q(is_pupil=True), name="person_has_a_role"
            ),
            models.UniqueConstraint(
                fields=["reference_key"], condition=Q(resembles_another=False), name="one_person_of_a_reference"
            ),
        ]
        indexes = [
            models.Index(fields=["by_letters", "id"], name="people_by_letters"),
            models.Index(fields=["by_characters", "id"], name="people_by_characters"),
            models.Index(fields=["reference_key"], name="people_by_reference"),
            models.Index(fields=["reference_look"], name="people_by_look"),
            # Who is a pupil no more? Most have no last day.
            models.Index(
                fields=["pupil_last_day"],
                condition=Q(is_pupil=True, pupil_last_day__isnull=False),
                name="pupils_who_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return names.full(self.given_name, self.family_name, self.chinese_name) or gettext("somebody erased")

    @property
    def references(self) -> list[str]:
        """Their own, and those of the rows that were merged into theirs."""
        return [self.reference, *self.merged_rows.values_list("reference", flat=True)]

    @property
    def merged_rows(self) -> PersonQuerySet:
        """The rows that turned out to be this person; history stands on them."""
        return Person.everybody.filter(merged_into=self)

    @property
    def every_row(self) -> PersonQuerySet:
        """Their own row and those, for asking `person__in`: by its index, where a join with an OR reads two tables."""
        return Person.everybody.filter(Q(pk=self.pk) | Q(merged_into=self))

    @property
    def name_as_read(self) -> str:
        """As whoever reads the page looks for it: the characters in front for readers of Chinese."""
        own = (getattr(self, name) for name in _NAMES)
        return names.full(*own, chinese_first=reads_characters()) or gettext("somebody erased")

    def called(self, *, in_characters: bool = False) -> str:
        """In a sentence."""
        return names.short(self.given_name, self.family_name, self.chinese_name, in_characters=in_characters)

    @property
    def reads(self) -> str:
        """The language for whatever must be in one: theirs, or the school's where nobody knows it."""
        return self.language or settings.LANGUAGE_CODE

    @property
    def mobile_in_words(self) -> str:
        return display(self.mobile) if self.mobile else ""

    def is_now(self, role: Role) -> bool:
        """Whether they hold it today."""
        return role.is_held_by(self)

    @property
    def roles_now(self) -> list[Role]:
        return [role for role in Role if self.is_now(role)]

    @property
    def roles_on_record(self) -> list[Role]:
        """Ended or not."""
        return [role for role in Role if getattr(self, role.column)]

    @property
    def roles(self) -> list[str]:
        """What they are to the school, or were before they left, in the reader's language."""
        return [str(role.label) for role in self.roles_now or self.roles_on_record]

    def take_roles(self, roles: Iterable[Role]) -> None:
        """Have them hold exactly these. One they hold no more has ended: whatever it gave them ended with it."""
        held = set(roles)
        for role in Role:
            if role in held and not getattr(self, role.column):
                setattr(self, role.column, True)
                setattr(self, role.last_day, None)
            elif role not in held and self.is_now(role):
                setattr(self, role.last_day, timezone.localdate() - timedelta(days=1))

    def end(self, last_day: date | None, roles: Iterable[Role]) -> None:
        """Have these roles end after that day; None: they go on."""
        for role in roles:
            setattr(self, role.last_day, last_day)

    @property
    def is_family(self) -> bool:
        return self.is_now(Role.CONTACT) or self.is_now(Role.PUPIL)

    @property
    def works_here(self) -> bool:
        return self.is_now(Role.STAFF)

    @property
    def is_without_office(self) -> bool:
        return self.has_left or (self.is_staff_member and not self.works_here)

    @property
    def goes_on(self) -> bool:
        """Whether nobody has said a last day of what they do here; for staff, of their work."""
        counting = [Role.STAFF] if self.is_staff_member else self.roles_on_record
        return any(getattr(self, role.last_day) is None for role in counting)

    @property
    def last_day(self) -> date | None:
        """The day after which they have left, however long ago; None where a role has no end."""
        days = [getattr(self, role.last_day) for role in self.roles_on_record]
        return max(days) if all(days) else None

    @property
    def group_names(self) -> list[str]:
        return [str(membership.group) for membership in self.memberships.all()]

    @property
    def has_left(self) -> bool:
        return not self.roles_now

    @property
    def is_current(self) -> bool:
        return self._is(is_current())

    @property
    def is_barred(self) -> bool:
        return self._is(is_barred())

    def _is(self, fact: Q) -> bool:
        return Person.objects.filter(fact, pk=self.pk).exists()

    def pupils_in_sight(self) -> PersonQuerySet:
        """The pupils whose data this contact may see."""
        return Person.objects.filter(pk__in=self._sees().values("pupil"))

    def links_in_sight(self) -> models.QuerySet[Relationship]:
        """The relationships with them, each pupil with their groups."""
        return self._sees().select_related("pupil").prefetch_related("pupil__memberships__group").order_by("pk")

    def pupils_in_care(self) -> PersonQuerySet:
        """Those of them whose parent or guardian this person is: for them they may consent."""
        return Person.objects.filter(pk__in=self._sees().of_guardians().values("pupil"))

    def _sees(self) -> RelationshipQuerySet:
        return self.relationships_as_contact.current().may_see().filter(Role.CONTACT.here("contact__"))
