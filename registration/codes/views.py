from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.access import narrow
from portal.access.known_browsers import remember
from portal.access.password import choose_password_of
from portal.access.tries import TooMany
from portal.addresses import on_families_site
from portal.forms import posted

from ..steps.entrance import leaving_page
from .coming_in import NotGood, begin, find, may_choose_password
from .forms import CodeForm


@login_not_required
@on_families_site
@narrow.allowed
@never_cache
def enter(request):
    """Where a letter's QR code leads: the code stands behind its #, which no browser sends and no log holds.

    A script writes it into the field; without one it is typed. Nobody is named before the press.
    """
    form = CodeForm(posted(request))
    status = 200
    if form.is_valid():
        try:
            row = find(request, form.cleaned_data["code"])
        except TooMany:
            form.add_error("code", _("Too many wrong codes. Wait 15 minutes, or ask the office."))
            status = 429
        except NotGood as not_good:
            form.add_error("code", str(not_good))
        else:
            begin(request, row)
            return redirect("registration:step", 1)
    response = render(request, "registration/code.html", {"form": form}, status=status)
    remember(request, response)
    return response


@leaving_page
@require_POST
def choose_password(request, account, person, registration):
    if request.narrow is None or not may_choose_password(request.narrow, registration):
        return redirect("registration:step", 1)
    return choose_password_of(request)
