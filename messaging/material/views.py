"""Articles and their pictures."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from portal.addresses import Site, absolute, on_families_site
from portal.forms import posted, show_again
from portal.menu import requires
from portal.reading import read_id
from portal.request_sizes import WITH_FILES, up_to
from portal.uploads import leads_by_itself
from wechat_admin.wecom.bodies import MOST_ARTICLES

from ..errors import ChangedMeanwhile, MessageRefused
from ..models import Attachment, Message
from ..views import draft_or_404
from . import actions, files
from .forms import ArticleForm

# Names that nobody outside can look up: pictures there never reach a phone.
_PRIVATE = ("localhost", "127.", "10.", "192.168.", "testserver")


@up_to(WITH_FILES)
@requires("messaging.write")
@leads_by_itself
def articles(request, pk):
    message = draft_or_404(request, pk)
    if request.method == "GET" and not message.is_draft:
        return redirect(message)
    form = ArticleForm(posted(request), request.FILES or None, initial={"version": message.version})
    if form.is_valid() and _add_article(request, message, form):
        return redirect("messaging:articles", pk)
    message = Message.objects.filter(pk=pk).first() or message
    host = absolute(Site.FAMILIES, "").split("://")[-1]
    context = {"message": message, "form": form, "most": MOST_ARTICLES, "is_private": host.startswith(_PRIVATE)}
    return render(request, "messaging/material/articles.html", context)


def _add_article(request, message, form):
    data = form.cleaned_data
    try:
        picture = files.redraw_article_picture(data["picture"]) if data["picture"] else None
    except ValidationError as error:
        form.add_error("picture", error)
        return False
    article = {"title": data["title"], "description": data["description"], "url": data["address"]}
    try:
        actions.add_article(message=message, article=article, picture=picture, version=data["version"], by=request.user)
    except MessageRefused as refused:
        form.add_error(None, str(refused))
        # Whoever presses again has been told.
        if isinstance(refused, ChangedMeanwhile):
            show_again(form, "version", refused.draft.version)
        return False
    return True


@requires("messaging.write")
@require_POST
def remove_article(request, pk, number):
    message = draft_or_404(request, pk)
    try:
        actions.remove_article(
            message=message, number=number, version=read_id(request.POST.get("version")), by=request.user
        )
    except MessageRefused as refused:
        messages.error(request, str(refused))
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
