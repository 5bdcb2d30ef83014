from collections.abc import Iterable

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict

from .reading import read_id, read_line


class FieldTemplates(TemplatesSetting):
    """Forms of the desk."""

    field_template_name = "components/field.html"


class PhoneFieldTemplates(TemplatesSetting):
    """Forms of the phone: `default_renderer = PhoneFieldTemplates()`."""

    field_template_name = "components/phone_field.html"


LONGEST_SEARCH = 200  # letters: longer than whatever is looked for, and a pattern that every database takes


def searched(request, field="q"):
    """What was typed into a search. It is posted: names of people do not belong into addresses."""
    return read_line(request.POST.get(field))[:LONGEST_SEARCH]


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


def offer(form: forms.BaseForm, name: str, choices: Iterable) -> None:
    """The choices of a field that are known only when its form is made."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = list(choices)


def offer_rows(form: forms.BaseForm, name: str, rows: QuerySet) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} offers no rows")
    field.queryset = rows


def show_again(form: forms.BaseForm, name: str, value: object) -> None:
    """A form that is shown again says this in one of its fields, whatever was typed there."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data[form.add_prefix(name)] = str(value)
    form.data = data


class ManyField(forms.ModelMultipleChoiceField):
    """Rows by id; what can be none is refused like the id of no row."""

    def clean(self, value):
        return super().clean([read_id(pk) or "–" for pk in value or []])
