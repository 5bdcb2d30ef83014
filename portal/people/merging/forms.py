from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import offer

from .parts import parts


class MergeForm(forms.Form):
    """Which row is kept, and whose registration and sign-in stay where both have one."""

    kept = forms.ChoiceField(label=_("Which row is kept"), widget=forms.RadioSelect)

    def __init__(self, *args, one, other, **kwargs):
        kwargs["initial"] = {"kept": str(one.pk)}
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one, str(other.pk): other}
        offer(self, "kept", [(pk, f"{p.name_as_read} · {p.reference}") for pk, p in self.people.items()])
        self.choosing = []
        for part in parts():
            if choices := part.choices(one, other):
                self.choosing.append(part.name)
                self.fields[part.name] = forms.ChoiceField(
                    label=str(part.label),
                    widget=forms.RadioSelect,
                    choices=[(str(pk), words) for pk, words in choices.items()],
                )

    @property
    def chosen(self):
        """(kept, gone, {part: id of the row whose stays})"""
        kept = self.people[self.cleaned_data["kept"]]
        (gone,) = (person for person in self.people.values() if person != kept)
        return kept, gone, {name: int(self.cleaned_data[name]) for name in self.choosing}
