"""Who gets a letter with a personal code, why the others get none, and in which pile each letter lies."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Count, Q, TextChoices, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.models import has_password
from portal.people.directory.listing import behind, page_by_name
from portal.people.models import Group, Membership, Person, Relationship, User

from ..invitations.invitees import Outcome

MOST_LETTERS = 300  # of one press: the page holds a picture for each


class Fate(TextChoices):
    LETTER = "letter", gettext_lazy("gets a letter")
    REGISTERED = "registered", Outcome.REGISTERED.label
    BARRED = "barred", Outcome.BARRED.label
    YEAR_CLOSED = "year closed", Outcome.YEAR_CLOSED.label
    OPTION = "option", gettext_lazy("holds menu options, so a password is needed")
    PASSWORD = "password", gettext_lazy("has a password already")
    LOCKED = "locked", gettext_lazy("sign-in is locked")
    NO_NUMBER = "no number", gettext_lazy("no mobile number on record: write it into the directory first")


def with_fate(people):
    """The people (with their outcome of an invitation), each with the `fate` that is decided first."""
    fate = Case(
        *(When(outcome=Outcome(same), then=Value(same)) for same in (Fate.BARRED, Fate.YEAR_CLOSED, Fate.REGISTERED)),
        When(Q(user__in=User.objects.holding_options()), then=Value(Fate.OPTION)),
        When(has_password(), then=Value(Fate.PASSWORD)),
        When(user__is_active=False, then=Value(Fate.LOCKED)),
        When(mobile="", then=Value(Fate.NO_NUMBER)),
        default=Value(Fate.LETTER),
        output_field=CharField(),
    )
    return people.annotate(fate=fate)


def count(people):
    """Counter of the fates of these people."""
    return Counter(dict(people.order_by().values_list("fate").annotate(Count("pk"))))


@dataclass
class Press:
    """The letters that one press makes, and how many are left for the presses behind it."""

    people: list
    left: int
    next: int | None  # the id behind whom the next press begins, None at the last
    is_first: bool


def press_of(people, after):
    """The press that begins behind the person with the id `after`: whoever registers meanwhile moves nobody out of it."""
    waiting = people.filter(fate=Fate.LETTER)
    page = page_by_name(waiting, after, size=MOST_LETTERS)
    left = waiting.filter(behind(page.rows[-1], waiting.place_in_a_list)).count() if page.next else 0
    return Press(page.rows, left, page.next, page.is_first)


@dataclass
class Pile:
    """The letters that one form's teacher hands out."""

    name: str
    letters: list = field(default_factory=list)  # [(person, names of the pupils it is handed to)]


def piles(people):
    """[Pile] by form: a contact's letter goes by their first pupil; three queries."""
    pupils_of = _pupils_of(people)
    asked = {person.pk for person in people if person.is_pupil}.union(*(dict(found) for found in pupils_of.values()))
    form_of = _forms_of(asked)
    found: dict[tuple, Pile] = {}
    for person in people:
        pupils = pupils_of.get(person.pk, [])
        forms = [form_of[pk] for pk in (person.pk, *dict(pupils)) if pk in form_of]
        place, name = min(forms) if forms else _without_form(person)
        found.setdefault((place, name), Pile(name)).letters.append((person, [pupil for _pk, pupil in pupils]))
    return [found[key] for key in sorted(found)]


def _pupils_of(people):
    """{key of a contact: [(key, name) of their pupils who are here]}"""
    found: dict[int, list[tuple[int, str]]] = {}
    for link in Relationship.objects.current().filter(contact__in=people).select_related("pupil").order_by("pupil_id"):
        found.setdefault(link.contact_id, []).append((link.pupil_id, link.pupil.name))
    return found


def _forms_of(pupils):
    """{key of a pupil: (place in the order of forms, its name)}"""
    places = {group.pk: (place, str(group)) for place, group in enumerate(Group.objects.filter(kind=Group.Kind.FORM))}
    rows = Membership.objects.filter(person__in=pupils, group__in=places).values_list("person", "group")
    return {person: places[group] for person, group in rows}


def _without_form(person: Person):
    is_staff_alone = person.works_here and not person.is_family
    return 10**6 + is_staff_alone, _("Staff") if is_staff_alone else _("Without a form")
