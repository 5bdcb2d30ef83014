from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.school.table import Setting, register

register(
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
