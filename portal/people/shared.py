"""One mobile number or e-mail address on record for several people: it is no mistake, and whoever writes it down reads
whose it is too."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Person, User
from .phones import display

MOST_NAMED = 5
# {column: what it means that several have it}
MEANINGS = {
    "mobile": gettext_lazy(
        "Families share telephones, so it is no mistake. In WeChat a number finds one person: whoever registers with it first "
        "has it, and the others give another number or an e-mail address when they register."
    ),
    "email": gettext_lazy("Of those who share an e-mail address each signs in with their reference in its place."),
}


def shown(column: str, value: str) -> str:
    return display(value) if column == "mobile" else value


def may_read(user: User | None) -> bool:
    """Whoever may change or import people chooses them; to read who has what on record is the directory's option."""
    return user is not None and user.has_perm("people.view")


def whose_too(person: Person, column: str, *, by: User) -> str:
    """Whose number or address theirs is as well, and what that means, for whoever has written it; "" where it is theirs
    alone."""
    value = getattr(person, column)
    others = list(Person.objects.on_record(**{column: value}).exclude(pk=person.pk).by_name()[: MOST_NAMED + 1])
    if not (value and others):
        return ""
    names = ", ".join(f"{other.name_as_read} ({other.reference})" for other in others[:MOST_NAMED])
    names += " …" if len(others) > MOST_NAMED else ""
    words = {"value": shown(column, value), "names": names if may_read(by) else _("somebody on record")}
    sentence = _("%(value)s is also the number or address of %(names)s.") % words
    return f"{sentence} {MEANINGS[column]}"
