"""Where everybody of the school stands with registering: one state a person, so that the numbers add up to the roll."""

from dataclasses import dataclass

from django.db import models
from django.db.models import Case, Count, Q, Value, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.people.models import ROLES, Group, Membership, Person, Relationship, barred_from_messages

from ..models import Invitation, Opened, Registration
from ..years import rules as years


class Standing(models.TextChoices):
    """The first five are the way to being registered, in its order."""

    NOT_INVITED = "not_invited", _("not invited yet")
    INVITED = "invited", _("invited")
    OPENED = "opened", _("opened the first step")
    CONFIRMED = "confirmed", _("confirmed a number")
    IN_WECOM = "in_wecom", _("in WeCom, not yet scanned the code")
    REGISTERED = "registered", _("registered")
    NO_LONGER = "no_longer", _("not registered any more")
    STOPPED = "stopped", _("stopped")
    BARRED = "barred", _("may not receive or register")


WAY = [
    Standing.NOT_INVITED,
    Standing.INVITED,
    Standing.OPENED,
    Standing.CONFIRMED,
    Standing.IN_WECOM,
    Standing.REGISTERED,
]
MISSING = [s for s in WAY if s != Standing.REGISTERED] + [Standing.NO_LONGER]


@dataclass(frozen=True)
class Chosen:
    """Whom the page is about: everybody, a role, a group's pupils, or the contacts of a group's pupils."""

    role: str = ""
    group: Group | None = None

    def people(self):
        people = Person.objects.current()
        if self.role:
            people = people.filter(ROLES[self.role])
        if self.group is None:
            return people
        members = Membership.objects.filter(Q(group=self.group) | Q(group__parent=self.group)).values("person")
        pupils = Person.objects.current().filter(is_pupil=True, pk__in=members)
        contacts = Relationship.objects.filter(pupil__in=pupils).values("contact")
        if self.role == "contacts":
            return people.filter(pk__in=contacts)
        if self.role == "":
            return people.filter(Q(pk__in=pupils) | Q(pk__in=contacts))
        return people.filter(pk__in=members)


def with_standing(people, account):
    """The people, each annotated with `standing`. Sets, not questions asked of each."""
    ours = Registration.objects.of_account(account)
    standing = ours.open()
    Status = Registration.Status

    def of(registrations):
        return Q(pk__in=registrations.values("person"))

    may_not = barred_from_messages() | years.switched_off()
    return people.annotate(
        standing=Case(
            When(of(standing.registered()), then=Value(Standing.REGISTERED)),
            When(may_not, then=Value(Standing.BARRED)),
            When(of(standing.filter(status=Status.REGISTERED)), then=Value(Standing.NO_LONGER)),
            When(of(standing.filter(status=Status.IN_WECOM)), then=Value(Standing.IN_WECOM)),
            When(of(standing.filter(status=Status.CONFIRMED)), then=Value(Standing.CONFIRMED)),
            When(of(standing), then=Value(Standing.OPENED)),
            When(of(ours.filter(status=Status.WITHDRAWN)), then=Value(Standing.STOPPED)),
            When(of(Opened.objects.filter(account_key=account.account_key)), then=Value(Standing.OPENED)),
            When(of(Invitation.objects.exclude(state=Invitation.State.FAILED)), then=Value(Standing.INVITED)),
            default=Value(Standing.NOT_INVITED),
            output_field=models.CharField(),
        )
    )


def counts(chosen, account):
    """{Standing: how many}, every one named; they add up to the people chosen."""
    people = with_standing(chosen.people(), account).order_by()
    found = dict(people.values_list("standing").annotate(Count("pk")))
    return {standing: found.get(standing, 0) for standing in Standing}


def counts_of_roles(account):
    """{role: {Standing: how many}} of the whole school, in one query; somebody of two roles counts in both."""
    fields = {"staff": "is_staff_member", "contacts": "is_contact", "pupils": "is_pupil"}
    found = {role: dict.fromkeys(Standing, 0) for role in fields}
    people = with_standing(Person.objects.current(), account).order_by()
    for *held, standing, number in people.values_list(*fields.values(), "standing").annotate(Count("pk")):
        for role, holds in zip(fields, held, strict=True):
            if holds:
                found[role][Standing(standing)] += number
    return found


def funnel(found):
    """[(what was reached, how many reached it or went further)], from all who may register down to the registered."""
    labels = [
        gettext("may register"),
        gettext("invited, or came by themselves"),
        gettext("opened the first step"),
        gettext("confirmed a number"),
        gettext("in WeCom"),
        gettext("registered"),
    ]
    return [(label, sum(found[s] for s in WAY[position:])) for position, label in enumerate(labels)]


def per_group(role, kind, account):
    """[(group, {Standing: how many})] of a role's people in every group of the kind; two queries.

    A contact of pupils in two groups counts in both, so these rows need not add up to the roll.
    """
    groups = {group.pk: group for group in Group.objects.filter(kind=kind)}
    path = "relationships_as_contact__pupil__memberships__group" if role == "contacts" else "memberships__group"
    people = Person.objects.current().filter(ROLES[role] if role else Q(is_pupil=True), **{f"{path}__in": groups})
    rows = with_standing(people, account).order_by().values_list(path, "standing").annotate(Count("pk", distinct=True))
    table = {pk: dict.fromkeys(Standing, 0) for pk in groups}
    for pk, standing, number in rows:
        if pk in table:
            table[pk][Standing(standing)] = number
    return [(groups[pk], found) for pk, found in table.items()]
