from django.db import transaction

from ..kinds import Kind
from ..models import Attachment, Message


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
