from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.reading import read_address
from portal.school.table import Setting, register


class AddressField(forms.CharField):
    def clean(self, value):
        return read_address(super().clean(value))


register(
    Setting(
        "privacy_notice",
        lambda: "",
        partial(AddressField, max_length=500),
        _("Address of the school's privacy notice"),
        _("Linked where people agree to receive messages."),
    ),
    Setting(
        "invitation_days",
        lambda: 7,
        partial(forms.IntegerField, min_value=1, max_value=365),
        _("Days before somebody is invited again"),
    ),
    Setting(
        "undo_seconds",
        lambda: 30,
        partial(forms.IntegerField, min_value=0, max_value=600),
        _("Seconds in which Send can be undone"),
    ),
)
