from django.utils.dateparse import parse_date

from portal import panels
from portal.addresses import Site
from portal.school.table import value

from . import sessions
from .actions import is_system_administrator
from .addresses import new_address_of
from .factors import authenticators
from .factors.needed import SESSION_KEY, may_have_factor
from .models import Viewing, given_to

MOST_VIEWINGS = 10


@panels.panel(panels.MY_SIGN_IN)
def where_one_is_signed_in(request):
    """Whoever has lost a phone ends its session here. Not for whoever views as somebody."""
    if request.real_user:
        return None
    return "access/sessions_panel.html", {"sessions": sessions.open_sessions(request.user)}


@panels.panel(panels.MY_SIGN_IN)
def own_factors(request):
    if request.real_user or request.site == Site.FAMILIES or not may_have_factor(request.user):
        return None
    found = list(authenticators.factors(request.user))
    return "access/factors/panel.html", {"factors": found, "codes_left": authenticators.codes_left(request.user)}


@panels.panel(panels.DASHBOARD)
def factor_reminder(request):
    """For a System Administrator who signs in with a password alone."""
    is_administrator = any(given.is_without_limits for given in given_to(request.user))
    if request.real_user or not is_administrator or request.session.get(SESSION_KEY):
        return None
    return "access/factors/reminder.html", {"day": parse_date(value("second_factor_from"))}


@panels.panel(panels.MY_DETAILS)
def own_new_address(request, person):
    """For holders of menu options: another address on record counts once they say so."""
    new = new_address_of(request.user)
    return ("access/new_address.html", {"new": new, "user": request.user, "own": True}) if new else None


@panels.panel(panels.PERSON)
def new_address(request, person):
    """The same for a System Administrator, of somebody else."""
    new = new_address_of(person.user) if person.user else ""
    if not new:
        return None
    may = is_system_administrator(request.user) and request.user.has_perm("access.manage_profiles")
    return "access/new_address.html", {"new": new, "user": person.user, "own": False, "may": may}


@panels.panel(panels.PERSON)
def how_they_sign_in(request, person):
    """From somebody's page to the page of their sign-in."""
    if not request.user.has_perm("access.view_accounts"):
        return None
    return "access/person_panel.html", {"person": person}


@panels.panel(panels.PERSON)
def everything_held(request, person):
    """For whoever answers for it."""
    return ("access/held_panel.html", {"person": person}) if is_system_administrator(request.user) else None


@panels.panel(panels.MY_SIGN_IN)
def who_viewed_as_oneself(request):
    """By whom and when, to the person themselves; not why: the reason may name somebody else."""
    viewings = Viewing.objects.filter(user=request.user).select_related("by__person").order_by("-pk")[:MOST_VIEWINGS]
    return ("access/viewings_panel.html", {"viewings": viewings}) if viewings else None
