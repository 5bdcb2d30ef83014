"""What joins when two rows are merged; whoever keeps something of people registers a Part in a module `merging`."""

from django.utils.functional import Promise

_parts: dict[str, "Part"] = {}


class MergeRefused(Exception):
    """Its text is a sentence for whoever merges."""


class Part:
    name: str
    label: str | Promise = ""  # of the choice, where both rows have one

    def refusal(self, kept, gone, by):
        """Why the two cannot be merged now, in a sentence, or ""."""
        return ""

    def choices(self, one, other):
        """{id of a row: what it has, in words} where both have one and one of them ends."""
        return {}

    def join(self, kept, gone, stays, by):
        """Move what goes on living to the kept row. `stays` is the id of the row whose stays, where there is a choice.

        Returns what `separate` needs, as JSON. Raises MergeRefused.
        """

    def separate(self, kept, gone, joined, by):
        """Put back what nobody has changed since. Raises MergeRefused."""


def part(cls):
    _parts[cls.name] = cls()
    return cls


def parts():
    """In the order of the house's floors."""
    return list(_parts.values())
