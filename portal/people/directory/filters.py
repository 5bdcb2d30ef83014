"""By what the directory is narrowed down. A higher floor adds what it knows of people with `@people_filter`.

A filter is a function that returns {value in the address: (words, a function of nothing that returns the people as a
Q)}: only what is asked for is worked out. Nothing of it names anybody.
"""

from functools import partial, reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Group, Membership, has_left, holds
from ..roles import Role, is_here

_filters: dict = {}


def people_filter(name, label):
    """`name` stands in the address, `label` on the page."""

    def add(function):
        _filters[name] = (label, function)
        return function

    return add


class Chosen:
    """What an address asks for of every filter; what it cannot mean is not asked for."""

    def __init__(self, data):
        self.fields, self.values, self._wanted = [], {}, Q()
        for name, (label, function) in _filters.items():
            choices, value = function(), data.get(name, "")
            if value in choices:
                self.values[name] = value
                self._wanted &= choices[value][1]()
            options = [(key, words, key == value) for key, (words, _people) in choices.items()]
            self.fields.append((name, label, options))

    def of(self, people):
        return people.filter(self._wanted)


@people_filter("role", gettext_lazy("Role"))
def _roles():
    return {role.value: (str(role.plural), partial(holds, role)) for role in Role}


@people_filter("group", gettext_lazy("Year or form"))
def _groups():
    """Pupils of a group and of those below, and whoever else is a member."""
    groups = Group.objects.filter(kind__in=[Group.Kind.YEAR, *Group.BELOW_A_YEAR])
    return {str(group.pk): (str(group), partial(_members, group)) for group in groups}


def _members(group):
    return Q(pk__in=Membership.objects.below([group.pk]).values("person"))


@people_filter("here", gettext_lazy("At the school"))
def _here():
    return {
        "now": (_("here"), is_here),
        "ending": (_("with a last day to come"), _ending),
        "left": (_("left"), has_left),
    }


def _ending():
    return reduce(or_, (Q(**{f"{role.last_day}__isnull": False}) & role.here() for role in Role))


@people_filter("file", gettext_lazy("The file"))
def _in_question():
    return {"differs": (_("says otherwise than the desk"), partial(Q, file_differs=True))}


@people_filter("lacks", gettext_lazy("Without"))
def _lacking():
    return {
        "email": (_("no e-mail"), partial(Q, email="")),
        "mobile": (_("no number"), partial(Q, mobile="")),
        "sign-in": (_("no sign-in"), partial(Q, user=None)),
    }
