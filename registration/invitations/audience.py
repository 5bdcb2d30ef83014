"""Who is asked to register, and what keeps each from being mailed."""

from collections import Counter

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, Value, When

from portal.people.models import ROLES, Membership, Person, Relationship, barred_from_messages
from wechat_admin.models import EnterpriseAccount

from ..models import Invitation, Registration
from ..years import rules as years

# What becomes of each chosen person, in the order in which it is decided.
INVITE, REGISTERED, LATELY, NO_EMAIL = "invite", "registered", "lately", "no e-mail"
BARRED, YEAR_OFF = "barred", "year switched off"


def chosen(roles, groups):
    """People of these roles, or pupils of these groups and their contacts, each with `fate`."""
    members = Membership.objects.filter(Q(group__in=groups) | Q(group__parent__in=groups))
    pupils = Person.objects.filter(is_pupil=True, pk__in=members.values("person"))
    wanted = Q(pk__in=pupils) | Q(Exists(Relationship.objects.filter(contact=OuterRef("pk"), pupil__in=pupils)))
    for role in roles:
        wanted |= ROLES[role]
    return with_fate(Person.objects.current().filter(wanted).order_by())


def with_fate(people):
    """The people, each with `fate`: one of the words above."""
    account = EnterpriseAccount.objects.the()
    registered = Registration.objects.of_account(account).filter(
        person=OuterRef("pk"), status=Registration.Status.REGISTERED, no_longer_at=None
    )
    fate = Case(
        When(barred_from_messages(), then=Value(BARRED)),
        When(years.switched_off(), then=Value(YEAR_OFF)),
        When(Exists(registered), then=Value(REGISTERED)),
        When(email="", then=Value(NO_EMAIL)),
        When(Exists(Invitation.objects.lately().filter(person=OuterRef("pk"))), then=Value(LATELY)),
        default=Value(INVITE),
        output_field=CharField(),
    )
    return people.annotate(fate=fate)


def count(people):
    """Counter of the fates of these people."""
    return Counter(dict(people.order_by().values_list("fate").annotate(Count("pk"))))
