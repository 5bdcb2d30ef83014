"""What a message says to whom: a text per language, and fill-in fields.

A field is written ((name)); the full-width （（姓名）） that Chinese keyboards give is the same. A field of the person
makes the text personal, and costs a call for everybody whose text differs.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from portal.people.models import Membership, Relationship
from wechat_admin.wecom.bodies import MEDIA

from .models import Kind

ROOM_FOR_A_FIELD = 120  # bytes
_FIELD = re.compile(r"\(\(([^()]*)\)\)")
_WIDE = str.maketrans({"（": "(", "）": ")"})
_DOUBLE = re.compile(r"（（|））")


@dataclass(frozen=True)
class Field:
    names: tuple[str, ...]
    label: object
    is_personal: bool
    when_empty: object  # what stands there instead of nothing


FIELDS = {
    "name": Field(("name", "姓名"), _("name of the person"), True, _("parents")),
    "children": Field(("children", "孩子"), _("names of the children it concerns"), True, _("your child")),
    "form": Field(("form", "班级", "班級"), _("form of the pupil or of the children"), True, _("the form")),
    "date": Field(("date", "日期"), _("day of sending"), False, ""),
    "school": Field(("school", "学校", "學校"), _("name of the school"), False, ""),
}
_BY_NAME = {name: key for key, field in FIELDS.items() for name in field.names}


def _plain(text):
    return _DOUBLE.sub(lambda match: match[0].translate(_WIDE), text)


def mistakes(text):
    """Sentences about fields that are unknown, unclosed or nested; none for a text that is right."""
    text = _plain(text)
    found = []
    for name in _FIELD.findall(text):
        if name.strip().lower() not in _BY_NAME:
            known = ", ".join(f"(({field.names[0]}))" for field in FIELDS.values())
            found.append(
                gettext("There is no field ((%(name)s)). The fields are: %(known)s.") % {"name": name, "known": known}
            )
    rest = _FIELD.sub("\0", text)
    if "((" in rest and "\0" in rest and re.search(r"\(\([^()]*\0", rest):
        found.append(gettext("A field cannot stand inside another one."))
    elif "((" in rest or "))" in rest:
        found.append(gettext("A field begins with (( and ends with )): one of them is missing."))
    return found


def fields_in(text):
    """The keys of the fields in a text, in their order."""
    return [_BY_NAME[n.strip().lower()] for n in _FIELD.findall(_plain(text)) if n.strip().lower() in _BY_NAME]


def is_personal(text):
    return any(FIELDS[key].is_personal for key in fields_in(text))


def fill_in(text, values):
    """`text` with its fields replaced; a field without a value gets what stands there instead."""

    def value(match):
        key = _BY_NAME.get(match[1].strip().lower())
        return match[0] if key is None else str(values.get(key) or FIELDS[key].when_empty)

    return _FIELD.sub(value, _plain(text))


def segments(text):
    """[(piece of text, whether it is a field)], for showing fields highlighted."""
    text, pieces, end = _plain(text), [], 0
    for match in _FIELD.finditer(text):
        pieces += [(text[end : match.start()], False), (match[0], True)]
        end = match.end()
    return [(piece, is_field) for piece, is_field in [*pieces, (text[end:], False)] if piece]


def room_for_fields(text):
    """Bytes to leave free: what is filled in for a person is longer than the field."""
    return ROOM_FOR_A_FIELD * sum(FIELDS[key].is_personal for key in fields_in(text))


def missing_parts(kind, *, text, title, address, file, articles):
    """[(field of the form or None, what to do)] for what a message of this kind cannot go without."""
    needed = [
        ("text", kind in (Kind.TEXT, Kind.CARD) and not text, gettext("Write a message.")),
        ("title", kind in (Kind.CARD, Kind.VIDEO) and not title, gettext("Write a title.")),
        ("address", kind == Kind.CARD and not address, gettext("Write the address the card leads to.")),
        ("file", kind in MEDIA and not file, gettext("Choose the file to send.")),
        (None, kind == Kind.NEWS and not articles, gettext("Add at least one article.")),
    ]
    return [(field, sentence) for field, is_missing, sentence in needed if is_missing]


def what_is_missing(message):
    """Why the message cannot go out as it stands, in a sentence, or None."""
    missing = missing_parts(
        message.kind,
        text=message.text,
        title=message.title,
        address=message.address,
        file=message.has_file,
        articles=message.articles,
    )
    return missing[0][1] if missing else None


def field_table():
    """[(name as it is written, label)] of every field, for the pages on which texts are written."""
    return [(field.names[0], field.label) for field in FIELDS.values()]


# --- languages ---


def text_for(message, language):
    """The text of a language, or the main one."""
    return message.translations.get(language) or message.text


def languages_without_own_text(message):
    """Languages whose readers get the main text although others have theirs."""
    if not message.translations:
        return []
    return [code for code in settings.LANGUAGE_NAMES if code not in message.translations]


@dataclass(frozen=True)
class Variant:
    """People who get the same text but for what is personal. `languages` None: everybody."""

    languages: tuple[str, ...] | None
    text: str  # with its fields; "" for the message's main text as it stands
    is_personal: bool = False


def variants(message):
    """Who gets which text: as few different ones as there are."""
    if not message.has_words:
        return [Variant(None, "")]
    by_text = defaultdict(list)
    for language in settings.LANGUAGE_NAMES:
        by_text[text_for(message, language)].append(language)
    found = []
    for text, languages in by_text.items():
        if is_personal(text):
            found.append(Variant(tuple(languages), text, is_personal=True))
        elif fields_in(text):
            found += [Variant((language,), shared_text(message, text, language)) for language in languages]
        else:
            found.append(Variant(tuple(languages), "" if text == message.text else text))
    return [Variant(None, found[0].text, found[0].is_personal)] if len(found) == 1 else found


# --- values ---


def shared_values(message, language):
    """The values that are the same for everybody of a language."""
    with override(language):
        day = date_format(localtime(message.start_at), "DATE_FORMAT")
    return {"date": day, "school": settings.SCHOOL_NAME}


def shared_text(message, text, language):
    with override(language):
        return fill_in(text, shared_values(message, language))


def texts_of(message, people, pupils):
    """[text of each of `people`], their fields filled in; three queries, however many people.

    `pupils` is the queryset of pupils the message is about, or None for all.
    """
    children = _children(people, pupils)
    forms = _forms(people, children)
    shared = {language: shared_values(message, language) for language in settings.LANGUAGE_NAMES}
    texts = []
    for person in people:
        language = person.language
        chinese = language.startswith("zh")
        comma = "、" if chinese else ", "
        values = shared.get(language, shared["en"]) | {
            "name": (person.chinese_name if chinese else "") or person.name,
            "children": comma.join((c.chinese_name if chinese else "") or c.given_name for c in children[person.pk]),
            "form": comma.join(forms[person.pk]),
        }
        with override(language):
            texts.append(fill_in(text_for(message, language), values))
    return texts


def _children(people, pupils):
    """{id of a contact: the pupils they may hear of}"""
    relationships = Relationship.objects.filter(
        contact__in=[person.pk for person in people], may_receive_messages=True, may_see_data=True
    )
    if pupils is not None:
        relationships = relationships.filter(pupil__in=pupils)
    children = defaultdict(list)
    for relationship in relationships.select_related("pupil").order_by("pupil__given_name", "pupil"):
        if not relationship.pupil.has_left:
            children[relationship.contact_id].append(relationship.pupil)
    return children


def _forms(people, children):
    """{id of a person: names of their own form, or of their children's forms}"""
    pupils = {person.pk for person in people if person.is_pupil} | {c.pk for cs in children.values() for c in cs}
    of_pupil = defaultdict(list)
    for pupil, form in (
        Membership.objects.filter(person__in=pupils, group__kind="form")
        .order_by("group__name")
        .values_list("person", "group__name")
    ):
        of_pupil[pupil].append(form)
    forms = defaultdict(list)
    for person in people:
        own = of_pupil[person.pk] if person.is_pupil else []
        theirs = [form for child in children[person.pk] for form in of_pupil[child.pk]]
        forms[person.pk] = list(dict.fromkeys(own + theirs))
    return forms
