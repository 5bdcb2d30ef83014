from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import number_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.actions import record
from portal.doorbell import ring
from portal.school.table import value
from wechat_admin.models import EnterpriseAccount

from . import audience, content, route
from .models import Attachment, Kind, Message, SavedAudience, Template
from .pace import PACE
from .tasks import PUMP

BEYOND = gettext_lazy(
    "You may write to your own groups only: some of these people belong to none of them. Choose among your groups."
)


class MessageRefused(Exception):
    """Its text is a sentence the person can act on."""


class ChangedMeanwhile(MessageRefused):
    """Somebody else saved the draft since it was opened."""


@transaction.atomic
def create_draft(*, text, rule, by, **content):
    return Message.objects.create(author=by, saved_by=by, text=text, audience=rule, **content)


@transaction.atomic
def save_draft(*, message, text, rule, by, version=None, **content):
    """Save what was written. Raises MessageRefused where it was sent meanwhile, ChangedMeanwhile where somebody saved."""
    drafts = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT)
    if version is not None:
        drafts = drafts.filter(version=version)
    saved = drafts.update(
        text=text, audience=rule, version=F("version") + 1, saved_at=Now(), saved_by=by, sent_back_note="", **content
    )
    if saved:
        return
    now = Message.objects.select_related("saved_by__person").get(pk=message.pk)
    if now.status != Message.Status.DRAFT:
        raise MessageRefused(_("This message has been sent already. Copy the text into a new one to change it."))
    raise ChangedMeanwhile(
        _("%(name)s saved this draft at %(time)s. Your text is below; save again to replace theirs.")
        % {"name": now.saved_by, "time": time_format(timezone.localtime(now.saved_at))}
    )


@transaction.atomic
def delete_draft(*, message, by):
    Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT).delete()


@transaction.atomic
def copy(*, message, by):
    """A new draft with the same content and the same rule; nothing is taken over of when it went or who released it."""
    draft = Message.objects.create(
        author=by,
        saved_by=by,
        kind=message.kind,
        text=message.text,
        translations=message.translations,
        title=message.title,
        address=message.address,
        articles=[],
        audience=message.audience,
    )
    pictures = {}
    for attachment in message.attachments.all():
        made = draft.attachments.create(
            role=attachment.role, name=attachment.name, size=attachment.size, data=attachment.data
        )
        pictures[attachment.token] = made.token
    draft.articles = [a | {"picture": pictures.get(a.get("picture"))} for a in message.articles]
    draft.save(update_fields=["articles"])
    return draft


# --- sending ---


def start_for(message):
    """When it goes out once nobody has anything against it any more: some seconds from now, or as the sender wished."""
    if message.wanted_at is None or message.wanted_at <= timezone.now():
        return Message.Status.PREPARING, timezone.now() + PACE.undo(value("undo_seconds"))
    moved = message.wanted_at
    if moved.minute in (0, 30) and value("off_the_hour") and not message.urgent:
        moved += timedelta(minutes=2 + message.pk % 6)
    return Message.Status.SCHEDULED, moved


def why_approval(message, count):
    """Why a second person must release the message, in a sentence, or None."""
    if message.urgent:
        return _("It is urgent.")
    if value("approval_outside_groups") and audience.is_outside(
        message.audience, EnterpriseAccount.objects.the(), message.author
    ):
        return _("Some of the people belong to none of the sender's groups.")
    most = value("approval_above")
    if most and count > most:
        return _("It goes to more than %(most)s people.") % {"most": number_format(most, force_grouping=True)}
    return None


@transaction.atomic
def send(*, message, version, shown_count, shown_digest, by):
    """Send the message as it was shown. Returns whether this press did it: the second of two finds it sent.

    It starts after the seconds in which that can be undone, or as scheduled; where a second person must release it,
    it waits for them. Raises MessageRefused where it cannot go out at all.
    """
    account = EnterpriseAccount.objects.the()
    if not account.is_linked:
        raise MessageRefused(_("The school's Enterprise Account is not linked, so nothing can be sent."))
    if missing := content.what_is_missing(message):
        raise MessageRefused(missing)
    if message.wanted_at is not None and message.wanted_at <= timezone.now():
        raise MessageRefused(_("The time to send has passed. Choose another one, or send now."))
    if audience.is_beyond(message.audience, account, by):
        raise MessageRefused(BEYOND)
    status, start_at = start_for(message)
    if why_approval(message, shown_count):
        status = Message.Status.AWAITING
    sent = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT, version=version).update(
        status=status,
        account_key=account.account_key,
        shown_count=shown_count,
        shown_digest=shown_digest,
        sent_at=Now(),
        start_at=start_at,
        released_by=None,
        released_at=None,
    )
    if sent:
        act = (
            gettext_noop("asked for approval") if status == Message.Status.AWAITING else gettext_noop("sent a message")
        )
        record(act, by=by, subject=f"message {message.pk}", people=shown_count)
        ring(PUMP)
    return bool(sent)


@transaction.atomic
def release(*, message, version, shown_count, shown_digest, by):
    """A second person releases exactly this text and list. Returns whether there was still something to release."""
    if message.author == by:
        raise MessageRefused(_("Somebody else must release your message."))
    status, start_at = start_for(message)
    waiting = Message.objects.filter(pk=message.pk, status=Message.Status.AWAITING, version=version).exclude(author=by)
    released = waiting.update(
        status=status,
        start_at=start_at,
        shown_count=shown_count,
        shown_digest=shown_digest,
        released_by=by,
        released_at=Now(),
    )
    if released:
        record(gettext_noop("released a message"), by=by, subject=f"message {message.pk}", people=shown_count)
        ring(PUMP)
    return bool(released)


@transaction.atomic
def send_back(*, message, note, by):
    """The second person wants it changed: it is a draft again, with what they said."""
    back = Message.objects.filter(pk=message.pk, status=Message.Status.AWAITING).update(
        status=Message.Status.DRAFT, version=F("version") + 1, sent_back_note=note[:300], sent_at=None
    )
    if back:
        record(gettext_noop("sent a message back"), by=by, subject=f"message {message.pk}")
    return bool(back)


@transaction.atomic
def take_back(*, message, by):
    """Undo: what has not started is a draft again, as if nothing had been pressed. Returns whether it was in time."""
    in_time = Q(status=Message.Status.PREPARING, start_at__gt=Now())
    waiting = Q(status__in=[Message.Status.AWAITING, Message.Status.SCHEDULED])
    missed = Q(status=Message.Status.PAUSED, frozen_digest="")
    back = Message.objects.filter(in_time | waiting | missed, pk=message.pk).update(
        status=Message.Status.DRAFT,
        version=F("version") + 1,
        sent_at=None,
        released_by=None,
        released_at=None,
        paused_reason="",
        cancel_requested_at=None,
    )
    if back:
        record(gettext_noop("took a message back"), by=by, subject=f"message {message.pk}")
    return bool(back)


@transaction.atomic
def start_now(*, message, by):
    """Do not wait for the seconds to pass."""
    if Message.objects.filter(pk=message.pk, status=Message.Status.PREPARING).update(start_at=Now()):
        ring(PUMP)


@transaction.atomic
def test_to_me(*, message, by):
    """Send the draft as it is to the one who wrote it, marked as a test and counted nowhere. Raises MessageRefused."""
    if missing := content.what_is_missing(message):
        raise MessageRefused(missing)
    person = getattr(by, "person", None)
    account = EnterpriseAccount.objects.the()
    rule = {"include": [{"person": person.pk}]} if person else {"include": []}
    if not audience.people(rule, account).filter(problem=None).exists():
        raise MessageRefused(_("You are not registered yourself, so the test cannot reach you. Register first."))
    mark = f" [{_('Test')} {timezone.localtime():%H:%M:%S}]"
    test = copy(message=message, by=by)
    Message.objects.filter(pk=test.pk).update(
        is_test=True,
        audience=rule,
        addition=mark[:20],
        status=Message.Status.PREPARING,
        account_key=account.account_key,
        sent_at=Now(),
        start_at=Now(),
        shown_count=1,
    )
    record(gettext_noop("sent a test to themselves"), by=by, subject=f"message {message.pk}")
    ring(PUMP)


@transaction.atomic
def stop(*, message, by):
    """Nothing more is claimed after this; what is in the air still arrives."""
    if take_back(message=message, by=by):
        return
    at_work = [Message.Status.PREPARING, Message.Status.SENDING, Message.Status.PAUSED]
    stopped = Message.objects.filter(pk=message.pk, status__in=at_work, cancel_requested_at=None).update(
        cancel_requested_at=Now()
    )
    if stopped:
        record(gettext_noop("stopped a message"), by=by, subject=f"message {message.pk}")


@transaction.atomic
def resume(*, message, by):
    """Go on with a message that waits for a person."""
    paused = Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED)
    free = {"paused_reason": "", "paused_code": None}
    # One that missed its time has no list yet.
    unfrozen = paused.filter(frozen_digest="").update(status=Message.Status.PREPARING, start_at=Now(), **free)
    if unfrozen or paused.update(status=Message.Status.SENDING, uploads=0, **free):
        record(gettext_noop("resumed a message"), by=by, subject=f"message {message.pk}")
        ring(PUMP)


@transaction.atomic
def make_differ(*, message, by):
    """Put the time behind the text of what has not gone out, so that WeCom does not swallow it, and go on."""
    addition = f" ({timezone.localtime():%H:%M})"
    if message.kind == Kind.TEXT and route.size_of(message.text + addition) > route.MOST_BYTES:
        raise MessageRefused(
            _("With the time behind it the message would be too long. Stop it and send a shorter one.")
        )
    # A picture or file says nothing that could differ: uploaded anew, it has another id.
    Message.objects.filter(pk=message.pk, status=Message.Status.PAUSED).update(addition=addition, media_until=None)
    resume(message=message, by=by)


@transaction.atomic
def draft_to_unknown(*, message, by):
    """A new draft to exactly those of whom it is not known whether this message reached them."""
    draft = copy(message=message, by=by)
    draft.audience = {"include": [{"unknown_of": message.pk}]}
    draft.save(update_fields=["audience"])
    return draft


# --- what messages are made of ---


@transaction.atomic
def attach(*, message, name, data):
    """The file of a picture, video or file message; another one replaces it."""
    message.attachments.filter(role=Attachment.Role.BODY).delete()
    message.attachments.create(role=Attachment.Role.BODY, name=name, size=len(data), data=data)


@transaction.atomic
def add_article(*, message, article, picture):
    """`article` holds title, description and url; `picture` is JPEG bytes or None."""
    kept = None
    if picture:
        kept = message.attachments.create(
            role=Attachment.Role.PICTURE, name="picture.jpg", size=len(picture), data=picture
        )
    draft = Message.objects.select_for_update().get(pk=message.pk, status=Message.Status.DRAFT)
    draft.articles = [*draft.articles, article | {"picture": kept.token if kept else None}]
    draft.kind, draft.version = Kind.NEWS, draft.version + 1
    draft.save(update_fields=["articles", "kind", "version"])


@transaction.atomic
def remove_article(*, message, number):
    """`number` counts from 0; one that is gone already changes nothing."""
    draft = Message.objects.select_for_update().filter(pk=message.pk, status=Message.Status.DRAFT).first()
    if draft is None or number >= len(draft.articles):
        return
    gone = draft.articles.pop(number)
    draft.version += 1
    draft.save(update_fields=["articles", "version"])
    draft.attachments.filter(token=gone.get("picture") or "").delete()


@transaction.atomic
def save_template(*, template, name, text, translations, by):
    values = {"name": name, "text": text, "translations": translations, "saved_by": by, "saved_at": Now()}
    if template is None:
        Template.objects.create(**values)
    else:
        Template.objects.filter(pk=template.pk).update(**values)
    record(gettext_noop("saved a template"), by=by, subject=name)


@transaction.atomic
def delete_template(*, template, by):
    template.delete()
    record(gettext_noop("deleted a template"), by=by, subject=template.name)


def save_audience(*, name, rule, by):
    """One of the same name is replaced."""
    SavedAudience.objects.update_or_create(owner=by, name=name, defaults={"rule": rule})


def delete_audience(*, audience, by):
    audience.delete()
