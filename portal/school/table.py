"""The settings a school may change by itself: their one table. `value("name")` is what holds now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import SchoolSetting


@dataclass(frozen=True)
class Setting:
    name: str
    default: Callable[[], Any]
    field: Callable[..., forms.Field]
    label: str | Promise
    hint: str | Promise = ""


def _text(rows, **options):
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}), **options)


SETTINGS = {
    setting.name: setting
    for setting in [
        Setting(
            "office_contact",
            lambda: settings.SCHOOL_CONTACT,
            lambda **options: forms.CharField(max_length=200, **options),
            _("Contact of the office"),
            _("Shown wherever somebody may need help."),
        ),
        Setting(
            "invitation_days",
            lambda: 7,
            lambda **options: forms.IntegerField(min_value=1, max_value=365, **options),
            _("Days before somebody is invited again"),
        ),
        Setting(
            "reply_sentence",
            lambda: "",
            lambda **options: _text(3, max_length=500, **options),
            _("Answer to people who write to the school's account"),
            _("Sent once a day to each. Empty: our sentence with the contact of the office, in three languages."),
        ),
        Setting(
            "member_limit",
            lambda: None,
            lambda **options: forms.IntegerField(min_value=1, max_value=10_000_000, **options),
            _("Members the school's WeCom account may have"),
            _("WeCom lets an application send 200 times as many messages a day. Empty: not known."),
        ),
        Setting(
            "approval_above",
            lambda: 500,
            lambda **options: forms.IntegerField(min_value=0, max_value=10_000_000, **options),
            _("People above which a message needs approval"),
            _("A second person, who holds “Messaging: approve”, releases it. 0: never because of the number."),
        ),
        Setting(
            "approval_outside_groups",
            lambda: False,
            lambda **options: forms.BooleanField(**options),
            _("Messages to people outside the sender's own groups need approval"),
        ),
        Setting(
            "lateness_minutes",
            lambda: 60,
            lambda **options: forms.IntegerField(min_value=1, max_value=1440, **options),
            _("Minutes a scheduled message may be late"),
            _("When the portal was not running at the time, a message later than this waits for a person."),
        ),
        Setting(
            "off_the_hour",
            lambda: True,
            lambda **options: forms.BooleanField(**options),
            _("Move scheduled messages off :00 and :30 by 2 to 7 minutes"),
            _("WeCom asks for it: at these minutes everybody sends. Urgent messages are not moved."),
        ),
        Setting(
            "undo_seconds",
            lambda: 30,
            lambda **options: forms.IntegerField(min_value=0, max_value=600, **options),
            _("Seconds in which Send can be undone"),
        ),
        Setting(
            "trial",
            lambda: False,
            lambda **options: forms.BooleanField(**options),
            _("Trial: only testers receive messages"),
            _("Until the school goes live. Everybody else counts as “not a tester”."),
        ),
        Setting(
            "testers",
            lambda: "",
            lambda **options: _text(3, max_length=2000, **options),
            _("References of the testers"),
            _("As in the directory, separated by spaces or lines."),
        ),
    ]
}


def value(name):
    """What the school set, else the default."""
    stored = SchoolSetting.objects.filter(pk=name).values_list("value", flat=True).first()
    return SETTINGS[name].default() if stored in (None, "") else stored
