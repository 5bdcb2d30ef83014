"""The guides: each gathers help pages in their order on one sheet, to be read from beginning to end or printed."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise

from .pages import named


@dataclass(frozen=True)
class Guide:
    slug: str
    title: str | Promise
    slugs: Collection[str]  # of its pages, whatever floor they stand on

    def pages_for(self, user):
        """Those of its pages that somebody may read."""
        return [page for slug in self.slugs if (page := named(slug, user))]


_guides: dict[str, Guide] = {}


def register(*guides):
    _guides.update((guide.slug, guide) for guide in guides)


def guides():
    return list(_guides.values())


def guides_for(user):
    """Those of which somebody may read the first page: without it a guide is about nothing of theirs."""
    return [guide for guide in guides() if named(guide.slugs[0], user)]


def guide_named(slug, user):
    """The guide, or None where there is none or it is not for them."""
    return next((guide for guide in guides_for(user) if guide.slug == slug), None)
