from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.addresses import on_families_site
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.menu import requires
from wechat_admin.models import EnterpriseAccount

from . import actions
from .forms import YearRulesForm
from .rules import pupils_of, rules


@requires("registration.set_years")
def year_rules(request):
    form = YearRulesForm(posted(request), seen=revision_of(actions.SUBJECT), rules=rules())
    if form.is_valid():
        try:
            actions.set_year_rules(by=request.user, **form.cleaned_data)
        except SavedMeanwhile as meanwhile:
            form.say(meanwhile)
        else:
            messages.success(request, _("Saved."))
            return redirect("registration:years")
    return render(request, "registration/years.html", {"form": form})


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
        actions.give_consent(pupil=pupil, guardian=guardian, language=get_language(), by=request.user)
    else:
        return render(request, "registration/closed.html", status=404)
    return redirect("my-details")
