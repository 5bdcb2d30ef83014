import hashlib
import json
import secrets
from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.access.account_actions import forget_password
from portal.access.actions import sign_in_of
from portal.audit.actions import record
from portal.people.models import Person, User

from ..models import Invitation, InvitationRun, PersonalCode
from . import characters

Way = PersonalCode.Way


class ListChanged(Exception):
    """Other letters would be made, or others would die, than was shown."""


def digest(people: Collection[Person]) -> str:
    """Of whom a press would make a letter for and which letters would die by it."""
    dying = PersonalCode.objects.filter(replaced_at=None, person__in=people).exclude(way=Way.EMAIL)
    shown = [sorted(person.pk for person in people), sorted(dying.values_list("pk", flat=True))]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def print_codes(*, people: Collection[Person], shown: str, by: User) -> dict[int, str]:
    """New codes for these people, {their key: code}; the printed ones they had are dead. `shown` is the page's digest.

    Nobody can read a code again: whoever has lost the letters prints new ones.
    """
    with transaction.atomic():
        # One press at a time: the second of two finds the first one's letters.
        list(Person.objects.select_for_update().filter(pk__in=[person.pk for person in people]).order_by("pk"))
        if digest(people) != shown:
            raise ListChanged
        codes = make_codes(people, way=Way.PRINT, by=by)
        run = InvitationRun.objects.create(sent_by=by, way=InvitationRun.Way.PRINT)
        Invitation.objects.bulk_create((Invitation(run=run, person=person) for person in people), batch_size=500)
        record(gettext_noop("printed personal codes"), by=by, people=len(codes))
    return codes


@transaction.atomic
def replace_password(*, person: Person, by: User) -> dict[int, str]:
    """Their password ends and a code takes its place, {key: code}. Raises AccessRefused."""
    forget_password(user=sign_in_of(person), by=by)
    return make_codes([person], way=Way.RESET, by=by)


@transaction.atomic
def make_codes(people: Collection[Person], *, way: PersonalCode.Way, by: User | None) -> dict[int, str]:
    """{key of the person: code}; those they had of this way are replaced."""
    PersonalCode.objects.filter(way=way, replaced_at=None, person__in=people).update(replaced_at=Now())
    codes = {person.pk: characters.make() for person in people}
    rows = [
        PersonalCode(person_id=pk, way=way, code_hash=PersonalCode.hash_of(code), made_by=by)
        for pk, code in codes.items()
    ]
    PersonalCode.objects.bulk_create(rows, batch_size=500)
    return codes


@transaction.atomic
def come_in(*, code: PersonalCode) -> tuple[User, str]:
    """(the user, what the session holds) of somebody who gave a good code; the session it had stood for ends."""
    user = sign_in_of(code.person)
    visit = secrets.token_hex(16)
    PersonalCode.objects.filter(pk=code.pk).update(visit=visit)
    record(gettext_noop("came in with a personal code"), by=user, subject=user)
    return user, visit
