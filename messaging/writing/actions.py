from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision

from ..errors import ChangedMeanwhile, DraftGone, MessageRefused
from ..material.actions import attach
from ..models import Message, Template

DELETED = gettext_lazy("This draft was deleted meanwhile. Your text is below; save it to keep it as a new draft.")
_FIRST = 1  # the version of a draft that nobody has saved again


@transaction.atomic
def create_draft(*, text, rule, by, creation="", file=None, **content):
    """The draft of a page: `creation` is the page's token, and a page sent twice makes one draft."""
    values = {"saved_by": by, "text": text, "audience": rule, **content}
    draft, is_new = _make_once(creation, by, values)
    if is_new and file:
        attach(message=draft, name=file[0], data=file[1])
    elif not is_new and not _says(draft, values, file):
        save_draft(message=draft, text=text, rule=rule, by=by, version=_FIRST, file=file, **content)
    return draft


def _make_once(creation, by, values):
    """(the message this token stands for, whether it was made just now)."""
    if not creation:
        return Message.objects.create(author=by, **values), True
    return Message.objects.get_or_create(author=by, creation=creation, defaults=values)


@transaction.atomic
def save_draft(*, message, text, rule, by, version=None, file=None, **content):
    """Save what was written, its file with it. Raises ChangedMeanwhile where somebody saved, and DraftGone."""
    values = {"text": text, "audience": rule, **content}
    drafts = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT)
    if version is not None:
        drafts = drafts.filter(version=version)
    saved = drafts.update(version=F("version") + 1, saved_at=Now(), saved_by=by, sent_back_note="", **values)
    if not saved:
        _why_not_saved(message, values, file, by)
    elif file:
        attach(message=message, name=file[0], data=file[1])


def _why_not_saved(message, values, file, by):
    """Raises the reason; returns where nothing is missing, as the same press has come twice."""
    now = Message.objects.select_related("saved_by__person").filter(pk=message.pk).first()
    if now is None:
        raise DraftGone(str(DELETED))
    if now.status != Message.Status.DRAFT:
        raise DraftGone(_("This message has been sent already. Your text is below; save it to keep it as a new draft."))
    if now.saved_by == by and _says(now, values, file):
        return
    time = time_format(timezone.localtime(now.saved_at))
    if now.saved_by == by:
        sentence = _(
            "You saved this draft in another window at %(time)s. Your text is below; save again to replace it."
        )
    else:
        sentence = _("%(name)s saved this draft at %(time)s. Your text is below; save again to replace theirs.")
    raise ChangedMeanwhile(sentence % {"name": now.saved_by, "time": time}, now)


def _says(draft, values, file):
    """Whether the draft holds exactly this."""
    of_file = draft.file and (draft.file.name, draft.file.size)
    is_same_file = file is None or of_file == (file[0], len(file[1]))
    return is_same_file and all(getattr(draft, name) == value for name, value in values.items())


@transaction.atomic
def delete_draft(*, message, by):
    draft = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT).first()
    if draft is not None:
        draft.delete()
        record(gettext_noop("deleted a draft"), by=by, subject=f"message {message.pk}", of=str(draft.author or ""))


@transaction.atomic
def copy(*, message, by, creation="", rule=None):
    """A new draft with the same content, and the same rule unless another is given. `creation` is the button's token.

    Nothing is taken over of when it went or who released it.
    """
    values = {
        "saved_by": by,
        "kind": message.kind,
        "text": message.text,
        "translations": message.translations,
        "title": message.title,
        "address": message.address,
        "articles": [],
        "audience": message.audience if rule is None else rule,
    }
    draft, is_new = _make_once(creation, by, values)
    if is_new:
        _copy_files(message, draft)
    return draft


def _copy_files(message, draft):
    pictures = {}
    for attachment in message.attachments.all():
        made = draft.attachments.create(
            role=attachment.role, name=attachment.name, size=attachment.size, data=attachment.data
        )
        pictures[attachment.token] = made.token
    draft.articles = [a | {"picture": pictures.get(a.get("picture"))} for a in message.articles]
    draft.save(update_fields=["articles"])


def draft_to_unknown(*, message, by, creation=""):
    """A new draft to exactly those of whom it is not known whether this message reached them."""
    return copy(message=message, by=by, creation=creation, rule={"include": [{"unknown_of": message.pk}]})


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
