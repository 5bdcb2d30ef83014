from django import forms
from django.forms.renderers import TemplatesSetting

from .reading import read_id


class FieldTemplates(TemplatesSetting):
    """Forms of the desk."""

    field_template_name = "components/field.html"


class PhoneFieldTemplates(TemplatesSetting):
    """Forms of the phone: `default_renderer = PhoneFieldTemplates()`."""

    field_template_name = "components/phone_field.html"


def searched(request):
    """What was typed into a search. It is posted: names of people do not belong into addresses."""
    return request.POST.get("q", "").strip()


def posted(request):
    """What a form is bound to: the data of a POST, an empty one too, and nothing otherwise."""
    return request.POST if request.method == "POST" else None


class ManyField(forms.ModelMultipleChoiceField):
    """Rows by id; what can be none is refused like the id of no row."""

    def clean(self, value):
        return super().clean([read_id(pk) or "–" for pk in value or []])
