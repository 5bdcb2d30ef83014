"""The page between the password and the portal, for whoever has a second factor."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render

from portal.addresses import Site, on_families_site
from portal.again import unfolded
from portal.forms import posted
from portal.request_sizes import LONG_FORM, up_to

from .. import actions, sessions, signing_in
from ..narrow import allowed
from . import authenticators
from .forms import FactorForm


def show_second_step(request, user, form, typed, address):
    with_passkey = authenticators.has_passkey(user)
    context = {
        "form": form,
        "typed": typed,
        "next": address,
        "has_app": authenticators.has_app(user),
        # A passkey belongs to the host it was made on.
        "passkey": authenticators.ask_for_passkey(user) if with_passkey and request.site != Site.FAMILIES else None,
        "passkey_elsewhere": with_passkey and request.site == Site.FAMILIES,
    }
    return render(request, "access/factors/second_step.html", context)


# What somebody had typed when their session ended travels through it.
@login_not_required
@up_to(LONG_FORM)
@on_families_site
@allowed
def second_step(request):
    user, address = signing_in.waiting(request), request.POST.get("next", "")
    if user is None:
        return redirect("sign-in")
    typed = unfolded(request)
    form = FactorForm(posted(request), request=request, user=user)
    if form.is_valid():
        return signing_in.sign_in(request, user, typed=typed, address=address, by_factor=True)
    response = show_second_step(request, user, form, typed, address)
    if form.wait:
        actions.tell_of_guesses(user=user)
        response.status_code, response.headers["Retry-After"] = 429, str(form.wait)
    elif form.is_bound and form.has_error("__all__", "wrong"):
        actions.record_wrong_factor(user=user)
        sessions.note(request, user, sessions.What.WRONG_FACTOR)
    return response
