from functools import partial

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.people.forms import ReferencesField
from portal.school.table import Setting, register

from .material.files import ENDINGS, check_endings

register(
    Setting(
        "approval_above",
        lambda: 500,
        partial(forms.IntegerField, min_value=0, max_value=10_000_000),
        _("People above which a message waits for release"),
        _("A second person, who holds “Messaging: release”, releases it. 0: never because of the number."),
    ),
    Setting(
        "approval_outside_groups",
        lambda: False,
        forms.BooleanField,
        _("Messages to people outside the sender's own groups wait for release"),
    ),
    Setting(
        "tell_when_missed",
        lambda: 20,
        partial(forms.IntegerField, min_value=0, max_value=100),
        _("Tell the author when more than so many of a hundred were not reached"),
        _("Of everybody chosen, once the message has ended. 100: never."),
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
        _("Offer a time some minutes off when a message is scheduled at :00 or :30"),
        _("WeCom asks for it: at these minutes everybody sends. Not for urgent messages."),
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
    Setting(
        "keep_texts_months",
        lambda: 18,
        partial(forms.IntegerField, min_value=1, max_value=240),
        _("Months for which texts and files of messages are kept"),
        _("Then they are removed; how many got them stays."),
    ),
    Setting(
        "keep_calls_days",
        lambda: 90,
        partial(forms.IntegerField, min_value=7, max_value=3650),
        _("Days for which each call to WeCom is kept"),
    ),
    Setting(
        "keep_people_years",
        lambda: 6,
        partial(forms.IntegerField, min_value=1, max_value=50),
        _("Years for which it is kept who got which message"),
        _("Then the names are removed from the report; the numbers stay."),
    ),
    Setting(
        "file_endings",
        lambda: "",
        partial(forms.CharField, max_length=200, validators=[check_endings]),
        _("Further endings of files that may be sent"),
        format_lazy(
            _("Beside {endings}. Separated by blanks; a file that can run a program has no place here."),
            endings=", ".join(ENDINGS),
        ),
    ),
)
