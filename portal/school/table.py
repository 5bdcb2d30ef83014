"""The registry of settings a school may change by itself. Apps register theirs in `school_settings.py`.

`value("name")` is what holds now: read once while a request is answered, and every time where a process runs on.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.core.signals import request_finished, request_started
from django.utils.functional import Promise

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
    return _settings[name].default() if stored in (None, "") else stored


# --- read once a request ---

_request = threading.local()


def stored_values():
    """{name: value} of what the school has set."""
    if not getattr(_request, "is_answered", False):
        return read()
    if _request.values is None:
        _request.values = read()
    return _request.values


def read():
    return dict(SchoolSetting.objects.values_list("name", "value"))


def read_again(**kwargs):
    """Something was changed, or another request begins."""
    _request.values = None


def _request_begins(**kwargs):
    _request.is_answered = True
    read_again()


def _request_ends(**kwargs):
    _request.is_answered = False


request_started.connect(_request_begins)
request_finished.connect(_request_ends)
