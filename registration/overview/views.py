"""How far everybody has come with registering, and a reminder to those who are missing."""

from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.actions import record
from portal.csv_files import download
from portal.menu import requires
from portal.paging import page_of
from portal.people.roles import Role
from portal.seals import seal, unseal
from wechat_admin.models import EnterpriseAccount

from ..cases.causes import causes
from ..invitations.invitees import to_write_to, with_outcome
from ..invitations.showing import letters_shown
from ..invitations.views import write_to
from . import progress
from .forms import ProgressForm
from .progress import MISSING, Chosen, Progress

BY = {"role": gettext_lazy("By role"), "year": gettext_lazy("By year"), "form": gettext_lazy("By form")}
COUNTED_TWICE = {
    "role": gettext_lazy("Somebody of two roles counts in both rows."),
    "group": gettext_lazy("A contact of pupils in two groups counts in both rows."),
}
_SHOWN = "the missing whose number was shown"


def _chosen(data):
    form = ProgressForm(data)
    if not form.is_valid():
        raise Http404
    return Chosen(form.cleaned_data["role"], form.cleaned_data["group"]), form


def _as_values(chosen):
    return {"role": chosen.role, "group": chosen.group.pk if chosen.group else ""}


def _query(chosen, **more):
    values = _as_values(chosen) | more
    return urlencode({name: value for name, value in values.items() if value != ""})


@requires("registration.view")
def registrations(request):
    account = EnterpriseAccount.objects.the()
    chosen, form = _chosen(request.GET)
    found = progress.counts(chosen, account)
    context = {
        "form": form,
        "query": _query(chosen),
        "states": [(state, number, _query(chosen, progress=state.value)) for state, number in found.items()],
        "roll": sum(found.values()),
        "funnel": progress.funnel(found),
        "table": _table(chosen, request.GET.get("by"), account),
        "causes": causes(account),
    }
    if request.user.has_perm("registration.invite"):
        context |= _reminder(chosen, account)
    return render(request, "registration/registrations.html", context)


def _table(chosen, by, account):
    """Rows of a role, year or form each with the number of every state, and where its names are."""
    by = by if by in BY else "role"
    if by == "role":
        by_role = progress.counts_of_roles(account)
        rows = [(label, Chosen(role), by_role[role]) for role, label in ProgressForm.ROLES if role]
    else:
        found = progress.per_group(chosen.role, by, account)
        rows = [(str(group), Chosen(chosen.role or Role.PUPIL, group), numbers) for group, numbers in found]
    return {
        "by": by,
        "hint": COUNTED_TWICE["role" if by == "role" else "group"],
        "tabs": [(name, label, _query(chosen, by=name)) for name, label in BY.items()],
        "rows": [
            {
                "label": label,
                "cells": [(n, _query(whom, progress=state.value)) for state, n in numbers.items()],
                "total": sum(numbers.values()),
            }
            for label, whom, numbers in rows
        ],
        "states": list(Progress),
    }


def _missing(chosen, account):
    people = progress.with_progress(chosen.people(), account)
    return with_outcome(people.filter(progress__in=MISSING))


def _reminder(chosen, account):
    written_to = to_write_to(_missing(chosen, account))
    reminders = sum(before for _pk, _family, before in written_to)
    return {"firsts": len(written_to) - reminders, "reminders": reminders}


@requires("registration.invite")
def remind(request):
    """The missing: whom it writes to, why not to the others, and the words. The press writes to whom the page showed."""
    account = EnterpriseAccount.objects.the()
    if request.method == "POST":
        return _remind(request, account)
    chosen, _form = _chosen(request.GET)
    context = letters_shown(_missing(chosen, account), _remind_page(chosen))
    context |= {
        "account": account,
        "back": _query(chosen),
        "whom": chosen,
        "families": chosen.role != Role.STAFF,
        "send_address": "registration:remind",
        "shown": seal(_as_values(chosen) | {"digest": context["digest"]}, _SHOWN),
    }
    return render(request, "registration/remind.html", context)


def _remind(request, account):
    shown = unseal(request.POST.get("shown", ""), _SHOWN)
    if shown is None:
        return redirect("registration:registrations")
    chosen, _form = _chosen(shown)
    return write_to(request, _missing(chosen, account), shown["digest"], back=_remind_page(chosen))


def _remind_page(chosen):
    return reverse("registration:remind") + f"?{_query(chosen)}"


def _people(request):
    """(people with their progress, what was chosen, the form) of the address."""
    chosen, form = _chosen(request.GET)
    people = progress.with_progress(chosen.people(), EnterpriseAccount.objects.the())
    if form.cleaned_data["progress"]:
        people = people.filter(progress=form.cleaned_data["progress"])
    return people.prefetch_related("registrations"), chosen, form


@requires("registration.view")
def people(request):
    """The names behind a number."""
    listed, chosen, form = _people(request)
    page = page_of(listed, request)
    for person in page.rows:
        person.progress = Progress(person.progress)
    context = {
        "form": form,
        "page": page,
        "query": _query(chosen, progress=form.cleaned_data["progress"]),
        "back": _query(chosen),
    }
    return render(request, "registration/people.html", context)


@requires("registration.view")
def export(request):
    """The same as a table to download. Who took it away is written down."""
    listed, _chosen, form = _people(request)
    record(
        gettext_noop("downloaded registrations"),
        by=request.real_user or request.user,
        progress=form.cleaned_data["progress"],
    )
    header = [_("Reference"), _("Name"), _("Role"), _("State"), _("Consented"), _("Registered")]
    rows = (_row(person) for person in listed.order_by("pk").iterator(chunk_size=500))
    return download("registrations.csv", header, rows)


def _row(person):
    last = max(person.registrations.all(), key=lambda registration: registration.pk, default=None)
    label = Progress(person.progress).label
    dates = [_day(last.consented_at), _day(last.registered_at)] if last else ["", ""]
    return [person.reference, person.name, ", ".join(person.roles), label, *dates]


def _day(moment):
    return date_format(localtime(moment), "Y-m-d") if moment else ""
