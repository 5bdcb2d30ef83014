from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.school.table import Setting, long_text, register

from .ownership import NameField

register(
    Setting(
        "reply_sentence",
        lambda: "",
        long_text(3, max_length=500),
        _("Answer to people who write to the school's account"),
        _("Sent once a day to each. Empty: our sentence with the contact of the office, in three languages."),
    ),
    Setting(
        "member_limit",
        lambda: None,
        partial(forms.IntegerField, min_value=1, max_value=10_000_000),
        _("Members the school's WeCom account may have"),
        _("WeCom lets an application send 200 times as many messages a day. Empty: not known."),
    ),
    Setting(
        "keep_callbacks_days",
        lambda: 30,
        partial(forms.IntegerField, min_value=1, max_value=3650),
        _("Days for which it is kept what WeCom told the portal"),
    ),
    Setting(
        "ownership_file",
        lambda: "",
        partial(NameField, max_length=80),
        _("File by which WeCom checks the portal's name"),
        _(
            "The name of the file that WeCom's console offers for a trusted domain: WW_verify_….txt. The portal answers it."
        ),
    ),
)
