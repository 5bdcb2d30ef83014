"""Who is meant: a rule of clauses.

A rule is {"include": [clause, …], "exclude": [clause, …]}; a clause is one of
    {"role": "staff" | "contacts" | "guardians" | "pupils" | "registered"}
    {"group": ID, "who": "pupils" | "contacts" | "staff"}
    {"person": ID}
    {"listed": [ID, …], "name": "file.csv"}     people of an uploaded list of references
    {"audience": ID}                a saved audience, worked out anew
    {"rule": {…}, "name": NAME}     a saved audience as it was when Send was pressed
    {"unknown_of": MESSAGE ID}      those of whom it is not known whether that message reached them
    {"of_message": MESSAGE ID, "states": [STATE, …]}    those of that message in one of these states
    {"of_message": MESSAGE ID, "without_part": NUMBER}  those whose words were accepted, and this part and later ones not
"""

from functools import reduce
from operator import and_, or_

from django.db.models import Q

from portal.people.models import (
    Membership,
    Person,
    Relationship,
    holds,
    holds_any_role,
    is_barred,
    is_barred_as,
    pupils_here,
)
from portal.people.models.person import PersonQuerySet
from portal.people.models.relationship import RelationshipQuerySet
from portal.people.roles import Role
from wechat_admin.models import EnterpriseAccount

from ..models import Delivery, Message, SavedAudience, State
from ..models.delivery import DeliveryQuerySet
from ..models.rule import Clause, Rule

WHO = (Role.PUPIL, Role.CONTACT, Role.STAFF)
NOBODY = Q(pk__in=[])


def clauses_of(clauses: list[Clause], account: EnterpriseAccount) -> tuple[Q, Q]:
    """(Q of those meant, Q of those of them who may not receive it): one clause that lets somebody have it is enough.

    Who is barred is to be asked of those meant, and behind `is_forbidden`: all who are barred are among those few.
    """
    pairs = [_clause(clause, account) for clause in clauses]
    return reduce(or_, (meant for meant, _ in pairs), NOBODY), _barred_by_all(pairs)


def _barred_by_all(pairs: list[tuple[Q, Q]]) -> Q:
    if len(pairs) == 1:  # whom it means need not be asked once more: that takes as long as the list
        return pairs[0][1]
    return reduce(and_, (~meant | barred for meant, barred in pairs), Q())


def _clause(clause: Clause, account: EnterpriseAccount) -> tuple[Q, Q]:
    if "role" in clause:
        return _role(clause["role"], account)
    if "group" in clause:
        return _group(clause["group"], clause["who"])
    if "person" in clause:
        return Q(pk=clause["person"]), is_barred()
    if "listed" in clause:
        return Q(pk__in=clause["listed"]), is_barred()
    if "audience" in clause:
        saved = SavedAudience.objects.filter(pk=clause["audience"]).first()
        return _nested(saved.rule if saved else {}, account)
    if "rule" in clause:
        return _nested(clause["rule"], account)
    return Q(pk__in=_people_of_a_message(clause).of_whom()), is_barred()


def _people_of_a_message(clause: Clause) -> DeliveryQuerySet:
    if "unknown_of" in clause:
        return Delivery.objects.filter(message=clause["unknown_of"]).in_states([State.UNKNOWN])
    message = Message.objects.filter(pk=clause["of_message"]).first()
    if message is None:
        return Delivery.objects.none()
    if part := clause.get("without_part"):
        return message.deliveries.without_part(part)
    return message.deliveries.in_states_of(message, clause["states"])


def _nested(rule: Rule, account: EnterpriseAccount) -> tuple[Q, Q]:
    """A saved audience: nobody, where it was deleted meanwhile. One cannot hold another."""
    include = [clause for clause in rule.get("include", []) if "audience" not in clause]
    meant, barred = clauses_of(include, account)
    if rule.get("exclude"):
        meant = meant & ~clauses_of(rule["exclude"], account)[0]
    return meant, barred


def _role(role: str, account: EnterpriseAccount) -> tuple[Q, Q]:
    if role == "registered":
        return Q(registration__isnull=False) & holds_any_role(), is_barred()
    if role == "guardians":
        return _contacts_in(Relationship.objects.current().of_guardians())
    return holds(role), is_barred_as(role)


def _group(group: int, who: str) -> tuple[Q, Q]:
    """Members of the group and of the groups below it (a year's forms), or the contacts of its pupils."""
    if who == Role.CONTACT:
        return _contacts_in(Relationship.objects.with_pupils_of([group]))
    return holds(who) & Q(pk__in=Membership.objects.below([group]).values("person")), NOBODY


def _contacts_in(relationships: RelationshipQuerySet) -> tuple[Q, Q]:
    return Q(pk__in=relationships.values("contact")), ~Q(pk__in=relationships.may_receive().values("contact"))


def pupils_concerned(rule: Rule) -> PersonQuerySet | None:
    """The pupils a message is about, as a queryset: those of the groups chosen; None where no group is chosen."""
    groups = [clause["group"] for clause in rule.get("include", []) if "group" in clause]
    if not groups or any("group" not in clause for clause in rule["include"]):
        return None
    return Person.objects.pupils_of(groups)


def pupils_whose_contacts_are_chosen(rule: Rule) -> Q | None:
    """Q of the pupils for whose sake contacts are meant; None where the rule is not for the contacts of pupils."""
    meant = [q for clause in rule.get("include", []) if (q := _whose_contacts(clause)) is not None]
    if not meant:
        return None
    whose = reduce(or_, meant)
    for clause in rule.get("exclude", []):
        # Without the parents and guardians the other contacts are still meant, and so is every pupil.
        without = None if clause.get("role") == "guardians" else _whose_contacts(clause)
        whose = whose if without is None else whose & ~without
    return whose


def _whose_contacts(clause: Clause) -> Q | None:
    if clause.get("role") in (Role.CONTACT, "guardians"):
        return pupils_here()
    if "group" in clause and clause["who"] == Role.CONTACT:
        return pupils_here() & Q(pk__in=Membership.objects.below([clause["group"]]).values("person"))
    if "rule" in clause:
        return pupils_whose_contacts_are_chosen(clause["rule"])
    if "audience" in clause:
        saved = SavedAudience.objects.filter(pk=clause["audience"]).first()
        return _whose_contacts({"rule": saved.rule if saved else {}})
    return None
