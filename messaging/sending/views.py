"""While a message goes out: undo, at once, stop, go on."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.forms import posted
from portal.menu import requires

from .. import releasing
from ..errors import MessageRefused
from ..judgement import own_people
from ..report.views import message_or_404, progress_of, sums_of_batches
from . import actions, recalling
from .forms import TimeForm


@requires("messaging.write")
@require_POST
def take_back(request, pk):
    """Take back what has not started."""
    shown = message_or_404(request, pk)
    if releasing.take_back(message=shown, by=request.user):
        messages.success(request, _("Taken back: nothing has gone out. It is a draft again."))
    else:
        messages.warning(request, _("Too late to undo: it has begun. You can stop the rest."))
    shown.refresh_from_db()
    return redirect(shown)


@requires("messaging.write")
def move(request, pk):
    """Another time without taking it back: asked for on GET, and again where it cannot be; moved on POST."""
    shown = message_or_404(request, pk)
    form = TimeForm(posted(request), message=shown)
    if form.is_valid():
        _move(request, shown, form)
    elif shown.can_be_moved:
        return render(request, "messaging/sending/move.html", {"message": shown, "form": form})
    return redirect("messaging:check", pk) if shown.is_draft else redirect(shown)


def _move(request, shown, form):
    when = form.cleaned_data["when"]
    if releasing.move(message=shown, version=form.cleaned_data["version"], to=when, by=request.user):
        words = _("The time is changed: %(time)s.") % {"time": date_format(when, "DATETIME_FORMAT")}
        messages.success(request, words)
    else:
        messages.warning(request, _("The time is not changed: the message was changed meanwhile, or has begun."))
    shown.refresh_from_db()


@requires("messaging.write")
@require_POST
def start_now(request, pk):
    shown = message_or_404(request, pk)
    try:
        releasing.start_now(message=shown, shown=request.POST.get("shown", ""), by=request.user)
    except MessageRefused as refused:
        messages.error(request, str(refused))
    return redirect(shown)


@requires("messaging.write")
def stop(request, pk):
    """Asks first on GET, with the number; stops on POST."""
    shown = message_or_404(request, pk)
    if request.method == "POST":
        actions.stop(message=shown, by=request.user)
        shown.refresh_from_db()
        return redirect(shown)
    if not shown.is_at_work or shown.is_stopping:
        return redirect(shown)
    return render(request, "messaging/sending/stop.html", progress_of(shown, request.user, own_people(request.user)))


@requires("messaging.write")
@require_POST
def resume(request, pk):
    return _go_on(request, pk, actions.resume)


@requires("messaging.write")
@require_POST
def make_differ(request, pk):
    return _go_on(request, pk, actions.make_differ)


def _go_on(request, pk, verb):
    shown = message_or_404(request, pk)
    try:
        goes_on = verb(message=shown, shown=request.POST.get("shown", ""), by=request.user)
    except MessageRefused as refused:
        messages.error(request, str(refused))
    else:
        if not goes_on:
            messages.warning(request, _("It waits for a second person, who must release it."))
    return redirect(shown)


@requires("messaging.write")
def recall(request, pk):
    """Says first, on GET, what it can do and what it cannot; recalls on POST."""
    shown = message_or_404(request, pk)
    if request.method != "POST":
        return render(
            request, "messaging/sending/recall.html", {"message": shown, "people": sums_of_batches(shown)["can_be"]}
        )
    try:
        recalling.recall(message=shown, by=request.user)
    except MessageRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is being recalled. The report says how far it is."))
    return redirect(shown)
