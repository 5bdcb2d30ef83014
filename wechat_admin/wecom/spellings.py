"""How a mobile number may stand at WeCom: a look-up (doc 95402) finds it by the spelling it was typed in, and no other.

Numbers of mainland China may be without their country code; of other countries the manual shows "+852 51234567".
"""

from collections.abc import Callable

import phonenumbers

CHINA = 86


def _country_and_rest(mobile: str) -> tuple[int | None, str]:
    number = phonenumbers.parse(mobile)
    return number.country_code, phonenumbers.national_significant_number(number)


def _international(mobile: str) -> str:
    return mobile


def _national(mobile: str) -> str | None:
    country, rest = _country_and_rest(mobile)
    return rest if country == CHINA else None


def _spaced(mobile: str) -> str:
    return "+{} {}".format(*_country_and_rest(mobile))


# In the order in which they are tried: as we write it ourselves, as consoles show it, as the manual writes it.
SPELLINGS: dict[str, Callable[[str], str | None]] = {
    "international": _international,
    "national": _national,
    "spaced": _spaced,
}


def spellings(mobile: str, first: str = "") -> list[tuple[str, str]]:
    """[(name, the E.164 number so spelled)], that named `first` before the others."""
    names = sorted(SPELLINGS, key=lambda name: name != first)
    return [(name, spelled) for name in names if (spelled := SPELLINGS[name](mobile))]
