"""Who needs a second factor, who may have one, and what opens until they have it."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.addresses import Site
from portal.people.models import User
from portal.school.table import value

from ..models import given_to

SESSION_KEY = "by second factor"
SENTENCE = _("Your administrator profile needs a second factor. Set one up, and everything else opens again.")


def may_have_factor(user: User) -> bool:
    """Staff, and sign-ins that belong to nobody of the school."""
    person = getattr(user, "person", None)
    return person is None or person.works_here


def needs_factor(user: User) -> bool:
    """Whether a profile that gives them options needs it today; System Administrators from the day the school set on."""
    given = given_to(user)
    if any(option.needs_factor for option in given):
        return True
    return any(option.is_without_limits for option in given) and _has_come(value("second_factor_from"))


def _has_come(day: str) -> bool:
    """Of a day that was set as YYYY-MM-DD; "" never comes."""
    return bool(day) and day <= timezone.localdate().isoformat()


def opens_without_factor(view):
    """Marks a view that opens to whoever must set up a second factor first."""
    view.opens_without_factor = True
    return view


class FactorNeeded:
    """Opens nothing but the way to a second factor to whoever holds a profile that needs one and has none.

    On the families' host nothing opens that a profile gives, and no factor is set up there.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "opens_without_factor", False) or not getattr(view, "login_required", True):
            return None
        user = request.real_user or request.user
        if request.site == Site.FAMILIES or not user.is_authenticated or request.session.get(SESSION_KEY):
            return None
        if not (may_have_factor(user) and needs_factor(user)):
            return None
        if request.method == "GET":
            return redirect("factors")
        raise PermissionDenied(SENTENCE)
