"""References of rows that were merged: what a file says of them, it says of whom they were merged into."""

from .problems import Problem
from .remembered import key
from .rows import twice

LED = "led_from"  # in the fields of a row: the reference that the file has


def lead(rows, kept):
    """Have rows, and the pupils that they name, bear the reference of the person who was kept: {key: that reference}."""
    for row in rows:
        if reference := kept.get(key(row.reference)):
            row.fields |= {"reference": reference, LED: row.reference}
        row.pupils = _led(row, kept)


def _led(row, kept):
    """Named by several references, what stands at the one that is theirs counts; else all must say the same."""
    own = {key(pupil) for pupil in row.pupils} - kept.keys()
    theirs: dict = {}
    for pupil, flags in row.pupils.items():
        whose = kept.get(key(pupil), pupil)
        if whose != pupil and key(whose) in own:
            continue
        if theirs.setdefault(whose, flags) != flags:
            row.problems.append(Problem(row.number, "pupils", twice(pupil), pupil))
    return theirs


def is_led(stored):
    return bool(stored.said and LED in stored.said[0])
