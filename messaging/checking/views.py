"""Before a message goes: what it says to whom, a test, Send, and the second person who releases it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.csv_files import download
from portal.menu import requires
from portal.people.models import Person
from portal.people.texts import without_controls
from portal.reading import read_id
from portal.seals import seal, unseal

from .. import judgement, releasing
from ..audience.in_words import in_words
from ..audience.people import digest_of, people_of
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


def _shown(message, counts, digest):
    """Seals what is on the page, so that exactly this is sent or released."""
    return seal([message.pk, message.version, counts["reachable"], digest], _SHOWN)


def _seen(request, message):
    """(version, number, digest) of what was on the page, or None."""
    shown = unseal(request.POST.get("shown", ""), _SHOWN)
    if shown is None:
        return None
    pk, version, count, digest = shown
    return (version, count, digest) if pk == message.pk and count else None


def _checking_context(request, message):
    account, own = message.account, judgement.own_people(request.user)
    counts = facts.frozen_reach(message) if message.is_frozen else facts.reach(message.rule, account, own)
    asked = request.GET.get("who", "")
    included, excluded = in_words(message.rule, own)
    return counts | {
        "message": message,
        "account": account,
        "included": included,
        "excluded": excluded,
        "shown": _shown(message, counts, message.frozen_digest or digest_of(message.rule, account)),
        "size": size_of(message.text),
        "calls": facts.calls(message, counts["readers"]),
        "is_personal": any(variant.is_personal for variant in texts.variants(message)),
        "warnings": facts.language_warnings(message, counts["readers"]),
        "same_lately": facts.same_text_lately(message, account),
        "asked": asked,
        "names": _names(message, account, asked, own),
        **_preview(request, message, account, own),
    }


def _preview(request, message, account, own):
    language = request.GET.get("language", "")
    reached = judgement.within(own, people_of(message.rule, account).filter(problem=None))
    person = reached.filter(pk=read_id(request.GET.get("as"))).first()
    languages = previews.languages(message)
    if person or language not in dict(languages):
        language = person.language if person else next((code for code, _name in languages), "")
    return {
        "preview": previews.of(message, language, person, own),
        "preview_language": language,
        "preview_languages": languages,
        "preview_person": person,
        "preview_people": reached.order_by("family_name", "given_name", "pk")[:MOST_TO_PREVIEW] if languages else [],
    }


@requires("messaging.write")
@never_cache
def check(request, pk):
    """What will go to whom, and whom it will not reach; the Send button carries the number."""
    message = draft_or_404(request, pk)
    if message.status != Status.DRAFT:
        return redirect(message)
    if missing := message.what_is_missing:
        messages.error(request, missing)
        return redirect(message)
    context = _checking_context(request, message)
    people = people_of(message.rule, context["account"])
    reason = judgement.why_approval(message, context["reachable"], people, request.user)
    too_long = too_long_for(message, people)
    context |= {
        "too_long": why_too_long(message, len(too_long)) if too_long else "",
        "too_long_names": _known(too_long, request.user),
        "approval": reason,
        "nobody_else": bool(reason) and not judgement.somebody_else_may_release(request.user),
        "beyond": judgement.beyond(message.audience, context["account"], request.user),
        "start_at": releasing.start_for(message)[1] if message.wanted_at else None,
        "button": _button(message, context["reachable"], reason),
    }
    return render(request, "messaging/checking/check.html", context)


def _known(people, user):
    """The first of them whose names this user may read."""
    some = Person.objects.filter(pk__in=[person.pk for person in people[:MOST_NAMES]])
    return judgement.within(judgement.own_people(user), some)


def _button(message, number, needs_approval):
    if needs_approval:
        words = ngettext("Ask to send %(count)s message", "Ask to send %(count)s messages", number)
    elif message.wanted_at:
        words = ngettext("Schedule %(count)s message", "Schedule %(count)s messages", number)
    else:
        words = ngettext("Send %(count)s message", "Send %(count)s messages", number)
    return words % {"count": number_format(number, force_grouping=True)}


def _names(message, account, asked, own):
    """The names behind one number of the page, or None where none was asked for."""
    if asked != "reachable" and asked not in Delivery.Problem.values:
        return None
    if message.is_frozen:
        return None  # the report has them, person by person
    listed = people_of(message.rule, account).filter(problem=None if asked == "reachable" else asked)
    return judgement.within(own, listed).order_by("family_name", "given_name", "pk")[:MOST_NAMES]


@requires("messaging.write")
def missed(request, pk):
    """Those whom the message does not reach, and why, as a table to download."""
    message = draft_or_404(request, pk)
    own = judgement.own_people(request.user)
    listed = judgement.within(own, people_of(message.rule, message.account).exclude(problem=None)).order_by("pk")
    header = [_("Reference"), _("Name"), _("Role"), _("Why not")]
    rows = (
        [person.reference, person.name, ", ".join(person.roles), STATE_LABELS[person.problem]]
        for person in listed.iterator(chunk_size=500)
    )
    return download("not-reached.csv", header, rows)


@requires("messaging.write")
@require_POST
def send(request, pk):
    message = draft_or_404(request, pk)
    seen = _seen(request, message)
    if seen is None:
        return redirect("messaging:check", pk)
    version, count, digest = seen
    try:
        sent_now = releasing.send(
            message=message, version=version, shown_count=count, shown_digest=digest, by=request.user
        )
    except MessageRefused as refused:
        messages.error(request, str(refused))
        return redirect("messaging:check", pk)
    message.refresh_from_db()
    if not sent_now and message.status == Status.DRAFT:
        messages.warning(request, _("The message was changed after you looked at it. Check it again."))
        return redirect("messaging:check", pk)
    return redirect(message)


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


def _awaiting(request, pk):
    return get_object_or_404(Message.objects.listed().to_release(), pk=pk)


@requires("messaging.approve")
@never_cache
def approve(request, pk):
    """Exactly what would go to whom, for somebody other than its author to release or to send back."""
    message = _awaiting(request, pk)
    context = _checking_context(request, message)
    people = judgement.chosen_of(message)
    context |= {
        "reason": judgement.why_approval(message, context["reachable"], people, message.sender) or "",
        "is_own": request.user in (message.author, message.sender),
        "not_by_you": judgement.why_not_release(message, request.user),
        "changed": context["reachable"] - message.shown_count,
    }
    return render(request, "messaging/checking/approve.html", context)


@requires("messaging.approve")
@require_POST
def release(request, pk):
    message = get_object_or_404(Message.objects.listed(), pk=pk)
    seen = _seen(request, message)
    if seen is None:
        return redirect("messaging:waiting")
    version, count, digest = seen
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
    if releasing.send_back(
        message=message, note=without_controls(request.POST.get("note", "")).strip(), by=request.user
    ):
        messages.success(request, _("The message is a draft of its author again, with your note."))
    return redirect("messaging:waiting")
