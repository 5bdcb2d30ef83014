"""Who is invited or given letters from a page of messages: those of one reason of a report, families of pupils missed."""

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.people.models import Person
from portal.reading import read_id
from registration.those import Those, those

from .audience.pupils import contacts_to_register, missed_pupils
from .judgement import own_people, within
from .models import STATE_LABELS, Message

REPORT, PUPILS = "report", "pupils"


def query_of_report(message, state):
    return f"those={REPORT}-{message.pk}-{state}"


def query_of_pupils(message):
    return f"those={PUPILS}-{message.pk}"


@those(REPORT)
def of_report(key, user):
    number, _between, state = key.partition("-")
    message = Message.objects.listed().readable_by(user).filter(pk=read_id(number)).first()
    if message is None or state not in STATE_LABELS:
        return None
    deliveries = message.deliveries.in_states_of(message, [state])
    people = Person.objects.filter(pk__in=deliveries.of_whom())
    words = {"number": message.pk, "state": STATE_LABELS[state]}
    return Those(
        _("Exactly those of message %(number)s of whom its report says: %(state)s.") % words,
        within(own_people(user), people),
        f"{reverse('messaging:message', args=[message.pk])}?show={state}#people",
    )


@those(PUPILS)
def of_pupils(key, user):
    message = Message.objects.listed().to_look_at(user).filter(pk=read_id(key)).first()
    if message is None:
        return None
    pupils = within(own_people(user), missed_pupils(message))
    return Those(
        _("Exactly the contacts of the pupils whom message %(number)s leaves without an adult who gets it.")
        % {"number": message.pk},
        contacts_to_register(pupils),
        reverse("messaging:pupils", args=[message.pk]),
    )
