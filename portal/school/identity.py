"""What the school is called and how its office is reached, in the language of whoever reads; the main one where the
school gave none in it."""

from django.conf import settings
from django.utils.translation import get_language, override

from .table import default, stored_values


def in_own_words(name, language):
    """The setting that holds the same in another language than the main one."""
    return f"{name}_{language}"


def school_name():
    return _in_the_language_of_the_moment("school_name")


def office_contact():
    return _in_the_language_of_the_moment("office_contact")


def _in_the_language_of_the_moment(name):
    stored = stored_values()
    return stored.get(in_own_words(name, get_language())) or stored.get(name) or default(name)


def in_all(of, languages=None):
    """For paper that several languages share: each wording once."""
    found = {}
    for language in languages or settings.LANGUAGE_NAMES:
        with override(language):
            found[of()] = True
    return " · ".join(found)
