"""References of rows that were merged: what a file says of them, it says of whom they were merged into."""

from .remembered import key

LED = "led_from"  # in the fields of a row: the reference that the file has


def lead(rows, kept):
    """Have rows, and the pupils that they name, bear the reference of the person who was kept: {key: that reference}."""
    for row in rows:
        if reference := kept.get(key(row.reference)):
            row.fields |= {"reference": reference, LED: row.reference}
        theirs = {kept.get(key(pupil), pupil): flags for pupil, flags in row.pupils.items()}
        # Named by both references, what stands at the one that is theirs counts.
        row.pupils = theirs | {pupil: flags for pupil, flags in row.pupils.items() if pupil in theirs}


def is_led(stored):
    return bool(stored.said and LED in stored.said[0])
