"""Saved audiences, and the numbers of whoever is being chosen."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.menu import requires
from portal.reading import read_id
from wechat_admin.models import EnterpriseAccount

from .. import judgement
from ..checking import facts
from ..models import Message
from . import actions
from .forms import Whom, kept_of
from .in_words import in_words
from .people import reach_of

CHOSEN = {"roles", "groups", "people", "audiences", "not_groups", "not_people"}


@requires("messaging.write")
@require_POST
def reach(request):
    """The numbers alone, while somebody is choosing."""
    own = judgement.own_people(request.user)
    form = Whom(request.POST, user=request.user, own=own, kept=_kept(request))
    if form.errors.keys() & CHOSEN:
        return HttpResponse(status=204)
    rule, account = form.rule, EnterpriseAccount.objects.the()
    context = facts.reach(rule, account, own) | {
        "is_empty": not rule["include"],
        "beyond": judgement.beyond(rule, account, request.user),
    }
    return render(request, "messaging/audience/_reach.html", context)


def _kept(request):
    """What the draft they are writing holds besides what the form has fields for."""
    drafts = Message.objects.visible_to(request.user)
    draft = drafts.filter(pk=read_id(request.POST.get("message"))).first()
    return kept_of(draft.audience, request.user) if draft else []


@requires("messaging.write")
def audiences(request):
    account = EnterpriseAccount.objects.the()
    own, listed = judgement.own_people(request.user), []
    for saved in request.user.saved_audiences.all()[:50]:
        counts = reach_of(saved.rule, account, own)
        listed.append((saved, *in_words(saved.rule, own), counts.get(None, 0), sum(counts.values())))
    return render(request, "messaging/audience/audiences.html", {"audiences": listed})


@requires("messaging.write")
@require_POST
def delete_audience(request, pk):
    actions.delete_audience(audience=get_object_or_404(request.user.saved_audiences, pk=pk), by=request.user)
    messages.success(request, _("The audience is deleted."))
    return redirect("messaging:audiences")
