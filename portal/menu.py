"""The registry of menu options: what an administrator profile can give, and what the rail shows.

An app names its options in `menu_options.py`; a view says which one it needs with `@requires`.
"""

from dataclasses import dataclass
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addresses import Site

SECTIONS = {
    "people": gettext_lazy("People"),
    "messaging": gettext_lazy("Messaging"),
    "setup": gettext_lazy("Application Setup"),
    "accounts": gettext_lazy("Accounts & Profiles"),
}


@dataclass(frozen=True)
class Option:
    """One tick box of an administrator profile; with a `url_name` also a line of the menu."""

    permission: str  # "app_label.codename", declared in Meta.permissions
    section: str  # a key of SECTIONS
    label: str | Promise
    hint: str | Promise = ""
    url_name: str = ""
    line: str | Promise = ""  # what the menu says, where that is not the label
    limits: str = ""  # the option that it narrows where one profile holds both

    def is_without_limit(self, permissions):
        """Whether these give what this option limits, and not the limit."""
        return self.limits in permissions and self.permission not in permissions


_options: dict[str, Option] = {}


def register(*options):
    _options.update((option.permission, option) for option in options)


def options():
    """Every option, by section in the order of SECTIONS, then in the order they were registered."""
    return sorted(_options.values(), key=lambda option: list(SECTIONS).index(option.section))


def sections_for(user):
    """[(section's label, [options this user may open])] for the rail; empty sections are left out."""
    held = [option for option in options() if option.url_name and user.has_perm(option.permission)]
    by_section = {label: [o for o in held if o.section == key] for key, label in SECTIONS.items()}
    return [(label, lines) for label, lines in by_section.items() if lines]


def first_page(request):
    """The name of the page a sign-in begins with: families on My Details, everybody else on the dashboard."""
    person = getattr(request.user, "person", None)
    is_family_alone = person is not None and person.is_family and not person.works_here
    if request.site == Site.FAMILIES or (is_family_alone and not sections_for(request.user)):
        return "my-details"
    return "dashboard"


class NotGiven(PermissionDenied):
    """A menu option this person does not hold; its text says who can give it."""

    def __init__(self, permission):
        super().__init__(
            _(
                "You have not been given “%(option)s”. Your System Administrator can give it under "
                "Accounts & Profiles > Administrator Profiles."
            )
            % {"option": _options[permission].label}
        )


def requires(permission, *or_else):
    """The view needs the menu option `permission`, or one of the others; without it NotGiven, a 403."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not any(map(request.user.has_perm, (permission, *or_else))):
                raise NotGiven(permission)
            return view(request, *args, **kwargs)

        return checked

    return decorate
