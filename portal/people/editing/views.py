from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.looking import shows_names
from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.menu import requires

from .. import shared
from ..importing import ImportRefused
from ..models import Person
from ..typed import key
from . import actions
from .forms import NewPersonForm, PersonForm


@requires("people.change")
def add(request):
    form = NewPersonForm(posted(request), seen=0)
    if form.is_valid() and _is_free(form) and (person := _written(form, request, is_new=form.cleaned_data["is_new"])):
        messages.success(request, _("%(name)s is in the directory.") % {"name": person.name_as_read})
        _say_whose_too(request, person, shared.MEANINGS)
        return redirect("person", person.pk)
    return render(request, "people/edit.html", {"form": form})


def _is_free(form):
    """A new person is never somebody who is there: their facts would be overwritten unseen."""
    holder = Person.everybody.filter(reference_key=key(form.cleaned_data["reference"])).first()
    if holder:
        form.add_error("reference", _("%(name)s has this reference already.") % {"name": holder.name_as_read})
    return holder is None


@requires("people.change")
@shows_names(gettext_noop("looked at what may be changed of a person"), of="person")
def change(request, pk):
    person = get_object_or_404(Person, pk=pk)
    form = PersonForm(posted(request), person=person, seen=revision_of(actions.subject_of(person)))
    before = {column: getattr(person, column) for column in shared.MEANINGS}
    if form.is_valid() and (written := _written(form, request, person=person, seen=form.cleaned_data["seen"])):
        messages.success(request, _("Saved."))
        _say_whose_too(request, written, [name for name, value in before.items() if value != getattr(written, name)])
        return redirect("person", pk)
    return render(request, "people/edit.html", {"form": form, "person": person})


def _written(form, request, **more):
    """The Person as saved; None where something is wrong, which stands beside its field then."""
    try:
        return actions.write(_whole(form.row), by=request.user, **more)
    except ImportRefused as refused:
        form.show(refused.problems)
    except SavedMeanwhile as meanwhile:
        form.say(meanwhile)
    return None


def _say_whose_too(request, person, columns):
    for column in columns:
        if sentence := shared.whose_too(person, column, by=request.user):
            messages.info(request, sentence)


def _whole(row):
    if row.problems:
        raise ImportRefused(row.problems)
    return row
