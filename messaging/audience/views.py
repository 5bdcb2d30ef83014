"""Saved audiences, and the numbers of whoever is being chosen."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.menu import requires
from wechat_admin.models import EnterpriseAccount

from . import actions
from .in_words import in_words
from .people import reach_of


@requires("messaging.write")
def audiences(request):
    account = EnterpriseAccount.objects.the()
    listed = []
    for saved in request.user.saved_audiences.all()[:50]:
        counts = reach_of(saved.rule, account)
        listed.append((saved, *in_words(saved.rule), counts.get(None, 0), sum(counts.values())))
    return render(request, "messaging/audience/audiences.html", {"audiences": listed})


@requires("messaging.write")
@require_POST
def delete_audience(request, pk):
    actions.delete_audience(audience=get_object_or_404(request.user.saved_audiences, pk=pk), by=request.user)
    messages.success(request, _("The audience is deleted."))
    return redirect("messaging:audiences")
