from django import forms
from django.core.exceptions import BadRequest
from django.forms.renderers import TemplatesSetting

from .reading import read_id, read_line


class FieldTemplates(TemplatesSetting):
    """Forms of the desk."""

    field_template_name = "components/field.html"


class PhoneFieldTemplates(TemplatesSetting):
    """Forms of the phone: `default_renderer = PhoneFieldTemplates()`."""

    field_template_name = "components/phone_field.html"


def searched(request):
    """What was typed into a search. It is posted: names of people do not belong into addresses."""
    return read_line(request.POST.get("q"))


_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


def posted(request):
    """What a form is bound to: the data of a POST, an empty one too, and nothing otherwise.

    A body of another type is not taken for an empty form: it would save that nothing was written.
    """
    if request.method != "POST":
        return None
    if request.content_type not in _FORMS:
        raise BadRequest(f"a form is posted as {request.content_type or 'nothing'}")
    return request.POST


class ManyField(forms.ModelMultipleChoiceField):
    """Rows by id; what can be none is refused like the id of no row."""

    def clean(self, value):
        return super().clean([read_id(pk) or "–" for pk in value or []])
