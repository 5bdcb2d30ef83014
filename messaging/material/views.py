"""Articles and their pictures."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.addresses import Site, absolute, on_families_site
from portal.forms import posted
from portal.menu import requires
from wechat_admin.wecom.bodies import MOST_ARTICLES

from ..models import Attachment, Message
from ..views import draft_or_404
from . import actions, files
from .forms import ArticleForm

# Names that nobody outside can look up: pictures there never reach a phone.
_PRIVATE = ("localhost", "127.", "10.", "192.168.", "testserver")


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
    return render(request, "messaging/material/articles.html", context)


def _add_article(message, form):
    data = form.cleaned_data
    try:
        picture = files.redraw(data["picture"].read()) if data["picture"] else None
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
