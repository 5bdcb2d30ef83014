from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wechat_admin.wecom.bodies import MOST_ARTICLES

from ..errors import ChangedMeanwhile, DraftGone, MessageRefused
from ..kinds import Kind
from ..models import Attachment, Message


@transaction.atomic
def attach(*, message, name, data):
    """The file of a picture, video or file message; another one replaces it."""
    message.attachments.filter(role=Attachment.Role.BODY).delete()
    message.attachments.create(role=Attachment.Role.BODY, name=name, size=len(data), data=data)


def _locked(message):
    """The draft as it stands, kept from everybody else until the end of the transaction. Raises DraftGone."""
    draft = Message.objects.select_for_update().filter(pk=message.pk, status=Message.Status.DRAFT).first()
    if draft is None:
        raise DraftGone(_("This draft was deleted or sent meanwhile."))
    return draft


def _keep(draft, by):
    """A new version, of whoever changed it last."""
    draft.version, draft.saved_by, draft.saved_at = draft.version + 1, by, timezone.now()
    draft.save(update_fields=["articles", "kind", "version", "saved_by", "saved_at"])


@transaction.atomic
def add_article(*, message, article, picture, by, version=None):
    """`article` holds title, description and url; `picture` is JPEG bytes or None.

    The same press twice adds one: `version` is the draft's that the page showed. Raises MessageRefused.
    """
    draft = _locked(message)
    if version not in (None, draft.version):
        if draft.articles and draft.articles[-1] | {"picture": None} == article | {"picture": None}:
            return
        raise ChangedMeanwhile(_("This draft has changed meanwhile. What you entered is below; add it again."), draft)
    if len(draft.articles) >= MOST_ARTICLES:
        raise MessageRefused(_("A message holds 8 articles at most."))
    kept = None
    if picture:
        kept = draft.attachments.create(
            role=Attachment.Role.PICTURE, name="picture.jpg", size=len(picture), data=picture
        )
    draft.articles = [*draft.articles, article | {"picture": kept.token if kept else None}]
    draft.kind = Kind.NEWS
    _keep(draft, by)


@transaction.atomic
def remove_article(*, message, number, by, version=None):
    """`number` counts from 0 in the list as the page showed it, of `version`; in another list nothing is removed."""
    draft = _locked(message)
    if number >= len(draft.articles) or version not in (None, draft.version):
        return
    gone = draft.articles.pop(number)
    _keep(draft, by)
    draft.attachments.filter(token=gone.get("picture") or "").delete()
