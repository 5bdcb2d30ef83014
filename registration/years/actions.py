from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision
from portal.people.models import Person, User

from ..models import GUARDIANS_TEXT, GuardianConsent, Registration, YearRule
from ..steps.actions import withdraw
from .rules import consent_wanted, rules

SUBJECT = "which years' pupils may register"


@transaction.atomic
def set_year_rules(
    *, may: Collection[Group], above: Collection[Group], consent: Collection[Group], seen: int, by: User
) -> None:
    """Every year gets its rule: its pupils `may` register, are `above` 14, or need a guardian's `consent` in any case.

    Raises SavedMeanwhile.
    """
    next_revision(SUBJECT, seen=seen, by=by)
    was, now = {}, {}
    for year, rule in rules():
        before = _in_short(rule)
        rule.pupils_may_register, rule.is_14_and_above = year in may, year in above
        rule.needs_consent = year in consent
        if before != _in_short(rule):
            rule.save()
            was[year.name], now[year.name] = before, _in_short(rule)
    if now:
        record(gettext_noop("changed which years' pupils may register"), by=by, before=was, after=now)


def _in_short(rule: YearRule) -> list[str]:
    """As the trail keeps it."""
    facts = {"may": rule.pupils_may_register, "14+": rule.is_14_and_above, "consent": rule.needs_consent}
    return [name for name, holds in facts.items() if holds]


@transaction.atomic
def give_consent(*, pupil: Person, guardian: Person, language: str, by: User) -> None:
    given = GuardianConsent(pupil=pupil, guardian=guardian, version=GUARDIANS_TEXT, language=language)
    GuardianConsent.objects.bulk_create([given], ignore_conflicts=True)
    record(gettext_noop("consented that a pupil registers"), by=by, subject=pupil)


@transaction.atomic
def withdraw_consent(*, pupil: Person, guardian: Person, by: User) -> None:
    """Without anybody's consent left, the pupil's registration ends as well."""
    _one_at_a_time(pupil)
    given = GuardianConsent.objects.standing().of_pupil(pupil)
    if not given.by_guardian(guardian).update(withdrawn_at=Now()):
        return
    record(gettext_noop("withdrew the consent that a pupil registers"), by=by, subject=pupil)
    if not given.exists():
        for registration in Registration.objects.open().filter(person=pupil):
            withdraw(registration=registration, by=by)


def _one_at_a_time(pupil: Person) -> None:
    """Of two consents that end at once, the second to end sees that none is left."""
    Person.everybody.select_for_update().get(pk=pupil.pk)


def end_consents_of_former_guardians() -> None:
    """Whoever is the pupil's guardian no more, by the office or by a file, does not answer for them any more."""
    for consent in GuardianConsent.objects.of_no_guardian_any_more().select_related("pupil__merged_into", "guardian"):
        _end(consent)


@transaction.atomic
def _end(consent: GuardianConsent) -> None:
    """The pupil's registration goes on by another guardian's consent, or where none is needed; else it ends."""
    pupil = consent.pupil.merged_into or consent.pupil
    _one_at_a_time(pupil)
    if not GuardianConsent.objects.standing().filter(pk=consent.pk).update(withdrawn_at=Now()):
        return
    record(gettext_noop("lost the consent of a former guardian"), by=None, subject=pupil, of=consent.guardian)
    if Person.objects.filter(consent_wanted(), pk=pupil.pk).exists():
        for registration in Registration.objects.open().filter(person=pupil):
            withdraw(registration=registration, by=None)
