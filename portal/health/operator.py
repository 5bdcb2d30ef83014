"""Whoever runs the server is written to at OPERATOR_EMAIL: what is wrong, since when, what to do; and when it is over.

Not by letters of the queue: these wait while sending is held, while the worker is dead, and while Redis, which holds the
ledger's mark, is away. The sweeper sends, and in its place the worker; a second one of these letters would harm nobody.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import causes, database
from portal.away import Service

from .models import Alarm
from .told import PATIENCE

log = logging.getLogger(__name__)

mail = Service("The mail to the operator", longest=600)


def look():
    """Have the rows say what is so, and mail what is new for long enough, and what is over."""
    if not settings.OPERATOR_EMAIL or mail.is_left_alone:
        return
    found = {(kind.name, subject) for kind in _kinds() for subject in kind.causes()}
    known = {(alarm.kind, alarm.subject): alarm for alarm in Alarm.objects.all()}
    rows = [Alarm(kind=kind, subject=subject) for kind, subject in found - known.keys()]
    Alarm.objects.bulk_create(rows, ignore_conflicts=True)
    _tell([alarm for key, alarm in known.items() if key in found and alarm.told_at is None])
    _say_that_it_is_over([alarm for key, alarm in known.items() if key not in found])


def _kinds():
    return [kind for kind in causes.kinds() if kind.to_do]


def _tell(alarms):
    now = timezone.now()
    due = [alarm for alarm in alarms if now >= alarm.since + max(PATIENCE, causes.kind(alarm.kind).patience)]
    if due and _mail(_("Something is wrong with the portal"), [_in_words(alarm) for alarm in due]):
        Alarm.objects.filter(pk__in=[alarm.pk for alarm in due]).update(told_at=now)


def _say_that_it_is_over(alarms):
    told = [alarm for alarm in alarms if alarm.told_at and causes.kind(alarm.kind)]
    if not told or _mail(_("The portal: it is over"), [_label(alarm) for alarm in told]):
        Alarm.objects.filter(pk__in=[alarm.pk for alarm in alarms]).delete()


def _in_words(alarm):
    kind = causes.kind(alarm.kind)
    since = _("Since %(time)s.") % {"time": f"{timezone.localtime(alarm.since):%Y-%m-%d %H:%M %Z}"}
    return f"{kind.sentence(alarm.subject)}\n{since}\n{kind.to_do(alarm.subject)}"


def _label(alarm):
    return f"{causes.kind(alarm.kind).label} ({alarm.subject})"


def _mail(subject, paragraphs):
    """Whether it left."""
    where = _("docs/operations.md goes by symptom; `manage.py status` says on one screen how it stands now.")
    body = "\n\n".join([*paragraphs, where, settings.STAFF_URL]) + "\n"
    try:
        EmailMessage(f"[{settings.SCHOOL_NAME}] {subject}", body, to=[settings.OPERATOR_EMAIL]).send()
    except Exception as error:  # whatever a mail server does: nothing else may fail with it
        mail.failed(type(error).__name__)
        return False
    mail.answered()
    return True


# --- without a database there are no rows: one process remembers by itself ---

_told_of_the_database = False


def look_at_the_database():
    """For the sweeper, each round."""
    global _told_of_the_database
    if not settings.OPERATOR_EMAIL or mail.is_left_alone:
        return
    away = database.server.away_for
    if not _told_of_the_database and away > PATIENCE.total_seconds():
        words = _("The database does not answer: no page is shown and nothing is sent. Start PostgreSQL again.")
        _told_of_the_database = _mail(_("Something is wrong with the portal"), [words])
    elif _told_of_the_database and not away:
        _told_of_the_database = not _mail(_("The portal: it is over"), [_("The database answers again.")])
