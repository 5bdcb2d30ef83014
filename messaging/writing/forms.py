from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from portal.audit.forms import EditForm
from portal.people.typed import of_the_same_name
from portal.reading import read_address
from portal.uploads import MEGABYTE, MOST_TOGETHER
from wechat_admin.wecom import bodies
from wechat_admin.wecom.bodies import ADDRESS_BYTES, TITLE_BYTES

from .. import fill_in
from ..audience.forms import Whom, initial_of_rule
from ..kinds import KINDS, KINDS_WITH_A_FILE, MOST_FOLLOWING, Kind, Part, kind_of_file
from ..material import files
from ..models import Occasion, Template
from .inputs import SendingTime, at_school, check_size, text_field

_FOLLOWING = _(
    "Up to %(most)s files or pictures, sent behind it in this order. At a time they may have %(size)s MB together."
)
_LIMITS = '<span data-kinds="{}" data-accept="{}" data-most="{}"{}>{}</span>'


def translation_name(language):
    return f"text_{language.replace('-', '_')}"


class Texts(forms.Form):
    """A main text and one for readers of each language, with fields: what messages and templates have in common."""

    text = text_field(_("Message"), 8)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = list(self.fields)
        translations = {translation_name(code): text_field(name, 8) for code, name in settings.LANGUAGES}
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
    def language(self):
        """Of the main text, where it is known."""
        return ""

    @property
    def most_bytes(self):
        return KINDS[Kind.TEXT].most_bytes

    @property
    def lengths(self):
        """[(bytes at most, the kinds of which that is so)]"""
        return [(self.most_bytes, "")]

    @property
    def translations(self):
        texts = {code: self.cleaned_data.get(translation_name(code), "") for code in settings.LANGUAGE_NAMES}
        return {code: text for code, text in texts.items() if text}

    @property
    def other_texts(self):
        """[(language, field, whether the main text stands for it)]"""
        fields = [(code, self[translation_name(code)]) for code in settings.LANGUAGE_NAMES]
        return [(code, field, code == self.language and not field.value()) for code, field in fields]

    @property
    def has_translations(self):
        return any(field.value() for _code, field, _is_main in self.other_texts)


class TemplateForm(EditForm, Texts):
    name = forms.CharField(label=_("Name of the template"), max_length=80)
    occasion = forms.ChoiceField(label=_("Occasion"), choices=Occasion.choices, initial=Occasion.OTHER)

    field_order = ["name", "occasion", "text"]

    def __init__(self, *args, template=None, **kwargs):
        self.template = template
        if template:
            kwargs.setdefault(
                "initial", {"name": template.name, "occasion": template.occasion, **initial_texts(template)}
            )
        super().__init__(*args, **kwargs)

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        if of_the_same_name(
            Template.objects.exclude(pk=self.template.pk) if self.template else Template.objects.all(), name
        ):
            raise ValidationError(Template.NAME_TAKEN)
        return name

    def clean_text(self):
        if not self.cleaned_data["text"]:
            raise ValidationError(_("Write a message."))
        return self.cleaned_data["text"]


def initial_texts(written):
    return {"text": written.text} | {translation_name(code): text for code, text in written.translations.items()}


class FileWidget(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files of one field, in the order in which they were chosen."""

    widget = FileWidget

    def clean(self, value, initial=None):
        return [super(FilesField, self).clean(one, initial) for one in value or []]


class MessageForm(Texts, Whom):
    """What is sent, who it is for, when. Saving a draft asks for none of it; `ready_to_check` does."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, required=False)
    main_language = forms.ChoiceField(label=_("Language of the message"), choices=settings.LANGUAGES, required=False)
    title = forms.CharField(label=_("Title"), max_length=128, required=False)
    address = forms.CharField(
        label=_("Address it leads to"),
        max_length=2048,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    file = forms.FileField(label=_("Picture, video or file"), required=False)
    # A declared field leaves the class before anybody could take it for the uploads of a form.
    files = FilesField(label=_("Files that follow"), required=False)  # type: ignore[assignment]
    when = SendingTime(label=_("When"), required=False)
    urgent = forms.BooleanField(label=_("Urgent: goes before all others"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    creation = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    field_order = ["text", "kind", "title", "address", "file"]

    def __init__(self, *args, following=(), **kwargs):
        """`following` are the files that follow the draft already."""
        super().__init__(*args, **kwargs)
        self.chosen, self.added, self.following = None, [], following
        self.fields["files"].widget.attrs |= files.attributes(bodies.MEDIA["file"])
        self.fields["files"].help_text = " ".join(
            [
                _FOLLOWING % {"most": MOST_FOLLOWING, "size": MOST_TOGETHER // MEGABYTE},
                files.limits_in_words(bodies.MEDIA["file"]),
            ]
        )
        self.fields["file"].help_text = format_html_join("", _LIMITS, self._limits())
        self.fields["file"].widget.attrs |= files.attributes(self.shape.media or bodies.MEDIA["file"])

    def _limits(self):
        """What may be chosen, of every kind with a file: the page shows that of the kind that is chosen."""
        for kind in KINDS_WITH_A_FILE:
            if limit := KINDS[kind].media:
                hidden = "" if kind == self.chosen_kind else mark_safe(" hidden")
                yield kind, ",".join(files.endings_of(limit)), limit.most, hidden, files.limits_in_words(limit)

    @property
    def chosen_kind(self):
        value = self["kind"].value()
        return Kind(value) if value in Kind.values else Kind.TEXT

    @property
    def shape(self):
        return KINDS[self.chosen_kind]

    @property
    def where_it_is_written(self):
        """The id of the field in which one goes on when it is said whom it is for."""
        return self["text" if self.shape.has_words else "kind"].id_for_label

    @property
    def says_nothing(self):
        """Whether nothing is written yet, nobody chosen and no file taken."""
        data, rule = self.cleaned_data, self.rule
        written = [data["text"], data["title"], data["address"], data["when"], data["urgent"], self.translations]
        return not any([*written, self.chosen, self.added, rule["include"], rule.get("exclude")])

    @property
    def may_take_more(self):
        return len(self.following) < MOST_FOLLOWING

    @property
    def language(self):
        return self["main_language"].value()

    @property
    def most_bytes(self):
        return self.shape.most_bytes or super().most_bytes

    @property
    def lengths(self):
        of_words = {shape.most_bytes for shape in KINDS.values() if shape.has_words}
        return [
            (most, " ".join(kind for kind, shape in KINDS.items() if shape.most_bytes == most)) for most in of_words
        ]

    def clean_title(self):
        title = " ".join(self.cleaned_data["title"].split())
        check_size(title, TITLE_BYTES)
        return title

    def clean_address(self):
        address = read_address(self.cleaned_data["address"])
        check_size(address, ADDRESS_BYTES)
        return address

    def clean(self):
        cleaned = super().clean()
        self._check_file()
        self._check_following()
        return cleaned

    def _check_file(self):
        """`chosen` is (name, bytes) of what was chosen, or None."""
        upload = self.cleaned_data.get("file")
        if upload and self.shape.has_file:
            try:
                self.chosen = files.check(self.shape, upload)
            except ValidationError as error:
                self.add_error("file", error)

    def _check_following(self):
        """`added` are (name, bytes) of what is to follow besides."""
        uploads = self.cleaned_data.get("files") or []
        if not self.shape.may_be_followed:
            return
        if len(self.following) + len(uploads) > MOST_FOLLOWING:
            self.add_error("files", _("A message is followed by %(most)s files at most.") % {"most": MOST_FOLLOWING})
            return
        for upload in uploads:
            try:
                self.added.append(files.check(KINDS[kind_of_file(upload.name)], upload))
            except ValidationError as error:
                self.add_error("files", [f"{files.clean_name(upload.name)}: {why}" for why in error.messages])

    @property
    def content(self):
        """What save and create take besides text and rule."""
        data = self.cleaned_data
        return {
            "kind": data["kind"] or Kind.TEXT,
            "translations": self.translations,
            "main_language": data["main_language"],
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
            "main_language": message.language_of_text,
            "title": message.title,
            "address": message.address,
            "when": at_school(message.wanted_at),
            "urgent": message.urgent,
            "version": message.version,
        }
    )
