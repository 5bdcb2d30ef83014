from .models import Person


def set_language(*, person: Person, language: str) -> None:
    """The person has chosen: whatever a file says later, it stays."""
    Person.objects.filter(pk=person.pk).update(language=language, language_is_chosen=True)


def follow_language(*, person: Person, language: str) -> None:
    """The language of a browser, for somebody of whom nobody has said which they read: once, then it is kept."""
    Person.objects.filter(pk=person.pk, language="").update(language=language)
