"""What whoever writes and releases messages is told. No sentence holds a name or a word of a message."""

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import once
from portal.causes import Cause, Kind, Way, register
from portal.ledger import mark
from portal.school.table import value
from wechat_admin.models import SendingGate

from .models import Asking, Attempt, Batch, Message, Share, State

NEWS_FOR = timedelta(days=7)
NO_ANSWER_FOR = timedelta(minutes=10) / settings.SENDING_TIME_SCALE
TO_RELEASE, SENT_BACK, RELEASED = "messaging.to-release", "messaging.sent-back", "messaging.released"
VOID, MOVED = "messaging.release-void", "messaging.moved"
SHARED, ASKED = "messaging.shared", "messaging.asked"
OF_A_RELEASE = (TO_RELEASE, SENT_BACK, RELEASED, VOID, MOVED)
_READ_OF_A_RELEASE = (
    *("version", "status", "urgent", "author", "sent_by", "saved_by"),
    *("released_by", "was_released_by", "released_at", "sent_at", "wanted_at"),
)
Status, Reason = Message.Status, Message.PausedReason


def _nobody_answers():
    """A call without an answer is tried again after longer and longer pauses, so nothing of it is ever late."""
    since = Now() - NO_ANSWER_FOR
    answered = Attempt.objects.filter(Q(outcome="ok") | Q(errcode__isnull=False), at__gt=since)
    is_away = Batch.objects.tried_in_vain_since(since).exists() and not answered.exists()
    return {"wecom": Cause(urgent=True)} if is_away else {}


def _number(subject):
    """A subject is the message's key, and behind a blank what tells two causes of one message apart."""
    return int(subject.partition(" ")[0])


def _opens(name):
    return lambda subject: reverse(name, args=[_number(subject)])


def _of_their_own(message):
    return Cause(to={message.author_id, message.sent_by_id}, urgent=message.urgent)


def _of_a_release():
    """{kind: the messages of which it is so}, in one statement: every Send looks for all of these kinds."""
    return once.kept("the messages of a release", _ask_of_a_release, Message)


def _ask_of_a_release():
    listed = Message.objects.listed()
    may_leave = listed.may_still_leave()
    each = {
        TO_RELEASE: listed.to_release(),
        SENT_BACK: listed.filter(status=Status.DRAFT).exclude(sent_back_note=""),
        RELEASED: listed.filter(released_at__gt=Now() - NEWS_FOR).exclude(status=Status.DRAFT),
        # Whoever changed it has seen that it is not released any more.
        VOID: may_leave.exclude(was_released_by=None).exclude(was_released_by=F("sent_by")),
        # Whoever released it has said that it may go, and when.
        MOVED: may_leave.exclude(released_digest="").exclude(wanted_at=None).exclude(released_for=F("wanted_at")),
    }
    first, *others = [messages.annotate(of=Value(kind)).only(*_READ_OF_A_RELEASE) for kind, messages in each.items()]
    found: dict[str, list[Message]] = {kind: [] for kind in each}
    for message in first.union(*others, all=True):
        found[message.of].append(message)
    return found


def _to_release():
    """The version stands in the subject: what was changed and asked for again is another decision."""
    return {
        f"{m.pk} {m.version} {m.status}": Cause(but={m.author_id, m.sent_by_id, m.saved_by_id}, urgent=m.urgent)
        for m in _of_a_release()[TO_RELEASE]
    }


def _sent_back():
    return {str(m.pk): Cause(to={m.author_id, m.sent_by_id}) for m in _of_a_release()[SENT_BACK]}


def _released():
    lately = _of_a_release()[RELEASED]
    return {f"{m.pk} {m.released_at:%m%d%H%M%S}": Cause(to={m.author_id, m.sent_by_id}) for m in lately}


def _void():
    return {f"{m.pk} {m.sent_at:%m%d%H%M%S}": Cause(to={m.was_released_by_id}) for m in _of_a_release()[VOID]}


def _moved():
    return {f"{m.pk} {m.wanted_at:%m%d%H%M}": Cause(to={m.released_by_id}) for m in _of_a_release()[MOVED]}


def _paused():
    """A person must say how they go on; what a second person must release is told to them."""
    waiting = Message.objects.listed().filter(status=Status.PAUSED, cancel_requested_at=None)
    waiting = waiting.exclude(paused_reason=Reason.SECOND_PERSON)
    return {f"{message.pk} {message.paused_reason}": _of_their_own(message) for message in waiting}


def _why_paused(subject):
    words = _("Message %(number)s is paused and waits for you: %(reason)s")
    return words % {"number": _number(subject), "reason": Reason(subject.partition(" ")[2]).label}


def _held():
    """Those on their way when all sending is held: whoever may lift the hold is told of that."""
    if not (mark.is_held() or SendingGate.objects.held().exists()):
        return {}
    at_work = Message.objects.listed().filter(status__in=[Status.PREPARING, Status.SENDING], cancel_requested_at=None)
    return {str(message.pk): _of_their_own(message) for message in at_work}


def _reached_too_few():
    most = value("tell_when_missed")
    ended = Message.objects.listed().filter(status=Status.FINISHED, finished_at__gt=Now() - NEWS_FOR)
    return {
        str(message.pk): Cause(to={message.author_id, message.sent_by_id})
        for message in ended.exclude(final_counts=None).only("author", "sent_by", "recipients", "final_counts")
        if message.recipients and 100 * _missed(message) > most * message.recipients
    }


def _shared():
    lately = Share.objects.filter(at__gt=Now() - NEWS_FOR).values_list("message", "pk", "user")
    return {f"{message} {pk}": Cause(to={user}) for message, pk, user in lately}


def _asked():
    lately = Asking.objects.filter(at__gt=Now() - NEWS_FOR)
    return {f"{asking.message_id} {asking.about}": Cause(but={asking.asked_by_id}) for asking in lately}


def _where_asked(subject):
    """The page that names exactly those, with what an administrator can do for them."""
    about = subject.partition(" ")[2]
    if about == Asking.PUPILS:
        return reverse("messaging:pupils", args=[_number(subject)])
    return f"{reverse('messaging:message', args=[_number(subject)])}?show={about}#progress"


def _missed(message):
    return message.recipients - message.final_counts.get(State.ACCEPTED, 0)


register(
    Kind(
        "messaging.wecom-away",
        gettext_lazy("WeCom does not answer"),
        option="wechat_admin.change_account",
        causes=_nobody_answers,
        sentence=lambda subject: _("WeCom does not answer: messages wait and go out by themselves when it does."),
        address=lambda subject: reverse("wechat-administration"),
        to_do=lambda subject: _(
            "Look whether this machine reaches WeCom (network, WECOM_PROXY), and read the end of the worker's log."
        ),
        flutters=True,
    ),
    Kind(
        TO_RELEASE,
        gettext_lazy("A message waits for your release"),
        option="messaging.approve",
        causes=_to_release,
        sentence=lambda subject: _("Message %(number)s waits for your release.") % {"number": _number(subject)},
        address=_opens("messaging:approve"),
    ),
    Kind(
        SENT_BACK,
        gettext_lazy("A message of yours was sent back"),
        option="messaging.write",
        causes=_sent_back,
        sentence=lambda subject: _("Message %(number)s was sent back to be changed.") % {"number": _number(subject)},
        address=_opens("messaging:edit"),
    ),
    Kind(
        RELEASED,
        gettext_lazy("A message of yours was released"),
        option="messaging.write",
        causes=_released,
        sentence=lambda subject: _("Message %(number)s was released.") % {"number": _number(subject)},
        address=_opens("messaging:message"),
        way=Way.PAGE,
        is_news=True,
    ),
    Kind(
        VOID,
        gettext_lazy("A message you released was changed"),
        option="messaging.approve",
        causes=_void,
        sentence=lambda subject: (
            _("Message %(number)s was changed: your release of it does not count any more.")
            % {"number": _number(subject)}
        ),
        address=_opens("messaging:approve"),
        is_news=True,
    ),
    Kind(
        MOVED,
        gettext_lazy("A message you released goes out at another time"),
        option="messaging.approve",
        causes=_moved,
        sentence=lambda subject: (
            _("Message %(number)s, which you released, goes out at another time.") % {"number": _number(subject)}
        ),
        address=_opens("messaging:approve"),
        is_news=True,
    ),
    Kind(
        "messaging.paused",
        gettext_lazy("A message of yours is paused, or missed its time"),
        option="messaging.write",
        causes=_paused,
        sentence=_why_paused,
        address=_opens("messaging:message"),
    ),
    Kind(
        "messaging.held",
        gettext_lazy("A message of yours is held with all sending"),
        option="messaging.write",
        causes=_held,
        sentence=lambda subject: _("Message %(number)s is held: all sending is.") % {"number": _number(subject)},
        address=_opens("messaging:message"),
        flutters=True,
        patience=timedelta(minutes=5),
    ),
    Kind(
        "messaging.reached-too-few",
        gettext_lazy("A message of yours did not reach many"),
        option="messaging.write",
        causes=_reached_too_few,
        sentence=lambda subject: (
            _("Message %(number)s has ended and did not reach many of those chosen.") % {"number": _number(subject)}
        ),
        address=_opens("messaging:message"),
        is_news=True,
    ),
    Kind(
        SHARED,
        gettext_lazy("A report was shared with you"),
        option="messaging.write",
        causes=_shared,
        sentence=lambda subject: (
            _("The report of message %(number)s was shared with you.") % {"number": _number(subject)}
        ),
        address=_opens("messaging:message"),
        is_news=True,
    ),
    Kind(
        ASKED,
        gettext_lazy("A colleague asks for help with those a message does not reach"),
        option="",
        causes=_asked,
        sentence=lambda subject: (
            _("A colleague asks for your help with those whom message %(number)s does not reach.")
            % {"number": _number(subject)}
        ),
        address=_where_asked,
        is_news=True,
    ),
)
