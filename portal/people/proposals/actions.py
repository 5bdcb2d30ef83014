from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision, revision_of

from ..editing.actions import subject_of
from ..importing.facts import AT_THE_DESK, fill
from ..models import Person, Proposal, User
from ..signals import number_corrected

What, State = Proposal.What, Proposal.State


class DecidedAlready(Exception):
    """Its text is a sentence for whoever pressed."""


def facts(person: Person, what: Proposal.What) -> dict[str, str]:
    return {column: getattr(person, column) for column in Proposal.COLUMNS[what]}


@transaction.atomic
def propose(*, person: Person, wanted: Mapping[Proposal.What, dict[str, str]], by: User) -> int:
    """`wanted` is {what: {column: value}}; what stands on the record already is none. Returns how many are proposed."""
    person = Person.objects.select_for_update(of=["self"]).get(pk=person.pk)
    number = 0
    for what, values in wanted.items():
        if values == facts(person, what):
            continue
        person.proposals.filter(what=what, state=State.OPEN).update(state=State.WITHDRAWN, decided_at=Now())
        Proposal.objects.create(person=person, what=what, before=facts(person, what), values=values)
        record(gettext_noop("proposed a correction"), by=by, subject=person, what=what)
        number += 1
    return number


@transaction.atomic
def withdraw(*, proposal: Proposal, by: User) -> None:
    _decide(proposal, State.WITHDRAWN, by)


@transaction.atomic
def refuse(*, proposal: Proposal, by: User) -> None:
    _decide(proposal, State.REFUSED, by)
    record(gettext_noop("refused a correction"), by=by, subject=proposal.person, what=proposal.what)


@transaction.atomic
def accept(*, proposal: Proposal, by: User) -> list[str]:
    """The record says what was proposed. Returns sentences on what follows of it. Raises DecidedAlready."""
    _decide(proposal, State.ACCEPTED, by)
    person = Person.objects.select_for_update(of=["self"]).get(pk=proposal.person_id)
    if facts(person, What(proposal.what)) != proposal.before:
        raise DecidedAlready(_("The record has been changed since this was proposed. Compare the two first."))
    number_before = person.mobile
    # Whoever has the person's form open is told, and a file does not take it back.
    next_revision(subject_of(person), seen=revision_of(subject_of(person)), by=by)
    fill(person, proposal.values | {AT_THE_DESK: True})
    person.save()
    record(gettext_noop("accepted a correction"), by=by, subject=person, what=proposal.what)
    if person.mobile == number_before:
        return []
    answers = number_corrected.send(Person, person=person, number_before=number_before, by=by)
    return [sentence for _receiver, sentence in answers if sentence]


def _decide(proposal: Proposal, state: Proposal.State, by: User) -> None:
    """Of two who decide at once the second is told."""
    found = Proposal.objects.filter(pk=proposal.pk, state=State.OPEN)
    if not found.update(state=state, decided_at=Now(), decided_by=by):
        raise DecidedAlready(_("Somebody has decided about this already."))
