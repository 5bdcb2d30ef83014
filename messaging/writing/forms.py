from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal.people.models import Group, Person
from wechat_admin.wecom.bodies import ADDRESS_BYTES, TITLE_BYTES

from .. import fill_in
from ..audience.forms import WHO_OF_KIND, ManyField, group_clauses, natural_order
from ..audience.in_words import ROLE_LABELS, WHO_LABELS
from ..audience.references import ids_of, rows_of
from ..audience.rule import WHO
from ..kinds import KINDS, Kind, Part
from ..material import files
from ..models import SavedAudience, Template
from .inputs import SchoolTime, check_size, text_field


def translation_name(language):
    return f"text_{language.replace('-', '_')}"


class Texts(forms.Form):
    """A main text and one for readers of each language, with fields: what messages and templates have in common."""

    text = text_field(_("Message"), 8)
    text_en = text_field("English", 5)
    text_zh_hans = text_field("简体中文", 5)
    text_zh_hant = text_field("繁體中文", 5)

    most_bytes = KINDS[Kind.TEXT].most_bytes

    def clean(self):
        cleaned = super().clean() or {}
        for name in ("text", *map(translation_name, settings.LANGUAGE_NAMES)):
            text = cleaned.get(name, "")
            try:
                check_size(text, self.most_bytes - fill_in.room_for_fields(text))
                if mistakes := fill_in.mistakes(text):
                    raise ValidationError(mistakes)
            except ValidationError as error:
                self.add_error(name, error)
        return cleaned

    @property
    def translations(self):
        texts = {code: self.cleaned_data.get(translation_name(code), "") for code in settings.LANGUAGE_NAMES}
        return {code: text for code, text in texts.items() if text}

    @property
    def translation_fields(self):
        return [self[translation_name(code)] for code in settings.LANGUAGE_NAMES]

    @property
    def has_translations(self):
        return any(field.value() for field in self.translation_fields)


class TemplateForm(Texts):
    name = forms.CharField(label=_("Name of the template"), max_length=80)

    field_order = ["name", "text"]

    def __init__(self, *args, template=None, **kwargs):
        self.template = template
        if template:
            kwargs.setdefault("initial", {"name": template.name, **initial_texts(template)})
        super().__init__(*args, **kwargs)

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        others = Template.objects.filter(name__iexact=name).exclude(pk=self.template.pk if self.template else None)
        if others.exists():
            raise ValidationError(_("There is a template of this name already."))
        return name

    def clean_text(self):
        if not self.cleaned_data["text"]:
            raise ValidationError(_("Write a message."))
        return self.cleaned_data["text"]


def initial_texts(written):
    return {"text": written.text} | {translation_name(code): text for code, text in written.translations.items()}


class MessageForm(Texts):
    """What is sent, who it is for, when. Saving a draft asks for none of it; `ready_to_check` does."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, required=False)
    title = forms.CharField(label=_("Title"), max_length=128, required=False)
    address = forms.CharField(
        label=_("Address it leads to"),
        max_length=2048,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    file = forms.FileField(label=_("Picture, video or file"), required=False)
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
    references_file = forms.FileField(label=_("File of references"), required=False)
    not_groups = forms.MultipleChoiceField(label=_("But not these groups"), required=False, choices=list)
    not_people = ManyField(label=_("But not these people"), required=False, queryset=Person.objects.all())
    when = SchoolTime(label=_("When"), required=False)
    urgent = forms.BooleanField(label=_("Urgent: goes before all others"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user=None, kept=(), **kwargs):
        """`kept` are clauses of the stored rule that the page has no field for."""
        super().__init__(*args, **kwargs)
        self.kept, self.file = list(kept), None
        groups = [(f"{g.pk}:{who}", "") for g in self.group_rows for who in WHO_OF_KIND.get(g.kind, WHO)]
        self.fields["groups"].choices = self.fields["not_groups"].choices = groups
        if user is not None:
            self.fields["audiences"].queryset = user.saved_audiences.all()

    @property
    def chosen_kind(self):
        value = self["kind"].value()
        return Kind(value) if value in Kind.values else Kind.TEXT

    @property
    def shape(self):
        return KINDS[self.chosen_kind]

    @property
    def most_bytes(self):
        return self.shape.most_bytes or KINDS[Kind.TEXT].most_bytes

    @cached_property
    def group_rows(self):
        """Years, each followed by its forms, then every other group."""
        groups = list(Group.objects.select_related("parent"))
        return sorted(
            groups,
            key=lambda g: (
                g.kind not in ("year", "form"),
                natural_order((g.parent or g).name),
                g.kind == "form",
                natural_order(g.name),
            ),
        )

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
        """(value, label, ticked) of a tick box, or None where the group cannot stand for these people."""
        if who not in WHO_OF_KIND.get(group.kind, WHO):
            return None
        value = f"{group.pk}:{who}"
        return value, WHO_LABELS[who], value in ticked

    def clean_title(self):
        title = " ".join(self.cleaned_data["title"].split())
        check_size(title, TITLE_BYTES)
        return title

    def clean_address(self):
        address = self.cleaned_data["address"].strip()
        if address and not address.startswith(("https://", "http://")):
            raise ValidationError(_("Write the whole address, with https:// in front."))
        check_size(address, ADDRESS_BYTES)
        return address

    def clean_when(self):
        when = self.cleaned_data["when"]
        if when is not None and when <= timezone.now():
            raise ValidationError(_("This time has passed. Choose a later one, or leave it empty to send now."))
        return when

    def clean(self):
        cleaned = super().clean()
        self._check_file()
        listed = self._listed()
        if listed:
            self.kept = [clause for clause in self.kept if "listed" not in clause] + [listed]
        return cleaned

    def _check_file(self):
        """`file` is (name, bytes) of what was chosen, or None."""
        upload = self.cleaned_data.get("file")
        if upload and self.shape.has_file:
            try:
                self.file = files.check(self.shape, upload)
            except ValidationError as error:
                self.add_error("file", error)

    def _listed(self):
        """The clause of an uploaded or typed list, or None; every reference nobody has is named with its row."""
        upload = self.cleaned_data.get("references_file")
        typed = self.cleaned_data.get("references", "")
        if not upload and not typed.strip():
            return None
        name, field = (upload.name, "references_file") if upload else ("", "references")
        try:
            rows = rows_of(upload) if upload else typed.splitlines()
            return {"listed": ids_of(rows), "name": name[:80]}
        except ValidationError as error:
            self.add_error(field, error)
            return None

    @property
    def rule(self):
        data = self.cleaned_data
        clauses = [{"role": role} for role in data["roles"]]
        clauses += group_clauses(data["groups"])
        clauses += [{"person": person.pk} for person in data["people"]]
        clauses += [{"audience": audience.pk} for audience in data["audiences"]]
        excluded = group_clauses(data["not_groups"]) + [{"person": person.pk} for person in data["not_people"]]
        return {"include": clauses + self.kept} | ({"exclude": excluded} if excluded else {})

    @property
    def content(self):
        """What save and create take besides text and rule."""
        data = self.cleaned_data
        return {
            "kind": data["kind"] or Kind.TEXT,
            "translations": self.translations,
            "title": data["title"],
            "address": data["address"],
            "wanted_at": data["when"],
            "urgent": data["urgent"],
        }

    def ready_to_check(self, message):
        """Whether there is something to send and somebody to send it to; adds the errors where not."""
        data = self.cleaned_data
        part = Part(
            self.chosen_kind,
            text=data["text"],
            title=data["title"],
            address=data["address"],
            file=data["file"] or (message and message.file),
            articles=message.articles if message else (),
        )
        for name, sentence in part.missing:
            self.add_error(name if name in self.fields else None, sentence)
        if not self.rule["include"]:
            self.add_error("roles", _("Choose who the message is for."))
        return self.is_valid()


def initial_of(message):
    """The form's initial values for a stored message."""
    include, exclude = message.audience.get("include", []), message.audience.get("exclude", [])
    return initial_texts(message) | {
        "kind": message.kind,
        "title": message.title,
        "address": message.address,
        "when": timezone.localtime(message.wanted_at, timezone.get_default_timezone()) if message.wanted_at else None,
        "urgent": message.urgent,
        "version": message.version,
        "roles": [clause["role"] for clause in include if "role" in clause],
        "groups": [f"{clause['group']}:{clause['who']}" for clause in include if "group" in clause],
        "people": [clause["person"] for clause in include if "person" in clause],
        "audiences": [clause["audience"] for clause in include if "audience" in clause],
        "not_groups": [f"{clause['group']}:{clause['who']}" for clause in exclude if "group" in clause],
        "not_people": [clause["person"] for clause in exclude if "person" in clause],
    }


def kept_of(message):
    """The clauses of a stored rule that the form has no field for."""
    include = message.audience.get("include", [])
    return [clause for clause in include if "unknown_of" in clause or "listed" in clause]
