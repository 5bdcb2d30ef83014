from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_noop

from portal import panels
from portal.audit.looking import shows_names
from portal.audit.reading import history_of
from portal.forms import searched
from portal.heavy import SEARCH, one_at_a_time, searches
from portal.menu import requires

from ..models import LastDay, Person, Relationship
from .filters import Chosen
from .listing import page_by_name


@requires("people.view")
@shows_names(gettext_noop("looked at the directory"))
@one_at_a_time(SEARCH, when=searches)
def directory(request):
    text, chosen = searched(request), Chosen(request.GET)
    people = chosen.of(Person.objects.search_families(text)).with_family()
    # A search begun on a later page begins with its own first one.
    page = page_by_name(people, (request.POST if text else request.GET).get("after"))
    context = {"page": page, "text": text, "chosen": chosen, "query": urlencode(chosen.values)}
    return render(request, "people/directory.html", context)


@requires("people.view")
@shows_names(gettext_noop("looked at a person's page"), of="person")
def person(request, pk):
    shown = get_object_or_404(Person.everybody.filter(erased_at=None).select_related("user"), pk=pk)
    if shown.merged_into_id:
        return redirect("person", shown.merged_into_id)
    merges = shown.merges.filter(undone_at=None).select_related("gone", "by").order_by("-pk")
    context = {
        "person": shown,
        "roles": [(role, role in shown.roles_now, getattr(shown, role.last_day)) for role in shown.roles_on_record],
        "groups": [membership.group for membership in shown.memberships.select_related("group__parent")],
        "children": Relationship.objects.filter(contact=shown).select_related("pupil"),
        "contacts": Relationship.objects.filter(pupil=shown).select_related("contact"),
        "departure": _departure_of(shown),
        "merges": merges,
        "panels": panels.render(panels.PERSON, request, person=shown),
        "events": history_of(f"person {shown.pk}", request.user) if request.user.has_perm("audit.view") else None,
    }
    return render(request, "people/person.html", context)


def _departure_of(shown):
    """The last thing said of when they leave, where it still stands."""
    said = LastDay.objects.filter(person=shown).select_related("departure__by").order_by("-pk").first()
    return said.departure if said and said.departure.taken_back_at is None else None
