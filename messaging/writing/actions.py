from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision

from ..errors import ChangedMeanwhile, MessageRefused
from ..models import Message, Template


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


@transaction.atomic
def draft_to_unknown(*, message, by):
    """A new draft to exactly those of whom it is not known whether this message reached them."""
    draft = copy(message=message, by=by)
    draft.audience = {"include": [{"unknown_of": message.pk}]}
    draft.save(update_fields=["audience"])
    return draft


@transaction.atomic
def save_template(*, template, name, text, translations, seen, by):
    """Raises SavedMeanwhile. One that was deleted meanwhile is there again: what was written is not lost."""
    values = {"name": name, "text": text, "translations": translations, "saved_by": by, "saved_at": Now()}
    if template:
        next_revision(template.subject, seen=seen, by=by)
    try:
        with transaction.atomic():
            if template is None or not Template.objects.filter(pk=template.pk).update(**values):
                Template.objects.create(**values)
    except IntegrityError:
        # The form has looked; somebody was quicker, perhaps the same press twice.
        raise MessageRefused(Template.NAME_TAKEN) from None
    record(gettext_noop("saved a template"), by=by, subject=name)


@transaction.atomic
def delete_template(*, template, by):
    template.delete()
    record(gettext_noop("deleted a template"), by=by, subject=template.name)
