"""Fields to fill in.

A field is written ((name)); the full-width （（姓名）） that Chinese keyboards give is the same. A field of the person
makes the text personal, and costs a call for everybody whose text differs.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from django.conf import settings
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.languages import in_each

ROOM_FOR_A_FIELD = 120  # bytes
_FIELD = re.compile(r"\(\(([^()]*)\)\)")
_WIDE = str.maketrans({"（": "(", "）": ")"})
_DOUBLE = re.compile(r"（（|））")


@dataclass(frozen=True)
class Field:
    name: object  # as it is written in a text: in any language, by the catalogues
    label: object
    is_personal: bool
    when_empty: object  # what stands there instead of nothing


FIELDS = {
    "name": Field(pgettext_lazy("field", "name"), _("name of the person"), True, _("parents")),
    "children": Field(
        pgettext_lazy("field", "children"), _("names of the children it concerns"), True, _("your child")
    ),
    "form": Field(pgettext_lazy("field", "form"), _("form of the pupil or of the children"), True, _("the form")),
    "date": Field(pgettext_lazy("field", "date"), _("day of sending"), False, ""),
    "school": Field(pgettext_lazy("field", "school"), _("name of the school"), False, ""),
}


@cache
def _keys(languages: tuple[str, ...]) -> dict[str, str]:
    """{name in one of the languages: key of FIELDS}"""
    names = {key: [name for _code, _own, name in in_each(partial(str, field.name))] for key, field in FIELDS.items()}
    return {name.lower(): key for key, of_it in names.items() for name in of_it}


def _key(written: str) -> str | None:
    """The field that ((written)) means, or None."""
    return _keys(tuple(settings.LANGUAGE_NAMES)).get(written.strip().lower())


def _plain(text: str) -> str:
    return _DOUBLE.sub(lambda match: match[0].translate(_WIDE), text)


def mistakes(text: str) -> list[str]:
    """Sentences about fields that are unknown, unclosed or nested; none for a text that is right."""
    text = _plain(text)
    found = []
    for name in _FIELD.findall(text):
        if _key(name) is None:
            known = ", ".join(f"(({key}))" for key in FIELDS)
            found.append(
                gettext("There is no field ((%(name)s)). The fields are: %(known)s.") % {"name": name, "known": known}
            )
    rest = _FIELD.sub("\0", text)
    if "((" in rest and "\0" in rest and re.search(r"\(\([^()]*\0", rest):
        found.append(gettext("A field cannot stand inside another one."))
    elif "((" in rest or "))" in rest:
        found.append(gettext("A field begins with (( and ends with )): one of them is missing."))
    return found


def fields_in(text: str) -> list[str]:
    """The keys of the fields in a text, in their order."""
    return [key for written in _FIELD.findall(_plain(text)) if (key := _key(written))]


def is_personal(text: str) -> bool:
    return any(FIELDS[key].is_personal for key in fields_in(text))


def filler(text: str) -> Callable[[dict[str, str]], str]:
    """What fills in one text for many: a function of somebody's values; without one stands what stands there instead."""
    pieces, keys, end = [], [], 0
    text = _plain(text)
    for match in _FIELD.finditer(text):
        if key := _key(match[1]):
            pieces.append(text[end : match.start()])
            keys.append(key)
            end = match.end()
    rest = text[end:]

    def fill(values: dict[str, str]) -> str:
        filled = (
            piece + str(values.get(key) or FIELDS[key].when_empty) for piece, key in zip(pieces, keys, strict=True)
        )
        return "".join(filled) + rest

    return fill


def fill_in(text: str, values: dict[str, str]) -> str:
    """`text` with its fields replaced; a field without a value gets what stands there instead."""
    return filler(text)(values)


def segments(text: str) -> list[tuple[str, bool]]:
    """[(piece of text, whether it is a field)], for showing fields highlighted."""
    text, pieces, end = _plain(text), [], 0
    for match in _FIELD.finditer(text):
        pieces += [(text[end : match.start()], False), (match[0], True)]
        end = match.end()
    return [(piece, is_field) for piece, is_field in [*pieces, (text[end:], False)] if piece]


def room_for_fields(text: str) -> int:
    """Bytes to leave free: what is filled in for a person is longer than the field."""
    return ROOM_FOR_A_FIELD * sum(FIELDS[key].is_personal for key in fields_in(text))


def field_table() -> list[tuple[str, object]]:
    """[(name as it is written, label)] of every field, for the pages on which texts are written."""
    return [(key, field.label) for key, field in FIELDS.items()]
