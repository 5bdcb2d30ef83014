from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.people.models import User

from ..audience.people import people_of
from ..errors import MessageRefused
from ..models import Message
from ..tasks import PUMP
from ..writing.actions import copy
from ..writing.lengths import too_long_for


@transaction.atomic
def test_to_me(*, message: Message, by: User) -> None:
    """Send the draft as it is to the one who wrote it, marked as a test and counted nowhere. Raises MessageRefused."""
    if missing := message.what_is_missing:
        raise MessageRefused(missing)
    person = getattr(by, "person", None)
    account = message.account
    rule = {"include": [{"person": person.pk}]} if person else {"include": []}
    if not people_of(rule, account).filter(problem=None).exists():
        raise MessageRefused(_("You are not registered yourself, so the test cannot reach you. Register first."))
    mark = f" [{_('Test')} {timezone.localtime():%H:%M:%S}]"
    message.addition = mark[:20]
    if too_long_for(message, people_of(rule, account)):
        raise MessageRefused(
            _("With the mark of a test behind it the text would be too long. Shorten it for the test.")
        )
    test = copy(message=message, by=by)
    Message.objects.filter(pk=test.pk).update(
        is_test=True,
        audience=rule,
        sent_by=by,
        addition=mark[:20],
        status=Message.Status.PREPARING,
        account_key=account.account_key,
        sent_at=Now(),
        start_at=Now(),
        shown_count=1,
    )
    record(gettext_noop("sent a test to themselves"), by=by, subject=message)
    ring(PUMP)
