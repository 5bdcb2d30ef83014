from django.db import transaction
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from wechat_admin.models import EnterpriseAccount

from ..models import Invitation, InvitationRun
from ..tasks import INVITE
from .invitees import INVITABLE, Outcome, chosen


@transaction.atomic
def invite(*, people, by):
    """Have those of the people (with their outcome) mailed who can be and were not lately. Returns the run, or None."""
    # One press at a time: the second of two finds everybody invited lately.
    EnterpriseAccount.objects.select_for_update().first()
    people = list(people.filter(outcome=Outcome.GETS_EMAIL).values_list("pk", flat=True))
    if not people:
        return None
    run = InvitationRun.objects.create(sent_by=by)
    Invitation.objects.bulk_create((Invitation(run=run, person_id=pk) for pk in people), batch_size=1000)
    record(gettext_noop("sent invitations"), by=by, people=len(people))
    ring(INVITE)
    return run


@transaction.atomic
def note_invited(*, way, roles, groups, by):
    """Somebody says that they gave the audience the copied text or the hand-out. Returns how many were noted.

    Those who are registered or may not receive messages are left out, as they are of e-mails.
    """
    people = list(chosen(roles, groups).filter(outcome__in=INVITABLE).values_list("pk", flat=True))
    if people:
        run = InvitationRun.objects.create(sent_by=by, way=way)
        noted = (Invitation(run=run, person_id=pk, state=Invitation.State.SENT) for pk in people)
        Invitation.objects.bulk_create(noted, batch_size=1000)
        record(gettext_noop("noted who was invited by hand"), by=by, people=len(people), way=way)
    return len(people)
