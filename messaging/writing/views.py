"""Writing a message and choosing whom it is for."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal.forms import posted, searched
from portal.menu import requires
from portal.people.models import Person
from portal.reading import read_id, read_ids

from .. import fill_in, releasing
from ..audience.actions import save_audience
from ..audience.forms import AudienceForm, kept_of
from ..audience.in_words import in_words
from ..errors import ChangedMeanwhile, MessageRefused
from ..kinds import size_of
from ..material.actions import attach
from ..models import Message, Template
from ..views import draft_or_404
from . import actions
from .forms import MessageForm, initial_of, initial_texts

Status = Message.Status
MOST_FOUND = 20


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
        return {"initial": initial_of(message), "kept": kept_of(message.audience)}
    template = Template.objects.filter(pk=read_id(request.GET.get("template"))).first()
    return {"initial": initial_texts(template)} if template else {}


def _write(request, message):
    form = MessageForm(posted(request), request.FILES or None, user=request.user, **_stored(request, message))
    wants = request.POST.get("do", "")
    if form.is_bound and not wants:
        raise BadRequest("a message without a button that was pressed: it did not come whole")
    if wants == "unlist":
        form.forget_the_list()
    is_ready = form.is_valid() and (wants != "check" or form.ready_to_check(message))
    audience = AudienceForm()
    if is_ready and wants == "audience":
        audience = AudienceForm(request.POST, owner=request.user, rule=form.rule)
        is_ready = audience.is_valid()
    if wants == "autosave":
        return _autosave(request, message, form)
    if is_ready and wants != "find":
        try:
            message = _save(request, message, form)
        except ChangedMeanwhile as changed:
            form.add_error(None, str(changed))
            data = form.data.copy()
            data["version"] = Message.objects.get(pk=message.pk).version
            form.data = data
        except MessageRefused as refused:
            messages.error(request, str(refused))
            return redirect(message)
        else:
            return _after_saving(request, message, audience, wants)
    context = _writing_context(request, message, form) | {"audience": audience}
    return render(request, "messaging/writing/write.html", context)


def _after_saving(request, message, audience, wants):
    match wants:
        case "check":
            return redirect("messaging:check", message.pk)
        case "articles":
            return redirect("messaging:articles", message.pk)
        case "template":
            return redirect(f"{reverse('messaging:new-template')}?from={message.pk}")
        case "audience":
            save_audience(name=audience.cleaned_data["name"], rule=audience.rule, by=request.user)
            messages.success(request, _("The audience is saved. It is worked out anew whenever it is used."))
        case "save":
            messages.success(request, _("The draft is saved."))
    return redirect("messaging:edit", message.pk)


def _save(request, message, form):
    text, rule = form.cleaned_data["text"], form.rule
    if message is None:
        message = actions.create_draft(text=text, rule=rule, by=request.user, **form.content)
    else:
        version = form.cleaned_data["version"]
        actions.save_draft(message=message, text=text, rule=rule, by=request.user, version=version, **form.content)
    if form.file:
        attach(message=message, name=form.file[0], data=form.file[1])
    return message


def _autosave(request, message, form):
    """The page saves itself while somebody writes: where it can be found again, or why it could not be saved."""
    if not form.is_valid():
        return JsonResponse({"sentence": _("Not saved yet: something is not right in the form.")}, status=422)
    try:
        message = _save(request, message, form)
    except MessageRefused as refused:
        return JsonResponse({"sentence": str(refused)}, status=409)
    message.refresh_from_db()
    sentence = _("Saved at %(time)s.") % {"time": time_format(timezone.localtime(message.saved_at))}
    return JsonResponse({"address": message.get_absolute_url(), "version": message.version, "sentence": sentence})


def _writing_context(request, message, form):
    text = searched(request)
    ticked = read_ids(form["people"].value())
    barred = read_ids(form["not_people"].value())
    own = releasing.own_people(request.user)
    choosable = Person.objects.not_left().exclude(pk__in=ticked | barred)
    if own is not None:
        choosable = choosable.filter(pk__in=own)
    return {
        "form": form,
        "message": message,
        "title": _("Draft") if message else _("New message"),
        "text": text,
        "found": choosable.search(text)[:MOST_FOUND] if text else [],
        "people": Person.objects.filter(pk__in=ticked),
        "not_people": Person.objects.filter(pk__in=barred),
        "listed": in_words({"include": form.kept})[0],
        "size": size_of(form["text"].value() or ""),
        "most_bytes": form.most_bytes,
        "fields": fill_in.field_table(),
        "limited": own is not None,
        "file": message.file if message else None,
        "saved_by_other": message.saved_by if message and message.saved_by not in (None, request.user) else None,
    }


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
