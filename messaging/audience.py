"""Who is meant: a rule of clauses, turned into one query over people with what keeps each from being reached.

A rule is {"include": [clause, …], "exclude": [clause, …]}; a clause is one of
    {"role": "staff" | "contacts" | "guardians" | "pupils" | "registered"}
    {"group": ID, "who": "pupils" | "contacts" | "staff"}
    {"person": ID}
    {"listed": [ID, …], "name": "file.csv"}     people of an uploaded list of references
    {"audience": ID}                a saved audience, worked out anew
    {"unknown_of": MESSAGE ID}      those of whom it is not known whether that message reached them
"""

import hashlib
from collections import Counter
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Count, OuterRef, Q, Subquery, Value, When

from portal.access.models import Profile
from portal.people.models import (
    GUARDIANS,
    ROLES,
    Group,
    Membership,
    Person,
    Relationship,
    barred_from_messages,
    has_left,
)
from portal.school.table import value
from registration.models import Registration

from .models import Batch, Delivery, SavedAudience

WHO = ("pupils", "contacts", "staff")
Problem = Delivery.Problem


def people(rule, account):
    """The people of the rule as a queryset, each once, annotated with

    `problem`: what keeps a message from reaching them (a Delivery.Problem), or NULL;
    `userid`: their member at WeCom where there is no problem, else "".
    """
    chosen, permitted = _clauses(rule.get("include", []), account)
    if rule.get("exclude"):
        chosen &= ~_clauses(rule["exclude"], account)[0]
    # Sets, not questions asked of each person: the database reads each once, however many people there are.
    registered = Registration.objects.reachable(account)
    standing = Registration.objects.open().of_account(account)
    scanned_or_not = standing.exclude(status=Registration.Status.STARTED)
    withdrawn = Registration.objects.of_account(account).filter(status=Registration.Status.WITHDRAWN)
    problem = Case(
        When(has_left(), then=Value(Problem.LEFT)),
        When(~permitted, then=Value(Problem.MAY_NOT_RECEIVE)),
        *_trial(registered),
        When(pk__in=registered.values("person"), then=Value(None)),
        When(pk__in=standing.filter(out_of_range=True).values("person"), then=Value(Problem.OUT_OF_RANGE)),
        When(pk__in=scanned_or_not.values("person"), then=Value(Problem.NOT_FOLLOWED)),
        When(pk__in=standing.values("person"), then=Value(Problem.NOT_REGISTERED)),
        When(pk__in=withdrawn.values("person"), then=Value(Problem.STOPPED)),
        default=Value(Problem.NOT_REGISTERED),
        output_field=CharField(null=True),
    )
    theirs = registered.filter(person=OuterRef("pk")).values("userid")[:1]
    userid = Case(When(problem=None, then=Subquery(theirs)), default=Value(""), output_field=CharField())
    return Person.objects.filter(chosen).order_by().annotate(problem=problem, userid=userid)


def _trial(registered):
    """While the school tries out, nobody but the testers it named receives anything."""
    if not value("trial"):
        return []
    testers = Person.objects.filter(reference__in=value("testers").split())
    return [When(Q(pk__in=registered.values("person")) & ~Q(pk__in=testers), then=Value(Problem.NO_TESTER))]


def _clauses(clauses, account):
    """(Q of those meant, Q of those of them who may receive it): a person meant by one clause and barred by another may."""
    pairs = [_clause(clause, account) for clause in clauses]
    nobody = Q(pk__in=[])
    return reduce(or_, (meant for meant, _ in pairs), nobody), reduce(or_, (may for _, may in pairs), nobody)


def _clause(clause, account):
    if "role" in clause:
        return _role(clause["role"], account)
    if "group" in clause:
        return _group(clause["group"], clause["who"])
    if "person" in clause:
        one = Q(pk=clause["person"])
        return one, one & ~barred_from_messages()
    if "listed" in clause:
        listed = Q(pk__in=clause["listed"])
        return listed, listed & ~barred_from_messages()
    if "audience" in clause:
        return _saved(clause["audience"], account)
    unknown = Delivery.objects.filter(
        message=clause["unknown_of"], problem=None, batch__state=Batch.State.UNKNOWN
    ).values("person")
    return Q(pk__in=unknown), Q(pk__in=unknown) & ~barred_from_messages()


def _saved(pk, account):
    """Nobody, where the audience was deleted meanwhile. One saved audience cannot hold another."""
    saved = SavedAudience.objects.filter(pk=pk).first()
    rule = saved.rule if saved else {}
    include = [clause for clause in rule.get("include", []) if "audience" not in clause]
    meant, may = _clauses(include, account)
    if rule.get("exclude"):
        excluded = _clauses(rule["exclude"], account)[0]
        meant, may = meant & ~excluded, may & ~excluded
    return meant, may


def _role(role, account):
    if role == "registered":
        meant = Q(pk__in=Registration.objects.open().of_account(account).values("person"))
        return meant, meant & ~barred_from_messages()
    if role == "guardians":
        theirs = Relationship.objects.filter(kind__in=GUARDIANS, pupil__in=Person.objects.current())
        permitted = theirs.filter(may_receive_messages=True)
        return Q(pk__in=theirs.values("contact")), Q(pk__in=permitted.values("contact"))
    meant = ROLES[role]
    return meant, meant & _not_barred_as(role)


def _not_barred_as(role):
    """Somebody who is meant as a contact must be allowed to receive as a contact, teacher or not."""
    if role != "contacts":
        return Q()
    permitted = Relationship.objects.filter(may_receive_messages=True)
    return Q(pk__in=permitted.values("contact")) | ~Q(pk__in=Relationship.objects.values("contact"))


def _group(group, who):
    """Members of the group and of the groups below it (a year's forms)."""
    members = Membership.objects.filter(Q(group=group) | Q(group__parent=group))
    if who != "contacts":
        meant = ROLES[who] & Q(pk__in=members.values("person"))
        return meant, meant
    pupils = Person.objects.current().filter(is_pupil=True, pk__in=members.values("person"))
    relationships = Relationship.objects.filter(pupil__in=pupils)
    permitted = relationships.filter(may_receive_messages=True)
    return Q(pk__in=relationships.values("contact")), Q(pk__in=permitted.values("contact"))


def pupils_concerned(rule):
    """The pupils a message is about, as a queryset: those of the groups chosen; None where no group is chosen."""
    groups = [clause["group"] for clause in rule.get("include", []) if "group" in clause]
    if not groups or any("group" not in clause for clause in rule["include"]):
        return None
    members = Membership.objects.filter(Q(group__in=groups) | Q(group__parent__in=groups))
    return Person.objects.filter(is_pupil=True, pk__in=members.values("person"))


def own_people(user):
    """Whom somebody limited to their own groups may write to, as a queryset; None for everybody else.

    Their own groups are those they belong to, and the groups below them.
    """
    return people_of_groups(user) if is_limited(user) else None


def people_of_groups(user):
    """Members of the groups this user belongs to and of those below, and the contacts of the pupils among them."""
    person = getattr(user, "person", None)
    mine = Group.objects.filter(memberships__person=person) if person else Group.objects.none()
    members = Membership.objects.filter(Q(group__in=mine) | Q(group__parent__in=mine)).values("person")
    contacts = Relationship.objects.filter(pupil__in=members).values("contact")
    return Person.objects.filter(Q(pk__in=members) | Q(pk__in=contacts))


def is_limited(user):
    """Whether every profile that gives them Messaging limits it to their own groups."""
    profiles = Profile.objects.filter(group__user=user, group__permissions__codename="write").filter(
        group__permissions__content_type__app_label="messaging"
    )
    limits = Profile.objects.filter(group__permissions__codename="own_groups", is_system_administrator=False)
    return profiles.exists() and not profiles.exclude(pk__in=limits).exists()


def is_outside(rule, account, user):
    """Whether somebody is chosen who belongs to none of the user's groups."""
    return people(rule, account).exclude(pk__in=people_of_groups(user)).exists()


def is_beyond(rule, account, user):
    """Whether somebody limited to their own groups has chosen others."""
    own = own_people(user)
    return own is not None and people(rule, account).exclude(pk__in=own).exists()


def reach(rule, account):
    """{problem or None: how many people}, one query; None are those whom WeCom will accept."""
    return dict(people(rule, account).values_list("problem").annotate(Count("pk")).order_by())


def reach_and_readers(rule, account):
    """The same, and {language: how many of those reached read it}; still one query."""
    counts: Counter = Counter()
    readers: Counter = Counter()
    rows = people(rule, account).values_list("problem", "language").annotate(n=Count("pk")).order_by()
    for problem, language, number in rows:
        counts[problem] += number
        if problem is None:
            readers[language] += number
    return dict(counts), dict(readers)


def digest(rule, account):
    """Names exactly this list of reachable people, so that a change can be noticed. Reads ids only, as a stream."""
    sha = hashlib.sha256()
    for pk in people(rule, account).filter(problem=None).order_by("pk").values_list("pk", flat=True).iterator():
        sha.update(b"%d," % pk)
    return sha.hexdigest()


def digest_of_deliveries(message):
    """The same of a frozen list."""
    sha = hashlib.sha256()
    frozen = message.deliveries.filter(problem=None).order_by("person").values_list("person", flat=True)
    for pk in frozen.iterator():
        sha.update(b"%d," % pk)
    return sha.hexdigest()
