"""Saved audiences, and the numbers of whoever is being chosen."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.audit.looking import shows_names
from portal.heavy import SEARCH, one_at_a_time
from portal.menu import requires
from portal.paging import page_in_order
from portal.reading import read_id
from wechat_admin.models import EnterpriseAccount

from .. import judgement
from ..checking import facts
from ..deleting import delete, undo
from ..models import Message, SavedAudience
from .deleted import ACT
from .forms import Whom, initial_of_rule, kept_of
from .in_words import in_words
from .people import people_of, reach_of
from .pupils import reach_of_pupils

AT_ONCE = 10  # saved audiences a page: whom each reaches is a question of its own
CHOSEN = {"roles", "groups", "people", "audiences", "not_groups", "not_people"}


@requires("messaging.write")
@require_POST
@one_at_a_time(SEARCH)
def reach(request):
    """The numbers alone, while somebody is choosing."""
    own = judgement.own_people(request.user)
    form = Whom(request.POST, user=request.user, own=own, **_stored(request))
    if form.errors.keys() & CHOSEN:
        return HttpResponse(status=204)
    people = people_of(form.rule, EnterpriseAccount.objects.the())
    context = facts.reach(people, own) | {
        "is_empty": not form.rule["include"],
        "beyond": judgement.why_beyond(people, own),
        "by_pupil": reach_of_pupils(form.rule, people, own),
    }
    return render(request, "messaging/audience/_reach.html", context)


def _stored(request):
    """Whom the draft they are writing is for as it stands, and what it holds besides what the form has fields for."""
    drafts = Message.objects.visible_to(request.user)
    draft = drafts.filter(pk=read_id(request.POST.get("message"))).first()
    if draft is None:
        return {}
    return {"initial": initial_of_rule(draft.audience), "kept": kept_of(draft.audience, request.user)}


@requires("messaging.write")
@shows_names(gettext_noop("looked at their saved audiences"))
@one_at_a_time(SEARCH)
def audiences(request):
    account = EnterpriseAccount.objects.the()
    own, listed = judgement.own_people(request.user), []
    page = page_in_order(request.user.saved_audiences.all(), "name", request.GET.get("after"), size=AT_ONCE)
    for saved in page.rows:
        counts = reach_of(saved.rule, account, own)
        listed.append((saved, *in_words(saved.rule, own), counts.get(None, 0), sum(counts.values())))
    deleted = SavedAudience.deleted.filter(owner=request.user).order_by("-deleted_at")
    context = {"audiences": listed, "page": page, "deleted": deleted}
    return render(request, "messaging/audience/audiences.html", context)


@requires("messaging.write")
@require_POST
def delete_audience(request, pk):
    audience = get_object_or_404(request.user.saved_audiences, pk=pk)
    delete(audience, ACT, by=request.user)
    return redirect("messaging:audiences")


@requires("messaging.write")
@require_POST
def undelete_audience(request, pk):
    audience = SavedAudience.deleted.filter(pk=pk, owner=request.user).first()
    undo(request, audience, gettext_noop("brought a saved audience back"))
    return redirect("messaging:audiences")
