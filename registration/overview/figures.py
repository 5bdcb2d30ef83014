"""The figures of the page of registrations. Those of a large school are kept, and counted again by a worker while
somebody looks at them; whoever must know exactly has them counted now."""

from django.db.models import Count
from django.db.models.functions import Now

from portal.people.roles import Role
from wechat_admin.models import EnterpriseAccount

from ..invitations.invitees import Outcome, with_outcome
from ..models import Figures
from . import progress
from .progress import MISSING, Chosen, Progress


def shown(chosen, by, account):
    """The Figures for a page: those kept, or counted for it."""
    kept = Figures.objects.filter(**_key(chosen, by, account))
    found = kept.shown_still().first()
    if found is None:
        return counted_now(chosen, by, account)
    if not found.is_noted_as_shown:
        kept.update(shown_at=Now())
    return found


def counted_now(chosen, by, account):
    """The Figures, counted; kept where counting takes long, so that the next page need not."""
    numbers = _count(chosen, by, account)
    key, roll = _key(chosen, by, account), sum(numbers["counts"].values())
    counted = Figures(**key, numbers=numbers, roll=roll)
    kept = Figures.objects.filter(**key)
    if not kept.update(numbers=numbers, roll=roll, counted_at=counted.counted_at) and counted.may_be_old:
        # Of two who count at the same time one is kept.
        Figures.objects.bulk_create([counted], ignore_conflicts=True)
    return counted


def count_again():
    """Those that somebody looks at and that have grown old."""
    account = EnterpriseAccount.objects.the()
    for old in Figures.objects.to_count_again().filter(account_key=account.account_key).select_related("group"):
        counted_now(Chosen(old.role, old.group), old.by, account)


def _key(chosen, by, account):
    return {"account_key": account.account_key, "role": chosen.role, "group": chosen.group, "by": by}


def _count(chosen, by, account):
    return {
        "counts": progress.counts(chosen, account),
        "rows": _rows(chosen, by, account),
        "letters": _letters(chosen, account),
    }


def _rows(chosen, by, account):
    """[(role, group's key or None, {Progress: people})]"""
    if by == "role":
        return [(role, None, numbers) for role, numbers in progress.counts_of_roles(account).items()]
    role = chosen.role or Role.PUPIL
    return [(role, group.pk, numbers) for group, numbers in progress.per_group(role, by, account)]


def missing(chosen, account):
    """Who may register and is not registered, each with what inviting them comes to."""
    return with_outcome(progress.with_progress(chosen.people(), account).filter(progress__in=MISSING))


def _letters(chosen, account):
    """(how many are written to for the first time, how many are reminded)"""
    written_to = missing(chosen, account).filter(outcome=Outcome.GETS_EMAIL).order_by()
    numbers = dict(written_to.values_list("invited_before").annotate(Count("pk")))
    return numbers.get(False, 0), numbers.get(True, 0)


def as_states(numbers):
    """{Progress: people} of what was kept under the words of the states."""
    return {state: numbers[state.value] for state in Progress}
