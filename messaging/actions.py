from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from wechat_admin.models import EnterpriseAccount

from . import audience, route
from .models import Message
from .tasks import PUMP


class MessageRefused(Exception):
    """Its text is a sentence the person can act on."""


@transaction.atomic
def create_draft(*, text, rule, by):
    return Message.objects.create(author=by, text=text, audience=rule)


@transaction.atomic
def save_draft(*, message, text, rule, by):
    """Save what was written. Raises MessageRefused where the message has been sent meanwhile."""
    saved = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT).update(
        text=text, audience=rule, version=F("version") + 1
    )
    if not saved:
        raise MessageRefused(_("This message has been sent already. Copy the text into a new one to change it."))


@transaction.atomic
def delete_draft(*, message, by):
    Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT).delete()


@transaction.atomic
def send(*, message, version, shown_count, shown_digest, by):
    """Send the message as it was shown. Returns whether this press did it: the second of two finds it sent.

    Raises MessageRefused where it cannot go out at all.
    """
    account = EnterpriseAccount.objects.the()
    if not account.is_linked:
        raise MessageRefused(_("The school's Enterprise Account is not linked, so nothing can be sent."))
    sent = (
        Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT, version=version)
        .exclude(text="")
        .update(
            status=Message.Status.PREPARING,
            account_key=account.account_key,
            shown_count=shown_count,
            shown_digest=shown_digest,
            sent_at=Now(),
        )
    )
    if sent:
        record(gettext_noop("sent a message"), by=by, subject=f"message {message.pk}", people=shown_count)
        ring(PUMP)
    return bool(sent)


@transaction.atomic
def stop(*, message, by):
    """Nothing more is claimed after this; what is in the air still arrives."""
    at_work = [Message.Status.PREPARING, Message.Status.SENDING, Message.Status.PAUSED]
    stopped = Message.objects.filter(pk=message.pk, status__in=at_work, cancel_requested_at=None).update(
        cancel_requested_at=Now()
    )
    if stopped:
        record(gettext_noop("stopped a message"), by=by, subject=f"message {message.pk}")


@transaction.atomic
def resume(*, message, by):
    """Go on with a message that waits for a person."""
    if Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED).update(
        status=Message.Status.SENDING, paused_reason="", paused_code=None
    ):
        record(gettext_noop("resumed a message"), by=by, subject=f"message {message.pk}")
        ring(PUMP)


@transaction.atomic
def make_differ(*, message, by):
    """Put the time behind the text of what has not gone out, so that WeCom does not swallow it, and go on."""
    addition = f" ({timezone.localtime():%H:%M})"
    if route.size_of(message.text + addition) > route.MOST_BYTES:
        raise MessageRefused(
            _("With the time behind it the message would be too long. Stop it and send a shorter one.")
        )
    Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED).update(addition=addition)
    resume(message=message, by=by)


@transaction.atomic
def draft_to_unknown(*, message, by):
    """A new draft to exactly those of whom it is not known whether this message reached them."""
    return Message.objects.create(author=by, text=message.text, audience={"include": [{"unknown_of": message.pk}]})


def reach_of(rule):
    """({problem or None: people}, digest of the reachable) for the account as it is now."""
    account = EnterpriseAccount.objects.the()
    return audience.reach(rule, account), audience.digest(rule, account)
