import phonenumbers
import pytest
from django.core.exceptions import ValidationError

from portal.people.phones import parse_mobile


def refusal(typed):
    with pytest.raises(ValidationError) as refused:
        parse_mobile(typed)
    return refused.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "letter"),
    [
        ("1300OOO2301", "O"),
        ("+86 130 0000 OOOO", "O"),
        ("1300ABC2303", "A"),
        ("13000002l01", "l"),
        ("1300000二304", "二"),
        ("①3000002304", "①"),
        ("1300000230⁴", "⁴"),
        ("tel:13000002304", "t"),
        ("1-800-FLOWERS", "F"),
        ("ＯＯ1300000", "Ｏ"),
    ],
)
def test_a_letter_never_becomes_a_digit_and_is_named(typed, letter):
    assert f"“{letter}” stands in it" in refusal(typed)


@pytest.mark.parametrize("typed", ["1.3E+10", "8.613E+12", "1,3E+10", "1.3e10", "１.３Ｅ＋１０"])
def test_a_number_that_a_spreadsheet_has_shortened_is_said_to_be(typed):
    assert "spreadsheet has shortened this number" in refusal(typed)


@pytest.mark.parametrize(
    "typed",
    ["13000002506/13000002507", "13000002506、13000002507", "13000002506 13000002507", "130 0000 2506; 130 0000 2507"],
)
def test_two_numbers_are_neither_of_them(typed):
    assert "two numbers" in refusal(typed)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("'13000002504", "+8613000002504"),
        ('="13000002505"', "+8613000002505"),
        ("13000002503.0", "+8613000002503"),
        ("0044 7700 900123", "+447700900123"),
        ("130‑0000‑2504", "+8613000002504"),
        ("+49 151/23456789", "+4915123456789"),
        ("+1 (310) 555-0123", "+13105550123"),
        ("13105550123", "+8613105550123"),
        ("131 0555 0123", "+8613105550123"),
    ],
)
def test_other_ways_to_write_one_number_are_taken(typed, e164):
    assert parse_mobile(typed) == e164


@pytest.mark.parametrize("typed", ["1 (310) 555-0123", "1-310-555-0123", "1 310 555 0123", "(1) 3105550123"])
def test_a_number_that_can_be_read_in_two_ways_is_asked_about(typed):
    said = refusal(typed)
    assert "+86 131 0555 0123" in said and "+1 310-555-0123" in said


def test_a_number_of_another_country_without_its_plus_is_offered_with_it():
    assert "+44 7700 900123" in refusal("44 7700 900123")


@pytest.mark.parametrize("spelling", ["{}{}{}", "{} {} {}", "+86{}{}{}", "+86 {}-{}-{}"])
def test_every_mainland_number_is_read_as_the_plan_of_numbers_says(spelling):
    for begin in range(100, 200):
        number = phonenumbers.parse(f"+86{begin}00003001")
        is_mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        typed = spelling.format(begin, "0000", "3001")
        assert not is_mobile or parse_mobile(typed) == f"+86{begin}00003001"
        assert is_mobile or refusal(typed)


def test_a_number_without_its_country_is_one_of_the_schools(settings):
    settings.PHONE_REGION = "GB"
    assert refusal("13000002504") and parse_mobile("+86 13000002504") == "+8613000002504"
