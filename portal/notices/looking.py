"""What is so now becomes notices: opened, told, passed on, closed. Asking twice, or two at once, changes nothing."""

import logging
from datetime import datetime, time, timedelta
from functools import partial

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from portal import causes, once
from portal.causes import Way

from .models import Choice, Notice, Telling
from .whom import Concerned

log = logging.getLogger(__name__)

A_DIGEST_LEAVES = time(7, 0)  # in the school's time zone


def look_soon(*names):
    """For a verb that changes what is so: look once it has committed. Nothing that fails here reaches it."""
    transaction.on_commit(partial(look, *names), robust=True)


def look(*names):
    """Have the notices of these kinds (of all) say what is so. A kind that fails stops no other."""
    kinds = [kind for kind in causes.kinds() if not names or kind.name in names]
    # Before the causes: what another one who looks opens meanwhile is not taken for gone.
    standing = Notice.objects.open().by_kind(kinds)
    with once.for_a_moment():
        for kind in kinds:
            try:
                _look(kind, standing[kind.name])
            except Exception as error:
                log.error("The notices of %s cannot be worked out: %s", kind.name, type(error).__name__)


def _look(kind, standing):
    found = kind.causes()
    if not (found or standing):
        return
    with transaction.atomic():
        gone = [notice.pk for notice in standing if notice.subject not in found]
        Notice.objects.open().filter(pk__in=gone).update(closed_at=Now())
        if new := found.keys() - {notice.subject for notice in standing}:
            _open(kind, {subject: found[subject] for subject in new})
            standing = Notice.objects.open().by_kind([kind])[kind.name]
        if found:
            _tell(kind, found, standing)


def _open(kind, found):
    back = Notice.objects.come_back(kind, found.keys()) if kind.flutters else set()
    rows = [
        Notice(kind=kind.name, subject=subject, urgent=cause.urgent)
        for subject, cause in found.items()
        if subject not in back
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _tell(kind, found, notices):
    """Have exactly those whom each cause concerns know of it: somebody new is told, who has left is not any more."""
    concerned = Concerned(kind)
    ways = dict(Choice.objects.filter(kind=kind.name).values_list("user", "way"))
    for notice in notices:
        cause = found.get(notice.subject)
        if cause is None:  # gone, or another one who looks has just opened it
            continue
        told = {telling.user_id: telling for telling in notice.tellings.all()}
        meant = _whom(kind, notice, cause, concerned)
        if strangers := told.keys() - meant:
            notice.tellings.filter(user__in=strangers).delete()
        rows = [
            Telling(notice=notice, user_id=user, tell_at=_first_time(kind, notice, ways.get(user, kind.way)))
            for user in meant - told.keys()
        ]
        Telling.objects.bulk_create(rows, ignore_conflicts=True)


def _whom(kind, notice, cause, concerned):
    meant = concerned.by(cause)
    is_nobodys = not (meant or kind.is_news)
    if notice.is_nobodys != is_nobodys:
        notice.is_nobodys = is_nobodys
        notice.save(update_fields=["is_nobodys"])
    if notice.is_to_pass_on:
        notice.passed_on_at = timezone.now()
        notice.save(update_fields=["passed_on_at"])
        # Whoever chose to be told otherwise is written to all the same.
        notice.tellings.filter(letter=None, read_at=None).update(tell_at=Now())
    if is_nobodys or notice.passed_on_at:
        return meant | concerned.instead(cause)
    return meant


def _first_time(kind, notice, way):
    if notice.passed_on_at:
        return timezone.now()
    if way == Way.PAGE:
        return None
    earliest = notice.opened_at + kind.patience
    return _next_digest(earliest) if way == Way.DAILY and not notice.urgent else earliest


def _next_digest(at):
    local = timezone.localtime(at)
    morning = datetime.combine(local.date(), A_DIGEST_LEAVES, tzinfo=local.tzinfo)
    return morning if local <= morning else morning + timedelta(days=1)
