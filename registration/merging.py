"""One person is registered once: the open registration that stays is the kept row's, those that ended stay where they are."""

from django.utils.translation import gettext_lazy

from portal.people.merging.parts import Joined, Part, part
from portal.people.models import Person, User

from .models import Registration
from .steps.actions import withdraw


@part
class OpenRegistration(Part):
    name = "registration"
    label = gettext_lazy("Which registration stays; the other ends")

    def choices(self, one: Person, other: Person) -> dict[int, str]:
        found = {person.pk: row for person in (one, other) if (row := _open(person))}
        if len(found) < 2:
            return {}
        return {pk: f"{row.address_in_words or '–'} · {row.standing.label}" for pk, row in found.items()}

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        own, theirs = _open(kept), _open(gone)
        ending = own if own and theirs and stays == gone.pk else theirs if own else None
        if ending:
            withdraw(registration=ending, by=by)
        if not theirs or ending == theirs:
            return None
        Registration.objects.filter(pk=theirs.pk).update(person=kept)
        return theirs.pk

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        if not _open(gone):
            Registration.objects.open().filter(pk=joined, person=kept).update(person=gone)


def _open(person: Person) -> Registration | None:
    return Registration.objects.open().filter(person=person).first()
