"""Who is asked to register, and what keeps each from being mailed."""

from collections import Counter

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from portal.people.models import Person, holds, is_barred
from wechat_admin.models import EnterpriseAccount

from ..models import Invitation, Registration
from ..years import rules as years


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


def chosen(roles, groups):
    """People of these roles, or pupils of these groups and their contacts, each with their `outcome`."""
    wanted = Q(pk__in=Person.objects.families_of(groups).values("pk"))
    for role in roles:
        wanted |= holds(role)
    return with_outcome(Person.objects.current().filter(wanted).order_by())


def with_outcome(people):
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


def count(people):
    """Counter of the outcomes of these people."""
    return Counter(dict(people.order_by().values_list("outcome").annotate(Count("pk"))))


def to_write_to(people):
    """Those of them who get a letter: [(key, whether they are family, whether they were invited before)]."""
    people = people.filter(outcome=Outcome.GETS_EMAIL).order_by("pk")
    is_family = Case(When(Q(is_contact=True) | Q(is_pupil=True), then=True), default=False)
    return list(people.annotate(family=is_family).values_list("pk", "family", "invited_before"))
