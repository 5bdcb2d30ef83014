from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import Promise, cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.forms import ManyField, offer, offer_rows, show_again
from portal.people.models import Group, Person
from portal.people.roles import Role
from portal.people.texts import check_name
from portal.people.typed import of_the_same_name
from portal.reading import read_id
from portal.uploads import MEGABYTE, limits

from ..models import SavedAudience
from .deleted import deleted_in
from .in_words import ROLE_LABELS, WHO_LABELS
from .references import LARGEST_LIST, ids_of, rows_of
from .rule import WHO

# Whom a group of a kind can stand for; departments hold nobody but staff.
WHO_OF_KIND = {
    Group.Kind.DEPARTMENT: (Role.STAFF,),
    Group.Kind.YEAR: (Role.PUPIL, Role.CONTACT),
    Group.Kind.FORM: (Role.PUPIL, Role.CONTACT),
}


class Switch(NamedTuple):
    """A tick box in the table of groups."""

    value: str
    label: str | Promise
    is_on: bool


class Whom(forms.Form):
    """Who is meant: what is ticked, typed and uploaded, as a rule. `kept` are clauses of a stored one it has no field for."""

    roles = forms.MultipleChoiceField(
        label=_("By role"), required=False, choices=list(ROLE_LABELS.items()), widget=forms.CheckboxSelectMultiple
    )
    groups = forms.MultipleChoiceField(label=_("By year and form"), required=False, choices=list)
    people = ManyField(label=_("Single people"), required=False, queryset=Person.objects.all())
    audiences = ManyField(
        label=_("Saved audiences"),
        required=False,
        queryset=SavedAudience.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    references = forms.CharField(
        label=_("List of references"),
        required=False,
        help_text=_("As in the directory, one a line; or a text or CSV file whose first column holds them."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
    references_file = forms.FileField(
        label=_("File of references"),
        required=False,
        help_text=format_lazy(_("A text or CSV file, {most} MB at most."), most=LARGEST_LIST // MEGABYTE),
        widget=forms.FileInput(attrs=limits(LARGEST_LIST)),
    )
    not_groups = forms.MultipleChoiceField(label=_("But not these groups"), required=False, choices=list)
    not_people = ManyField(label=_("But not these people"), required=False, queryset=Person.objects.all())

    def __init__(self, *args, user=None, own=None, kept=(), **kwargs):
        """`own`: whom alone this user may write to; None where that is everybody."""
        super().__init__(*args, **kwargs)
        self.kept, self.own, self.user = list(kept), own, user
        if own is not None:
            offer(self, "roles", [(role, ROLE_LABELS[role]) for role in self.initial.get("roles", ())])
        groups = [(f"{g.pk}:{who}", "") for g in self.group_rows for who in WHO_OF_KIND.get(g.kind, WHO)]
        offer(self, "groups", groups)
        offer(self, "not_groups", groups)
        if user is not None:
            offer_rows(self, "audiences", user.saved_audiences.all())

    @cached_property
    def group_rows(self):
        """Those that may be chosen, in their order."""
        return list(self._offered().select_related("parent"))

    def _offered(self):
        """To whoever writes to their own groups only these, and what stands in the draft already."""
        if self.own is None:
            return Group.objects.all()
        stored = [value.split(":")[0] for name in ("groups", "not_groups") for value in self.initial.get(name, ())]
        theirs = Group.objects.of(getattr(self.user, "person", None)).and_below()
        return Group.objects.filter(Q(pk__in=theirs.values("pk")) | Q(pk__in=stored))

    @property
    def group_table(self):
        """[(group, [a switch or None for pupils, contacts, staff])] for the template."""
        return self._table("groups")

    @property
    def not_group_table(self):
        return self._table("not_groups")

    def _table(self, name):
        ticked = set(self[name].value() or [])
        return [(group, [self._switch(group, who, ticked) for who in WHO]) for group in self.group_rows]

    @staticmethod
    def _switch(group, who, ticked):
        """None where the group cannot stand for these people."""
        if who not in WHO_OF_KIND.get(group.kind, WHO):
            return None
        value = f"{group.pk}:{who}"
        return Switch(value, WHO_LABELS[who], value in ticked)

    def clean(self):
        cleaned = super().clean()
        if listed := self._listed():
            self.forget_the_list()
            self.kept.append(listed)
        return cleaned

    def forget_the_list(self):
        self.kept = [clause for clause in self.kept if "listed" not in clause]

    def forget_the_deleted(self):
        deleted = deleted_in({"include": self.kept})
        self.kept = [clause for clause in self.kept if clause.get("audience") not in deleted]

    def _listed(self):
        """The clause of an uploaded or typed list, or None; every reference nobody has is named with its row."""
        upload = self.cleaned_data.get("references_file")
        typed = self.cleaned_data.get("references", "")
        if not upload and not typed.strip():
            return None
        name, field = (upload.name, "references_file") if upload else ("", "references")
        try:
            rows = rows_of(upload) if upload else typed.splitlines()
            return {"listed": ids_of(rows, self.own), "name": name[:80]}
        except ValidationError as error:
            self.add_error(field, error)
            return None

    @property
    def rule(self):
        data = self.cleaned_data
        clauses = [{"role": role} for role in data["roles"]]
        clauses += _group_clauses(data["groups"])
        clauses += [{"person": person.pk} for person in data["people"]]
        clauses += [{"audience": audience.pk} for audience in data["audiences"]]
        excluded = _group_clauses(data["not_groups"]) + [{"person": person.pk} for person in data["not_people"]]
        return {"include": clauses + self.kept} | ({"exclude": excluded} if excluded else {})


class AudienceForm(forms.Form):
    """Under which name a rule is kept. A name that is in use replaces that audience when it is kept once more."""

    prefix = "audience"
    name = forms.CharField(
        label=_("Name of the audience"),
        max_length=80,
        error_messages={"required": _("Write a name for these recipients.")},
    )
    replaces = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, owner=None, rule=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.owner, self.rule = owner, rule

    def clean_name(self):
        return check_name(self.cleaned_data["name"])

    def clean(self):
        cleaned = super().clean() or {}
        if not self.rule["include"]:
            self.add_error("name", _("Choose somebody first: these recipients are nobody."))
        elif any("audience" in clause for clause in self.rule["include"]):
            self.add_error(
                "name",
                _("A saved audience cannot hold another one. Choose its roles, groups and people themselves."),
            )
        elif "name" in cleaned:
            self._ask_before_replacing(cleaned)
        return cleaned

    def _ask_before_replacing(self, cleaned):
        known = of_the_same_name(self.owner.saved_audiences.all(), cleaned["name"])
        if known and read_id(cleaned["replaces"]) != known.pk:
            self.add_error(
                "name",
                _("You keep an audience of this name already. Press again to replace it, or write another name."),
            )
            show_again(self, "replaces", known.pk)
        elif known:
            cleaned["name"] = known.name


def initial_of_rule(rule):
    """The form's initial values for a stored rule."""
    include, exclude = rule.get("include", []), rule.get("exclude", [])
    return {
        "roles": [clause["role"] for clause in include if "role" in clause],
        "groups": [f"{clause['group']}:{clause['who']}" for clause in include if "group" in clause],
        "people": [clause["person"] for clause in include if "person" in clause],
        "audiences": [clause["audience"] for clause in include if "audience" in clause],
        "not_groups": [f"{clause['group']}:{clause['who']}" for clause in exclude if "group" in clause],
        "not_people": [clause["person"] for clause in exclude if "person" in clause],
    }


def kept_of(rule, user):
    """The clauses of a stored rule that the form of this user has no field for: a colleague's audience is one."""
    include = rule.get("include", [])
    has_saved = any("audience" in clause for clause in include)
    own = set(user.saved_audiences.values_list("pk", flat=True)) if has_saved else set()
    return [
        clause
        for clause in include
        if clause.keys() & _WITHOUT_A_FIELD or clause.get("audience", None) not in {None, *own}
    ]


_WITHOUT_A_FIELD = {"unknown_of", "of_message", "listed"}


def _group_clauses(values):
    pairs = (value.split(":") for value in values)
    return [{"group": int(group), "who": who} for group, who in pairs]
