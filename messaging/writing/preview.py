"""What is being written as it will look, while it is written."""

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_POST

from portal.languages import tag
from portal.menu import requires
from portal.reading import read_id

from .. import fill_in
from ..checking.previews import Preview
from ..models import Message
from .forms import MessageForm


@requires("messaging.write")
@require_POST
def preview(request):
    """Of every language that has a text; nothing of what nobody has written yet."""
    form = MessageForm(request.POST)
    drafts = Message.objects.visible_to(request.user)
    draft = drafts.filter(pk=read_id(request.POST.get("message"))).first()
    texts = _texts(form) if form.shape.has_words else []
    previews = [(tag(code), name, _look(form, draft, text)) for code, name, text in texts]
    return render(request, "messaging/writing/_preview.html", {"previews": previews})


def _texts(form):
    """[(language, its name, what is written for its readers)], the main text first."""
    main = form.language if form.language in settings.LANGUAGE_NAMES else settings.LANGUAGE_CODE
    written = [(main, form["text"].value())] + [(code, field.value()) for code, field, _is_main in form.other_texts]
    return [(code, settings.LANGUAGE_NAMES[code], text.strip()) for code, text in written if (text or "").strip()]


def _look(form, draft, text):
    return Preview(
        shape=form.shape,
        kind=form.chosen_kind,
        title=form["title"].value() or "",
        address=form["address"].value() or "",
        pieces=fill_in.segments(text),
        file=draft.file if draft and form.shape.has_file else None,
        following=draft.following if draft and form.shape.may_be_followed else [],
    )
