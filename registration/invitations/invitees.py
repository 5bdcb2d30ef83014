"""Who is asked to register, and what keeps each from being mailed."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from portal.access.models import has_password
from portal.people.models import Person, is_barred
from portal.people.models.group import GroupsOrIds
from portal.people.roles import Role
from wechat_admin.models import EnterpriseAccount

from ..models import Invitation, PersonalCode, Registration
from ..years import rules as years

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Invited(TypedDict):
        outcome: str
        invited_before: bool

    Invitee = WithAnnotations[Person, _Invited]  # somebody with their outcome of an invitation


class Outcome(TextChoices):
    """What inviting somebody comes to."""

    GETS_EMAIL = "gets e-mail", _("gets an e-mail")
    REGISTERED = "registered", _("registered already")
    INVITED_LATELY = "invited lately", _("invited lately")
    NO_EMAIL = "no e-mail", _("no e-mail on record")
    BARRED = "barred", _("may not receive messages")
    YEAR_CLOSED = "year closed", _("pupils of a year that may not register")


# Whom somebody may have given the text or the hand-out; an e-mail of ours goes to the first alone.
INVITABLE = {Outcome.GETS_EMAIL, Outcome.NO_EMAIL, Outcome.INVITED_LATELY}


def chosen(roles: Iterable[str], groups: GroupsOrIds) -> "QuerySet[Invitee]":
    """People of these roles, or pupils of these groups and their contacts, each with their `outcome`."""
    return with_outcome(Person.objects.chosen(roles, groups).order_by())


def with_outcome(people: QuerySet[Person]) -> "QuerySet[Invitee]":
    """The people, each with the `outcome` that is decided first, and whether they were `invited_before`."""
    account = EnterpriseAccount.objects.the()
    registered = Registration.objects.of_account(account).registered().filter(person=OuterRef("pk"))
    outcome = Case(
        When(is_barred(), then=Value(Outcome.BARRED)),
        When(years.switched_off(), then=Value(Outcome.YEAR_CLOSED)),
        When(Exists(registered), then=Value(Outcome.REGISTERED)),
        When(email="", then=Value(Outcome.NO_EMAIL)),
        When(Exists(Invitation.objects.lately().filter(person=OuterRef("pk"))), then=Value(Outcome.INVITED_LATELY)),
        default=Value(Outcome.GETS_EMAIL),
        output_field=CharField(),
    )
    before = Invitation.objects.reached_or_may_have().filter(person=OuterRef("pk"))
    return people.annotate(outcome=outcome, invited_before=Exists(before))


def count(people: "QuerySet[Invitee]") -> Counter[str]:
    """Counter of the outcomes of these people."""
    return Counter(dict(people.order_by().values_list("outcome").annotate(Count("pk"))))


def by_hand(people: "QuerySet[Invitee]") -> list[int]:
    """The ids of those of them whom somebody may have given the text or the hand-out."""
    return list(people.filter(outcome__in=INVITABLE).order_by("pk").values_list("pk", flat=True))


def hindered(people: "QuerySet[Invitee]") -> dict[str, int]:
    """{why: how many} of those to be registered who cannot be yet, whatever is written to them; one query."""
    to_come = ~Q(outcome__in=[Outcome.BARRED, Outcome.YEAR_CLOSED, Outcome.REGISTERED])
    numbers = Person.objects.current().exclude(mobile="").order_by().values("mobile")
    shared = numbers.annotate(holders=Count("pk")).filter(holders__gt=1).values("mobile")
    lettered = PersonalCode.objects.good().filter(way=PersonalCode.Way.PRINT).values("person")
    has_no_way_in = Q(email="") & ~has_password() & ~Q(pk__in=lettered)
    return people.order_by().aggregate(
        no_way_in=Count("pk", filter=to_come & has_no_way_in),
        no_number=Count("pk", filter=to_come & Q(mobile="")),
        shared_number=Count("pk", filter=to_come & Q(mobile__in=shared)),
    )


def to_write_to(people: "QuerySet[Invitee]") -> list[tuple[int, bool, bool]]:
    """Those of them who get a letter: [(key, whether they are family, whether they were invited before)]."""
    people = people.filter(outcome=Outcome.GETS_EMAIL).order_by("pk")
    is_family = Case(When(Role.CONTACT.here() | Role.PUPIL.here(), then=True), default=False)
    return list(people.annotate(family=is_family).values_list("pk", "family", "invited_before"))
