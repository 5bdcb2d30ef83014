"""Where the pictures of help stand, and which words of ours they show."""

from gettext import GNUTranslations
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES, RECORD = ROOT / "static/help", ROOT / "tests/help_pictures.json"
LANGUAGES = {"en": "", "zh-hans": "zh_Hans", "zh-hant": "zh_Hant"}
LARGEST = 60_000  # bytes of one picture


def words_of_ours(words, language):
    """Those of them that stand in the catalogues: no name of a person, no text of a message, no number."""
    return sorted(set(words) & _sentences(language))


def _sentences(language):
    catalogue = LANGUAGES[language] or "zh_Hans"
    with (ROOT / "locale" / catalogue / "LC_MESSAGES/django.mo").open("rb") as file:
        said = GNUTranslations(file)._catalog
    if LANGUAGES[language]:
        return set(said.values())
    return {key if isinstance(key, str) else key[0] for key in said}
