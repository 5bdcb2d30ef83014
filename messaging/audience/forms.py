from django import forms
from django.utils.translation import gettext_lazy as _

from portal.people.models import Group
from portal.people.roles import Role

# Whom a group of a kind can stand for; departments hold nobody but staff.
WHO_OF_KIND = {
    Group.Kind.DEPARTMENT: (Role.STAFF,),
    Group.Kind.YEAR: (Role.PUPIL, Role.CONTACT),
    Group.Kind.FORM: (Role.PUPIL, Role.CONTACT),
}


class AudienceForm(forms.Form):
    name = forms.CharField(label=_("Name of the audience"), max_length=80)


def natural_order(name):
    """Year 7 before Year 10."""
    digits = "".join(c for c in name if c.isdigit())
    return (int(digits) if digits else 0, name)


class ManyField(forms.ModelMultipleChoiceField):
    """Rows by id; what is too long for one is refused like any other that is none."""

    def clean(self, value):
        ids = [str(pk) for pk in value or []]
        return super().clean([pk if pk.isascii() and len(pk) < 19 else "–" for pk in ids])


def group_clauses(values):
    pairs = (value.split(":") for value in values)
    return [{"group": int(group), "who": who} for group, who in pairs]
