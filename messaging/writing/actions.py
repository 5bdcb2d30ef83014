from collections.abc import Collection, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision
from portal.people.models import User

from ..deleting import delete
from ..errors import ChangedMeanwhile, DraftGone, MessageRefused
from ..material.actions import attach, count_parts, follow, note_edit
from ..models import Attachment, Message, State, Template
from ..models.rule import Clause, Rule

DELETED = gettext_lazy("This draft was deleted meanwhile. Your text is below; save it to keep it as a new draft.")
NamedFile = tuple[str, bytes | memoryview]
_FIRST = 1  # the version of a draft that nobody has saved again


@transaction.atomic
def create_draft(
    *,
    text: str,
    rule: Rule,
    by: User,
    creation: str = "",
    file: NamedFile | None = None,
    files: Sequence[NamedFile] = (),
    **content: Any,
) -> Message:
    """The draft of a page: `creation` is the page's token, and a page sent twice makes one draft. `file` is what it is of,
    `files` are more that follow it."""
    values = {"saved_by": by, "text": text, "audience": rule, **content}
    draft, is_new = _make_once(creation, by, values)
    if is_new:
        _keep_files(draft, file, files)
    elif not _says(draft, values, file, files):
        save_draft(message=draft, text=text, rule=rule, by=by, version=_FIRST, file=file, files=files, **content)
    return draft


def _keep_files(draft: Message, file: NamedFile | None, files: Sequence[NamedFile]) -> None:
    if file:
        attach(message=draft, name=file[0], data=file[1])
    for name, data in files:
        follow(message=draft, name=name, data=data)
    count_parts(message=draft)


def _make_once(creation: str, by: User, values: dict[str, Any]) -> tuple[Message, bool]:
    """(the message this token stands for, whether it was made just now)."""
    if not creation:
        return Message.objects.create(author=by, **values), True
    return Message.objects.get_or_create(author=by, creation=creation, defaults=values)


@transaction.atomic
def save_draft(
    *,
    message: Message,
    text: str,
    rule: Rule,
    by: User,
    version: int | None = None,
    file: NamedFile | None = None,
    files: Sequence[NamedFile] = (),
    **content: Any,
) -> None:
    """Save what was written, its files with it. Raises ChangedMeanwhile where somebody saved, and DraftGone."""
    values = {"text": text, "audience": rule, **content}
    drafts = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT)
    if version is not None:
        drafts = drafts.filter(version=version)
    saved = drafts.update(version=F("version") + 1, saved_at=Now(), saved_by=by, sent_back_note="", **values)
    if not saved:
        _why_not_saved(message, values, file, files, by)
        return
    _keep_files(message, file, files)
    note_edit(message=message, by=by)


def _why_not_saved(
    message: Message, values: dict[str, Any], file: NamedFile | None, files: Sequence[NamedFile], by: User
) -> None:
    """Raises the reason; returns where nothing is missing, as the same press has come twice."""
    now = Message.objects.select_related("saved_by__person").filter(pk=message.pk).first()
    if now is None:
        raise DraftGone(str(DELETED))
    if now.status != Message.Status.DRAFT:
        raise DraftGone(_("This message has been sent already. Your text is below; save it to keep it as a new draft."))
    if now.saved_by == by and _says(now, values, file, files):
        return
    time = time_format(timezone.localtime(now.saved_at))
    if now.saved_by == by:
        sentence = _(
            "You saved this draft in another window at %(time)s. Your text is below; save again to replace it."
        )
    else:
        sentence = _("%(name)s saved this draft at %(time)s. Your text is below; save again to replace theirs.")
    raise ChangedMeanwhile(sentence % {"name": now.saved_by, "time": time}, now)


def _says(draft: Message, values: dict[str, Any], file: NamedFile | None, files: Sequence[NamedFile]) -> bool:
    """Whether the draft holds exactly this; what was to follow it stands last."""
    of_file = draft.file and (draft.file.name, draft.file.size)
    is_same_file = file is None or of_file == (file[0], len(file[1]))
    last = [(kept.name, kept.size) for kept in draft.following][-len(files) :] if files else []
    is_same_file &= last == [(name, len(data)) for name, data in files]
    return is_same_file and all(getattr(draft, name) == value for name, value in values.items())


@transaction.atomic
def delete_draft(*, message: Message, by: User) -> None:
    drafts = Message.objects.filter(pk=message.pk, status=Message.Status.DRAFT)
    # A page that comes again makes another draft: this one may be brought back.
    if drafts.update(creation=""):
        delete(message, gettext_noop("deleted a draft"), by=by, of=message.author)


@transaction.atomic
def copy(
    *,
    message: Message,
    by: User,
    creation: str = "",
    rule: Rule | None = None,
    content: dict[str, Any] | None = None,
    **fields: Any,
) -> Message:
    """A new draft with the same content and rule, but for what is given of them. `creation` is the button's token,
    `fields` are what the draft has besides.

    Nothing is taken over of when it went or who released it; and of one with other words no file that followed.
    """
    values = {name: getattr(message, name) for name in Message.SAID} | {"saved_by": by, "articles": []}
    values |= fields | (content or {})
    if rule is not None:
        values["audience"] = rule
    draft, is_new = _make_once(creation, by, values)
    if is_new and draft.kind == message.kind:
        files = message.attachments.all()
        pictures = _copy_files(files.exclude(role=Attachment.Role.FOLLOWS) if content else files, draft)
        draft.articles = [a | {"picture": pictures.get(a.get("picture"))} for a in message.articles]
        draft.save(update_fields=["articles"])
        count_parts(message=draft)
    return draft


def _copy_files(files: QuerySet[Attachment], draft: Message) -> dict[str, str]:
    """{token of a file: token of its copy}"""
    tokens = {}
    for key in list(files.values_list("pk", flat=True)):  # one at a time: each may have 20 MB
        one = Attachment.objects.get(pk=key)
        made = draft.attachments.create(role=one.role, place=one.place, name=one.name, size=one.size, data=one.data)
        tokens[one.token] = made.token
    return tokens


def draft_of_change(*, message: Message, by: User) -> Message:
    """The draft in which somebody changes what waits for its time: the same one, until it stands in its place."""
    return copy(
        message=message,
        by=by,
        creation=f"change {message.pk} {message.version}",
        urgent=message.urgent,
        wanted_at=message.wanted_at,
        changes=message,
        changes_version=message.version,
    )


def draft_to_those_in(state: str, *, message: Message, by: User, creation: str = "") -> Message:
    """A new draft to exactly those of one state of this message."""
    rule = {"include": [{"unknown_of": message.pk} if state == State.UNKNOWN else those_of(message, [state])]}
    return copy(message=message, by=by, creation=creation, rule=rule)


@transaction.atomic
def draft_of_missing(number: int, *, message: Message, by: User, creation: str = "") -> Message:
    """A new draft to exactly those who have the parts before this one: it alone, and what comes after it."""
    first, *rest = message.following[number - 2 :]
    rule = {"include": [those_of(message, [State.PARTLY]) | {"without_part": number}]}
    draft, is_new = _make_once(creation, by, {"saved_by": by, "kind": first.kind, "audience": rule})
    if is_new:
        _keep_files(draft, (first.name, first.data), [(file.name, file.data) for file in rest])
    return draft


def those_of(message: Message, states: Collection[str]) -> Clause:
    """The clause of exactly those people of a message who are in one of these states."""
    return {"of_message": message.pk, "states": sorted(map(str, states))}


@transaction.atomic
def save_template(
    *, template: Template | None, name: str, occasion: str, text: str, translations: dict[str, str], seen: int, by: User
) -> None:
    """Raises SavedMeanwhile. One that was deleted meanwhile is there again: what was written is not lost."""
    written = {"name": name, "occasion": occasion, "text": text, "translations": translations}
    values: dict[str, Any] = written | {"saved_by": by, "saved_at": Now()}
    if template:
        next_revision(template.subject, seen=seen, by=by)
    try:
        with transaction.atomic():
            if template is None or not Template.objects.filter(pk=template.pk).update(**values):
                template = Template.objects.create(owner=by, **values)
    except IntegrityError:
        # The form has looked; somebody was quicker, perhaps the same press twice.
        raise MessageRefused(Template.NAME_TAKEN) from None
    record(gettext_noop("saved a template"), by=by, subject=template)
