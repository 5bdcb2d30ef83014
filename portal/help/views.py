from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render

from portal.addresses import on_families_site
from portal.marks import marked
from portal.version import VERSION

from .guides import guide_named, guides_for
from .pages import named, pages_for
from .search import LONGEST, find


def _help_page(view):
    """Help can be read before signing in: whoever is stuck on the way in needs it most."""
    return marked(login_not_required(on_families_site(view)), "allowed_in_narrow_sessions")


def _layout(request):
    """Whoever has a menu keeps it."""
    has_menu = request.user.is_authenticated and request.narrow is None
    return {"layout": "desk.html" if has_menu else "phone.html", "question": ""}


@_help_page
def index(request):
    question = request.GET.get("q", "")[:LONGEST].strip()
    context = {
        "question": question,
        "found": find(question, request.user) if question else [],
        "pages": pages_for(request.user),
        "guides": guides_for(request.user),
        "version": VERSION,
    }
    return render(request, "help/index.html", _layout(request) | context)


@_help_page
def show(request, slug):
    page = named(slug, request.user)
    if page is None:
        raise Http404
    return render(request, "help/page.html", _layout(request) | {"page": page})


@_help_page
def guide(request, slug):
    found = guide_named(slug, request.user)
    if found is None:
        raise Http404
    return render(
        request, "help/guide.html", _layout(request) | {"guide": found, "pages": found.pages_for(request.user)}
    )
