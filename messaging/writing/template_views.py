"""Texts kept to begin messages from."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.forms import posted
from portal.menu import requires

from .. import fill_in
from ..models import Template
from ..views import draft_or_404
from . import actions
from .forms import TemplateForm, initial_texts


@requires("messaging.write")
def templates(request):
    return render(request, "messaging/writing/templates.html", {"templates": Template.objects.order_by("name")[:500]})


@requires("messaging.write")
def new_template(request):
    asked = request.GET.get("from", "")
    initial = {}
    if asked.isascii() and asked.isdigit():
        initial = initial_texts(draft_or_404(request, asked))
    return _template(request, None, TemplateForm(posted(request), initial=initial))


@requires("messaging.write")
def edit_template(request, pk):
    template = get_object_or_404(Template, pk=pk)
    return _template(request, template, TemplateForm(posted(request), template=template))


def _template(request, template, form):
    if form.is_valid():
        data = form.cleaned_data
        actions.save_template(
            template=template, name=data["name"], text=data["text"], translations=form.translations, by=request.user
        )
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
