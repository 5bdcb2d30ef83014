"""By what the trail is narrowed down: what, who, about whom, and when. All of it stands in the address, so all are keys."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import offer, searched
from portal.menu import SECTIONS
from portal.reading import MOST_DIGITS

from . import words

_DAY: dict[str, Any] = {
    "widget": forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    "error_messages": {"invalid": gettext_lazy("Write the day as 2026-07-31.")},
    "required": False,
}


class TrailFilter(forms.Form):
    what = forms.ChoiceField(
        label=gettext_lazy("What"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    since = forms.DateField(label=gettext_lazy("Since"), **_DAY)
    until = forms.DateField(label=gettext_lazy("Until"), **_DAY)
    who = forms.RegexField(rf"^[0-9]{{1,{MOST_DIGITS}}}$", required=False, widget=forms.HiddenInput)
    about = forms.RegexField(rf"^[a-z]+ [0-9]{{1,{MOST_DIGITS}}}$", required=False, widget=forms.HiddenInput)

    def __init__(self, request):
        super().__init__({name: request.GET.get(name, "") for name in self.base_fields})
        self.text = searched(request)
        by_section = words.by_section().items()
        acts = [(str(SECTIONS[name]), [(act, _(act)) for act in acts]) for name, acts in by_section]
        offer(self, "what", [("", _("all")), *acts])
        self.is_valid()
        self.asked = {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def is_narrow(self):
        return bool(self.asked)

    @property
    def chosen(self):
        """[(words, key)] of whom it is narrowed down to."""
        who = [(_("By:"), f"user {self.asked['who']}")] if "who" in self.asked else []
        return who + ([(_("About:"), self.asked["about"])] if "about" in self.asked else [])

    @property
    def query(self):
        """For addresses that ask for the same events."""
        return urlencode({name: self.data[name] for name in self.asked})

    def of(self, events):
        """Those that are looked for; a field with a mistake narrows nothing down."""
        asked = self.asked
        if "what" in asked:
            events = events.filter(act__in=words.every_name(asked["what"]))
        if "who" in asked:
            events = events.filter(actor=int(asked["who"]))
        if "about" in asked:
            events = events.about(words.keys_of_same(asked["about"]))
        if "since" in asked:
            events = events.since(_midnight(asked["since"]))
        if "until" in asked:
            events = events.before(_midnight(asked["until"] + timedelta(days=1)))
        return events


def _midnight(day):
    return make_aware(datetime.combine(day, time()))
