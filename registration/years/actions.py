from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from portal.audit.actions import record
from portal.audit.revisions import next_revision

from ..models import GuardianConsent, Registration
from ..steps.actions import withdraw
from .rules import rules

SUBJECT = "which years' pupils may register"


@transaction.atomic
def set_year_rules(*, may, consent, seen, by):
    """Every year gets its rule: its pupils `may` register, or need a guardian's `consent`. Raises SavedMeanwhile."""
    next_revision(SUBJECT, seen=seen, by=by)
    changed = []
    for year, rule in rules():
        before = (rule.pupils_may_register, rule.needs_consent)
        rule.pupils_may_register, rule.needs_consent = year in may, year in consent
        if before != (rule.pupils_may_register, rule.needs_consent):
            rule.save()
            changed.append(year.name)
    if changed:
        record(gettext_noop("changed which years' pupils may register"), by=by, changed=changed)


@transaction.atomic
def give_consent(*, pupil, guardian, by):
    given = GuardianConsent(pupil=pupil, guardian=guardian)
    GuardianConsent.objects.bulk_create([given], ignore_conflicts=True)
    record(gettext_noop("consented that a pupil registers"), by=by, subject=pupil.reference)


@transaction.atomic
def withdraw_consent(*, pupil, guardian, by):
    """Without anybody's consent left, the pupil's registration ends as well."""
    given = GuardianConsent.objects.filter(pupil=pupil, withdrawn_at=None)
    if not given.filter(guardian=guardian).update(withdrawn_at=Now()):
        return
    record(gettext_noop("withdrew the consent that a pupil registers"), by=by, subject=pupil.reference)
    if not given.exists():
        for registration in Registration.objects.open().filter(person=pupil):
            withdraw(registration=registration, by=by)
