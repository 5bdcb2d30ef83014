"""What a personal code is written with: ten characters without 0 O 1 I, the last a check of the others."""

import secrets
from collections.abc import Iterable

from portal.people.typed import dashes_alike, key

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 10
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def make() -> str:
    drawn = [secrets.randbelow(len(ALPHABET)) for _ in range(LENGTH - 1)]
    return "".join(ALPHABET[value] for value in [*drawn, _check(drawn)])


def read(typed: str) -> str:
    """The ten characters of what somebody typed, in any case, width and grouping; "" where one is wrong or missing."""
    code = "".join(dashes_alike(key(typed)).split()).replace("-", "").upper()
    values = [_VALUES[character] for character in code if character in _VALUES]
    if len(code) != LENGTH or len(values) != LENGTH or _check(values[:-1]) != values[-1]:
        return ""
    return code


def in_groups(code: str) -> str:
    """As it is printed: "ABCDE-FGH23"."""
    return f"{code[:5]}-{code[5:]}"


def _check(values: Iterable[int]) -> int:
    """The sum of the values, each times a power of its own in the field of 32 elements: one wrong character is always
    found, and so are two that changed places, wherever they stand."""
    total = 0
    for value in values:
        total = _double(total ^ value)
    return total


def _double(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value
