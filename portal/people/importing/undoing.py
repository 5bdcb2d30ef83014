"""Takes an import back: all its rows but those with something new since, which are named."""

from array import array

from django.db.models import ForeignObjectRel, Model
from django.utils.translation import gettext as _

from portal.people.group_uses import named_somewhere
from portal.people.leaving import actions as leaving
from portal.people.models import Group, ImportRow, Membership, Person, Relationship
from portal.people.roles import Role

from ..models import Import, User
from . import facts
from .bulk import insert, parts_of, update
from .changing import change_of
from .checking import AT_ONCE, row_of
from .excerpt import FLAGS, LINK, Excerpt, flags_of, link
from .grouping import Standing

Verdict = ImportRow.Verdict
# What an import makes itself of a person. Whatever else names somebody came since.
_OWN = (Membership, Relationship, ImportRow)
_LAST_DAYS = {role.last_day for role in Role}


def take_back(imported: Import, *, by: User | None) -> None:
    """Undo the rows that went in. Why one was kept stands in its `kept`."""
    if imported.departure:
        _keep_who_left_otherwise(imported, leaving.take_back(imported.departure, by=by))
    rows = imported.rows.filter(entered=True).exclude(verdict=Verdict.LEAVING)
    standing = Standing()
    for part in parts_of(rows.exclude(verdict=Verdict.NEW).iterator(AT_ONCE), AT_ONCE):
        _restore(part)
    # All are asked about before any is gone: whose pupils were gone would seem changed.
    gone = array("q")
    for part in parts_of(rows.filter(verdict=Verdict.NEW).iterator(AT_ONCE), AT_ONCE):
        gone.extend(_unused(imported, part, standing))
    for ids in parts_of(gone, AT_ONCE):
        Person.objects.filter(pk__in=ids).delete()
    stay = [_move_back(imported), _unmake_groups(imported)]
    imported.problem = " ".join(filter(None, stay))
    imported.save(update_fields=["problem"])
    Group.objects.relabel()


def _keep_who_left_otherwise(imported, people):
    said = [Verdict.LEAVING, Verdict.BACK]
    rows = imported.rows.filter(verdict__in=said, person__in=[person.pk for person in people])
    rows.update(kept=_("Another last day was said since."))


def _move_back(imported):
    """The classes it moved, but those whose place is another's since: they stay. Returns the sentence that says which."""
    stay = []
    for pk, before, after in imported.regrouped:
        for group in Group.objects.filter(pk=pk, parent=after):
            if _has_its_place(group, before):
                Group.objects.filter(pk=pk).update(parent=before)
            else:
                stay.append(str(group))
    sentence = _("Not moved back, as the place they had is taken or gone: %(groups)s.")
    return sentence % {"groups": ", ".join(stay)} if stay else ""


def _unmake_groups(imported):
    """The groups it made, but those that have somebody or something in them: they stay. Returns the sentence."""
    ids = imported.new_groups
    stay = set(Membership.objects.filter(group__in=ids).values_list("group", flat=True)) | named_somewhere(ids)
    made = {group.pk: group for group in Group.objects.filter(pk__in=ids)}
    above = {pk: parent for pk, parent in Group.objects.values_list("pk", "parent") if parent in made}
    while more := {above[pk] for pk in above if pk not in made or pk in stay} - stay:
        stay |= more
    gone = Group.objects.filter(pk__in=made.keys() - stay)
    gone.exclude(parent=None).delete()  # classes before their year
    gone.filter(parent=None).delete()
    names = ", ".join(str(group) for group in made.values() if group.pk in stay)
    sentence = _("Groups of this file that stay, as something uses them: %(groups)s.")
    return sentence % {"groups": names} if names else ""


def _has_its_place(group, before):
    is_there = before is None or Group.objects.filter(pk=before).exists()
    return is_there and not Group.objects.filter(parent=before, kind=group.kind, key=group.key).exists()


# --- those who were there ---


def _restore(part):
    people = Person.objects.in_bulk([stored.person_id for stored in part])
    groups, links = _links_of(people)
    needed = _Needed(part)
    changed, gone_groups, gone_links, other = [], [], [], []
    members: list = []
    fresh: list = []
    for stored in part:
        person, undo = people.get(stored.person_id), stored.undo or {}
        left, entered = undo.get("groups", [[], []])
        pupils = {int(pk): pair for pk, pair in undo.get("pupils", {}).items()}
        theirs, held = links.get(stored.person_id, {}), groups.get(stored.person_id, {})
        if person is None or needed.are_gone(undo) or _is_new_since(person, undo, held, theirs, pupils):
            stored.kept = _("It was changed since.")
            continue
        if undo.get("facts"):
            _set_back(person, undo["facts"])
            changed.append(person)
        gone_groups += [held[pk] for pk in entered]
        members += [(person.pk, pk) for pk in left]
        for pk, (before, after) in pupils.items():
            if before is None:
                gone_links.append(theirs[pk].pk)
            elif after is None:
                fresh.append(link(person.pk, pk, before))
            else:
                vars(theirs[pk]).update(before)
                other.append(theirs[pk])
    facts.save(changed)
    Membership.objects.filter(pk__in=gone_groups).delete()
    Relationship.objects.filter(pk__in=gone_links).delete()
    insert(Membership, ["person_id", "group_id"], members)
    insert(Relationship, LINK, fresh)
    update(other, FLAGS)
    update([stored for stored in part if stored.kept], ["kept"])


class _Needed:
    """The groups and pupils that would be had again: whether they are still there."""

    def __init__(self, part):
        undone = [stored.undo or {} for stored in part]
        groups = {pk for undo in undone for pk in self._groups(undo)}
        pupils = {pk for undo in undone for pk in self._pupils(undo)}
        self._there = set(Group.objects.filter(pk__in=groups).values_list("pk", flat=True))
        self._here = set(Person.objects.filter(pk__in=pupils).values_list("pk", flat=True))

    def are_gone(self, undo):
        return not (self._there.issuperset(self._groups(undo)) and self._here.issuperset(self._pupils(undo)))

    @staticmethod
    def _groups(undo):
        return undo.get("groups", [[]])[0]

    @staticmethod
    def _pupils(undo):
        return [int(pk) for pk, (_before, after) in undo.get("pupils", {}).items() if after is None]


def _links_of(people):
    groups: dict = {}
    links: dict = {}
    for pk, person, group in Membership.objects.filter(person__in=people).values_list("pk", "person", "group"):
        groups.setdefault(person, {})[group] = pk
    for one in Relationship.objects.filter(contact__in=people):
        links.setdefault(one.contact_id, {})[one.pupil_id] = one
    return groups, links


def _is_new_since(person, undo, held, links, pupils):
    """Whether anything that the import changed is not as the import left it."""
    left, entered = undo.get("groups", [[], []])
    now = {pk: flags_of(one) for pk, one in links.items()}
    return (
        any(_plain(getattr(person, name)) != after for name, (_before, after) in undo.get("facts", {}).items())
        or any(pk not in held for pk in entered)
        or any(pk in held for pk in left)
        or any(now.get(pk) != after for pk, (_before, after) in pupils.items())
    )


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def _set_back(person, changed):
    for name, (before, _after) in changed.items():
        setattr(person, name, facts.day(before) if name in _LAST_DAYS else before)


# --- those who were new ---


def _unused(imported, part, standing):
    """Ids of the new people who may go; why the others stay is written down."""
    rows = [row_of(stored) for stored in part]
    excerpt = Excerpt(rows)
    theirs = {stored.person_id for stored in part if stored.person_id}
    used = _used_since(imported, theirs)
    gone = []
    for stored, row in zip(part, rows, strict=True):
        if stored.person_id is None:
            continue
        if stored.person_id in used:
            stored.kept = _("It has a sign-in, a registration, messages, contacts or a last day of its own since.")
        elif change_of(row, excerpt, standing).is_there:
            stored.kept = _("It was changed since.")
        else:
            gone.append(stored.person_id)
    update([stored for stored in part if stored.kept], ["kept"])
    return gone


def _used_since(imported, people):
    """Ids of those whom anything names that no import makes, or who are a pupil of a contact who stays."""
    used = set(Person.objects.filter(pk__in=people).exclude(user=None).values_list("pk", flat=True))
    for field in _naming(Person, but=_OWN):
        rows = field.model._base_manager.filter(**{f"{field.name}__in": people})
        used |= set(rows.values_list(field.name, flat=True))
    ours = imported.rows.filter(entered=True, verdict=Verdict.NEW, kept="").values("person")
    of_others = Relationship.objects.filter(pupil__in=people).exclude(contact__in=ours)
    return used | set(of_others.values_list("pupil", flat=True))


def _naming(model: type[Model], but: tuple = ()) -> list:
    """The fields by which rows name one of `model`, whether or not it can be asked for them; `but` those models'."""
    relations = [one for one in model._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]
    return [one.field for one in relations if not one.many_to_many and one.related_model not in but]
