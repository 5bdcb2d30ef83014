"""Somebody as the school knows them by their children: mother of Li Wei (7A)."""

from django.utils.translation import gettext as _

from portal.people.models import Group, Person, Relationship
from portal.people.roles import Role


def in_words(person: Person) -> str:
    """Whose parent, guardian or contact they are, by each kind; "" for whoever is nobody's."""
    pupils_by_kind: dict[str, list[str]] = {}
    for link in person.links_in_sight() if person.is_now(Role.CONTACT) else []:
        pupils_by_kind.setdefault(link.kind, []).append(_with_form(link.pupil))
    of_kinds = [_of(kind, pupils) for kind, pupils in pupils_by_kind.items()]
    return _(", ").join(of_kinds)


def _of(kind: str, pupils: list[str]) -> str:
    is_other = kind == Relationship.Kind.OTHER
    label = Role.CONTACT.label if is_other else Relationship.Kind(kind).label
    return _("%(kind)s of %(pupils)s") % {"kind": label, "pupils": _(", ").join(pupils)}


def _with_form(pupil: Person) -> str:
    forms = [str(link.group) for link in pupil.memberships.all() if link.group.kind == Group.Kind.FORM]
    return _("%(name)s (%(forms)s)") % {"name": pupil.name, "forms": ", ".join(forms)} if forms else pupil.name
