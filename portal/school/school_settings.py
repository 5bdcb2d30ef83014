from functools import partial

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from .table import Setting, register

register(
    Setting(
        "office_contact",
        lambda: settings.SCHOOL_CONTACT,
        partial(forms.CharField, max_length=200),
        _("Contact of the office"),
        _("Shown wherever somebody may need help."),
    )
)
