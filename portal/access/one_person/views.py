"""Everything about one person, for a System Administrator: to hand out to them, or to erase."""

import json
from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.audit.looking import hands_out_names, shows_names
from portal.fresh_proof import always, asks_for_proof
from portal.heavy import DOWNLOAD, one_at_a_time
from portal.people.models import Person
from portal.people.one_person import actions
from portal.people.one_person.actions import ErasureRefused

from ..actions import is_system_administrator


def system_administrators_only(view):
    @wraps(view)
    def asked(request, *args, **kwargs):
        if not is_system_administrator(request.user):
            raise PermissionDenied(_("Only a System Administrator hands out or erases what is held about somebody."))
        return view(request, *args, **kwargs)

    return asked


@system_administrators_only
@shows_names(gettext_noop("looked at everything about a person"), of="person")
def held(request, pk):
    """Readable, and to print; below it what erasing would take away."""
    person = get_object_or_404(Person, pk=pk)
    context = {
        "person": person,
        "held": [(_(heading), map(_readable, rows)) for heading, rows in actions.export_of(person).items()],
        "losses": actions.losses_of(person),
        "why_not": actions.why_not(person, request.user),
    }
    return render(request, "access/held.html", context)


def _readable(row):
    return {name.replace("_", " "): value for name, value in row.items()}


@system_administrators_only
@asks_for_proof(when=always, is_file=True)
@hands_out_names(gettext_noop("handed out everything about a person"), of="person")
@one_at_a_time(DOWNLOAD)
def download(request, pk):
    person = get_object_or_404(Person, pk=pk)
    text = json.dumps(actions.export_of(person), ensure_ascii=False, indent=2)
    name = f'attachment; filename="person-{person.pk}.json"'
    return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": name})


@system_administrators_only
@require_POST
@asks_for_proof()
def erase(request, pk):
    """Only where the reference was typed: nothing brings them back."""
    person = get_object_or_404(Person, pk=pk)
    if request.POST.get("reference", "").strip() != person.reference:
        messages.error(request, _("Nothing was erased: type the reference exactly as it stands on the page."))
        return redirect("held", pk)
    try:
        actions.erase(person=person, by=request.user)
    except ErasureRefused as refused:
        messages.error(request, str(refused))
        return redirect("held", pk)
    messages.success(request, _("Erased. What stays says of nobody who it was."))
    return redirect("people")
