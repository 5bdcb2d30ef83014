from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.school.table import Setting, long_text, register

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
)
