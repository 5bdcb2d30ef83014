"""The registry by which a higher floor adds a panel to a lower floor's page.

A panel is a function of (request, **what the page is about) that returns (template name, context), or None to
show nothing. What waits, what runs and how we are stands on the dashboard as lines: there a function returns some of
them. Apps register theirs in `panels.py`, with the menu option without which nobody sees it, and with the facts
(once.py) that it will ask: those of all the panels of a page are one question.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise

from . import menu, once

DASHBOARD = "dashboard"
TROUBLE = "trouble"  # above all else on the dashboard
WAITING = "what waits for the reader"
RUNNING = "what runs"
PICTURES = "dashboard, beside"
HEALTH = "how the link and our own processes are"
ALL_OF_THE_DASHBOARD = (TROUBLE, WAITING, RUNNING, DASHBOARD, PICTURES, HEALTH)
MY_DETAILS = "my details"
ACCOUNT = "account"  # of a person, on the page of their sign-in
MY_SIGN_IN = "my sign-in"
SIGN_IN = "sign in"  # below the form: other ways in
PERSON = "person page"  # of (request, person): what a higher floor knows of somebody

ANY = "any option"  # whoever has work to do here


@dataclass(frozen=True)
class Line:
    """What stands in a list of the dashboard: words that lead somewhere, and how it is."""

    words: str | Promise
    address: str = ""
    state: Any = None  # with a tone and a label
    detail: str | Promise = ""
    at: datetime | None = None
    part: int = 0
    whole: int = 0  # of a bar; 0: there is none


@dataclass(frozen=True)
class _Panel:
    function: Callable
    option: str
    facts: list  # which others may lengthen

    def is_for(self, request):
        if not self.option:
            return True
        user = request.user
        return bool(menu.sections_for(user)) if self.option == ANY else user.has_perm(self.option)


_panels: dict[str, list[_Panel]] = defaultdict(list)


def panel(place, *, option="", facts=()):
    def add(function):
        _panels[place].append(_Panel(function, option, facts))
        return function

    return add


def ask(request, *places):
    """Ask what the panels of these places will ask, in one statement."""
    once.ask(*{fact for place in places for shown in _for(place, request) for fact in shown.facts})


def lines(place, request):
    """The lines of `place`, in the order of the house's floors."""
    return [line for shown in _for(place, request) for line in shown.function(request)]


def render(place, request, **about):
    """The HTML of every panel of `place`, in the order of the house's floors."""
    shown = (shown.function(request, **about) for shown in _for(place, request))
    return [render_to_string(template, context, request) for template, context in filter(None, shown)]


def _for(place, request):
    return [shown for shown in _panels[place] if shown.is_for(request)]
