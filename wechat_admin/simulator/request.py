"""A call as it came: its fields, read by type, and what its secret may see."""

import json
import re
from functools import cached_property

from . import account, limits
from .models import Department, Setting
from .refusal import Refusal

# \uXXXX that is an escape: an even number of backslashes before it is text.
ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")


class Request:
    def __init__(self, query, body, kind):
        self.query, self.raw, self.kind, self.settings = query, body, kind, Setting.all()

    # --- fields ---

    @cached_property
    def fields(self):
        limits.check_size(self.raw)
        try:
            fields = json.loads(self.raw)
        except (ValueError, RecursionError):
            raise Refusal(40058, "invalid Request Parameter") from None
        if not isinstance(fields, dict):
            raise Refusal(40058, "invalid Request Parameter")
        if self.settings["escapes_refused"] and ESCAPE.search(self.raw):
            raise Refusal(40033, "invalid request character")
        return fields

    def text(self, name):
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            raise Refusal(40058, f"{name} is not a string")
        return value or ""

    def number(self, name, default=0):
        value = self.fields.get(name, default)
        if not is_number(value):
            raise Refusal(40058, f"{name} is not a number")
        return value

    def texts(self, name):
        return self._list(name, lambda one: isinstance(one, str))

    def numbers(self, name):
        return self._list(name, is_number)

    def _list(self, name, fits):
        values = self.fields.get(name) or []
        if not isinstance(values, list) or not all(fits(one) for one in values):
            raise Refusal(40058, f"{name} is not a list of what it should hold")
        return values

    # --- rights ---

    def only(self, kind):
        if self.kind != kind:
            raise Refusal(48002, "api forbidden")

    def only_writing(self):
        self.only(account.ADDRESS_BOOK)
        if self.settings["sync_read_only"]:
            raise Refusal(48008, "api edit right not authorized")

    # --- what is seen: an application its visible range, the address book's secret everybody ---

    @cached_property
    def parents(self):
        """Department → the one above it."""
        first = {number: parent for number, (parent, _) in account.DEPARTMENTS.items()}
        return first | dict(Department.objects.values_list("id", "parent"))

    @cached_property
    def covered(self):
        tagged = {d for tag in self.settings["visible_tags"] for d in account.TAGS.get(tag, [])}
        return {*self.settings["visible_departments"], *tagged}

    @cached_property
    def named(self):
        """Members in the visible range by their own name or a tag's."""
        tagged = [u for tag in self.settings["visible_tags"] for u in self.settings["tagged_users"].get(str(tag), [])]
        return {userid.lower() for userid in [*self.settings["visible_users"], *tagged]}

    def sees(self, member):
        return self.kind == account.ADDRESS_BOOK or self.is_in_range(member)

    def is_in_range(self, member):
        return member.key in self.named or self.covers(member.departments)

    def covers(self, departments):
        return any(above in self.covered for d in departments for above in self.up(d))

    def up(self, department):
        while department in self.parents:
            yield department
            department = self.parents[department]


def number_in(text):
    """The number a query holds, or None."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else None


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)
