from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.addresses import on_families_site
from portal.audit.looking import shows_names
from portal.forms import posted
from portal.menu import requires
from portal.paging import page_of

from ..models import Person, Proposal
from ..roles import Role
from . import actions
from .forms import ProposalForm


def _contact(request):
    person = getattr(request.user, "person", None)
    if person is None or not person.is_now(Role.CONTACT):
        raise PermissionDenied(_("Only parents and contacts propose corrections here. Ask the office."))
    return person


@on_families_site
@shows_names(gettext_noop("looked at the details of the person viewed as"), own=True)
def propose(request):
    person = _contact(request)
    form = ProposalForm(posted(request), person=person)
    if form.is_valid():
        if actions.propose(person=person, wanted=form.wanted, by=request.user):
            messages.success(request, _("The office has been told. Until it accepts, the record stays as it is."))
        else:
            messages.info(request, _("This is what the school has on record already."))
        return redirect("my-details")
    return render(request, "people/propose.html", {"form": form})


@on_families_site
@require_POST
def withdraw(request, pk):
    proposal = get_object_or_404(Proposal, pk=pk, person=getattr(request.user, "person", None) or 0)
    try:
        actions.withdraw(proposal=proposal, by=request.user)
    except actions.DecidedAlready as decided:
        messages.info(request, str(decided))
    return redirect("my-details")


@requires("people.change")
@shows_names(gettext_noop("looked at proposed corrections"))
def proposals(request):
    page = page_of(Proposal.objects.open().select_related("person"), request)
    _add_namesakes(page.rows)
    return render(request, "people/proposals.html", {"page": page})


def _add_namesakes(rows):
    """How many others have the proposed number or address on record; one query each."""
    for what, column in ((Proposal.What.MOBILE, "mobile"), (Proposal.What.EMAIL, "email")):
        concerned = [row for row in rows if row.what == what]
        values = [row.values[column] for row in concerned]
        held = Person.objects.not_left().filter(**{f"{column}__in": values}).values_list(column).annotate(n=Count("pk"))
        found = dict(held.order_by()) if values else {}
        for row in concerned:
            row.held_by_others = found.get(row.values[column], 0)


VERBS = {"accept": actions.accept, "refuse": actions.refuse}


@requires("people.change")
@require_POST
def decide(request, pk, what):
    if what not in VERBS:
        raise Http404
    proposal = get_object_or_404(Proposal.objects.select_related("person"), pk=pk)
    try:
        sentences = VERBS[what](proposal=proposal, by=request.user)
    except actions.DecidedAlready as decided:
        messages.warning(request, str(decided))
    else:
        messages.success(request, _("Accepted.") if what == "accept" else _("Not accepted; the record stays as it is."))
        for sentence in sentences or []:
            messages.warning(request, sentence)
    return redirect("proposals")
