"""Writing a message and choosing whom it is for."""

import re

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal import languages
from portal.audit.looking import shows_names
from portal.forms import posted, searched, show_again
from portal.heavy import SEARCH, one_at_a_time
from portal.menu import requires
from portal.people.models import Person
from portal.reading import read_id, read_ids
from portal.request_sizes import WITH_FILES, up_to
from portal.uploads import leads_by_itself

from .. import fill_in, judgement
from ..audience.actions import save_audience
from ..audience.deleted import deleted_in
from ..audience.finding import offered
from ..audience.forms import AudienceForm, kept_of
from ..audience.in_words import in_words
from ..deleting import undo
from ..errors import ChangedMeanwhile, DraftGone, MessageRefused
from ..kinds import MOST_FOLLOWING
from ..material import actions as material
from ..models import Message, SavedAudience, Template, new_token
from ..views import draft_or_404, read_token
from . import actions
from .forms import MessageForm, initial_of, initial_texts
from .occasions import note_use, templates_offered

Status = Message.Status
SEARCHES = {"find": "q", "find-not": "q_not"}  # {what a button does: the field it searches for}
FILE_BUTTON = re.compile(r"(?P<verb>remove|up)-(?P<file>\d{1,18})", re.ASCII)


def searches(request):
    """Whether somebody is looked for; the other buttons have their own work."""
    return any(_looked_for(request, verb) for verb in SEARCHES)


@up_to(WITH_FILES)
@requires("messaging.write")
@one_at_a_time(SEARCH, when=searches)
@never_cache
@shows_names(gettext_noop("chose people for a message"))
@leads_by_itself
def new(request):
    return _write(request, None, _save)


@up_to(WITH_FILES)
@requires("messaging.write")
@one_at_a_time(SEARCH, when=searches)
@never_cache
@shows_names(gettext_noop("looked at whom a draft is for"), of="message")
@leads_by_itself
def edit(request, pk):
    message = Message.objects.listed().visible_to(request.user).filter(pk=pk).first()
    if request.method == "POST":
        return _write(request, message, _save if message else _save_nowhere)
    if message is None:
        raise Http404
    return _write(request, message, _save) if message.is_draft else redirect(message)


def _stored(request, message):
    """What the form shows of the draft, or of the template it begins from."""
    if message:
        return {"initial": initial_of(message), "kept": kept_of(message.audience, request.user)}
    asked = read_id(request.GET.get("template"))
    template = Template.objects.filter(pk=asked).first() if asked else None
    texts = initial_texts(template) if template else {}
    language = languages.written_in(template.text) if template else get_language()
    return {"initial": texts | {"creation": new_token(), "main_language": language}}


def _write(request, message, save):
    own = judgement.own_people(request.user)
    stored = _stored(request, message)
    following = message.following if message else ()
    form = MessageForm(
        posted(request), request.FILES or None, user=request.user, own=own, following=following, **stored
    )
    wants = request.POST.get("do", "")
    if form.is_bound and not wants:
        raise BadRequest("a message without a button that was pressed: it did not come whole")
    if wants == "unlist":
        form.forget_the_list()
    if wants == "forget-deleted":
        form.forget_the_deleted()
    is_ready = form.is_valid() and (wants != "check" or form.ready_to_check(message))
    audience = AudienceForm()
    if is_ready and wants == "audience":
        audience = AudienceForm(request.POST, owner=request.user, rule=form.rule)
        is_ready = audience.is_valid()
    if is_ready and message is None and form.says_nothing and wants == "save":
        is_ready = False
        form.add_error(None, _("There is nothing to save yet: write something, or choose somebody."))
    if wants == "autosave":
        return _autosave(request, message, form, save)
    if is_ready and wants not in SEARCHES:
        try:
            message = save(request, message, form)
        except ChangedMeanwhile as changed:
            message = changed.draft
            _say(form, changed, version=message.version)
        except DraftGone as gone:
            message = None
            _say(form, gone, version="", creation=new_token())
        else:
            return _after_saving(request, message, audience, wants)
    context = _writing_context(request, message, form) | {"audience": audience}
    if message is None:
        context["begun_from"] = read_id(request.POST.get("template") or request.GET.get("template"))
    if message is None and not form.is_bound:
        context["begin_from"] = templates_offered()
    return render(request, "messaging/writing/write.html", context)


def _say(form, why, **hidden):
    """What was typed stays; whoever presses again has been told."""
    form.add_error(None, str(why))
    for name, value in hidden.items():
        show_again(form, name, value)


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
    if change := FILE_BUTTON.fullmatch(wants):
        verb = material.remove_following if change["verb"] == "remove" else material.move_up
        verb(message=message, file=int(change["file"]), by=request.user)
    place = "#files" if change or wants == "add" else "#references" if wants == "unlist" else ""
    return redirect(reverse("messaging:edit", args=[message.pk]) + place)


def _save(request, message, form):
    written = form.content | {
        "text": form.cleaned_data["text"],
        "rule": form.rule,
        "file": form.chosen,
        "files": form.added,
    }
    if message is None:
        note_use(read_id(request.POST.get("template")))
        return actions.create_draft(by=request.user, creation=form.cleaned_data["creation"], **written)
    actions.save_draft(message=message, by=request.user, version=form.cleaned_data["version"], **written)
    return message


def _save_nowhere(request, message, form):
    """The draft of this address is gone, or was never this person's."""
    raise DraftGone(str(actions.DELETED))


def _autosave(request, message, form, save):
    """The page saves itself while somebody writes: where it can be found again, or why it could not be saved."""
    if not form.is_valid():
        return JsonResponse({"sentence": _("Not saved yet: something is not right in the form.")}, status=422)
    if message is None and form.says_nothing:
        return JsonResponse({"sentence": ""})
    try:
        message = save(request, message, form)
    except MessageRefused as refused:
        return JsonResponse({"sentence": str(refused)}, status=409)
    message.refresh_from_db()
    sentence = _("Saved at %(time)s.") % {"time": time_format(timezone.localtime(message.saved_at))}
    return JsonResponse({"address": message.get_absolute_url(), "version": message.version, "sentence": sentence})


def _writing_context(request, message, form):
    text, text_not = _looked_for(request, "find"), _looked_for(request, "find-not")
    ticked = read_ids(form["people"].value())
    barred = read_ids(form["not_people"].value())
    own = form.own
    known = Person.objects.all() if own is None else Person.objects.filter(pk__in=own.values("pk"))
    people, not_people = known.filter(pk__in=ticked), known.filter(pk__in=barred)
    choosable = Person.objects.not_left().exclude(pk__in=ticked | barred)
    if own is not None:
        choosable = choosable.filter(pk__in=own)
    found, has_more = offered(choosable, text or text_not, own)
    deleted = deleted_in({"include": form.kept})
    return {
        "form": form,
        "message": message,
        "title": _("Draft") if message else _("New message"),
        "text": text,
        "text_not": text_not,
        "is_new": message is None and not form.is_bound,
        "is_barring": bool(text_not or barred or form["not_groups"].value()),
        "found": found,
        "has_more": has_more,
        "people": people,
        "not_people": not_people,
        "strangers": ticked - {person.pk for person in people},
        "not_strangers": barred - {person.pk for person in not_people},
        "listed": in_words({"include": [clause for clause in form.kept if "listed" in clause]}, own)[0],
        "kept": in_words({"include": [clause for clause in form.kept if "listed" not in clause]}, own)[0],
        "has_deleted": bool(deleted),
        "can_be_brought_back": SavedAudience.deleted.filter(pk__in=deleted, owner=request.user).exists(),
        "fields": fill_in.field_table(),
        "limited": own is not None,
        "file": message.file if message else None,
        "most_following": MOST_FOLLOWING,
        "saved_by_other": message.saved_by if message and message.saved_by not in (None, request.user) else None,
    }


def _looked_for(request, verb):
    """What is typed into a search, where its button was pressed."""
    return searched(request, SEARCHES[verb]) if request.POST.get("do") == verb else ""


@requires("messaging.write")
@require_POST
def delete(request, pk):
    message = get_object_or_404(Message, pk=pk, author=request.user, status=Status.DRAFT)
    actions.delete_draft(message=message, by=request.user)
    return redirect("messaging:drafts")


@requires("messaging.write")
@require_POST
def undelete(request, pk):
    draft = Message.deleted.filter(pk=pk, author=request.user).first()
    undo(request, draft, gettext_noop("brought a draft back"))
    return redirect("messaging:drafts")


@requires("messaging.write")
@require_POST
def change(request, pk):
    """Begin, or go on, to change what waits for its time: it stays as it is until the change is put in its place."""
    message = draft_or_404(request, pk)
    if not message.can_be_changed:
        messages.warning(request, _("It has begun to go out: nothing of it can be changed any more."))
        return redirect(message)
    return redirect(actions.draft_of_change(message=message, by=request.user))


@requires("messaging.write")
@require_POST
def copy(request, pk):
    """A new draft with what this message says and whom it was for."""
    message = draft_or_404(request, pk)
    draft = actions.copy(message=message, by=request.user, creation=read_token(request))
    messages.success(request, _("A copy, as a new draft."))
    return redirect("messaging:edit", draft.pk)
