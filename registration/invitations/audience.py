"""For whom invitations and letters are: roles and groups that somebody ticks, or those whom another page is about."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404

from portal.forms import posted
from portal.people.forms import AudienceForm

from ..those import Those, find_those
from .invitees import chosen, with_outcome


@dataclass(frozen=True)
class Audience:
    roles: list
    groups: list  # their ids
    those: str = ""
    named: Those | None = None  # by the text of `those`; then nobody is ticked

    @property
    def people(self):
        """Each with their outcome of an invitation."""
        if self.named is None:
            return chosen(self.roles, self.groups)
        return with_outcome(self.named.people.current().order_by())

    @property
    def query(self):
        """By which an address speaks of them."""
        asked = {"those": self.those} if self.named else {"roles": self.roles, "groups": self.groups}
        return urlencode(asked, doseq=True)

    @property
    def as_values(self):
        return [self.roles, self.groups, self.those]


def asked(request):
    """(the form, the Audience or None) of what was ticked, or of the address."""
    those = request.GET.get("those", "") if request.method == "GET" else ""
    if those:
        return AudienceForm(), _named(those, request.user)
    form = AudienceForm(posted(request) if request.method == "POST" else _ticked(request.GET))
    if not form.is_valid():
        return form, None
    return form, Audience(form.cleaned_data["roles"], [group.pk for group in form.cleaned_data["groups"]])


def _ticked(data):
    return data if "roles" in data or "groups" in data else None


def of_values(values, user):
    """The Audience of `as_values`, for whoever presses now."""
    roles, groups, those = values
    return _named(those, user) if those else Audience(roles, groups)


def _named(those, user):
    named = find_those(those, user)
    if named is None:
        raise Http404
    return Audience([], [], those, named)
