"""The portal's languages. A further one is a line of `settings.LANGUAGES` and a catalogue, nothing else."""

import unicodedata

from django.conf import settings
from django.utils import translation


def choices():
    """For a field of a model: named in a migration, so that a further language is none."""
    return settings.LANGUAGES


def tag(code):
    """As HTML writes it, with its capitals."""
    return translation.to_locale(code).replace("_", "-")


def in_each(text):
    """[(code, the language's own name, what `text()` gives in it)]"""
    texts = []
    for code, name in settings.LANGUAGES:
        with translation.override(code):
            texts.append((code, name, text()))
    return texts


def written_in(text):
    """The first language whose own name is written in letters that the text has too; else the school's.

    Of Chinese and Latin letters that tells which, and of two spellings of Chinese it takes the first.
    """
    letters = {letter for letter in text if not letter.isascii()}
    for code, name in settings.LANGUAGES:
        if any(_script(letter) == _script(name[0]) for letter in letters):
            return code
    return settings.LANGUAGE_CODE


def _script(letter):
    """The word for its letters: CJK, LATIN …"""
    return unicodedata.name(letter, "").partition(" ")[0]
