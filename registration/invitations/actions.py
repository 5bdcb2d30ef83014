import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from portal.access.letters import address_of
from portal.audit.actions import record
from portal.mail.actions import post, post_to_many, take_back
from portal.people.models import User
from portal.school.table import value
from wechat_admin.models import EnterpriseAccount

from ..letters import INVITATION, REMINDER, to_me
from ..models import Invitation, InvitationRun
from .invitees import by_hand, to_write_to

if TYPE_CHECKING:
    from .invitees import Invitee


class ListChanged(Exception):
    """Somebody else would be written to than was shown."""


def digest(people: "QuerySet[Invitee]") -> str:
    """Of the letters these people (with their outcome) get: the same if and only if nobody was added, left or invited."""
    return _digest(to_write_to(people))


def digest_by_hand(people: "QuerySet[Invitee]") -> str:
    """The same of those whom somebody may have reached without an e-mail."""
    return _digest(by_hand(people))


def _digest(those: list) -> str:
    return hashlib.sha256(json.dumps(those).encode()).hexdigest()


@transaction.atomic
def invite(*, people: "QuerySet[Invitee]", shown: str, by: User) -> InvitationRun:
    """Write to those of the people (with their outcome) who can be and were not lately; `shown` is the digest of those
    the page showed. Who was invited before is reminded. It begins after the seconds in which it can be undone.
    """
    # One press at a time: the second of two finds everybody invited lately.
    EnterpriseAccount.objects.select_for_update().first()
    written_to = to_write_to(people)
    if not written_to or digest(people) != shown:
        raise ListChanged
    undo = timedelta(seconds=value("undo_seconds")) / settings.SENDING_TIME_SCALE
    run = InvitationRun.objects.create(sent_by=by, starts_at=timezone.now() + undo)
    kinds = [(REMINDER if before else INVITATION, pk) for pk, _family, before in written_to]
    letters = post_to_many(kinds=kinds, start_in=undo)
    Invitation.objects.bulk_create(
        (Invitation(run=run, person_id=letter.about, letter=letter) for letter in letters), batch_size=1000
    )
    reminders = sum(before for _pk, _family, before in written_to)
    record(gettext_noop("sent invitations"), by=by, people=len(letters), reminders=reminders)
    return run


def send_to_me(*, letters: Iterable[tuple[str, str]], by: User) -> str:
    """Each of the letters [(kind, whom)] to the one who wants to see it first. Returns their address, if there is one."""
    address = address_of(by)
    for kind, whom in letters if address else []:
        post(kind=to_me(kind, whom), about=by.pk)
    return address


@transaction.atomic
def stop(*, run: InvitationRun, by: User) -> int:
    """What has not begun to leave never will: undo, or stop the rest. Returns how many."""
    number = take_back(run.letters)
    if number:
        record(gettext_noop("took invitations back"), by=by, people=number)
    return number


@transaction.atomic
def note_invited(*, way: InvitationRun.Way, people: "QuerySet[Invitee]", shown: str, by: User) -> int:
    """Somebody says that they gave these people (with their outcome) the copied text or the hand-out. Returns how many were noted.

    Those who are registered or may not receive messages are left out, as they are of e-mails. Raises ListChanged where
    they are others than those of `shown`, a `digest_by_hand`: whoever came since was given nothing.
    """
    noted = by_hand(people)
    if _digest(noted) != shown:
        raise ListChanged
    if noted:
        run = InvitationRun.objects.create(sent_by=by, way=way)
        Invitation.objects.bulk_create((Invitation(run=run, person_id=pk) for pk in noted), batch_size=1000)
        record(gettext_noop("noted who was invited by hand"), by=by, people=len(noted), way=way)
    return len(noted)
