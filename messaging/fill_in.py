"""Fields to fill in.

A field is written ((name)); the full-width （（姓名）） that Chinese keyboards give is the same. A field of the person
makes the text personal, and costs a call for everybody whose text differs.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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


def field_table():
    """[(name as it is written, label)] of every field, for the pages on which texts are written."""
    return [(field.names[0], field.label) for field in FIELDS.values()]
