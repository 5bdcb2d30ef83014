"""Before a message goes: what it says to whom, a test, Send, and the second person who releases it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.audit.looking import hands_out_names, shows_names
from portal.csv_files import download
from portal.heavy import DOWNLOAD, SEARCH, one_at_a_time
from portal.menu import requires
from portal.people.directory.listing import page_by_name
from portal.people.models import Person
from portal.people.texts import without_controls
from portal.reading import read_id
from portal.seals import seal, unseal

from .. import judgement, releasing
from ..audience import pupils as by_pupil
from ..audience.deleted import why_not_sent
from ..audience.in_words import in_words
from ..audience.people import people_of
from ..errors import MessageRefused
from ..kinds import size_of
from ..models import STATE_LABELS, Delivery, Message
from ..views import draft_or_404
from ..writing import texts
from ..writing.lengths import too_long_for, why_too_long
from . import actions, facts, previews

MOST_NAMES = 200
MOST_TO_PREVIEW = 50
_SHOWN = "what the sender saw before pressing Send"
Status = Message.Status


def _shown(message, counts):
    """Seals what is on the page, so that exactly this is sent or released."""
    return seal([message.pk, message.version, counts["reachable"], counts["digest"]], _SHOWN)


def _seen(request, message):
    """(version, number, digest) of what was on the page; of no page of ours, nothing of all that."""
    pk, *seen = unseal(request.POST.get("shown", ""), _SHOWN) or [None]
    return seen if pk == message.pk else (None, 0, "")


def _checking_context(request, message, account, people, own):
    """`people` of the rule are put together once a request: all that is asked of them takes as long as a page."""
    counts = facts.frozen_reach(message, own) if message.is_frozen else facts.reach(people, own)
    asked = request.GET.get("who", "")
    included, excluded = in_words(message.rule, own)
    return counts | {
        "message": message,
        "account": account,
        "included": included,
        "excluded": excluded,
        "shown": _shown(message, counts),
        "size": size_of(message.text),
        "calls": facts.calls(message, counts["readers"]),
        "is_personal": any(variant.is_personal for variant in texts.variants(message)),
        "warnings": facts.language_warnings(message, counts["readers"]) + facts.blank_warnings(message),
        "same_lately": facts.same_text_lately(message, people),
        "asked": asked,
        "names": _names(message, people, asked, own, request.GET.get("after")),
        "by_pupil": by_pupil.reach_by_pupil(message, people, own),
        **_preview(request, message, people, own),
    }


def _preview(request, message, people, own):
    language = request.GET.get("language", "")
    asked = read_id(request.GET.get("as"))
    languages = previews.languages(message)
    reached = judgement.within(own, people.filter(problem=None)) if asked or languages else people.none()
    person = reached.filter(pk=asked).first() if asked else None
    if person or language not in dict(languages):
        language = person.language if person else next((code for code, _name in languages), "")
    return {
        "preview": previews.of(message, language, person, own),
        "preview_language": language,
        "preview_languages": languages,
        "preview_person": person,
        "preview_people": reached.by_name()[:MOST_TO_PREVIEW] if languages else [],
        "most_to_preview": MOST_TO_PREVIEW,
    }


@requires("messaging.write")
@never_cache
@shows_names(gettext_noop("checked whom a message goes to"), of="message")
@one_at_a_time(SEARCH)
def check(request, pk):
    """What will go to whom, and whom it will not reach; the Send button carries the number."""
    message = draft_or_404(request, pk)
    if message.status != Status.DRAFT:
        return redirect(message)
    if missing := message.what_is_missing:
        messages.error(request, missing)
        return redirect(message)
    own = judgement.own_people(request.user)
    account = message.account
    people = people_of(message.rule, account)
    context = _checking_context(request, message, account, people, own)
    reason = judgement.why_approval(message, context["reachable"], people, request.user)
    too_long = too_long_for(message, people)
    if too_long:
        context["shown"] = ""  # such a message is not sent; it is known here alone, and again when the list is frozen
    context |= {
        "too_long": why_too_long(message, len(too_long)) if too_long else "",
        "too_long_names": _known(too_long, own),
        "too_long_more": max(0, len(too_long) - MOST_NAMES) if own is None else 0,
        "approval": reason,
        "nobody_else": judgement.why_nobody_may_release(request.user) if reason else "",
        "deleted": why_not_sent(message.rule),
        "beyond": judgement.why_beyond(people, own),
        "start_at": releasing.start_for(message)[1] if message.wanted_at else None,
        "button": _button(message, context["reachable"], reason),
    }
    return render(request, "messaging/checking/check.html", context)


def _known(people, own):
    """The first of them whose names somebody may read who may write to `own`."""
    some = Person.objects.filter(pk__in=[person.pk for person in people[:MOST_NAMES]])
    return judgement.within(own, some)


def _button(message, number, needs_approval):
    if message.is_a_change:
        words = ngettext("Change it: %(count)s message", "Change it: %(count)s messages", number)
    elif needs_approval:
        words = ngettext("Ask to send %(count)s message", "Ask to send %(count)s messages", number)
    elif message.wanted_at:
        words = ngettext("Schedule %(count)s message", "Schedule %(count)s messages", number)
    else:
        words = ngettext("Send %(count)s message", "Send %(count)s messages", number)
    return words % {"count": number_format(number, force_grouping=True)}


def _names(message, people, asked, own, after):
    """A page of the names behind one number of the page, or None where none was asked for."""
    if asked != "reachable" and asked not in Delivery.Problem.values:
        return None
    if message.is_frozen:
        return None  # the report has them, person by person
    listed = people.filter(problem=None if asked == "reachable" else asked)
    return page_by_name(judgement.within(own, listed), after)


@requires("messaging.write", "messaging.approve")
@hands_out_names(gettext_noop("downloaded whom a message does not reach"), of="message")
@one_at_a_time(DOWNLOAD)
def missed(request, pk):
    """Those whom the message does not reach, and why, as a table to download: for its author and who may release it."""
    message = get_object_or_404(Message.objects.listed().to_look_at(request.user), pk=pk)
    own = judgement.own_people(request.user)
    listed = judgement.within(own, people_of(message.rule, message.account).exclude(problem=None)).order_by("pk")
    header = [_("Reference"), _("Name"), _("Role"), _("Why not")]
    rows = (
        [person.reference, person.name, ", ".join(person.roles), STATE_LABELS[person.problem]]
        for person in listed.iterator(chunk_size=500)
    )
    return download(request, "not-reached.csv", header, rows)


@requires("messaging.write")
@require_POST
def send(request, pk):
    changed = read_id(request.POST.get("changes"))
    if changed and not Message.objects.filter(pk=pk).exists():
        return redirect("messaging:message", changed)  # pressed twice: the change stands in its place
    message = draft_or_404(request, pk)
    version, count, digest = _seen(request, message)
    if not count:
        return redirect("messaging:check", pk)
    try:
        sent_now = releasing.send(
            message=message, version=version, shown_count=count, shown_digest=digest, by=request.user
        )
    except MessageRefused as refused:
        messages.error(request, str(refused))
        return redirect("messaging:check", pk)
    if not sent_now and Message.objects.filter(pk=pk, status=Status.DRAFT).exists():
        messages.warning(request, _("The message was changed after you looked at it. Check it again."))
        return redirect("messaging:check", pk)
    return redirect("messaging:message", message.changes_id or pk)


@requires("messaging.write")
@require_POST
def test_to_me(request, pk):
    message = draft_or_404(request, pk)
    try:
        actions.test_to_me(message=message, by=request.user)
    except MessageRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("A test is on its way to your WeChat. It is marked as one and counted nowhere."))
    return redirect("messaging:check", pk)


# --- the second person ---


@requires("messaging.approve")
@never_cache
@shows_names(gettext_noop("looked at a message to release"), of="message")
@one_at_a_time(SEARCH)
def approve(request, pk):
    """Exactly what would go to whom, for somebody other than its author to release or to send back."""
    message = get_object_or_404(Message.objects.listed().for_releaser(request.user), pk=pk)
    account = message.account
    chosen = people_of(message.rule, account)
    context = _checking_context(request, message, account, chosen, judgement.own_people(request.user))
    people = judgement.chosen_of(message) if message.is_frozen else chosen
    context |= {
        "reason": judgement.why_approval(message, context["reachable"], people, message.sender) or "",
        "is_own": request.user in (message.author, message.sender),
        "not_by_you": judgement.why_not_release(message, request.user),
        "changed": context["reachable"] - message.shown_count,
        "start_at": releasing.start_for(message)[1] if message.wanted_at else None,
        "in_each_language": previews.side_by_side(message),
    }
    return render(request, "messaging/checking/approve.html", context)


@requires("messaging.approve")
@require_POST
def release(request, pk):
    message = get_object_or_404(Message.objects.listed(), pk=pk)
    version, count, digest = _seen(request, message)
    if not count:
        return redirect("messaging:waiting")
    try:
        released = releasing.release(
            message=message, version=version, shown_count=count, shown_digest=digest, by=request.user
        )
    except MessageRefused as refused:
        messages.error(request, str(refused))
        return redirect("messaging:waiting")
    if released:
        messages.success(request, _("The message is released."))
    else:
        messages.warning(request, _("The message was changed or taken back meanwhile. Nothing was released."))
    return redirect("messaging:waiting")


@requires("messaging.approve")
@require_POST
def send_back(request, pk):
    message = get_object_or_404(Message.objects.listed(), pk=pk)
    version, *_people = _seen(request, message)
    note = without_controls(request.POST.get("note", "")).strip()
    if releasing.send_back(message=message, version=version, note=note, by=request.user):
        messages.success(request, _("The message is a draft of its author again, with your note."))
        return redirect("messaging:waiting")
    messages.warning(request, _("The message was changed or taken back meanwhile. It was not sent back."))
    if note:
        messages.info(request, _("Your note was: %(note)s") % {"note": note})
    still_waits = Message.objects.listed().to_release().filter(pk=pk).exists()
    return redirect("messaging:approve", pk) if still_waits else redirect("messaging:waiting")
