"""The sentences of the whole house, in every language."""

import re
from gettext import GNUTranslations
from pathlib import Path

from django.conf import settings
from django.utils.translation import to_locale

ROOT = Path(__file__).resolve().parents[1]
ADDRESSES = r"%\((?:\w*address|link|url|\w*contact)\)s"


def sentences():
    """(language, sentence) of everything said."""
    for language in settings.LANGUAGE_NAMES:
        compiled = ROOT / "locale" / to_locale(language) / "LC_MESSAGES" / "django.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                for original, translated in GNUTranslations(file)._catalog.items():
                    yield "en", original if isinstance(original, str) else original[0]
                    yield language, translated


def test_behind_an_address_stands_a_blank_or_the_end_of_the_line():
    """What a mail program or WeChat makes into a link is then exactly the address."""
    found = [(language, text) for language, text in sentences() if re.search(ADDRESSES, text)]
    assert {language for language, _ in found} == set(settings.LANGUAGE_NAMES)
    assert [pair for pair in found if re.search(ADDRESSES + r"(?!\s|$)", pair[1])] == []
