"""The registry of settings a school may change by itself. Apps register theirs in `school_settings.py`.

`value("name")` is what holds now: read once while a request is answered, and every time where a process runs on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.utils.functional import Promise

from portal import once

from .models import SchoolSetting


@dataclass(frozen=True)
class Setting:
    name: str
    default: Callable[[], Any]
    field: Callable[..., forms.Field]
    label: str | Promise
    hint: str | Promise = ""

    @property
    def is_switch(self):
        return isinstance(self.default(), bool)


_settings: dict[str, Setting] = {}


def register(*settings):
    _settings.update((setting.name, setting) for setting in settings)


def settings():
    """Every setting, in the order they were registered: floor by floor."""
    return list(_settings.values())


def long_text(rows, **options):
    """A field for a `Setting` of several lines."""
    return partial(forms.CharField, widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}), **options)


def value(name):
    """What the school set, else the default."""
    stored = stored_values().get(name)
    return default(name) if stored in (None, "") else stored


def default(name):
    return _settings[name].default()


def stored_values():
    """{name: value} of what the school has set."""
    return once.kept_while_answering("school settings", read, SchoolSetting)


def read():
    return dict(SchoolSetting.objects.values_list("name", "value"))
