import sys

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.marks import marked

from . import context_processors, languages, menu, panels, unavailable
from .addresses import on_families_site
from .again import typed_on


@on_families_site
def dashboard(request):
    first_page = menu.first_page(request)
    if first_page != "dashboard":
        return redirect(first_page)
    panels.ask(request, *panels.ALL_OF_THE_DASHBOARD)
    context = {
        "has_work": bool(menu.sections_for(request.user)),
        "trouble": panels.render(panels.TROUBLE, request),
        "waiting": panels.lines(panels.WAITING, request),
        "running": panels.lines(panels.RUNNING, request),
        "health": panels.lines(panels.HEALTH, request),
        "panels": panels.render(panels.DASHBOARD, request),
        "pictures": panels.render(panels.PICTURES, request),
    }
    return render(request, "dashboard.html", context)


def back_to(request):
    """The page a form on every page came from, or the first page."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    # "news" would be taken for the name of a page.
    return address if is_ours and address.startswith("/") else "/"


@login_not_required
@on_families_site
@require_POST
def set_theme(request):
    response = redirect(back_to(request))
    theme = request.POST.get("theme")
    if theme in context_processors.THEMES:
        response.set_cookie("theme", theme, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure())
    return response


marked(set_theme, "allowed_while_impersonating", "allowed_in_narrow_sessions")


def bad_request(request, exception):
    sentence = _("The request could not be understood. Go back and try again.")
    return render(request, "error.html", {"title": _("Not understood"), "sentence": sentence}, status=400)


def forbidden(request, exception):
    sentence = str(exception) or _("You may not open this page.")
    return render(request, "error.html", {"title": _("Not for this account"), "sentence": sentence}, status=403)


def form_expired(request, reason=""):
    sentence = _("This page was open too long, or cookies are switched off.")
    context = {"title": _("Try once more"), "sentence": sentence, "typed": typed_on(request), "offers_again": True}
    return render(request, "error.html", context, status=403)


def not_found(request, exception):
    title, sentence = _("Page not found"), _("There is no page at this address, or it is not for you.")
    return render(request, "error.html", {"title": title, "sentence": sentence}, status=404)


def server_error(request):
    """Without a template, and in every language: whatever failed may fail again."""
    error = sys.exc_info()[1]
    if unavailable.is_meant_by(error):
        return unavailable.unavailable(request, error)
    sentences = languages.in_each(
        lambda: _(
            "Something failed. It has been logged. Try again in a minute; if it happens again, tell your System "
            "Administrator."
        )
    )
    texts = "".join(f"<p lang='{languages.tag(code)}'>{escape(text)}</p>" for code, _name, text in sentences)
    return HttpResponse(f"<!doctype html><title>{escape(sentences[0][2])}</title>{texts}", status=500)
