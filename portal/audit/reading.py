"""Events as sentences: their keys become names and links here, a query for each kind of thing, however many events."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import words
from .models import AuditEvent
from .words import Thing

_KEY = re.compile(r"([a-z]+)(?: (\d+))?")
_DAY = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


@dataclass
class Entry:
    event: AuditEvent
    who: Thing
    what: str
    about: Thing | None
    viewed: Thing | None
    details: list  # (what it is called, [Thing])

    @property
    def in_a_line(self):
        """The details as text, for a table that is downloaded."""
        return "; ".join(f"{label}: {', '.join(one.words for one in value)}" for label, value in self.details)


def entries(events, reader, of=""):
    """[Entry]; links are only to what `reader` (a user) may open. What stands on the page of the key `of` does not say that
    it is about that."""
    events = list(events)
    names = _Names(events, reader, of)
    return [
        Entry(
            event=event,
            who=names.of(f"user {event.actor_id}") if event.actor_id else Thing(_("System")),
            what=_(words.name_today(event.act)),
            about=names.of(event.subject) if event.subject not in ("", of) else None,
            viewed=names.of(event.on_behalf_of) if event.on_behalf_of else None,
            details=list(_details(event, names)),
        )
        for event in events
    ]


def thing_of(key, reader):
    """What one key means."""
    return _Names([AuditEvent(subject=key)], reader).of(key)


def history_of(key, reader, most=30):
    """The newest entries about somebody or something, for their own page."""
    return entries(AuditEvent.objects.about(words.keys_of_same(key)).order_by("-pk")[:most], reader, of=key)


def _details(event, names):
    said = dict(event.details)
    before, after = said.pop("before", None), said.pop("after", None)
    if isinstance(after, dict):
        # What went from one value to another is said with both, and needs not be listed besides.
        said["changed"] = [name for name in said.get("changed", []) if name not in after]
        for name, value in after.items():
            yield names.word(name), [Thing(_from_to((before or {}).get(name), value, names))]
    elif before or after:
        yield words.label("after"), [Thing(_from_to(before, after, names))]
    for name, value in said.items():
        if value not in ("", [], {}):
            yield words.label(name), names.value(value)


def _from_to(before, after, names):
    if before in (None, "", []):
        return names.text(after)
    return f"{names.text(before)} → {names.text(after)}"


class _Names:
    def __init__(self, events, reader, of=""):
        self.reader, self.values = reader, words.words_of_values()
        keys = defaultdict(set)
        for event in events:
            subject = "" if event.subject == of else event.subject
            for text in _texts([f"user {event.actor_id}", subject, event.on_behalf_of, event.details]):
                kind, number = _read(text)
                if kind and number:
                    keys[kind].add(number)
        self.found = {kind: words.kind(kind).find(numbers) for kind, numbers in keys.items()}

    def of(self, text):
        kind, number = _read(text)
        if kind is None:
            return Thing(self.word(text))
        thing = self.found[kind].get(number) if number else None
        label = words.kind(kind).label
        if thing is None:  # it is gone, and what it was called with it
            return Thing(f"{label} {number}" if number else str(label))
        if thing.option and not self.reader.has_perm(thing.option):
            return Thing(thing.words)
        return thing

    def value(self, value):
        """[Thing] of the value of a detail."""
        if isinstance(value, dict):
            return [Thing(f"{self.word(name)}: {self.text(one)}") for name, one in value.items()]
        return [self.of(one) if isinstance(one, str) else Thing(self.text(one)) for one in _listed(value)]

    def text(self, value):
        return ", ".join(self._text(one) for one in _listed(value)) or "–"

    def _text(self, value):
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return self.of(value).words if isinstance(value, str) else str(value)

    def word(self, name):
        if isinstance(name, str) and _DAY.fullmatch(name):
            return date_format(date.fromisoformat(name), "DATE_FORMAT")
        return str(self.values.get(name, name))


def _listed(value):
    return value if isinstance(value, list) else [value]


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _read(text):
    """("person", 12); (None, None) where it is no key of a kind that somebody has registered."""
    match = _KEY.fullmatch(text)
    if match is None or words.kind(match[1]) is None:
        return None, None
    return match[1], int(match[2]) if match[2] else None
