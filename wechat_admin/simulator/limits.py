"""What is too much (doc 90312): at once, in a minute, in an hour, in a day. Without a number there is no limit."""

import threading
from collections import Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass

from .clock import DAY, HOUR, MINUTE, midnight, now
from .models import Call, Member, Sent, Setting
from .refusal import Refusal, TooOften


@dataclass(frozen=True)
class Limit:
    label: str
    strict: int | None  # what the tests run against; None: no document gives a figure


LIMITS = {
    "at_once": Limit("calls of one interface in the air (45033)", 5),
    "calls_a_minute": Limit("calls of one interface a minute, sending aside (45009 for 60 s)", 10_000),
    "calls_an_hour": Limit("calls of one interface an hour, sending aside (45009 for 60 min)", 150_000),
    "sends_a_minute": Limit("message/send a minute (45009 for 60 s)", None),
    "persons_a_seat": Limit("person-times a day for each seat (45009 until midnight in Beijing)", 200),
    "wrong_lookups": Limit("per cent of the company looked up in vain a day (45009 for a day)", 20),
    "wrong_secrets": Limit("wrong secrets an hour (gettoken 45009 for an hour)", 2000),
    "accounts_a_seat": Limit("members made a month for each seat (45009 for 30 days)", 3),
    "debug_a_minute": Limit("calls with debug=1 a minute (45009)", 5),
    "body_bytes": Limit("bytes of a request's JSON (40206)", 1024 * 1024),
    "image_bytes": Limit("bytes of a picture (40009; documents say 10, 5 and 2 MB)", None),
    "a_minute_each": Limit("messages a minute to one person, dropped in silence", 30),
    "an_hour_each": Limit("messages an hour to one person, dropped in silence", 1000),
}
# These stand in every document alike and cost a demo nothing: they hold always.
ALWAYS = {"a_minute_each": 30, "an_hour_each": 1000}

SENDING = "message/send"
WRITES = {"user/create", "user/update", "user/delete", "department/create", "department/delete"}
WRONG_SECRET, WRONG_LOOKUP = (40001, 40013, 40091), (46004,)
TOO_OFTEN, TOO_MANY_AT_ONCE = 45009, 45033


def limit(name):
    return Setting.all()["limits"].get(name, ALWAYS.get(name))


# --- at once ---

_lock = threading.Lock()
_in_the_air = Counter()
highest = Counter()  # the most that ever were in the air at once, for the tests


@contextmanager
def in_the_air(call):
    """For as long as a call is answered. Raises Refusal where there are too many."""
    names = [call, "writing"] if call in WRITES else [call]
    with _lock:
        most = limit("at_once")
        if most is not None and _in_the_air[call] >= most:
            raise Refusal(TOO_MANY_AT_ONCE, "api concurrent out of limit")
        if call in WRITES and _in_the_air["writing"] and Setting.all()["parallel_writes_refused"]:
            raise Refusal(6000, "data version conflict")
        _in_the_air.update(names)
        highest[call] = max(highest[call], _in_the_air[call])
    try:
        yield
    finally:
        with _lock:
            _in_the_air.subtract(names)


# --- how often ---

_debugged = deque(maxlen=100)


def check_frequency(call, query):
    """Raises Refusal while the call is blocked, or where it now becomes so. A block lasts as long as its window."""
    if Setting.all()["blocks"].get(call, 0) > now():
        raise TooOften
    if call == SENDING:
        _check_window(call, "sends_a_minute", MINUTE)
    else:
        _check_window(call, "calls_a_minute", MINUTE)
        _check_window(call, "calls_an_hour", HOUR)
    if call == "gettoken":
        _check_window(call, "wrong_secrets", HOUR, of=WRONG_SECRET)
    if query.get("debug") == "1":
        _check_debugging()


def _check_window(call, name, seconds, of=()):
    most = limit(name)
    if most is not None and _answered(call, seconds, of).count() >= most:
        raise TooOften(seconds)


def _answered(call, seconds, of=()):
    calls = Call.objects.filter(call=call, at__gt=now() - seconds)
    return calls.filter(errcode__in=of) if of else calls.exclude(errcode__in=[TOO_OFTEN, TOO_MANY_AT_ONCE])


def _check_debugging():
    most = limit("debug_a_minute")
    if most is None:
        return
    if len([at for at in _debugged if at > now() - MINUTE]) >= most:
        raise TooOften
    _debugged.append(now())


def block(call, seconds):
    Setting.set("blocks", Setting.all()["blocks"] | {call: now() + seconds})


# --- how much ---


def check_size(body):
    most = limit("body_bytes")
    if most is not None and len(body) > most:
        raise Refusal(40206, "request body too large")


def check_lookup(call):
    """After one in vain: whether a fifth of the company has been asked for in vain by now."""
    share = limit("wrong_lookups")
    if share is None:
        return
    settings = Setting.all()
    company = Member.objects.count() if settings["lookups_count_members"] else settings["member_limit"]
    if (_answered(call, DAY, of=WRONG_LOOKUP).count() + 1) * 100 > share * company:
        block(call, DAY)


def check_new_account():
    times, seats = limit("accounts_a_seat"), Setting.all()["member_limit"]
    made = Call.objects.filter(call="user/create", errcode=0, at__gt=now() - 30 * DAY)
    if times is not None and made.count() >= times * seats:
        raise TooOften(30 * DAY)


def persons_today(persons):
    """Person-times of the natural day with these. Raises Refusal beyond the quota. Called under the sending lock."""
    last = Sent.objects.order_by("-pk").values_list("at", "persons_today").first()
    total = persons + (last[1] if last and last[0] >= midnight() else 0)
    times = limit("persons_a_seat")
    if times is not None and total > times * Setting.all()["member_limit"]:
        raise TooOften(midnight() + DAY - now())
    return total


def forget():
    """A new start: nothing was ever in the air."""
    with _lock:
        highest.clear()
        _debugged.clear()
