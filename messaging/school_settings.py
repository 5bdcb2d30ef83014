from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.people.forms import ReferencesField
from portal.school.table import Setting, register

register(
    Setting(
        "approval_above",
        lambda: 500,
        partial(forms.IntegerField, min_value=0, max_value=10_000_000),
        _("People above which a message needs approval"),
        _("A second person, who holds “Messaging: approve”, releases it. 0: never because of the number."),
    ),
    Setting(
        "approval_outside_groups",
        lambda: False,
        forms.BooleanField,
        _("Messages to people outside the sender's own groups need approval"),
    ),
    Setting(
        "lateness_minutes",
        lambda: 60,
        partial(forms.IntegerField, min_value=1, max_value=1440),
        _("Minutes a scheduled message may be late"),
        _("When the portal was not running at the time, a message later than this waits for a person."),
    ),
    Setting(
        "off_the_hour",
        lambda: True,
        forms.BooleanField,
        _("Move scheduled messages off :00 and :30 by 2 to 7 minutes"),
        _("WeCom asks for it: at these minutes everybody sends. Urgent messages are not moved."),
    ),
    Setting(
        "undo_seconds",
        lambda: 30,
        partial(forms.IntegerField, min_value=0, max_value=600),
        _("Seconds in which Send can be undone"),
    ),
    Setting(
        "trial",
        lambda: False,
        forms.BooleanField,
        _("Trial: only testers receive messages"),
        _("Until the school goes live. Everybody else counts as “not a tester”."),
    ),
    Setting(
        "testers",
        lambda: "",
        partial(ReferencesField, max_length=2000),
        _("References of the testers"),
        _("As in the directory, separated by spaces, commas or lines."),
    ),
)
