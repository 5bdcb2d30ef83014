from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.people.models import User
from wechat_admin.wecom.bodies import MOST_ARTICLES

from ..errors import ChangedMeanwhile, DraftGone, MessageRefused
from ..kinds import KINDS, MOST_FOLLOWING, Kind
from ..models import Attachment, Message


@transaction.atomic
def attach(*, message: Message, name: str, data: bytes | memoryview) -> None:
    """The file of a picture, video or file message; another one replaces it."""
    message.attachments.filter(role=Attachment.Role.BODY).delete()
    message.attachments.create(role=Attachment.Role.BODY, name=name, size=len(data), data=data)


def follow(*, message: Message, name: str, data: bytes | memoryview) -> None:
    """One more file behind those that follow a draft. Raises MessageRefused where there are enough."""
    following = _following(message)
    if following.count() >= MOST_FOLLOWING:
        raise MessageRefused(_("A message is followed by %(most)s files at most.") % {"most": MOST_FOLLOWING})
    last = following.aggregate(last=Max("place"))["last"] or 0
    message.attachments.create(role=Attachment.Role.FOLLOWS, place=last + 1, name=name, size=len(data), data=data)


def count_parts(*, message: Message) -> None:
    """Written down with the draft: whoever sends it need not ask. A kind that nothing can follow keeps its files for
    when it is another kind again."""
    kind = Message.objects.filter(pk=message.pk).values_list("kind", flat=True).get()
    following = _following(message).count() if KINDS[Kind(kind)].may_be_followed else 0
    Message.objects.filter(pk=message.pk).update(part_count=1 + following)


def _following(message: Message) -> QuerySet[Attachment]:
    return Attachment.objects.filter(message=message.pk, role=Attachment.Role.FOLLOWS)


@transaction.atomic
def remove_following(*, message: Message, file: int, by: User) -> None:
    """`file` is the key of one that follows; one that is gone already is no mistake."""
    draft = _locked(message)
    if _following(draft).filter(pk=file).delete()[0]:
        _keep(draft, by)
        count_parts(message=draft)


@transaction.atomic
def move_up(*, message: Message, file: int, by: User) -> None:
    """It changes places with the one before it."""
    draft = _locked(message)
    order = list(_following(draft).order_by("place", "pk").values_list("pk", flat=True))
    if file not in order[1:]:
        return
    at = order.index(file)
    order[at - 1 : at + 1] = order[at], order[at - 1]
    for place, key in enumerate(order, start=1):
        _following(draft).filter(pk=key).update(place=place)
    _keep(draft, by)


def note_edit(*, message: Message, by: User) -> None:
    """Somebody else than its author changed the draft: once in a while, as it saves itself while they write."""
    if by.pk != message.author_id:
        act = gettext_noop("changed somebody else's draft")
        record(act, by=by, subject=message, not_within=timedelta(minutes=15))


def _locked(message: Message) -> Message:
    """The draft as it stands, kept from everybody else until the end of the transaction. Raises DraftGone."""
    draft = Message.objects.select_for_update().filter(pk=message.pk, status=Message.Status.DRAFT).first()
    if draft is None:
        raise DraftGone(_("This draft was deleted or sent meanwhile."))
    return draft


def _keep(draft: Message, by: User) -> None:
    """A new version, of whoever changed it last."""
    draft.version, draft.saved_by, draft.saved_at = draft.version + 1, by, timezone.now()
    draft.save(update_fields=["articles", "kind", "version", "saved_by", "saved_at"])
    note_edit(message=draft, by=by)


@transaction.atomic
def add_article(
    *, message: Message, article: dict[str, Any], picture: bytes | None, by: User, version: int | None = None
) -> None:
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
def remove_article(*, message: Message, number: int, by: User, version: int | None = None) -> None:
    """`number` counts from 0 in the list as the page showed it, of `version`; in another list nothing is removed."""
    draft = _locked(message)
    if number >= len(draft.articles) or version not in (None, draft.version):
        return
    gone = draft.articles.pop(number)
    _keep(draft, by)
    draft.attachments.filter(token=gone.get("picture") or "").delete()
