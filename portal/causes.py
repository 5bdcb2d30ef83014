"""The registry of what somebody must be told: a kind is one row of a table. Apps register theirs in `notices.py`.

A kind says what is so *now*. `portal.notices` asks again and again, opens a notice for each cause that is new and closes
those that are gone: nobody opens or closes one by hand, and a verb that mends a cause knows of no notice.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Way(models.TextChoices):
    """How somebody is told, besides the list of notices."""

    PAGE = "page", _("On the portal's pages only")
    MAIL = "mail", _("By e-mail at once")
    DAILY = "daily", _("By e-mail once a day")
    WECHAT = "wechat", _("In WeChat at once")
    BOTH = "both", _("By e-mail and in WeChat at once")

    @property
    def is_in_wechat(self):
        return self in (Way.WECHAT, Way.BOTH)


@dataclass(frozen=True)
class Cause:
    """Whom a thing that is so concerns: users by key, or (None) whoever holds the option of its kind, `but` these."""

    to: Collection[int | None] | None = None
    but: Collection[int | None] = ()
    urgent: bool = False


@dataclass(frozen=True)
class Kind:
    name: str
    label: str | Promise
    # Who can be told of it at all, by menu option; "": the System Administrators.
    option: str
    # {subject: Cause}. A subject is a key of ours, without a name or a text; the same cause always has the same one.
    causes: Callable[[], dict[str, Cause]]
    sentence: Callable[[str], str]  # of a subject, in the reader's language
    address: Callable[[str], str]  # of the page that opens exactly it
    way: Way = Way.MAIL  # for whoever has chosen none
    is_news: bool = False  # gone for everybody who has opened it, not only when the cause is gone
    patience: timedelta = timedelta(0)  # nobody is written to before it has been so for that long
    to_do: Callable[[str], str] | None = None  # of a subject: what whoever runs the server does; None: nothing
    flutters: bool = False  # comes and goes: what comes back soon is the same notice, and nobody is told again


_kinds: dict[str, Kind] = {}


def register(*kinds):
    _kinds.update((kind.name, kind) for kind in kinds)


def kinds():
    """Every kind, floor by floor."""
    return list(_kinds.values())


def kind(name):
    """The kind of this name, or None: an app that is no more may have left rows."""
    return _kinds.get(name)
