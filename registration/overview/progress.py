"""How far everybody of the school has come with registering: one state a person, so that the numbers add up to the roll."""

from dataclasses import dataclass
from itertools import chain

from django.db import models
from django.db.models import Case, Count, ExpressionWrapper, Q, Value, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.people.models import Group, Person, Relationship, holds, is_barred, pupils_here
from portal.people.roles import Role
from portal.tones import States, Tone

from ..models import Invitation, Opened, Registration
from ..years import rules as years


class Progress(States):
    """The first five are the way to being registered, in its order."""

    NOT_INVITED = "not_invited", _("not invited yet")
    INVITED = "invited", Tone.INFO, _("invited")
    OPENED = "opened", _("opened the first step")
    CONFIRMED = "confirmed", Tone.INFO, _("confirmed a number")
    IN_WECOM = "in_wecom", Tone.WARN, _("in WeCom, not yet scanned the code")
    REGISTERED = "registered", Tone.OK, _("registered")
    NO_LONGER = "no_longer", Tone.WARN, _("not registered any more")
    STOPPED = "stopped", Tone.WARN, _("stopped")
    BARRED = "barred", _("may not receive or register")


WAY = [
    Progress.NOT_INVITED,
    Progress.INVITED,
    Progress.OPENED,
    Progress.CONFIRMED,
    Progress.IN_WECOM,
    Progress.REGISTERED,
]
MISSING = [s for s in WAY if s != Progress.REGISTERED] + [Progress.NO_LONGER]


@dataclass(frozen=True)
class Chosen:
    """Whom the page is about: everybody, a role, a group's pupils, or the contacts of a group's pupils."""

    role: str = ""
    group: Group | None = None

    def people(self):
        people = Person.objects.current()
        if self.role:
            people = people.of(self.role)
        if self.group is None:
            return people
        match self.role:
            case Role.CONTACT:
                return people.contacts_in(Relationship.objects.with_pupils_of([self.group.pk]))
            case "":
                return people.families_of([self.group.pk])
        return people.in_groups([self.group.pk])


def with_progress(people, account):
    """The people, each annotated with `progress`. Sets, not questions asked of each."""
    ours = Registration.objects.of_account(account)
    open_ones = ours.open()
    Status = Registration.Status

    def of(registrations):
        return Q(pk__in=registrations.values("person"))

    may_not = is_barred() | years.switched_off()
    return people.annotate(
        progress=Case(
            When(of(open_ones.registered()), then=Value(Progress.REGISTERED)),
            When(may_not, then=Value(Progress.BARRED)),
            When(of(open_ones.filter(status=Status.REGISTERED)), then=Value(Progress.NO_LONGER)),
            When(of(open_ones.must_register_again()), then=Value(Progress.NO_LONGER)),
            When(of(open_ones.filter(status=Status.IN_WECOM)), then=Value(Progress.IN_WECOM)),
            When(of(open_ones.filter(status=Status.CONFIRMED)), then=Value(Progress.CONFIRMED)),
            When(of(open_ones), then=Value(Progress.OPENED)),
            When(of(ours.filter(status=Status.WITHDRAWN)), then=Value(Progress.STOPPED)),
            When(of(Opened.objects.filter(account_key=account.account_key)), then=Value(Progress.OPENED)),
            When(of(Invitation.objects.reached_or_may_have()), then=Value(Progress.INVITED)),
            default=Value(Progress.NOT_INVITED),
            output_field=models.CharField(),
        )
    )


def counts(chosen, account):
    """{Progress: how many}, every one named; they add up to the people chosen."""
    people = with_progress(chosen.people(), account).order_by()
    found = dict(people.values_list("progress").annotate(Count("pk")))
    return {progress: found.get(progress, 0) for progress in Progress}


def counts_of_roles(account):
    """{role: {Progress: how many}} of the whole school, in one query; somebody of two roles counts in both."""
    found = {role: dict.fromkeys(Progress, 0) for role in Role}
    people = with_progress(Person.objects.current(), account).order_by()
    people = people.annotate(**{role.name: ExpressionWrapper(holds(role), models.BooleanField()) for role in Role})
    for *held, progress, number in people.values_list(*Role.names, "progress").annotate(Count("pk")):
        for role, is_held in zip(Role, held, strict=True):
            if is_held:
                found[role][Progress(progress)] += number
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
    """[(group, {Progress: how many})] of a role's people in every group of the kind; two queries.

    A contact of pupils in two groups counts in both, so these rows need not add up to the roll.
    """
    trees = Group.objects.trees(kind)
    rows = with_progress(_in_trees(trees, role or Role.PUPIL), account).order_by()
    table = {group: dict.fromkeys(Progress, 0) for group in trees}
    found = {group.pk: numbers for group, numbers in table.items()}
    for pk, progress, number in rows.values_list("head", "progress").annotate(Count("pk", distinct=True)):
        found[pk][Progress(progress)] = number
    return list(table.items())


def _in_trees(trees, role):
    """The people of a role once for every tree they stand in, its `head` with them: contacts where their pupils do."""
    path = "relationships_as_contact__pupil__" if role == Role.CONTACT else ""
    group = f"{path}memberships__group"
    here = pupils_here(path) if role == Role.CONTACT else Q()
    # One filter, so that both ask about the same pupil.
    people = Person.objects.current().of(role).filter(here, **{f"{group}__in": list(chain(*trees.values()))})
    whens = [When(**{f"{group}__in": ids}, then=head.pk) for head, ids in trees.items()]
    return people.annotate(head=Case(*whens, default=None, output_field=models.BigIntegerField()))
