"""The registry of online help pages, and the two views that show them. Apps register theirs in `help_pages.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.utils.functional import Promise

from .addresses import on_families_site


@dataclass(frozen=True)
class Page:
    slug: str
    title: str | Promise
    template: str
    may_read: Callable[[object], bool]  # takes a user, who may be anonymous


_pages: dict[str, Page] = {}


def register(*pages):
    _pages.update((page.slug, page) for page in pages)


def pages_for(user):
    return [page for page in _pages.values() if page.may_read(user)]


@login_not_required
@on_families_site
def index(request):
    return render(request, "help/index.html", {"pages": pages_for(request.user)})


@login_not_required
@on_families_site
def show(request, slug):
    page = _pages.get(slug)
    if page is None or not page.may_read(request.user):
        raise Http404
    return render(request, page.template, {"page": page})
