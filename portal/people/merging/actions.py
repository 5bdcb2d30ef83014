from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision, revision_of

from ..editing.actions import subject_of
from ..models import Merge, Person, User
from .belonging import check_can_be_two_again
from .parts import MergeRefused, parts


@transaction.atomic
def merge(*, kept: Person, gone: Person, stays: Mapping[str, int], by: User) -> Merge:
    """`gone` turns out to be `kept`; `stays` is {name of a part: id of the row whose stays}.

    Returns the Merge, by which it is taken back. Raises MergeRefused.
    """
    kept, gone = _locked(kept.pk, gone.pk)
    if kept.pk == gone.pk or kept.merged_into_id or gone.merged_into_id:
        raise MergeRefused(_("They are one already."))
    if refusal := why_not(kept, gone, by):
        raise MergeRefused(refusal)
    joined = {part.name: part.join(kept, gone, stays.get(part.name), by) for part in parts()}
    Person.everybody.filter(pk=gone.pk).update(merged_into=kept)
    _tell_who_edits(kept, by)
    record(gettext_noop("merged two people"), by=by, subject=kept, gone=gone)
    return Merge.objects.create(kept=kept, gone=gone, by=by, joined=joined)


def why_not(kept: Person, gone: Person, by: User) -> str:
    """The sentence of the first part that refuses, or ""."""
    return next(filter(None, (part.refusal(kept, gone, by) for part in parts())), "")


@transaction.atomic
def take_back(merge: Merge, *, by: User) -> None:
    """They are two again, as they were, but for what has ended or was said since. Raises MergeRefused."""
    kept, gone = _locked(merge.kept_id, merge.gone_id)
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    merge.kept, merge.gone = kept, gone
    check_can_be_two_again(merge)
    if refusal := why_not(kept, gone, by):
        raise MergeRefused(refusal)
    Person.everybody.filter(pk=gone.pk).update(merged_into=None)
    gone.merged_into = None
    for part in reversed(parts()):
        if merge.joined.get(part.name):
            part.separate(kept, gone, merge.joined[part.name], by)
    Merge.objects.filter(pk=merge.pk).update(undone_at=Now())
    _tell_who_edits(kept, by)
    record(gettext_noop("took a merge back"), by=by, subject=kept, gone=gone)


def _tell_who_edits(kept: Person, by: User) -> None:
    subject = subject_of(kept)
    next_revision(subject, seen=revision_of(subject), by=by)


def _locked(*ids: int) -> list[Person]:
    """The rows, in the order of `ids`; locked in that of the keys, so that two who merge the same wait for each other."""
    found = {person.pk: person for person in Person.everybody.select_for_update().filter(pk__in=ids).order_by("pk")}
    return [found[pk] for pk in ids]
