from datetime import timedelta

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit.forms import EditForm
from portal.reading import read_address
from wechat_admin.wecom.bodies import ADDRESS_BYTES, TITLE_BYTES

from .. import fill_in
from ..audience.forms import Whom, initial_of_rule
from ..kinds import KINDS, Kind, Part
from ..material import files
from ..models import Template
from .inputs import SchoolTime, check_size, text_field

# Whoever means a later day has mistyped the year.
LONGEST_AHEAD = timedelta(days=366)


def translation_name(language):
    return f"text_{language.replace('-', '_')}"


class Texts(forms.Form):
    """A main text and one for readers of each language, with fields: what messages and templates have in common."""

    text = text_field(_("Message"), 8)

    most_bytes = KINDS[Kind.TEXT].most_bytes

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = list(self.fields)
        translations = {translation_name(code): text_field(name, 5) for code, name in settings.LANGUAGES}
        self.fields |= translations
        self.order_fields([*names[: names.index("text") + 1], *translations])

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


class TemplateForm(EditForm, Texts):
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
            raise ValidationError(Template.NAME_TAKEN)
        return name

    def clean_text(self):
        if not self.cleaned_data["text"]:
            raise ValidationError(_("Write a message."))
        return self.cleaned_data["text"]


def initial_texts(written):
    return {"text": written.text} | {translation_name(code): text for code, text in written.translations.items()}


class MessageForm(Texts, Whom):
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
    when = SchoolTime(label=_("When"), required=False)
    urgent = forms.BooleanField(label=_("Urgent: goes before all others"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    creation = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    field_order = ["text", "kind", "title", "address", "file"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.file = None
        if limit := self.shape.media:
            self.fields["file"].help_text = files.limits_in_words(limit)
            self.fields["file"].widget.attrs["accept"] = ",".join(files.endings_of(limit))

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

    def clean_title(self):
        title = " ".join(self.cleaned_data["title"].split())
        check_size(title, TITLE_BYTES)
        return title

    def clean_address(self):
        address = read_address(self.cleaned_data["address"])
        check_size(address, ADDRESS_BYTES)
        return address

    def clean_when(self):
        when = self.cleaned_data["when"]
        if when is not None and when <= timezone.now():
            raise ValidationError(_("This time has passed. Choose a later one, or leave it empty to send now."))
        if when is not None and when > timezone.now() + LONGEST_AHEAD:
            raise ValidationError(_("This time is more than a year away. Choose an earlier one."))
        return when

    def clean(self):
        cleaned = super().clean()
        self._check_file()
        return cleaned

    def _check_file(self):
        """`file` is (name, bytes) of what was chosen, or None."""
        upload = self.cleaned_data.get("file")
        if upload and self.shape.has_file:
            try:
                self.file = files.check(self.shape, upload)
            except ValidationError as error:
                self.add_error("file", error)

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
    return (
        initial_texts(message)
        | initial_of_rule(message.audience)
        | {
            "kind": message.kind,
            "title": message.title,
            "address": message.address,
            "when": _at_school(message.wanted_at) if message.wanted_at else None,
            "urgent": message.urgent,
            "version": message.version,
        }
    )


def _at_school(moment):
    return timezone.localtime(moment, timezone.get_default_timezone())
