from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.addresses import on_families_site
from portal.menu import requires
from portal.people.models import Group
from wechat_admin.models import EnterpriseAccount

from . import actions
from .rules import pupils_of, rules


@requires("registration.decide")
def year_rules(request):
    if request.method == "POST":
        actions.set_year_rules(
            may_register=_ids(request.POST.getlist("may")),
            need_consent=_ids(request.POST.getlist("consent")),
            by=request.user,
        )
        messages.success(request, _("Saved."))
        return redirect("registration:years")
    return render(request, "registration/years.html", {"rules": rules()})


def _ids(values):
    return {int(value) for value in values if value.isascii() and value.isdigit()} & set(
        Group.objects.filter(kind=Group.Kind.YEAR).values_list("pk", flat=True)
    )


@login_not_required
@on_families_site
@never_cache
@require_POST
def consent(request, pk):
    """A guardian lets one of their pupils register, or takes that back."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("my-details"), reverse("sign-in"))
    guardian = getattr(request.user, "person", None)
    if guardian is None:
        raise Http404
    pupil = get_object_or_404(pupils_of(guardian), pk=pk)
    if request.POST.get("consent") != "1":
        actions.withdraw_consent(pupil=pupil, guardian=guardian, by=request.user)
    elif EnterpriseAccount.objects.the().is_registration_open:
        actions.give_consent(pupil=pupil, guardian=guardian, by=request.user)
    else:
        return render(request, "registration/closed.html", status=404)
    return redirect("my-details")
