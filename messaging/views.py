from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.forms import posted
from portal.menu import requires
from portal.paging import page_of
from portal.people.models import Person
from portal.school.table import value
from wechat_admin.models import EnterpriseAccount

from . import actions, audience, route
from .forms import MOST_FOUND, MessageForm, initial_of, kept_of
from .models import STATE_LABELS, Batch, Delivery, Message, State

MOST_NAMES = 200
_SHOWN = "what the sender saw before pressing Send"


@requires("messaging.write")
def sent(request):
    listed = (
        Message.objects.visible_to(request.user).exclude(status=Message.Status.DRAFT).select_related("author__person")
    )
    return render(request, "messaging/sent.html", {"page": page_of(listed, request)})


@requires("messaging.write")
def drafts(request):
    listed = Message.objects.filter(author=request.user, status=Message.Status.DRAFT)
    return render(request, "messaging/drafts.html", {"page": page_of(listed, request)})


# --- writing ---


@requires("messaging.write")
def new(request):
    return _write(request, None)


@requires("messaging.write")
def edit(request, pk):
    message = get_object_or_404(Message, pk=pk, author=request.user)
    if message.status != Message.Status.DRAFT:
        return redirect(message)
    return _write(request, message)


def _write(request, message):
    stored = {"initial": initial_of(message), "kept": kept_of(message)} if message else {}
    form = MessageForm(posted(request), **stored)
    wants = request.POST.get("do", "")
    if form.is_valid() and (wants != "check" or form.ready_to_check()):
        try:
            message = _save(request, message, form)
        except actions.MessageRefused as refused:
            messages.error(request, str(refused))
            return redirect(message)
        if wants == "check":
            return redirect("messaging:check", message.pk)
        if wants == "save":
            messages.success(request, _("The draft is saved."))
            return redirect("messaging:edit", message.pk)
    return render(request, "messaging/write.html", _writing_context(request, message, form))


def _save(request, message, form):
    text, rule = form.cleaned_data["text"], form.rule
    if message is None:
        return actions.create_draft(text=text, rule=rule, by=request.user)
    actions.save_draft(message=message, text=text, rule=rule, by=request.user)
    return message


def _writing_context(request, message, form):
    text = request.POST.get("q", "").strip()
    ticked = [str(pk) for pk in form["people"].value() or [] if str(pk).isdigit()]
    found = Person.objects.current().search(text).exclude(pk__in=ticked)[:MOST_FOUND] if text else []
    return {
        "form": form,
        "message": message,
        "text": text,
        "found": found,
        "people": Person.objects.filter(pk__in=ticked),
        "size": route.size_of(form["text"].value() or ""),
        "most_bytes": route.MOST_BYTES,
    }


@requires("messaging.write")
@require_POST
def delete(request, pk):
    message = get_object_or_404(Message, pk=pk, author=request.user, status=Message.Status.DRAFT)
    actions.delete_draft(message=message, by=request.user)
    messages.success(request, _("The draft is deleted."))
    return redirect("messaging:drafts")


# --- before it goes ---


@requires("messaging.write")
@never_cache
def check(request, pk):
    """What will go to whom, and whom it will not reach; the Send button carries the number."""
    message = get_object_or_404(Message, pk=pk, author=request.user)
    if message.status != Message.Status.DRAFT:
        return redirect(message)
    counts, digest = actions.reach_of(message.audience)
    reachable = counts.get(None, 0)
    account = EnterpriseAccount.objects.the()
    context = {
        "message": message,
        "account": account,
        "chosen": sum(counts.values()),
        "reachable": reachable,
        "missed": [
            (problem, STATE_LABELS[problem], counts[problem])
            for problem in Delivery.Problem.values
            if problem in counts
        ],
        "shown": signing.dumps([message.pk, message.version, reachable, digest], salt=_SHOWN),
        "size": route.size_of(message.text),
        "calls": -(-reachable // route.MOST_RECIPIENTS),
        "used_today": Batch.objects.people_today(),
        "daily_limit": (value("member_limit") or 0) * route.DAILY_FOR_EACH_MEMBER,
        "button": ngettext("Send %(count)s message", "Send %(count)s messages", reachable)
        % {"count": number_format(reachable, force_grouping=True)},
        "asked": request.GET.get("who", ""),
        "names": _names(message, account, request.GET.get("who", "")),
    }
    return render(request, "messaging/check.html", context)


def _names(message, account, asked):
    """The names behind one number of the page, or None where none was asked for."""
    if asked != "reachable" and asked not in Delivery.Problem.values:
        return None
    listed = audience.people(message.audience, account).filter(problem=None if asked == "reachable" else asked)
    return listed.order_by("family_name", "given_name", "pk")[:MOST_NAMES]


@requires("messaging.write")
@require_POST
def send(request, pk):
    message = get_object_or_404(Message, pk=pk, author=request.user)
    try:
        shown_pk, version, count, digest = signing.loads(request.POST.get("shown", ""), salt=_SHOWN, max_age=24 * 3600)
    except (signing.BadSignature, ValueError):
        shown_pk = None
    if shown_pk != message.pk or not count:
        return redirect("messaging:check", pk)
    try:
        sent_now = actions.send(
            message=message, version=version, shown_count=count, shown_digest=digest, by=request.user
        )
    except actions.MessageRefused as refused:
        messages.error(request, str(refused))
        return redirect("messaging:check", pk)
    message.refresh_from_db()
    if not sent_now and message.status == Message.Status.DRAFT:
        messages.warning(request, _("The message was changed after you looked at it. Check it again."))
        return redirect("messaging:check", pk)
    return redirect(message)


# --- after ---


@requires("messaging.write")
@never_cache
def message(request, pk):
    shown = _visible_message(request, pk)
    if shown.status == Message.Status.DRAFT:
        return redirect(shown)
    asked = request.GET.get("show", "")
    deliveries = shown.deliveries.select_related("person", "batch")
    if asked in STATE_LABELS:
        deliveries = deliveries.in_state(asked)
    context = _progress(shown) | {
        "asked": asked,
        "asked_label": STATE_LABELS.get(asked, ""),
        "page": page_of(deliveries, request),
    }
    return render(request, "messaging/message.html", context)


@requires("messaging.write")
@never_cache
def progress(request, pk):
    """The live part alone. When the sending has ended the whole page is loaded once more, with its final rows."""
    shown = _visible_message(request, pk)
    if not shown.is_at_work:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "messaging/_progress.html", _progress(shown))


def _visible_message(request, pk):
    return get_object_or_404(Message.objects.visible_to(request.user).select_related("author__person"), pk=pk)


def _progress(shown):
    counts = shown.counts
    # The bar speaks of those who could be sent to; who could not stands in the table alone.
    sendable = shown.recipients - sum(counts.get(problem, 0) for problem in Delivery.KNOWN_BEFORE)
    return {
        "message": shown,
        "account": EnterpriseAccount.objects.the(),
        "counts": [(state, label, counts[state]) for state, label in STATE_LABELS.items() if state in counts],
        "by_state": {state.value: counts.get(state, 0) for state in State},
        "total": shown.recipients,
        "sendable": sendable,
        "ended": sendable - counts.get(State.WAITING, 0),
        "fewer": shown.shown_count - shown.frozen_count if shown.frozen_digest else 0,
    }


@requires("messaging.write")
def stop(request, pk):
    """Asks first on GET, with the number; stops on POST."""
    shown = _visible_message(request, pk)
    if request.method == "POST":
        actions.stop(message=shown, by=request.user)
        return redirect(shown)
    if not shown.is_at_work or shown.is_stopping:
        return redirect(shown)
    return render(request, "messaging/stop.html", _progress(shown))


@requires("messaging.write")
@require_POST
def resume(request, pk):
    shown = _visible_message(request, pk)
    actions.resume(message=shown, by=request.user)
    return redirect(shown)


@requires("messaging.write")
@require_POST
def make_differ(request, pk):
    shown = _visible_message(request, pk)
    try:
        actions.make_differ(message=shown, by=request.user)
    except actions.MessageRefused as refused:
        messages.error(request, str(refused))
    return redirect(shown)


@requires("messaging.write")
@require_POST
def again_to_unknown(request, pk):
    shown = _visible_message(request, pk)
    draft = actions.draft_to_unknown(message=shown, by=request.user)
    messages.warning(request, _("A new draft to those of whom it is unknown. Some of them may get the message twice."))
    return redirect("messaging:check", draft.pk)
