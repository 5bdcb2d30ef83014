"""What a message says to whom: a text per language, its fields filled in."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from portal.people.models import Membership, Person, Relationship
from portal.people.models.person import PersonQuerySet
from portal.people.roles import Role

from ..fill_in import FIELDS, fields_in, fill_in, filler, is_personal
from ..models import Message

# --- languages ---


def languages_read() -> tuple[str, ...]:
    """Every language, and "": of those who read it nobody knows what they read. They get the main text."""
    return (*settings.LANGUAGE_NAMES, "")


def text_for(message: Message, language: str) -> str:
    """The text of a language, or the main one."""
    return message.translations.get(language) or message.text


def languages_without_own_text(message: Message) -> list[str]:
    """Languages whose readers get a main text in another one although others have theirs."""
    if not message.translations:
        return []
    there = {message.language_of_text, *message.translations}
    return [code for code in settings.LANGUAGE_NAMES if code not in there]


@dataclass(frozen=True)
class Variant:
    """People who get the same text but for what is personal. `languages` None: everybody."""

    languages: tuple[str, ...] | None
    text: str  # with its fields; "" for the message's main text as it stands
    is_personal: bool = False


def variants(message: Message) -> list[Variant]:
    """Who gets which text: as few different ones as there are."""
    if not message.shape.has_words:
        return [Variant(None, "")]
    by_text = defaultdict(list)
    for language in languages_read():
        by_text[text_for(message, language)].append(language)
    found = []
    for text, languages in by_text.items():
        if is_personal(text):
            found.append(Variant(tuple(languages), text, is_personal=True))
        elif fields_in(text):
            found += _filled_in(message, text, languages)
        else:
            found.append(Variant(tuple(languages), "" if text == message.text else text))
    return [Variant(None, found[0].text, found[0].is_personal)] if len(found) == 1 else found


def _filled_in(message: Message, text: str, languages: Iterable[str]) -> list[Variant]:
    by_text = defaultdict(list)
    for language in languages:
        by_text[shared_text(message, text, language)].append(language)
    return [Variant(tuple(languages), text) for text, languages in by_text.items()]


# --- values ---


def shared_values(message: Message, language: str) -> dict[str, str]:
    """The values that are the same for everybody of a language."""
    with override(language or settings.LANGUAGE_CODE):
        day = date_format(localtime(message.start_at), "DATE_FORMAT")
    return {"date": day, "school": settings.SCHOOL_NAME}


def shared_text(message: Message, text: str, language: str) -> str:
    with override(language or settings.LANGUAGE_CODE):
        return fill_in(text, shared_values(message, language))


def texts_of(message: Message, people: Iterable[Person], pupils: PersonQuerySet | None) -> list[str]:
    """[text of each of `people`], their fields filled in; two queries at most, however many people.

    `pupils` is the queryset of pupils the message is about, or None for all.
    """
    of_language = {language: text_for(message, language) for language in languages_read()}
    used = {key for text in of_language.values() for key in fields_in(text)}
    children = _children(people, pupils) if used & {"children", "form"} else defaultdict(list)
    forms = _forms(people, children) if "form" in used else defaultdict(list)
    fillers = {language: filler(text) for language, text in of_language.items()}
    shared = {language: _empty(language) | shared_values(message, language) for language in of_language}
    texts = []
    for person in people:
        chinese = person.reads.startswith("zh")
        comma = "、" if chinese else ", "
        theirs = {
            "name": (person.chinese_name if chinese else "") or person.name,
            "children": comma.join(child.called(in_characters=chinese) for child in children[person.pk]),
            "form": comma.join(forms[person.pk]),
        }
        values = shared[person.language] | {key: value for key, value in theirs.items() if value}
        texts.append(fillers[person.language](values))
    return texts


def _empty(language: str) -> dict[str, str]:
    """What stands in a text of this language instead of nothing, found once for everybody who reads it."""
    with override(language or settings.LANGUAGE_CODE):
        return {key: str(field.when_empty) for key, field in FIELDS.items()}


def _children(people: Iterable[Person], pupils: PersonQuerySet | None) -> defaultdict[int, list[Person]]:
    """{id of a contact: the pupils they may hear of}"""
    relationships = Relationship.objects.current().may_receive().may_see()
    relationships = relationships.filter(contact__in=[person.pk for person in people])
    if pupils is not None:
        relationships = relationships.filter(pupil__in=pupils)
    children = defaultdict(list)
    for relationship in relationships.select_related("pupil").order_by("pupil__given_name", "pupil"):
        children[relationship.contact_id].append(relationship.pupil)
    return children


def _forms(people: Iterable[Person], children: dict[int, list[Person]]) -> defaultdict[int, list[str]]:
    """{id of a person: names of their own form, or of their children's forms}"""
    pupils = {person.pk for person in people if person.is_now(Role.PUPIL)} | {
        c.pk for cs in children.values() for c in cs
    }
    of_pupil = defaultdict(list)
    for pupil, form in (
        Membership.objects.filter(person__in=pupils, group__kind="form")
        .order_by("group__place", "group__label")
        .values_list("person", "group__label")
    ):
        of_pupil[pupil].append(form)
    forms = defaultdict(list)
    for person in people:
        own = of_pupil[person.pk] if person.is_now(Role.PUPIL) else []
        theirs = [form for child in children[person.pk] for form in of_pupil[child.pk]]
        forms[person.pk] = list(dict.fromkeys(own + theirs))
    return forms
