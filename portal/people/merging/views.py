from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.audit.looking import shows_names
from portal.forms import searched
from portal.heavy import SEARCH, one_at_a_time, searches
from portal.menu import requires
from portal.paging import first
from portal.reading import read_id

from ..models import Merge, Person, Relationship
from . import actions
from .forms import MergeForm
from .parts import MergeRefused

MOST_FOUND = 20


@requires("people.change")
@shows_names(gettext_noop("looked at who may be merged with somebody"), of="person")
@one_at_a_time(SEARCH, when=searches)
def merge(request, pk):
    """First who the other is; then both beside each other, and what stays. Nothing is changed before the last press."""
    person = get_object_or_404(Person, pk=pk)
    other = Person.objects.exclude(pk=pk).filter(pk=read_id(request.POST.get("other"))).first()
    if other is None:
        text = searched(request)
        found = Person.objects.search(text).exclude(pk=pk) if text else _namesakes(person)
        found, has_more = first(found.with_family().by_name(), MOST_FOUND)
        context = {"person": person, "text": text, "found": found, "has_more": has_more}
        return render(request, "people/merge_search.html", context)
    form = MergeForm(request.POST if "confirmed" in request.POST else None, one=person, other=other)
    if form.is_valid():
        kept, gone, stays = form.chosen
        try:
            actions.merge(kept=kept, gone=gone, stays=stays, by=request.user)
        except MergeRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("They are one now. It can be taken back on this page."))
            return redirect("person", kept.pk)
    sides = [_side(one) for one in (person, other)]
    return render(request, "people/merge.html", {"person": person, "other": other, "form": form, "sides": sides})


def _namesakes(person):
    """Who most likely is meant: people who are called the same."""
    return Person.objects.filter(by_letters=person.by_letters).exclude(pk=person.pk)


def _side(person):
    return {
        "person": person,
        "groups": [membership.group for membership in person.memberships.select_related("group__parent")],
        "children": Relationship.objects.filter(contact=person).select_related("pupil"),
        "contacts": Relationship.objects.filter(pupil=person).select_related("contact"),
    }


@requires("people.change")
@require_POST
def take_back(request, pk, merge_pk):
    found = get_object_or_404(Merge, pk=merge_pk, kept=pk)
    try:
        actions.take_back(found, by=request.user)
    except MergeRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("They are two again. A registration that ended meanwhile does not come back."))
    return redirect("person", pk)
