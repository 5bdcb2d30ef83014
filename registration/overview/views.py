"""How far everybody has come with registering, and a reminder to those who are missing."""

from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.audit.looking import hands_out_names, shows_names
from portal.csv_files import download
from portal.heavy import DOWNLOAD, SEARCH, one_at_a_time
from portal.menu import requires
from portal.paging import page_or_sheet
from portal.people.models import Group
from portal.people.roles import Role
from portal.seals import seal, unseal
from wechat_admin.models import EnterpriseAccount

from ..cases.causes import causes
from ..invitations.showing import letters_shown
from ..invitations.views import write_to
from . import figures, progress
from .forms import ProgressForm
from .progress import Chosen, Progress

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
@shows_names(gettext_noop("looked at the registrations"))
@one_at_a_time(SEARCH, when=lambda request: "now" in request.GET)
def registrations(request):
    account = EnterpriseAccount.objects.the()
    chosen, form = _chosen(request.GET)
    by = request.GET.get("by") if request.GET.get("by") in BY else "role"
    find = figures.counted_now if "now" in request.GET else figures.shown
    found = find(chosen, by, account)
    counts = figures.as_states(found.numbers["counts"])
    firsts, reminders = found.numbers["letters"]
    context = {
        "form": form,
        "query": _query(chosen),
        "figures": found,
        "count_now": _query(chosen, by=by, now=1),
        "states": [(state, number, _query(chosen, progress=state.value)) for state, number in counts.items()],
        "roll": found.roll,
        "funnel": progress.funnel(counts),
        "table": _table(chosen, by, found.numbers["rows"]),
        "firsts": firsts,
        "reminders": reminders,
        "causes": causes(account),
    }
    return render(request, "registration/registrations.html", context)


def _table(chosen, by, rows):
    """Rows of a role, year or form each with the number of every state, and where its names are."""
    groups = Group.objects.in_bulk([group for _role, group, _numbers in rows if group])
    labels = dict(ProgressForm.ROLES)
    whom = [(Chosen(role, groups.get(group)), figures.as_states(numbers)) for role, group, numbers in rows]
    return {
        "by": by,
        "hint": COUNTED_TWICE["role" if by == "role" else "group"],
        "tabs": [(name, label, _query(chosen, by=name)) for name, label in BY.items()],
        "rows": [
            {
                "label": str(those.group) if those.group else labels[those.role],
                "cells": [(n, _query(those, progress=state.value)) for state, n in numbers.items()],
                "total": sum(numbers.values()),
            }
            for those, numbers in whom
        ],
        "states": list(Progress),
    }


@requires("registration.invite")
@shows_names(gettext_noop("looked at a reminder"))
@one_at_a_time(SEARCH)
def remind(request):
    """The missing: whom it writes to, why not to the others, and the words. The press writes to whom the page showed."""
    account = EnterpriseAccount.objects.the()
    if request.method == "POST":
        return _remind(request, account)
    chosen, _form = _chosen(request.GET)
    context = letters_shown(figures.missing(chosen, account), _remind_page(chosen))
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
    return write_to(request, figures.missing(chosen, account), shown["digest"], back=_remind_page(chosen))


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
@shows_names(gettext_noop("looked at the names behind a number"))
@one_at_a_time(SEARCH)
def people(request):
    """The names behind a number."""
    listed, chosen, form = _people(request)
    page = page_or_sheet(listed, request)
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
@hands_out_names(
    gettext_noop("downloaded registrations"), details=lambda request: {"progress": request.GET.get("progress", "")}
)
@one_at_a_time(DOWNLOAD)
def export(request):
    """The same as a table to download."""
    listed, _chosen, _form = _people(request)
    header = [_("Reference"), _("Name"), _("Role"), _("State"), _("Consented"), _("Registered")]
    rows = (_row(person) for person in listed.order_by("pk").iterator(chunk_size=500))
    return download(request, "registrations.csv", header, rows)


def _row(person):
    last = max(person.registrations.all(), key=lambda registration: registration.pk, default=None)
    label = Progress(person.progress).label
    dates = [_day(last.consented_at), _day(last.registered_at)] if last else ["", ""]
    return [person.reference, person.name, ", ".join(person.roles), label, *dates]


def _day(moment):
    return date_format(localtime(moment), "Y-m-d") if moment else ""
