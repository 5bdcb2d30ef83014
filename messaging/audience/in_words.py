"""A rule in words, for the pages that show whom a message or an audience is for."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.people.models import Group, Person
from portal.people.models.person import PersonQuerySet
from portal.people.roles import Role

from ..models import STATE_LABELS, SavedAudience
from ..models.rule import Clause, Rule
from .deleted import deleted_in_words

ROLE_LABELS = {
    Role.CONTACT: Role.CONTACT.everybody,
    "guardians": gettext_lazy("Parents and guardians only"),
    Role.PUPIL: Role.PUPIL.everybody,
    Role.STAFF: Role.STAFF.everybody,
    "registered": gettext_lazy("Everyone registered"),
}
WHO_LABELS = {
    Role.PUPIL: gettext_lazy("pupils"),
    Role.CONTACT: gettext_lazy("their contacts"),
    Role.STAFF: gettext_lazy("staff"),
}


def in_words(rule: Rule, own: PersonQuerySet | None = None) -> tuple[list[str], list[str]]:
    """(words of those included, words of those excluded); a query for each kind of clause, however long the rule is.

    Whoever may write to `own` alone reads no names but theirs.
    """
    include, exclude = rule.get("include", []), rule.get("exclude", [])
    clauses = include + exclude
    groups = Group.objects.in_bulk([clause["group"] for clause in clauses if "group" in clause])
    wanted = [clause["person"] for clause in clauses if "person" in clause]
    known = Person.objects.all() if own is None else Person.objects.filter(pk__in=own.values("pk"))
    people = known.in_bulk(wanted)
    nobody_known = "–" if own is None else _("somebody outside your groups")
    audiences = _audiences([clause["audience"] for clause in clauses if "audience" in clause])

    def word(clause: Clause) -> str:
        if "role" in clause:
            return str(ROLE_LABELS[clause["role"]])
        if "group" in clause:
            return f"{groups.get(clause['group'], '–')}: {WHO_LABELS[clause['who']]}"
        if "person" in clause:
            return str(people.get(clause["person"], nobody_known))
        if "audience" in clause:
            return audiences[clause["audience"]]
        if "rule" in clause:
            return _audience(clause["name"])
        if "listed" in clause:
            return _("List of %(count)s references") % {"count": len(clause["listed"])} + f" {clause['name']}".rstrip()
        if "of_message" in clause:
            states = ", ".join(str(STATE_LABELS[state]) for state in clause["states"])
            return _("Those of message %(number)s: %(states)s") % {"number": clause["of_message"], "states": states}
        return _("Those of whom it is unknown")

    return [word(clause) for clause in include], [word(clause) for clause in exclude]


def _audiences(ids: Collection[int]) -> dict[int, str]:
    """{id: words}"""
    there = SavedAudience.objects.in_bulk(ids)
    return {pk: _audience(saved.name) for pk, saved in there.items()} | deleted_in_words(set(ids) - there.keys())


def _audience(name: str) -> str:
    return f"{_('Audience')} {name}"
