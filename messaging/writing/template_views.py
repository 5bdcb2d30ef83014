"""Texts kept to begin messages from."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from portal.audit.revisions import SavedMeanwhile, revision_of
from portal.forms import posted
from portal.menu import requires
from portal.paging import page_in_order
from portal.reading import read_id

from .. import fill_in
from ..deleting import delete, undo
from ..errors import MessageRefused
from ..models import Template
from ..views import draft_or_404
from . import actions
from .forms import TemplateForm, initial_texts
from .occasions import STARTERS, add_starters


@requires("messaging.write")
def templates(request):
    page = page_in_order(Template.objects.select_related("owner__person"), "name", request.GET.get("after"))
    context = {"page": page, "deleted": Template.deleted.order_by("-deleted_at")}
    if not page.rows:
        context["starters"] = STARTERS
    return render(request, "messaging/writing/templates.html", context)


@requires("messaging.write")
def new_template(request):
    asked = read_id(request.GET.get("from"))
    initial = {}
    if asked is not None:
        initial = initial_texts(draft_or_404(request, asked))
    return _template(request, None, TemplateForm(posted(request), seen=0, initial=initial))


@requires("messaging.write")
@require_POST
def starters(request):
    """The templates that a school can begin with; from then on they are templates like any other."""
    if add_starters(by=request.user):
        messages.success(request, _("The templates are there. Change them as your school says it."))
    return redirect("messaging:templates")


@requires("messaging.write")
def edit_template(request, pk):
    seen = revision_of(Template(pk=pk).subject)
    template = get_object_or_404(Template, pk=pk)
    return _template(request, template, TemplateForm(posted(request), seen=seen, template=template))


def _template(request, template, form):
    if form.is_valid():
        written = {name: form.cleaned_data[name] for name in ("name", "occasion", "text", "seen")}
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
    delete(get_object_or_404(Template, pk=pk), gettext_noop("deleted a template"), by=request.user)
    return redirect("messaging:templates")


@requires("messaging.write")
@require_POST
def undelete_template(request, pk):
    undo(request, Template.deleted.filter(pk=pk).first(), gettext_noop("brought a template back"))
    return redirect("messaging:templates")
