from django import forms
from django.utils.translation import gettext_lazy as _

from ..writing.inputs import SendingTime, at_school


class TimeForm(forms.Form):
    """Another time for a message that waits for its own."""

    when = SendingTime(label=_("When"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, message, **kwargs):
        kwargs.setdefault("initial", {"when": at_school(message.wanted_at), "version": message.version})
        super().__init__(*args, **kwargs)
