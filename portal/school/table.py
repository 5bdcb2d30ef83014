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
    ]
}


def value(name):
    """What the school set, else the default."""
    stored = SchoolSetting.objects.filter(pk=name).values_list("value", flat=True).first()
    return SETTINGS[name].default() if stored in (None, "") else stored
