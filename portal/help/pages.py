"""The registry of help pages. Apps register theirs in `help_pages.py`; the text of one is `help/pages/SLUG.html`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.template.loader import render_to_string
from django.utils.functional import Promise


@dataclass(frozen=True)
class Page:
    slug: str
    title: str | Promise
    may_read: Callable[[AbstractUser | AnonymousUser], bool]
    screens: tuple[str, ...] = ()  # names of the addresses it is about: their “?” opens it

    @property
    def text(self):
        """Its HTML below the title, in the reader's language, every heading with an id to link to."""
        numbers = iter(range(1, 100))
        html = render_to_string(f"help/pages/{self.slug.replace('-', '_')}.html")
        return re.sub("<h2>", lambda _: f'<h2 id="{self.slug}-{next(numbers)}">', html)

    @property
    def text_one_deeper(self):
        """For a sheet of several pages, where its title is itself a heading."""
        return self.text.replace("<h2", "<h3").replace("</h2>", "</h3>")


def holders_of(*options):
    """Whoever holds one of these menu options may read it."""
    return lambda user: any(map(user.has_perm, options))


_pages: dict[str, Page] = {}


def register(*pages):
    _pages.update((page.slug, page) for page in pages)


def pages():
    """Every page, floor by floor."""
    return list(_pages.values())


def pages_for(user):
    return [page for page in pages() if page.may_read(user)]


def page_about(screen, user):
    """The first page about this screen that somebody may read, or None."""
    return next((page for page in pages_for(user) if screen in page.screens), None)


def named(slug, user):
    """The page, or None where there is none or they may not read it."""
    page = _pages.get(slug)
    return page if page is not None and page.may_read(user) else None
