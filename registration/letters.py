"""The letters of registration: they are written when they leave, to whoever may and need still be written to."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal.access.letters import address_of
from portal.access.models import may_have_code
from portal.mail.kinds import PERSON, Written, letter
from portal.people.models import Person, User

from .codes.actions import make_codes
from .invitations import texts
from .invitations.invitees import Outcome, with_outcome
from .models import PersonalCode

INVITATION, REMINDER = "registration.invitation", "registration.reminder"
WORDS = {INVITATION: texts.invitation, REMINDER: texts.reminder}
WHOM = {"family": True, "staff": False}


def to_me(kind: str, whom: str) -> str:
    """The kind of the same letter to somebody who wants to see it first."""
    return f"{kind}-{whom}-to-me"


@letter(INVITATION, _("Invitation"), of=PERSON)
@letter(REMINDER, _("Reminder"), of=PERSON)
def ask_to_register(row):
    people = with_outcome(Person.objects.current().filter(pk=row.about))
    # This letter itself is why they count as invited lately.
    person = people.filter(outcome__in=[Outcome.GETS_EMAIL, Outcome.INVITED_LATELY]).first()
    if person is None:  # they have registered, left, or may not receive messages any more
        return None
    with override(person.reads):
        whom = "family" if person.is_family else "staff"
        return Written(person.email, *WORDS[row.kind](whom, person.name, _code_of(person)))


def _code_of(person):
    """Made when the letter leaves, so that no backup holds it; none for whoever signs in or has no number on record."""
    if not person.mobile or not Person.objects.filter(may_have_code(), pk=person.pk).exists():
        return ""
    return make_codes([person], way=PersonalCode.Way.EMAIL, by=None)[person.pk]


def _register_letter_to_me(kind, whom):
    @letter(to_me(kind, whom), _("An invitation, to see it first"))
    def show_me(row):
        user = User.objects.select_related("person").filter(pk=row.about, is_active=True).first()
        if user is None:
            return None
        person = getattr(user, "person", None)
        with override(person.reads if person else settings.LANGUAGE_CODE):
            return Written(address_of(user), *WORDS[kind](whom, str(user)))


for _kind in WORDS:
    for _whom in WHOM:
        _register_letter_to_me(_kind, _whom)
