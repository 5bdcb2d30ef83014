"""Texts kept to begin messages from."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.menu import requires
from portal.reading import read_id

from .. import fill_in
from ..errors import MessageRefused
from ..models import Template
from ..views import draft_or_404
from . import actions
from .forms import TemplateForm, initial_texts


@requires("messaging.write")
def templates(request):
    return render(request, "messaging/writing/templates.html", {"templates": Template.objects.order_by("name")[:500]})


@requires("messaging.write")
def new_template(request):
    asked = read_id(request.GET.get("from"))
    initial = {}
    if asked is not None:
        initial = initial_texts(draft_or_404(request, asked))
    return _template(request, None, TemplateForm(posted(request), seen=0, initial=initial))


@requires("messaging.write")
def edit_template(request, pk):
    seen = revision_of(Template(pk=pk).subject)
    template = get_object_or_404(Template, pk=pk)
    return _template(request, template, TemplateForm(posted(request), seen=seen, template=template))


def _template(request, template, form):
    if form.is_valid():
        written = {name: form.cleaned_data[name] for name in ("name", "text", "seen")}
        try:
            actions.save_template(template=template, translations=form.translations, by=request.user, **written)
        except SavedMeanwhile as meanwhile:
            form.say(meanwhile)
        except MessageRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The template is saved."))
            return redirect("messaging:templates")
    context = {"form": form, "template": template, "fields": fill_in.field_table()}
    return render(request, "messaging/writing/template.html", context)


@requires("messaging.write")
@require_POST
def delete_template(request, pk):
    actions.delete_template(template=get_object_or_404(Template, pk=pk), by=request.user)
    messages.success(request, _("The template is deleted."))
    return redirect("messaging:templates")
