"""What is held about a person; whoever holds something of people registers a Part in a module `erasing`."""

from portal.people.models import Person

_parts: dict = {}


class Part:
    name: str
    # Models whose rows about a person this part hands out or erases, and those whose rows stay as they are, for they say
    # nothing once the person's own row is blank: "app_label.Model".
    models: tuple = ()
    stays: tuple = ()

    def refusal(self, person, by):
        """Why nobody can be erased now, in a sentence, or ""."""
        return ""

    def export(self, rows):
        """What is held, as {heading: [{name of a field: value}]}; `rows` are the person's and those merged into it."""
        return {}

    def losses(self, rows):
        """What would be gone, and what would stay, as sentences."""
        return []

    def erase(self, rows, by):
        """Blank it; twice is as once."""


def part(cls):
    _parts[cls.name] = cls()
    return cls


def parts():
    """In the order of the house's floors."""
    return list(_parts.values())


def rows_of(person):
    """The person's row, and those that turned out to be theirs."""
    return [person, *Person.everybody.filter(merged_into=person)]


def plain(queryset, *names):
    """Rows as named fields."""
    return [{name: _said(value) for name, value in row.items()} for row in queryset.order_by("pk").values(*names)]


def _said(value):
    return value if isinstance(value, (bool, int, dict, list, type(None))) else str(value)
