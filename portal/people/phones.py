"""Mobile numbers of every country, as people type them, to E.164 and back."""

import re

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberFormat, PhoneNumberType

_NOT_MOBILE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}

# Set aside for fiction by Ofcom, NANPA and ACMA, and for that reason valid nowhere: demonstrations and training use them.
_FICTION = re.compile(r"\+447700900\d{3}|\+1\d{3}55501\d\d|\+61491570\d{3}")


# A telephone that fills in "+86" behind the "+86" somebody has typed.
_TWICE = re.compile(r"^\W*(\d{1,3})\W*\+?\1")


def _parsed(text):
    try:
        number = phonenumbers.parse(text, settings.PHONE_REGION)
    except phonenumbers.NumberParseException:
        return None
    return number if _is_valid(number) else None


def _is_valid(number):
    return phonenumbers.is_valid_number(number) or _FICTION.fullmatch(
        phonenumbers.format_number(number, PhoneNumberFormat.E164)
    )


def parse_mobile(text):
    """`text` as E.164 ("+8613800000000"); a number without a country code belongs to PHONE_REGION.

    Raises ValidationError with a sentence for the person who typed it.
    """
    number = _parsed(text) or _parsed(_TWICE.sub(r"+\1", text))
    if number is None:
        raise ValidationError(
            _("This is not a mobile number. Write it with its country code, for example +86 138 0000 0000.")
        )
    if number.extension or phonenumbers.number_type(number) in _NOT_MOBILE:
        raise ValidationError(_("This is not a mobile number, and WeChat can only be bound to a mobile number."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display(e164):
    """For reading: "+86 138 0000 0000"."""
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)


def mask(e164):
    """For pages others may see over a shoulder: "+86 •••• 0000"."""
    number = phonenumbers.parse(e164)
    return f"+{number.country_code} •••• {e164[-4:]}"
