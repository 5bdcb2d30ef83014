"""Who is meant: a rule of clauses, turned into one query over people with what keeps each from being reached.

A rule is {"include": [clause, …]}; a clause is one of
    {"role": "staff" | "contacts" | "pupils" | "registered"}
    {"group": ID, "who": "pupils" | "contacts" | "staff"}
    {"person": ID}
    {"unknown_of": MESSAGE ID}      those of whom it is not known whether that message reached them
"""

import hashlib
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Count, OuterRef, Q, Subquery, Value, When

from portal.people.models import ROLES, Membership, Person, Relationship, barred_from_messages, has_left
from registration.models import Registration

from .models import Batch, Delivery

WHO = ("pupils", "contacts", "staff")
Problem = Delivery.Problem


def people(rule, account):
    """The people of the rule as a queryset, each once, annotated with

    `problem`: what keeps a message from reaching them (a Delivery.Problem), or NULL;
    `userid`: their member at WeCom where there is no problem, else "".
    """
    chosen, permitted = _clauses(rule, account)
    # Sets, not questions asked of each person: the database reads each once, however many people there are.
    registered = Registration.objects.reachable(account)
    standing = Registration.objects.open().of_account(account)
    scanned_or_not = standing.exclude(status=Registration.Status.STARTED)
    withdrawn = Registration.objects.of_account(account).filter(status=Registration.Status.WITHDRAWN)
    problem = Case(
        When(has_left(), then=Value(Problem.LEFT)),
        When(~permitted, then=Value(Problem.MAY_NOT_RECEIVE)),
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


def _clauses(rule, account):
    """(Q of those meant, Q of those of them who may receive it): a person meant by one clause and barred by another may."""
    pairs = [_clause(clause, account) for clause in rule.get("include", [])]
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
    unknown = Delivery.objects.filter(
        message=clause["unknown_of"], problem=None, batch__state=Batch.State.UNKNOWN
    ).values("person")
    return Q(pk__in=unknown), Q(pk__in=unknown) & ~barred_from_messages()


def _role(role, account):
    if role == "registered":
        meant = Q(pk__in=Registration.objects.open().of_account(account).values("person"))
        return meant, meant & ~barred_from_messages()
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


def reach(rule, account):
    """{problem or None: how many people}, one query; None are those whom WeCom will accept."""
    return dict(people(rule, account).values_list("problem").annotate(Count("pk")).order_by())


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
