"""Ten characters of which a typo makes no other code."""

import itertools

import pytest

from registration.codes.characters import ALPHABET, in_groups, make, read


def test_there_is_nothing_in_it_that_looks_like_something_else():
    codes = "".join(make() for _ in range(300))
    assert set(codes) == set(ALPHABET) and not set("0O1I") & set(codes)


def test_every_wrong_character_and_every_two_that_changed_places_are_found():
    code = make()
    for place, other in itertools.product(range(10), ALPHABET):
        if code[place] != other:
            assert read(code[:place] + other + code[place + 1 :]) == ""
    for one, other in itertools.combinations(range(10), 2):
        characters = list(code)
        characters[one], characters[other] = characters[other], characters[one]
        assert read("".join(characters)) == "" or code[one] == code[other]


@pytest.mark.parametrize(
    "write", [str.lower, in_groups, lambda c: f" {c[:3]} {c[3:]}\u200b", lambda c: f"{c[:5]}－{c[5:]}"]
)
def test_it_is_read_however_it_is_typed(write):
    code = make()
    assert read(write(code)) == code
    wide = "".join(chr(ord(character) + 0xFEE0) for character in code)
    assert read(wide) == code


@pytest.mark.parametrize("typed", ["", "A", "0" * 10, "ABCDEFGHJ", "A" * 11, "王" * 10, "\0" * 10])
def test_what_is_no_code_is_none(typed):
    assert read(typed) == ""
