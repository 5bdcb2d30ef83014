from functools import partial

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .identity import in_own_words
from .table import Setting, register


def _in_every_language(name, default, field, label, hint):
    """The main one, which holds where a language has none of its own, and one for each other language."""
    others = [(code, own) for code, own in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return [
        Setting(name, default, field, label, hint),
        *(
            Setting(
                in_own_words(name, code), str, field, format_lazy("{} · {}", label, own), _("Empty: the one above.")
            )
            for code, own in others
        ),
    ]


register(
    *_in_every_language(
        "school_name",
        lambda: settings.SCHOOL_NAME,
        partial(forms.CharField, max_length=80),
        _("Name of the school"),
        _("Stands on every page, letter and sheet."),
    ),
    *_in_every_language(
        "office_contact",
        lambda: settings.SCHOOL_CONTACT,
        partial(forms.CharField, max_length=200),
        _("Contact of the office"),
        _("Shown wherever somebody may need help."),
    ),
    Setting(
        "filing_number",
        lambda: "",
        partial(forms.CharField, max_length=80),
        _("ICP filing number of the portal's name"),
        _("A site in mainland China shows it at the foot of every page, with a link to the ministry."),
    ),
)
