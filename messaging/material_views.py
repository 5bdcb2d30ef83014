"""What messages are made of: articles and their pictures, templates, saved audiences."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.addresses import Site, absolute, on_families_site
from portal.forms import posted
from portal.menu import requires
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.bodies import MOST_ARTICLES

from . import actions, attachments, audience, content, words
from .forms import ArticleForm, TemplateForm, initial_texts
from .models import Attachment, Message, Template
from .views import draft_or_404

# Names that nobody outside can look up: pictures there never reach a phone.
_PRIVATE = ("localhost", "127.", "10.", "192.168.", "testserver")


# --- articles ---


@requires("messaging.write")
def articles(request, pk):
    message = draft_or_404(request, pk)
    if message.status != Message.Status.DRAFT:
        return redirect(message)
    form = ArticleForm(posted(request), request.FILES or None)
    if len(message.articles) >= MOST_ARTICLES and request.method == "POST":
        messages.error(request, _("A message holds 8 articles at most."))
        return redirect("messaging:articles", pk)
    if form.is_valid() and _add_article(message, form):
        return redirect("messaging:articles", pk)
    host = absolute(Site.FAMILIES, "").split("://")[-1]
    context = {"message": message, "form": form, "most": MOST_ARTICLES, "is_private": host.startswith(_PRIVATE)}
    return render(request, "messaging/articles.html", context)


def _add_article(message, form):
    data = form.cleaned_data
    try:
        picture = attachments.redraw(data["picture"].read()) if data["picture"] else None
    except ValidationError as error:
        form.add_error("picture", error)
        return False
    article = {"title": data["title"], "description": data["description"], "url": data["address"]}
    actions.add_article(message=message, article=article, picture=picture)
    return True


@requires("messaging.write")
@require_POST
def remove_article(request, pk, number):
    message = draft_or_404(request, pk)
    actions.remove_article(message=message, number=number)
    return redirect("messaging:articles", pk)


@login_not_required
@on_families_site
def article_picture(request, token):
    """WeChat fetches it, so it asks for no sign-in; its address cannot be guessed."""
    picture = Attachment.objects.filter(token=token, role=Attachment.Role.PICTURE).first()
    if picture is None:
        raise Http404
    headers = {"Cache-Control": "public, max-age=86400, immutable", "X-Robots-Tag": "noindex"}
    return HttpResponse(bytes(picture.data), content_type="image/jpeg", headers=headers)


# --- templates ---


@requires("messaging.write")
def templates(request):
    return render(request, "messaging/templates.html", {"templates": Template.objects.order_by("name")[:500]})


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
    context = {"form": form, "template": template, "fields": content.field_table()}
    return render(request, "messaging/template.html", context)


@requires("messaging.write")
@require_POST
def delete_template(request, pk):
    actions.delete_template(template=get_object_or_404(Template, pk=pk), by=request.user)
    messages.success(request, _("The template is deleted."))
    return redirect("messaging:templates")


# --- audiences ---


@requires("messaging.write")
def audiences(request):
    account = EnterpriseAccount.objects.the()
    listed = []
    for saved in request.user.saved_audiences.all()[:50]:
        counts = audience.reach(saved.rule, account)
        listed.append((saved, *words.of_rule(saved.rule), counts.get(None, 0), sum(counts.values())))
    return render(request, "messaging/audiences.html", {"audiences": listed})


@requires("messaging.write")
@require_POST
def delete_audience(request, pk):
    actions.delete_audience(audience=get_object_or_404(request.user.saved_audiences, pk=pk), by=request.user)
    messages.success(request, _("The audience is deleted."))
    return redirect("messaging:audiences")
