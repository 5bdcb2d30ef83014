"""The portal's languages. A further one is a line of `settings.LANGUAGES` and a catalogue, nothing else."""

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
