"""Who can be told at all: in office, not locked, and not away."""

from portal.access.models import Profile
from portal.people.models import Person, User

from .models import Absence


def in_office(users):
    """Those of the users who work here and may sign in."""
    return users.filter(is_active=True).exclude(person__in=Person.objects.without_office())


def holding(option):
    """Users in office who hold a menu option; "": who are System Administrators."""
    profiles = Profile.objects.holding(option) if option else Profile.objects.filter(is_system_administrator=True)
    return in_office(User.objects.filter(pk__in=User.objects.filter(groups__profile__in=profiles).values("pk")))


def present(users):
    """Those of the users who have not said that they are away."""
    return users.exclude(pk__in=Absence.objects.now().values("user"))


def keys(users):
    return set(users.values_list("pk", flat=True))


class Concerned:
    """Whom the causes of one kind concern, each question asked of the database once."""

    def __init__(self, kind):
        self._holders = keys(present(holding(kind.option)))
        self._administrators = None

    def by(self, cause):
        """Keys of the users it concerns who hold the option and are here."""
        meant = self._holders if cause.to is None else self._holders.intersection(cause.to)
        return meant.difference(cause.but)

    def instead(self, cause):
        """Keys of the administrators who are told where nobody is whom it concerns, or where it lasts: of all of them
        where each is away, for somebody must know."""
        if self._administrators is None:
            self._administrators = keys(present(holding(""))) or keys(holding(""))
        return self._administrators.difference(cause.but)
