from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST

from portal.audit.looking import shows_names
from portal.forms import posted
from portal.menu import requires

from ..models import Departure, Person
from ..roles import Role
from . import actions
from .family import alone_after, pupils_around
from .forms import AloneForm, LeavingForm


@requires("people.change")
@shows_names(gettext_noop("looked at who leaves with somebody"), of="person")
def leave(request, pk):
    """First who and when; then, by name, whom it concerns too. Nothing is changed before the second press."""
    person = get_object_or_404(Person, pk=pk)
    family = pupils_around(person)
    form = LeavingForm(posted(request), person=person, family=family)
    context = {"person": person, "form": form}
    if not form.is_valid():
        return render(request, "people/leave.html", context)
    last_days = _chosen(person, form.cleaned_data)
    alone = alone_after(last_days, form.cleaned_data["last_day"], besides=person)
    is_confirmed = "confirmed" in request.POST
    initial = {"leaves": True, "last_day": form.cleaned_data["last_day"]}
    proposed = [AloneForm(request.POST if is_confirmed else None, contact=c, initial=initial) for c in alone]
    if is_confirmed and all([one.is_valid() for one in proposed]):
        last_days |= {
            (f.contact.pk, Role.CONTACT): f.cleaned_data["last_day"] for f in proposed if f.cleaned_data["leaves"]
        }
        try:
            return _done(request, person, actions.set_last_days(last_days, by=request.user))
        except actions.LeavingRefused as refused:
            form.add_error(None, str(refused))
    context |= {"proposed": proposed, "leaving": _people(last_days), "confirming": True}
    return render(request, "people/leave.html", context)


def _chosen(person, data):
    chosen = {(person.pk, role): data["last_day"] for role in data["roles"]}
    return chosen | {(pupil.pk, Role.PUPIL): data["last_day"] for pupil in data.get("with_them", [])}


def _people(last_days):
    return Person.objects.filter(pk__in={pk for pk, _role in last_days}).by_name()


def _done(request, person, departure):
    if departure is None:
        messages.info(request, _("Nothing has changed: it was so already."))
    else:
        number = departure.last_days.values("person").distinct().count()
        messages.success(
            request,
            ngettext(
                "The last day of %(number)s person is kept. It can be taken back on this page.",
                "The last day of %(number)s people is kept. It can be taken back on this page.",
                number,
            )
            % {"number": number},
        )
    return redirect("person", person.pk)


@requires("people.change")
@require_POST
def stay(request, pk, role):
    """Somebody stays in one role, or is back in it: who comes back as a mother does not teach again by it."""
    person = get_object_or_404(Person, pk=pk)
    if role not in person.roles_on_record:
        raise Http404
    try:
        actions.set_last_days({(pk, Role(role)): None}, by=request.user)
    except actions.LeavingRefused as refused:
        messages.error(request, str(refused))
    else:
        sentence = _("%(name)s (%(role)s) has no last day any more.")
        messages.success(request, sentence % {"name": person.name_as_read, "role": Role(role).label})
    return redirect("person", pk)


@requires("people.change")
@require_POST
def take_back(request, pk, departure_pk):
    departure = get_object_or_404(Departure.objects.filter(last_days__person=pk).distinct(), pk=departure_pk)
    try:
        others = actions.take_back(departure, by=request.user)
    except actions.LeavingRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("Taken back. Registrations and profiles that have ended meanwhile do not come back.")
        )
        if others:
            names = ", ".join(person.name_as_read for person in others)
            messages.warning(
                request, _("Of these, something else was said since, and stays: %(names)s.") % {"names": names}
            )
    return redirect("person", pk)
