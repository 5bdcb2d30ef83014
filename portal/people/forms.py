from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .references import find_in


class ReferencesField(forms.CharField):
    """A list of references as somebody types it; one that nobody has is named at once."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "form-control"})

    def clean(self, value):
        text = super().clean(value)
        questions = find_in(text).questions()
        if questions:
            shown = "; ".join(f"{typed[:40]} {question}".strip() for typed, question in list(questions.items())[:10])
            raise ValidationError(_("Nobody has these references: %(references)s") % {"references": shown})
        return text
