"""Writing a message, choosing whom it is for, looking at it, sending it."""

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.csv_files import download
from portal.forms import posted
from portal.menu import requires
from portal.paging import page_of
from portal.people.models import Person
from wechat_admin.models import EnterpriseAccount

from . import actions, audience, checking, content, previews, route, words
from .forms import MOST_FOUND, AudienceForm, MessageForm, initial_of, initial_texts, kept_of
from .models import STATE_LABELS, Delivery, Message, Template

MOST_NAMES = 200
MOST_TO_PREVIEW = 50
_SHOWN = "what the sender saw before pressing Send"
Status = Message.Status


# --- lists ---


def _list(request, here, listed, title):
    context = {"page": page_of(listed.select_related("author__person"), request), "here": here, "title": title}
    return render(request, "messaging/list.html", context)


def _mine(request):
    return Message.objects.listed().visible_to(request.user)


@requires("messaging.write")
def sent(request):
    return _list(request, "sent", _mine(request).exclude(status__in=[Status.DRAFT, Status.SCHEDULED]), _("Sent"))


@requires("messaging.write")
def drafts(request):
    listed = Message.objects.listed().filter(author=request.user, status=Status.DRAFT)
    return render(request, "messaging/drafts.html", {"page": page_of(listed, request)})


@requires("messaging.write")
def scheduled(request):
    return _list(request, "scheduled", _mine(request).filter(status=Status.SCHEDULED), _("Scheduled"))


@requires("messaging.write")
def waiting(request):
    """What waits for a second person: everybody's for those who may release it, else one's own."""
    listed = Message.objects.listed() if request.user.has_perm("messaging.approve") else _mine(request)
    return _list(request, "waiting", listed.filter(status=Status.AWAITING), _("Waiting for approval"))


# --- writing ---


def draft_or_404(request, pk):
    """One's own message, or anybody's for those who see the reports of all."""
    return get_object_or_404(Message.objects.listed().visible_to(request.user), pk=pk)


@requires("messaging.write")
@never_cache
def new(request):
    return _write(request, None)


@requires("messaging.write")
@never_cache
def edit(request, pk):
    message = draft_or_404(request, pk)
    if message.status != Status.DRAFT:
        return redirect(message)
    return _write(request, message)


def _stored(request, message):
    """What the form shows of the draft, or of the template it begins from."""
    if message:
        return {"initial": initial_of(message), "kept": kept_of(message)}
    asked = request.GET.get("template", "")
    template = Template.objects.filter(pk=asked).first() if asked.isascii() and asked.isdigit() else None
    return {"initial": initial_texts(template)} if template else {}


def _write(request, message):
    form = MessageForm(posted(request), request.FILES or None, user=request.user, **_stored(request, message))
    wants = request.POST.get("do", "")
    if wants == "unlist":
        form.kept = [clause for clause in form.kept if "listed" not in clause]
    is_ready = form.is_valid() and (wants != "check" or form.ready_to_check(message))
    if wants == "autosave":
        return _autosave(request, message, form)
    if is_ready and wants != "find":
        try:
            message = _save(request, message, form)
        except actions.ChangedMeanwhile as changed:
            form.add_error(None, str(changed))
            data = form.data.copy()
            data["version"] = Message.objects.get(pk=message.pk).version
            form.data = data
        except actions.MessageRefused as refused:
            messages.error(request, str(refused))
            return redirect(message)
        else:
            return _after_saving(request, message, form, wants)
    return render(request, "messaging/write.html", _writing_context(request, message, form))


def _after_saving(request, message, form, wants):
    match wants:
        case "check":
            return redirect("messaging:check", message.pk)
        case "articles":
            return redirect("messaging:articles", message.pk)
        case "template":
            return redirect(f"{reverse('messaging:new-template')}?from={message.pk}")
        case "audience":
            _save_audience(request, form)
        case "save":
            messages.success(request, _("The draft is saved."))
    return redirect("messaging:edit", message.pk)


def _save_audience(request, form):
    name = AudienceForm({"name": request.POST.get("audience_name", "")})
    if not name.is_valid() or not form.rule["include"]:
        messages.error(request, _("To keep these recipients, choose somebody and write a name for them."))
        return
    actions.save_audience(name=name.cleaned_data["name"], rule=form.rule, by=request.user)
    messages.success(request, _("The audience is saved. It is worked out anew whenever it is used."))


def _save(request, message, form):
    text, rule = form.cleaned_data["text"], form.rule
    if message is None:
        message = actions.create_draft(text=text, rule=rule, by=request.user, **form.content)
    else:
        version = form.cleaned_data["version"]
        actions.save_draft(message=message, text=text, rule=rule, by=request.user, version=version, **form.content)
    if form.file:
        actions.attach(message=message, name=form.file[0], data=form.file[1])
    return message


def _autosave(request, message, form):
    """The page saves itself while somebody writes: where it can be found again, or why it could not be saved."""
    if not form.is_valid():
        return JsonResponse({"sentence": _("Not saved yet: something is not right in the form.")}, status=422)
    try:
        message = _save(request, message, form)
    except actions.MessageRefused as refused:
        return JsonResponse({"sentence": str(refused)}, status=409)
    message.refresh_from_db()
    sentence = _("Saved at %(time)s.") % {"time": time_format(timezone.localtime(message.saved_at))}
    return JsonResponse({"address": message.get_absolute_url(), "version": message.version, "sentence": sentence})


def _writing_context(request, message, form):
    text = request.POST.get("q", "").strip()
    ticked = _ids(form["people"].value())
    barred = _ids(form["not_people"].value())
    found = Person.objects.current().search(text).exclude(pk__in=ticked | barred)[:MOST_FOUND] if text else []
    own = audience.own_people(request.user)
    if own is not None and text:
        found = Person.objects.current().search(text).filter(pk__in=own).exclude(pk__in=ticked | barred)[:MOST_FOUND]
    return {
        "form": form,
        "message": message,
        "text": text,
        "found": found,
        "people": Person.objects.filter(pk__in=ticked),
        "not_people": Person.objects.filter(pk__in=barred),
        "listed": words.of_rule({"include": form.kept})[0],
        "size": route.size_of(form["text"].value() or ""),
        "most_bytes": form.most_bytes,
        "fields": [(field.names[0], field.label) for field in content.FIELDS.values()],
        "limited": own is not None,
        "file": message.attachments.filter(role="body").defer("data").first() if message else None,
        "saved_by_other": message.saved_by if message and message.saved_by not in (None, request.user) else None,
    }


def _ids(values):
    return {int(str(pk)) for pk in values or [] if str(pk).isdigit()}


@requires("messaging.write")
@require_POST
def reach(request):
    """The numbers alone, while somebody is choosing."""
    stored = {}
    if (pk := request.POST.get("message", "")).isdigit():
        message = Message.objects.visible_to(request.user).filter(pk=pk).first()
        stored = {"kept": kept_of(message)} if message else {}
    form = MessageForm(request.POST, user=request.user, **stored)
    form.is_valid()
    chosen = {"roles", "groups", "people", "audiences", "not_groups", "not_people"}
    if chosen - form.cleaned_data.keys():
        return HttpResponse(status=204)
    rule, account = form.rule, EnterpriseAccount.objects.the()
    context = checking.reach(rule, account) | {"is_empty": not rule["include"]}
    if audience.is_beyond(rule, account, request.user):
        context["beyond"] = actions.BEYOND
    return render(request, "messaging/_reach.html", context)


@requires("messaging.write")
@require_POST
def delete(request, pk):
    message = get_object_or_404(Message, pk=pk, author=request.user, status=Status.DRAFT)
    actions.delete_draft(message=message, by=request.user)
    messages.success(request, _("The draft is deleted."))
    return redirect("messaging:drafts")


@requires("messaging.write")
@require_POST
def copy(request, pk):
    """A new draft with what this message says and whom it was for."""
    message = draft_or_404(request, pk)
    draft = actions.copy(message=message, by=request.user)
    messages.success(request, _("A copy, as a new draft."))
    return redirect("messaging:edit", draft.pk)


# --- before it goes ---


def _shown(message, counts, digest):
    """Seals what is on the page, so that exactly this is sent or released."""
    return signing.dumps([message.pk, message.version, counts["reachable"], digest], salt=_SHOWN)


def _seen(request, message):
    """(version, number, digest) of what was on the page, or None."""
    try:
        pk, version, count, digest = signing.loads(request.POST.get("shown", ""), salt=_SHOWN, max_age=24 * 3600)
    except (signing.BadSignature, ValueError):
        return None
    return (version, count, digest) if pk == message.pk and count else None


def _checking_context(request, message):
    account = EnterpriseAccount.objects.the()
    counts = checking.reach(message.audience, account)
    calls, readers = checking.calls(message, account)
    asked = request.GET.get("who", "")
    included, excluded = words.of_rule(message.audience)
    return counts | {
        "message": message,
        "account": account,
        "included": included,
        "excluded": excluded,
        "shown": _shown(message, counts, audience.digest(message.audience, account)),
        "size": route.size_of(message.text),
        "calls": calls,
        "is_personal": any(variant.is_personal for variant in content.variants(message)),
        "warnings": checking.language_warnings(message, readers),
        "same_lately": checking.same_text_lately(message, account),
        "asked": asked,
        "names": _names(message, account, asked),
        **_preview(request, message, account),
    }


def _preview(request, message, account):
    language = request.GET.get("language", "")
    reached = audience.people(message.audience, account).filter(problem=None)
    asked = request.GET.get("as", "")
    person = reached.filter(pk=asked).first() if asked.isascii() and asked.isdigit() else None
    languages = previews.languages(message)
    if person or language not in dict(languages):
        language = person.language if person else next((code for code, _name in languages), "")
    return {
        "preview": previews.of(message, language, person),
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
    context = _checking_context(request, message)
    reason = actions.why_approval(message, context["reachable"])
    context |= {
        "approval": reason,
        "nobody_else": bool(reason) and not checking.someone_else_may_release(request.user),
        "beyond": audience.is_beyond(message.audience, context["account"], request.user) and actions.BEYOND,
        "start_at": actions.start_for(message)[1] if message.wanted_at else None,
        "button": _button(message, context["reachable"], reason),
    }
    return render(request, "messaging/check.html", context)


def _button(message, number, needs_approval):
    if needs_approval:
        words = ngettext("Ask to send %(count)s message", "Ask to send %(count)s messages", number)
    elif message.wanted_at:
        words = ngettext("Schedule %(count)s message", "Schedule %(count)s messages", number)
    else:
        words = ngettext("Send %(count)s message", "Send %(count)s messages", number)
    return words % {"count": number_format(number, force_grouping=True)}


def _names(message, account, asked):
    """The names behind one number of the page, or None where none was asked for."""
    if asked != "reachable" and asked not in Delivery.Problem.values:
        return None
    listed = audience.people(message.audience, account).filter(problem=None if asked == "reachable" else asked)
    return listed.order_by("family_name", "given_name", "pk")[:MOST_NAMES]


@requires("messaging.write")
def missed(request, pk):
    """Those whom the message does not reach, and why, as a table to download."""
    message = draft_or_404(request, pk)
    listed = audience.people(message.audience, EnterpriseAccount.objects.the()).exclude(problem=None).order_by("pk")
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
        sent_now = actions.send(
            message=message, version=version, shown_count=count, shown_digest=digest, by=request.user
        )
    except actions.MessageRefused as refused:
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
    except actions.MessageRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("A test is on its way to your WeChat. It is marked as one and counted nowhere."))
    return redirect("messaging:check", pk)


# --- the second person ---


def _awaiting(request, pk):
    return get_object_or_404(Message.objects.listed().filter(status=Status.AWAITING), pk=pk)


@requires("messaging.approve")
@never_cache
def approve(request, pk):
    """Exactly what would go to whom, for somebody other than its author to release or to send back."""
    message = _awaiting(request, pk)
    context = _checking_context(request, message)
    context |= {
        "reason": actions.why_approval(message, message.shown_count) or "",
        "is_own": message.author == request.user,
        "changed": context["reachable"] - message.shown_count,
    }
    return render(request, "messaging/approve.html", context)


@requires("messaging.approve")
@require_POST
def release(request, pk):
    message = get_object_or_404(Message.objects.listed(), pk=pk)
    seen = _seen(request, message)
    if seen is None:
        return redirect("messaging:waiting")
    version, count, digest = seen
    try:
        released = actions.release(
            message=message, version=version, shown_count=count, shown_digest=digest, by=request.user
        )
    except actions.MessageRefused as refused:
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
    if actions.send_back(message=message, note=request.POST.get("note", "").strip(), by=request.user):
        messages.success(request, _("The message is a draft of its author again, with your note."))
    return redirect("messaging:waiting")
