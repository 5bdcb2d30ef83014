"""What a row changes: the person it names as they are in the directory beside what the file says."""

from dataclasses import dataclass, field

from portal.people.models import Group, ImportRow, Person
from portal.people.roles import Role

from .excerpt import flags_of
from .facts import OF_THE_DESK, facts_of, fill, put_in_question

Verdict = ImportRow.Verdict
# The mark behind a pair that is no change: in question, or no longer.
CONFLICT, SETTLED = "conflict", "settled"
_MARKS = {True: CONFLICT, False: SETTLED}
_WHERE_PUPILS_STAND = (Group.Kind.YEAR, Group.Kind.FORM)


@dataclass
class Change:
    person: Person  # as the file wants them; without an id where they are new
    before: dict  # facts; {} of somebody new
    facts: dict = field(default_factory=dict)  # {column: [before, after]}
    questions: dict = field(default_factory=dict)  # {column: (the desk's, the file's)}, None for what no longer is one
    groups: list = field(default_factory=list)  # [those left, those entered]: Groups, maybe not saved
    pupils: dict = field(default_factory=dict)  # {reference or id: [flags before, flags after]}, None for none
    moves: bool = False  # a pupil, from one year or form into another

    @property
    def is_there(self):
        return bool(self.facts or any(self.groups) or self.pupils)

    @property
    def widens(self):
        """Whether it puts them into a group, gives them a role or a child."""
        return bool(self.groups[1] or self.pupils or any(map(self._gives, Role)))

    def _gives(self, role):
        _before, last_day = self.facts.get(role.last_day, ["", ""])
        return role.column in self.facts or last_day is None

    @property
    def verdict(self):
        if not self.before:
            return Verdict.NEW
        if any(self.questions.values()):
            return Verdict.CONFLICT
        if self.moves:
            return Verdict.MOVED
        return Verdict.CHANGED if self.is_there else Verdict.UNCHANGED


def change_of(row, excerpt, groups):
    """The Change of a row. `groups` answers `of(name)` and `by_id`."""
    person = excerpt.person(row)
    change = Change(person, facts_of(person) if person.pk else {})
    fill(person, row.fields)
    if change.before:
        after = facts_of(person)
        change.facts = {name: [value, after[name]] for name, value in change.before.items() if value != after[name]}
        change.questions = put_in_question(change.before, after)
    current = excerpt.memberships[person.pk] if person.pk else {}
    change.groups = _groups_changed(row, current, groups)
    change.moves = bool(
        change.before
        and row.fields.get("is_pupil")
        and all(change.groups)
        and any(group.kind in _WHERE_PUPILS_STAND for group in change.groups[1])
    )
    change.pupils = _pupils_changed(row, excerpt, excerpt.relationships[person.pk] if person.pk else {})
    return change


def _groups_changed(row, current, groups):
    wanted = [groups.of(name) for name in row.groups]
    kept = {group.pk for group in wanted}
    left = [groups.by_id[pk] for pk in current if pk not in kept]
    return [
        [group for group in left if group.kind in row.kinds],
        list({id(group): group for group in wanted if group.pk not in current}.values()),
    ]


def _pupils_changed(row, excerpt, current):
    wanted = {}
    for reference, flags in row.pupils.items():
        pupil = excerpt.of(reference)
        wanted[pupil.pk if pupil else reference] = flags
    return pupils_changed(wanted, current, row.names_all_pupils)


def pupils_changed(wanted, current, names_all):
    """{pupil: [flags before, flags wanted]} where they differ, None for no relationship."""
    before = {pk: flags_of(link) for pk, link in current.items() if pk in wanted or names_all}
    pairs = {who: [before.get(who), wanted.get(who)] for who in {**before, **wanted}}
    return {who: pair for who, pair in pairs.items() if pair[0] != pair[1]}


def in_words(change):
    """{what: [before, after], or with a mark behind} of a change to somebody who is there, for a page and for a JSON column; None of others."""
    if not change.before or not change.is_there:
        return None
    words = {name: [*(pair or ["", ""]), _MARKS[bool(pair)]] for name, pair in change.questions.items()}
    words |= {name: pair for name, pair in change.facts.items() if name not in OF_THE_DESK}
    if any(change.groups):
        words["groups"] = [", ".join(map(str, groups)) for groups in change.groups]
    if change.pupils:
        words["pupils"] = [sum(flags[n] is not None for flags in change.pupils.values()) for n in (0, 1)]
    return words
