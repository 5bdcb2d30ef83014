"""One mobile number on record for several people: nothing is wrong with it, and whoever writes it down reads whose it is too."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Person, User

MOST_NAMED = 5
MEANING = gettext_lazy(
    "Families share telephones, so it is no mistake. In WeChat a number finds one person: whoever registers with it first "
    "has it, and the others give another number or an e-mail address when they register."
)


def may_read(user: User | None) -> bool:
    """Whoever may change or import people chooses them; to read who has what on record is the directory's option."""
    return user is not None and user.has_perm("people.view")


def whose_too(person: Person, *, by: User) -> str:
    """Whose number theirs is as well, and what that means, for whoever has written it; "" where it is theirs alone."""
    others = Person.objects.on_record(mobile=person.mobile).exclude(pk=person.pk) if person.mobile else None
    if others is None or not others.exists():
        return ""
    sentence = _("%(number)s is on record for somebody else, too.")
    names = ""
    if may_read(by):
        sentence = _("%(number)s is the number of %(names)s, too.")
        found = list(others.by_name()[: MOST_NAMED + 1])
        names = ", ".join(f"{other.name_as_read} ({other.reference})" for other in found[:MOST_NAMED])
        names += " …" if len(found) > MOST_NAMED else ""
    return f"{sentence % {'number': person.mobile_in_words, 'names': names}} {MEANING}"
