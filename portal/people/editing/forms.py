from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.audit.forms import EditForm

from ..forms import mobile_as_shown
from ..importing.facts import TAKEN_UP_AGAIN
from ..importing.rows import FLAGS, rows_of
from ..models import Group, Relationship
from ..models.group import BETWEEN
from ..phones import display
from ..roles import Role

_LINES = {"rows": 2, "class": "form-control"}


class PersonForm(EditForm):
    """One row of a file as fields: what is wrong in a cell stands beside its field."""

    given_name = forms.CharField(label=_("Given name"), required=False)
    family_name = forms.CharField(label=_("Family name"), required=False)
    chinese_name = forms.CharField(
        label=_("Chinese name"), required=False, help_text=_("May be the only name somebody has.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(role.word, role.label) for role in Role],
        help_text=_("One taken away has ended with yesterday; a last day is said on the person's page."),
    )
    mobile = forms.CharField(
        label=_("Mobile"), required=False, help_text=_("As people write it, with the country's code if it is not +86.")
    )
    email = forms.CharField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False, choices=lambda: [("", "–"), *settings.LANGUAGES])
    birth_year = forms.CharField(label=_("Birth year"), required=False, help_text=_("The year alone, as 2012."))
    groups = forms.CharField(
        label=_("Groups"),
        required=False,
        widget=forms.Textarea(attrs=_LINES),
        help_text=_("As in the file: year=Year 7; form=7A"),
    )
    pupils = forms.CharField(
        label=_("Children"),
        required=False,
        widget=forms.Textarea(attrs=_LINES),
        help_text=_("Of a contact, as in the file: P0007=mother; P0008=father no-messages no-data"),
    )

    def __init__(self, *args, person=None, **kwargs):
        self.person = person
        super().__init__(*args, initial=_as_cells(person) if person else {"language": ""}, **kwargs)
        for name, one in (person.mended if person else {}).items():
            if "says" in one:
                self.fields[name].help_text = _("The file says “%(value)s” now. What you save counts.") % {
                    "value": (display(one["says"]) if name == "mobile" else one["says"]) or "–"
                }

    def clean_mobile(self):
        return mobile_as_shown(self) if self.cleaned_data["mobile"] else ""

    @property
    def row(self):
        """What was typed as the import's Row, with the problems it finds in each cell."""
        data = dict(self.cleaned_data)
        cells = {
            "reference": self.person.reference if self.person else data["reference"],
            "roles": "; ".join(data["roles"]),
            **{name: data[name] for name in _CELLS},
        }
        if self.person and self.person.language_is_chosen:
            cells["language"] = ""  # the person's own
        (row,) = rows_of([(1, list(cells.values()))], list(cells))
        if self.person:
            row.fields[TAKEN_UP_AGAIN] = self._taken_up_again(data["roles"])
        # What nobody touched says nothing: a group may be written in a way that would make another one.
        if self.person and "groups" not in self.changed_data:
            row.groups, row.kinds = [], ()
        if self.person and "pupils" not in self.changed_data:
            row.pupils, row.names_all_pupils = {}, False
        return row

    def _taken_up_again(self, ticked):
        """Roles that have ended and were not ticked: the page of somebody who has left shows all they had."""
        fresh = set(ticked) - set(self.initial["roles"])
        return [role.value for role in self.person.roles_on_record if role.word in fresh]

    def show(self, problems):
        """Each beside the field it is about."""
        for problem in problems:
            self.add_error(problem.column if problem.column in self.fields else None, str(problem.sentence))


_CELLS = ["given_name", "family_name", "chinese_name", "email", "mobile", "language", "birth_year", "groups", "pupils"]


class NewPersonForm(PersonForm):
    reference = forms.CharField(
        label=_("Reference"), help_text=_("The school's own for this person; nobody else has it, and it stays.")
    )
    is_new = forms.BooleanField(
        label=_("This is somebody new, although the reference looks like another's"), required=False
    )
    field_order = ["reference"]


def _as_cells(person):
    """The person as the file would have them."""
    cells = {name: getattr(person, name) for name in ("given_name", "family_name", "chinese_name", "email", "language")}
    return cells | {
        "mobile": person.mobile_in_words,
        "birth_year": str(person.birth_year or ""),
        "roles": [role.word for role in person.roles_now or person.roles_on_record],
        "groups": "; ".join(_group(g) for g in Group.objects.of(person).select_related("parent")),
        "pupils": "; ".join(
            _link(link) for link in Relationship.objects.filter(contact=person).select_related("pupil")
        ),
    }


def _group(group):
    whose = f"{group.parent.name}{BETWEEN}" if group.parent and group.kind in Group.BELOW_A_YEAR else ""
    return f"{group.kind}={whose}{group.name}"


def _link(link):
    taken = [flag for flag, column in FLAGS.items() if not getattr(link, column)]
    return " ".join([f"{link.pupil.reference}={link.kind}", *taken])
