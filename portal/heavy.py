"""Heavy work: a person has one download and one search at a time, and a process has few of all people's, so that there are
always threads for the other pages. Of any pages, a process has no more than IN_HAND of one person at once: whoever loads
one again and again is kept from the threads of the others, whichever page it is.

Whose turn it is stands in the cache: all processes see it there, and what is lost with it costs little, because the
places of a process are its own. A table is made while it is sent: its turn lasts until its last line.
"""

import time
from collections import Counter
from contextlib import suppress
from threading import BoundedSemaphore, Lock
from uuid import uuid4

from django.core.cache import cache
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from .again import typed_on
from .context_processors import appearance
from .paging import is_to_print

RETRY_AFTER = 3  # seconds
LEASE, KEPT_EVERY = 60, 10  # seconds: a process that was killed keeps nobody from it for longer
IN_HAND = 3  # a process of ours has four threads or eight
PATIENCE, LONGEST_WAIT, LOOK_EVERY = 1.0, 20.0, 0.05


class Kind:
    def __init__(self, name, places):
        self.name, self.places = name, BoundedSemaphore(places)


DOWNLOAD, SEARCH = Kind("download", 2), Kind("search", 2)
# Whoever presses twice, or searches on before the answer came, waits a moment; but few may wait.
_waiting = BoundedSemaphore(1)


def _in_a_moment(take):
    """Whether `take` succeeds, at once or within PATIENCE."""
    if take():
        return True
    if not _waiting.acquire(blocking=False):
        return False
    try:
        return _within(PATIENCE, take)
    finally:
        _waiting.release()


def _within(seconds, take):
    until = time.monotonic() + seconds
    while not take():
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_EVERY)
    return True


def searches(request):
    """Whether somebody is looked for, or many are shown to print; other buttons of a page that can search have their own
    work."""
    return is_to_print(request) or (bool(request.POST.get("q")) and request.POST.get("do", "find") == "find")


def one_at_a_time(kind, when=lambda request: True):
    """Marks a view as heavy work of this kind, where `when` says so of the request."""

    def mark(view):
        view.heavy, view.is_heavy = kind, when
        return view

    return mark


class InHand:
    """The requests of each person that this process has in hand."""

    def __init__(self):
        self.numbers: Counter[int] = Counter()
        self._lock = Lock()

    def take(self, key):
        with self._lock:
            if self.numbers[key] >= IN_HAND:
                return False
            self.numbers[key] += 1
            return True

    def give_back(self, key):
        with self._lock:
            self.numbers[key] -= 1
            self.numbers += Counter()  # forgets whoever has none


in_hand = InHand()


class Turn:
    """The right of one user to do heavy work of a kind."""

    def __init__(self, kind, user):
        self.kind, self.key, self.name = kind, f"heavy-{kind.name}-{user.pk}", uuid4().hex
        self.is_taken, self.kept_at = False, 0.0

    def take(self, patience=0.0):
        """Whether it could be had within `patience` seconds."""
        return _within(patience, self._take)

    def _take(self):
        if not self.kind.places.acquire(blocking=False):
            return False
        if not cache.add(self.key, self.name, LEASE):
            self.kind.places.release()
            return False
        self.is_taken, self.kept_at = True, time.monotonic()
        return True

    def keep(self):
        """While it lasts: it is not another's yet."""
        if self.is_taken and time.monotonic() > self.kept_at + KEPT_EVERY:
            self.kept_at = time.monotonic()
            cache.touch(self.key, LEASE)

    def end(self):
        if self.is_taken:
            self.is_taken = False
            self.kind.places.release()
            if cache.get(self.key) == self.name:
                cache.delete(self.key)


class _WhileItIsSent:
    """The lines of a table, in a turn that begins with the first of them: what nobody reads keeps nobody waiting."""

    def __init__(self, lines, turn):
        self.lines, self.turn, self.has_begun = iter(lines), turn, False

    def __iter__(self):
        return self

    def __next__(self):
        if not self.has_begun:
            self.has_begun = True
            self.turn.take(LONGEST_WAIT)  # only where two began in the same moment
        self.turn.keep()
        try:
            return next(self.lines)
        except BaseException:
            self.turn.end()
            raise

    def close(self):
        self.turn.end()

    def __del__(self):
        with suppress(Exception):
            self.close()


class HeavyWork:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.turn, request.in_hand_of = None, None
        try:
            response = self.get_response(request)
        finally:
            if request.turn:
                request.turn.end()
            if request.in_hand_of:
                in_hand.give_back(request.in_hand_of)
        if request.turn and response.streaming:
            response.streaming_content = _WhileItIsSent(response.streaming_content, request.turn)
        return response

    def process_view(self, request, view, args, kwargs):
        # What is open to nobody could be asked for without the sign-in as well; the pictures of one page come together.
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        user = getattr(request, "real_user", None) or request.user
        if not self._take_in_hand(request, user.pk):
            return one_after_the_other(request)
        request.in_hand_of = user.pk
        kind = getattr(view, "heavy", None)
        return self._take_turn(request, Turn(kind, user)) if kind and view.is_heavy(request) else None

    def _take_in_hand(self, request, key):
        """What asks again by itself need not wait. A press does, for what its page still loads beside it."""
        return _in_a_moment(lambda: in_hand.take(key)) if request.method == "POST" else in_hand.take(key)

    def _take_turn(self, request, turn):
        if not (_in_a_moment(turn.take) if turn.kind is SEARCH else turn.take()):
            return one_after_the_other(request)
        request.turn = turn
        return None


def one_after_the_other(request):
    """The answer to whoever asks for a second one: a GET asks again by itself, a POST by a press."""
    context = appearance(request) | {
        "address": request.get_full_path(),
        "asks_by_itself": request.method in ("GET", "HEAD"),
        "seconds": RETRY_AFTER,
        "typed": typed_on(request),
    }
    response = render(request, "one_after_the_other.html", context, status=429)
    response.headers["Retry-After"] = RETRY_AFTER
    add_never_cache_headers(response)
    return response
