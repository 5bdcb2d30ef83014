"""What became of every delivery."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.audit.actions import record
from portal.csv_files import download
from portal.menu import requires
from portal.paging import page_of

from .. import judgement
from ..checking import previews
from ..models import STATE_LABELS, Delivery, Message, State, new_token
from ..views import read_token
from ..writing.actions import draft_to_unknown


@requires("messaging.write")
@never_cache
def message(request, pk):
    shown = message_or_404(request, pk)
    if shown.status == Message.Status.DRAFT:
        return redirect(shown)
    asked = request.GET.get("show", "")
    deliveries = _readable(shown, request.user)
    if asked in STATE_LABELS:
        deliveries = deliveries.in_state(asked)
    context = progress_of(shown) | {
        "asked": asked,
        "asked_label": STATE_LABELS.get(asked, ""),
        "page": page_of(deliveries, request),
        "is_limited": judgement.own_people(request.user) is not None,
        "preview": previews.of(shown, ""),
    }
    return render(request, "messaging/report/message.html", context)


@requires("messaging.write")
@never_cache
def progress(request, pk):
    """The live part alone. When the sending has ended the whole page is loaded once more, with its final rows."""
    shown = message_or_404(request, pk)
    if not shown.is_at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "messaging/report/_progress.html", progress_of(shown))


def message_or_404(request, pk):
    return get_object_or_404(Message.objects.visible_to(request.user).select_related("author__person"), pk=pk)


def _readable(shown, user):
    """The deliveries of those whose names this user may read: of others the report has the numbers."""
    deliveries = shown.deliveries.select_related("person", "batch")
    own = judgement.own_people(user)
    return deliveries if own is None else deliveries.filter(person__in=own.values("pk"))


def progress_of(shown):
    counts = shown.counts
    # The bar speaks of those who could be sent to; who could not stands in the table alone.
    sendable = shown.recipients - sum(counts.get(problem, 0) for problem in Delivery.KNOWN_BEFORE)
    return {
        "message": shown,
        "creation": new_token(),
        "account": shown.account,
        "counts": [(state, counts[state]) for state in STATE_LABELS if state in counts],
        "by_state": {state.value: counts.get(state, 0) for state in State},
        "total": shown.recipients,
        "sendable": sendable,
        "ended": sendable - counts.get(State.WAITING, 0),
        "fewer": shown.shown_count - shown.frozen_count if shown.frozen_digest else 0,
    }


@requires("messaging.write")
@require_POST
def again_to_unknown(request, pk):
    shown = message_or_404(request, pk)
    draft = draft_to_unknown(message=shown, by=request.user, creation=read_token(request))
    messages.warning(request, _("A new draft to those of whom it is unknown. Some of them may get the message twice."))
    return redirect("messaging:check", draft.pk)


@requires("messaging.write")
def export(request, pk):
    """What became of every delivery, as a table to download."""
    shown = message_or_404(request, pk)
    record(gettext_noop("downloaded a report"), by=request.real_user or request.user, subject=f"message {shown.pk}")
    deliveries = _readable(shown, request.user).order_by("pk").iterator(chunk_size=500)
    header = [_("Reference"), _("Name"), _("What became of it"), _("Code")]
    rows = ([d.person.reference, d.person.name, STATE_LABELS[d.state], d.code] for d in deliveries)
    return download(f"message-{shown.pk}.csv", header, rows)
