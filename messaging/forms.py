from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal.people.models import Group, Person
from portal.people.texts import without_controls

from . import route
from .audience import WHO

ROLE_LABELS = {
    "contacts": _("All parents and contacts"),
    "pupils": _("All pupils"),
    "staff": _("All staff"),
    "registered": _("Everyone registered"),
}
WHO_LABELS = {"pupils": _("pupils"), "contacts": _("their contacts"), "staff": _("staff")}
# Whom a group of a kind can stand for; departments hold nobody but staff.
WHO_OF_KIND = {
    Group.Kind.DEPARTMENT: ("staff",),
    Group.Kind.YEAR: ("pupils", "contacts"),
    Group.Kind.FORM: ("pupils", "contacts"),
}
MOST_FOUND = 20


class TextOfMessage(forms.CharField):
    """Line ends as \\n, other control characters taken out, no blanks around it."""

    def to_python(self, value):
        return without_controls(super().to_python(value)).strip()


class MessageForm(forms.Form):
    """A text and who it is for. Saving a draft asks for neither; `ready_to_check` asks for both."""

    text = TextOfMessage(
        label=_("Message"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "form-control"}),
    )
    roles = forms.MultipleChoiceField(
        label=_("By role"), required=False, choices=list(ROLE_LABELS.items()), widget=forms.CheckboxSelectMultiple
    )
    groups = forms.MultipleChoiceField(label=_("By year and form"), required=False, choices=list)
    people = forms.ModelMultipleChoiceField(label=_("Single people"), required=False, queryset=Person.objects.all())

    def __init__(self, *args, kept=(), **kwargs):
        """`kept` are clauses of the stored rule that the page has no tick box for."""
        super().__init__(*args, **kwargs)
        self.kept = list(kept)
        self.fields["groups"].choices = [
            (f"{group.pk}:{who}", "") for group in self.group_rows for who in WHO_OF_KIND.get(group.kind, WHO)
        ]

    @cached_property
    def group_rows(self):
        """Years, each followed by its forms, then every other group."""
        groups = list(Group.objects.select_related("parent"))
        return sorted(
            groups,
            key=lambda g: (
                g.kind not in ("year", "form"),
                _natural((g.parent or g).name),
                g.kind == "form",
                _natural(g.name),
            ),
        )

    @property
    def group_table(self):
        """[(group, [a switch or None for pupils, contacts, staff])] for the template."""
        ticked = set(self["groups"].value() or [])
        return [(group, [self._switch(group, who, ticked) for who in WHO]) for group in self.group_rows]

    @staticmethod
    def _switch(group, who, ticked):
        """(value, label, ticked) of a tick box, or None where the group cannot stand for these people."""
        if who not in WHO_OF_KIND.get(group.kind, WHO):
            return None
        value = f"{group.pk}:{who}"
        return value, WHO_LABELS[who], value in ticked

    def clean_text(self):
        text = self.cleaned_data["text"]
        size = route.size_of(text)
        if size > route.MOST_BYTES:
            raise ValidationError(
                _("The message must be %(most)s bytes or less; it has %(size)s.")
                % {"most": f"{route.MOST_BYTES:,}", "size": f"{size:,}"}
            )
        return text

    @property
    def rule(self):
        data = self.cleaned_data
        clauses = [{"role": role} for role in data["roles"]]
        for value in data["groups"]:
            group, who = value.split(":")
            clauses.append({"group": int(group), "who": who})
        clauses += [{"person": person.pk} for person in data["people"]]
        return {"include": clauses + self.kept}

    def ready_to_check(self):
        """Whether there is something to send and somebody to send it to; adds the errors where not."""
        if not self.cleaned_data["text"]:
            self.add_error("text", _("Write a message."))
        if not self.rule["include"]:
            self.add_error("roles", _("Choose who the message is for."))
        return self.is_valid()


def initial_of(message):
    """The form's initial values for a stored message."""
    clauses = message.audience.get("include", [])
    return {
        "text": message.text,
        "roles": [clause["role"] for clause in clauses if "role" in clause],
        "groups": [f"{clause['group']}:{clause['who']}" for clause in clauses if "group" in clause],
        "people": [clause["person"] for clause in clauses if "person" in clause],
    }


def kept_of(message):
    """The clauses of a stored rule that the form has no field for."""
    return [clause for clause in message.audience.get("include", []) if "unknown_of" in clause]


def _natural(name):
    """Year 7 before Year 10."""
    digits = "".join(c for c in name if c.isdigit())
    return (int(digits) if digits else 0, name)
