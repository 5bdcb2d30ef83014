"""The registry by which a higher floor adds a panel to a lower floor's page.

A panel is a function of (request, **what the page is about) that returns (template name, context), or None to
show nothing. Apps register theirs in `panels.py`.
"""

from collections import defaultdict

from django.template.loader import render_to_string

DASHBOARD = "dashboard"
MY_DETAILS = "my details"

_panels = defaultdict(list)


def panel(place):
    def add(function):
        _panels[place].append(function)
        return function

    return add


def render(place, request, **about):
    """The HTML of every panel of `place`, in the order of the house's floors."""
    shown = (function(request, **about) for function in _panels[place])
    return [render_to_string(template, context, request) for template, context in filter(None, shown)]
