"""The worker that lets letters leave: a few at a time under a lease, at the pace of the mail server.

What was taken and not begun goes back when its lease is over, so that a dead worker forgets nobody. What had begun may
have left: it becomes "unknown" and is not sent again, so that nobody has it twice.
"""

import logging
import smtplib
import time
import uuid
from datetime import timedelta
from math import ceil

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import Error, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from portal.ledger import mark

from .kinds import write
from .models import Letter, MailServer

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # a turn is begun and a letter in the air for less
TURN = timedelta(seconds=10)
A_RUN = 30  # seconds on one connection; then the sweep rings again
REFUSED_FOR_GOOD_AFTER = 10  # tries
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
SERVER_PAUSE, LONGEST_SERVER_PAUSE = timedelta(seconds=5), timedelta(minutes=10)


class _ServerAway(Exception):
    """The line or the server is at fault, not the letter."""


def doubled(pause, times, longest):
    return min(pause * 2 ** min(times, 20), longest)


def may_leave():
    return not (MailServer.objects.is_left_alone() or mark.held())


def send_due():
    """Everything that is due, over one connection, until nothing is or the run is over."""
    ends = time.monotonic() + A_RUN
    connection = get_connection()
    try:
        while time.monotonic() < ends and may_leave() and Letter.objects.due().exists():
            letters = take()
            if letters:
                _send_turn(letters, connection)
            else:
                time.sleep(1)
    except _ServerAway as away:
        _note_away(away)
    finally:
        _hang_up(connection)


def take():
    """Letters under a lease of ours: as many as the pace has room for, whoever else sends."""
    lease = uuid.uuid4()
    with transaction.atomic():
        if not mark.count():
            return []
        MailServer.objects.locked()
        a_turn = ceil(settings.EMAILS_A_MINUTE * TURN / timedelta(minutes=1))
        room = a_turn - Letter.objects.filter(taken_at__gt=Now() - TURN).count()
        ids = list(Letter.objects.due().values_list("pk", flat=True)[: max(room, 0)])
        waiting = Letter.objects.filter(pk__in=ids, state=Letter.State.WAITING)
        waiting.update(state=Letter.State.TAKEN, lease=lease, taken_at=Now())
    if not mark.write_down():
        _give_back(Letter.objects.filter(lease=lease))
        return []
    return list(Letter.objects.filter(lease=lease, state=Letter.State.TAKEN).order_by("-urgent", "pk"))


def _send_turn(letters, connection):
    try:
        _open(connection)
        for letter in letters:
            _send(letter, connection)
    except _ServerAway:
        _give_back(Letter.objects.filter(lease=letters[0].lease, state=Letter.State.TAKEN))
        raise


def _open(connection):
    try:
        connection.open()
    except (OSError, UnicodeError) as error:  # smtplib's errors are OSErrors; a host that is none a UnicodeError
        raise _ServerAway(type(error).__name__) from error
    back = MailServer.objects.filter(failures__gt=0).update(failures=0, away_since=None, ask_again_at=None)
    if back:
        log.warning("The mail server answers again.")


def _send(letter, connection):
    try:
        written = write(letter)
    except Error:  # the database's trouble, not the letter's: the lease brings it back
        raise
    except Exception as error:
        log.error("Letter %s (%s) cannot be written: %s", letter.pk, letter.kind, type(error).__name__)
        _end(letter, Letter.State.FAILED, why=Letter.Why.UNWRITTEN)
        return
    if written is None or not written.to:
        _end(letter, Letter.State.NOBODY)
        return
    if not _begin(letter):
        return
    message = EmailMessage(written.subject, written.body, to=[written.to], connection=connection, **_from())
    try:
        message.send()
    except smtplib.SMTPSenderRefused as error:  # nobody's letter would be taken
        _give_back(_ours(letter))
        raise _ServerAway(f"refuses the sender: {error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        _refused(letter, max(code for code, _ in error.recipients.values()), connection)
    except smtplib.SMTPResponseException as error:
        _refused(letter, error.smtp_code, connection)
    except (ValueError, smtplib.SMTPNotSupportedError):  # an address or a subject that no letter can have
        _end(letter, Letter.State.FAILED, why=Letter.Why.ADDRESS)
    except OSError as error:
        if getattr(connection, "may_have_left", False):
            _end(letter, Letter.State.UNKNOWN)
        else:
            _give_back(_ours(letter))
        raise _ServerAway(type(error).__name__) from error
    else:
        _end(letter, Letter.State.SENT)


def _from():
    """Who reads that it came from EMAIL_FROM; what cannot be delivered goes back to EMAIL_BOUNCES, where there is one."""
    if not settings.EMAIL_BOUNCES:
        return {}
    return {"from_email": settings.EMAIL_BOUNCES, "headers": {"From": settings.DEFAULT_FROM_EMAIL}}


def _ours(letter):
    return Letter.objects.filter(pk=letter.pk, lease=letter.lease)


def _begin(letter):
    """Written down before it leaves. False where it was taken back meanwhile, or another worker has it."""
    ours = _ours(letter).filter(state=Letter.State.TAKEN, taken_at__gt=Now() - LEASE)
    return ours.update(state=Letter.State.SENDING, begun_at=Now())


def _end(letter, state, **why):
    # A worker that was thought dead may still say what became of its letter.
    open_states = [Letter.State.TAKEN, Letter.State.SENDING, Letter.State.UNKNOWN]
    _ours(letter).filter(state__in=open_states).update(state=state, attempts=F("attempts") + 1, **why)


def _give_back(letters):
    letters.filter(state__in=[Letter.State.TAKEN, Letter.State.SENDING]).update(
        state=Letter.State.WAITING, lease=None, begun_at=None
    )


def _refused(letter, code, connection):
    """The server's own word on this letter: for good (5xx), or for now."""
    if code >= 500 or letter.attempts + 1 >= REFUSED_FOR_GOOD_AFTER:
        _end(letter, Letter.State.FAILED, why=Letter.Why.REFUSED, smtp_code=code)
        return
    pause = doubled(FIRST_PAUSE, letter.attempts, LONGEST_PAUSE)
    _ours(letter).update(
        state=Letter.State.WAITING,
        lease=None,
        begun_at=None,
        attempts=F("attempts") + 1,
        next_attempt_at=Now() + pause,
    )
    if code == 421:  # and it hangs up
        raise _ServerAway("421")


def _note_away(away):
    with transaction.atomic():
        server = MailServer.objects.locked()
        if not server.failures:
            log.error("The mail server is away (%s). It is asked again after pauses of up to 10 min.", away)
        MailServer.objects.filter(pk=server.pk).update(
            failures=F("failures") + 1,
            away_since=Coalesce("away_since", Now()),
            ask_again_at=Now() + doubled(SERVER_PAUSE, server.failures, LONGEST_SERVER_PAUSE),
        )


def _hang_up(connection):
    try:
        connection.close()
    except OSError:
        log.debug("the line was dead already")


# --- the sweep ---


def free_the_lost():
    """Letters of workers that died: what had not begun goes back into the line, what had is in doubt."""
    taken = Letter.objects.filter(state=Letter.State.TAKEN, taken_at__lt=Now() - LEASE)
    taken.update(state=Letter.State.WAITING, lease=None)
    begun = Letter.objects.filter(state=Letter.State.SENDING, begun_at__lt=Now() - LEASE)
    begun.update(state=Letter.State.UNKNOWN)
