from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import show_again

from .models import Group, Person
from .phones import display, is_clear, parse_mobile
from .references import find_in
from .roles import Role


def mobile_as_shown(form: forms.Form) -> str:
    """What was typed as the mobile, as E.164; what could be another's is shown whole, and taken when it is sent so."""
    typed = form.cleaned_data["mobile"]
    mobile = parse_mobile(typed)
    if not is_clear(typed):
        show_again(form, "mobile", display(mobile))
        raise ValidationError(
            _("You wrote “%(typed)s”. Is it %(number)s? If so, press the button again; if not, correct it.")
            % {"typed": typed, "number": display(mobile)}
        )
    return mobile


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


class AudienceForm(forms.Form):
    """People of roles, or pupils of years and forms with their contacts."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("By role"),
        required=False,
        choices=[(role, role.everybody) for role in (Role.CONTACT, Role.PUPIL, Role.STAFF)],
        widget=forms.CheckboxSelectMultiple,
    )
    groups = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Pupils of a year or form, and their contacts"),
        required=False,
        queryset=Group.objects.filter(kind__in=[Group.Kind.YEAR, Group.Kind.FORM]),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    def clean(self):
        cleaned = super().clean() or {}
        if not self.errors and not cleaned["roles"] and not cleaned["groups"]:
            self.add_error("roles", _("Choose for whom."))
        return cleaned

    @property
    def is_about_families(self):
        return bool(self.cleaned_data["groups"]) or bool(set(self.cleaned_data["roles"]) - {Role.STAFF})

    def people(self):
        return Person.objects.chosen(self.cleaned_data["roles"], self.cleaned_data["groups"])
