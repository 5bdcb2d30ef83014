"""Where people are signed in, and what happened with their sign-ins."""

import re
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from portal.people.models import User

from .models import Browser, OpenSession, SignInEvent

What = SignInEvent.What
KEPT_FOR = timedelta(days=365)


def browser_of(request: HttpRequest) -> Browser:
    """WeCom's own browser names MicroMessenger too."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    if "MicroMessenger" in agent or "wxwork" in agent:
        return Browser.WECHAT
    return Browser.PHONE if re.search(r"Mobile|Android|iPhone|iPad", agent) else Browser.COMPUTER


# In this order: each of them names some of those below it too.
_PROGRAMS = {
    "MicroMessenger": "WeChat",
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = ("Windows", "iPhone", "iPad", "Android", "Macintosh", "Linux")


def name_of(request: HttpRequest) -> str:
    """The browser and its system, as their owner knows them: "Chrome, Windows"; "" where it says neither."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    program = next((name for word, name in _PROGRAMS.items() if word in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return ", ".join(filter(None, (program, system)))


def note(request: HttpRequest, user: User, what: str) -> SignInEvent:
    return SignInEvent.objects.create(user=user, what=what, browser=browser_of(request), name=name_of(request))


def has_signed_in(user: User) -> bool:
    return SignInEvent.objects.filter(user=user, what=What.SIGNED_IN).exists()


def open_sessions(user: User) -> QuerySet[OpenSession]:
    """Those that have not run out, the newest first."""
    living = OpenSession.objects.filter(user=user, session__expire_date__gt=Now())
    return living.select_related("session").order_by("-begun_at", "-pk")


def end(found: QuerySet[OpenSession]) -> int:
    """They are over at their next page. Returns how many."""
    keys = list(found.values_list("session_id", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def renew(request: HttpRequest) -> None:
    """Another key for the same session: it goes on where it was begun."""
    opened = OpenSession.objects.filter(session_id=request.session.session_key).first()
    request.session.cycle_key()
    if opened is not None:
        opened.session_id = request.session.session_key or ""
        opened.save(force_insert=True)  # it went with the key of before


def forget_old() -> None:
    SignInEvent.objects.filter(at__lt=Now() - KEPT_FOR).delete()
