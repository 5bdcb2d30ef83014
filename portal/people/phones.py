"""Mobile numbers of every country, as people type them, to E.164 and back."""

import re
import unicodedata
from typing import TypeGuard

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from .typed import cell, dashes_alike, is_shortened, plain

_NOT_MOBILE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}

NOT_MOBILE = gettext_lazy("This is not a mobile number, and WeChat can only be bound to a mobile number.")

# Set aside for fiction by Ofcom, NANPA and ACMA, and for that reason valid nowhere: demonstrations and training use them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1\d{3}55501\d\d|\+61491570\d{3}")


# A telephone that fills in "+86" behind the "+86" somebody has typed.
_TWICE = re.compile(r"^\W*\+\W*(\d{1,3})\W*\+?\1")
_EXTENSION = re.compile(r"\d[\s,;]*(?:ext\w*\.?|x|#|分机|分機)[\s:=]*\d+$", re.IGNORECASE)
_NUMBER = re.compile(r"[+\d\s().\-/]+")
# Most of what a school's file holds, and mobile numbers whatever else is asked: a short way, to the same result.
_MAINLAND = re.compile(r"(\+86[ -]?)?(1(?:[38]\d|5[0-35-9]))[ -]?(\d{4})[ -]?(\d{4})", re.ASCII)
_BETWEEN_NUMBERS = [re.compile(r"[/;,、|]"), re.compile(r"\s")]


def _parsed(text: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, settings.PHONE_REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if _is_valid(number) else None


def _is_valid(number: PhoneNumber) -> bool:
    return phonenumbers.is_valid_number(number) or bool(
        _FICTION.fullmatch(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    )


def parse_mobile(text: str) -> str:
    """`text` as E.164 ("+8613800000000"); a number without a country code belongs to PHONE_REGION.

    A letter never becomes a digit, and what could be two numbers is neither of them. Raises ValidationError with a
    sentence for the person who typed it.
    """
    mainland = _MAINLAND.fullmatch(text)
    if mainland and (mainland[1] or settings.PHONE_REGION == "CN"):
        return "+86" + mainland[2] + mainland[3] + mainland[4]
    text = _as_meant(text)
    number = _parsed(text) or _parsed(_TWICE.sub(r"+\1", text))
    abroad = None if _has_country_code(text) else _parsed("+" + text)
    if number is None and abroad is None:
        raise ValidationError(
            _("This is not a mobile number. Write it with its country code, for example +86 138 0000 0000.")
        )
    if not _may_be_mobile(number):
        if not _may_be_mobile(abroad):
            raise ValidationError(NOT_MOBILE)
        raise ValidationError(
            _("Write the number with + and its country code: %(number)s.") % {"number": _shown(abroad)}
        )
    if _may_be_mobile(abroad) and abroad != number and _begins_with_code_of(abroad, text):
        raise ValidationError(
            _("This can be read as %(here)s and as %(abroad)s. Write the one you mean, with + and the country code.")
            % {"here": _shown(number), "abroad": _shown(abroad)}
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _may_be_mobile(number: PhoneNumber | None) -> TypeGuard[PhoneNumber]:
    return bool(number and not number.extension and phonenumbers.number_type(number) not in _NOT_MOBILE)


def _as_meant(text: str) -> str:
    """The digits and marks of one number. Raises ValidationError for whatever else was typed."""
    text = cell(text)
    # Asked before widths are folded: ① would become 1, as O would be read as 0.
    strange = next((c for c in text if unicodedata.category(c)[0] in "LN" and not c.isdecimal()), None)
    text = re.sub(r"(\d{7,})\.0+$", r"\1", dashes_alike(plain(text)))
    if is_shortened(text):
        raise ValidationError(
            _(
                "The spreadsheet has shortened this number, and its last digits are lost. Make the column a column of "
                "text, write the number again and save the file."
            )
        )
    if _EXTENSION.search(text):
        raise ValidationError(NOT_MOBILE)
    if strange:
        raise ValidationError(
            _("This is not a mobile number: “%(letter)s” stands in it. Write digits only.") % {"letter": strange}
        )
    if any(_holds_several(mark.split(text)) for mark in _BETWEEN_NUMBERS):
        raise ValidationError(_("Here stand two numbers. Write one: the one bound to WeChat."))
    return text if _NUMBER.fullmatch(text) else ""


def _holds_several(parts: list[str]) -> bool:
    return sum(len(re.findall(r"\d", part)) >= 7 for part in parts) > 1


def _has_country_code(text: str) -> bool:
    return text.lstrip(" (").startswith(("+", "00"))


def is_clear(text: str) -> bool:
    """Whether what was typed says the country itself, or can be read in one way only.

    13105550123 is a number of China, and one of North America whose + somebody left out: it is shown before it is used.
    """
    text = _as_meant(text)
    number, abroad = _parsed(text), _parsed("+" + text)
    if _has_country_code(text) or number == abroad:
        return True
    digits = "".join(re.findall(r"\d", text))
    return bool(
        number
        and not _may_be_mobile(abroad)
        and digits.endswith(phonenumbers.national_significant_number(number))
        and not digits.startswith("0")
    )


def _begins_with_code_of(number: PhoneNumber, text: str) -> bool:
    """Whether a country code was typed apart: as in 1 (310) 555-0123, and not in 13105550123."""
    first, *_rest = re.findall(r"\d+", text)
    return first == str(number.country_code)


def digits_searched(text: str) -> str:
    """The digits of a number that somebody searches by, in any spelling; "" where they search something else."""
    text = dashes_alike(plain(text))
    digits = "".join(filter(str.isdigit, text))
    if len(digits) < 5 or not _NUMBER.fullmatch(text):
        return ""
    number = _parsed(text)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:] if number else digits


def _shown(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def display(e164: str) -> str:
    """For reading: "+86 138 0000 0000"."""
    return _shown(phonenumbers.parse(e164))


def mask(e164: str) -> str:
    """For pages others may see over a shoulder: "+86 •••• 0000"."""
    number = phonenumbers.parse(e164)
    return f"+{number.country_code} •••• {e164[-4:]}"
