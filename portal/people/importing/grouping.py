"""The groups a file means: each is one of (parent, kind, name), and the file makes and moves them.

A class moves below another year when everybody in it does: its audiences and its teachers go with it. While somebody
stays behind, the class of that name below the other year is another one. Nothing is written before `save`.
"""

from collections import Counter, defaultdict

from django.utils.translation import gettext as _

from portal.people.models import Group, Membership, pupils_here
from portal.people.models.group import BETWEEN
from portal.people.typed import key

YEAR = Group.Kind.YEAR


class Grouping:
    """Groups by the names that files give them. `moved` are those that stand below another year then, in words.

    `unclear` are {name: what to write instead} of those that could be several.
    """

    def __init__(self, names, named_by):
        """`named_by` are given ids of people: {id: the GroupNames of their row} of those the file names."""
        self.moved: list[str] = []
        self.regrouped: list[list] = []  # [id of a class, of its year before, after], once saved
        self.made: list[int] = []  # ids of those that were new, once saved
        self.unclear: dict = {}
        self._named_by = named_by
        self._moving: list = []  # (group, the year it moves below)
        self._making: list = []
        # Of two look-alikes that were there before, the one that is nobody's double.
        every = Group.objects.select_related("parent").order_by("-resembles_another", "-pk")
        self.by_id = {group.pk: group for group in every}
        self._known = {(_mark(group.parent), group.kind, group.key): group for group in every}
        self._namesakes = defaultdict(list)
        for group in self._known.values():
            self._namesakes[group.kind, group.key].append(group)
        self._found = {name: self._on_top(name.kind, name.name) for name in names if not is_below_a_year(name)}
        self._place_below_years([name for name in names if name.year])
        self._place_alone([name for name in names if is_below_a_year(name) and not name.year])

    def of(self, name):
        """The group of a name, saved or not yet."""
        return self._found[name]

    def otherwise_than(self, standing):
        """Names that mean another group than `standing` found, or several."""
        return {name for name, group in standing.found.items() if group.pk != self._found[name].pk} | set(self.unclear)

    def save(self):
        """Make what is new and move what moves."""
        for group in self._making:
            group.parent = group.parent  # its id, now that it has one
            group.save(relabel=False)
            self.made.append(group.pk)
        for group, year in self._moving:
            self.regrouped.append([group.pk, group.parent_id, year.pk])
            group.parent = year
            group.save(relabel=False)
        if self._making or self._moving:
            Group.objects.relabel()

    def _on_top(self, kind, name):
        return self._known.get((None, kind, key(name))) or self._make(None, kind, name)

    def _make(self, parent, kind, name):
        group = Group(parent=parent, kind=kind, name=name, label=name)
        self._making.append(group)
        self._know(parent, group)
        return group

    def _know(self, parent, group):
        self._known[_mark(parent), group.kind, group.key] = group
        if group not in self._namesakes[group.kind, group.key]:
            self._namesakes[group.kind, group.key].append(group)

    # --- classes of a year ---

    def _place_below_years(self, names):
        years = {name: self._on_top(YEAR, name.year) for name in names}
        missing = []
        for name, year in years.items():
            group = self._known.get((_mark(year), name.kind, key(name.name)))
            if group:
                self._found[name] = group
            else:
                missing.append(name)
        for name in missing:
            self._found[name] = self._moved(name, years[name]) or self._make(years[name], name.kind, name.name)

    def _moved(self, name, year):
        """The class of this name that everybody in it leaves for this year; None where there is none."""
        named = {group.pk for group in self._found.values()}
        elsewhere = [group for group in self._namesakes_of(name) if group.pk and group.pk not in named]
        going = Counter({group: self._going(group, name) for group in elsewhere})
        [(group, number)] = going.most_common(1) or [(None, -1)]
        if group is None or number < 0:
            return None
        del self._known[_mark(group.parent), group.kind, group.key]
        self._moving.append((group, year))
        self._know(year, group)
        self.moved.append(f"{group} → {year.name}{BETWEEN}{group.name}")
        return group

    def _going(self, group, name):
        """How many of a class's pupils the file puts into the one named; -1 where the class does not move."""
        pupils = list(Membership.objects.filter(pupils_here("person__"), group=group).values_list("person", flat=True))
        if not pupils:
            return -1 if group.parent else 0
        named = self._named_by(pupils)
        if not all(pk in named for pk in pupils):
            return -1
        return sum(name in named[pk] for pk in pupils) or -1

    # --- classes named without a year ---

    def _place_alone(self, names):
        for name in names:
            groups = self._namesakes_of(name)
            if len(groups) > 1:
                self.unclear[name] = self._which_is_meant(name, groups)
            self._found[name] = groups[0] if groups else self._make(None, name.kind, name.name)

    def _namesakes_of(self, name):
        return self._namesakes[name.kind, key(name.name)]

    def _which_is_meant(self, name, groups):
        parent = next(group.parent for group in groups if group.parent)
        return _("There is more than one “%(name)s”. Write whose it is, as “%(kind)s=%(year)s · %(name)s”.") % {
            "name": name.name,
            "kind": name.kind,
            "year": parent.name,
        }


class Standing:
    """The groups that files mean as they stand now: before all names are known, and with nothing moved."""

    def __init__(self):
        every = Group.objects.select_related("parent").order_by("-resembles_another", "-pk")
        self.by_id = {group.pk: group for group in every}
        self._known = {(group.parent_id, group.kind, group.key): group for group in every}
        self._namesakes = defaultdict(list)
        for group in self._known.values():
            self._namesakes[group.kind, group.key].append(group)
        self.found: dict = {}

    def of(self, name):
        """The group of a name; one that is not saved where none stands, or it cannot be told which."""
        if name not in self.found:
            self.found[name] = self._find(name) or Group(kind=name.kind, name=name.name, label=name.name)
        return self.found[name]

    def _find(self, name):
        if name.year:
            year = self._known.get((None, YEAR, key(name.year)))
            return year and self._known.get((year.pk, name.kind, key(name.name)))
        if not is_below_a_year(name):
            return self._known.get((None, name.kind, key(name.name)))
        groups = self._namesakes[name.kind, key(name.name)]
        return groups[0] if len(groups) == 1 else None


def is_below_a_year(name):
    return name.kind in Group.BELOW_A_YEAR


def _mark(parent):
    """What tells parents apart, those that are not saved yet too."""
    return parent and (parent.pk or ("new", id(parent)))
