"""The groups a file means: each is one of (parent, kind, name), and the file makes and moves them.

A class moves below another year when everybody in it does: its audiences and its teachers go with it. While somebody
stays behind, the class of that name below the other year is another one.
"""

from collections import Counter

from django.utils.translation import gettext as _

from .importing import ImportRefused, Problem
from .models import Group, Membership, pupils_here
from .models.group import BETWEEN
from .typed import key

YEAR = Group.Kind.YEAR


class Grouping:
    """Groups by the names that files give them. `moved` are those that now stand below another year, in words."""

    def __init__(self, rows, people):
        """`people` are {id of a person: their row}."""
        self.moved: list[str] = []
        # Of two look-alikes that were there before, the one that is nobody's double.
        every = Group.objects.select_related("parent").order_by("-resembles_another", "-pk")
        self._known = {(group.parent_id, group.kind, group.key): group for group in every}
        names = list(dict.fromkeys(name for row in rows for name in row.groups))
        self._found = {name: self._on_top(name.kind, name.name) for name in names if not _is_below_a_year(name)}
        self._place_below_years([name for name in names if name.year], people)
        self._place_alone([name for name in names if _is_below_a_year(name) and not name.year], rows)

    def of(self, row):
        """Ids of the groups of a row."""
        return {self._found[name].pk for name in row.groups}

    def _on_top(self, kind, name):
        return self._known.get((None, kind, key(name))) or self._make(None, kind, name)

    def _make(self, parent, kind, name):
        group = Group.objects.create(parent=parent, kind=kind, name=name)
        self._known[group.parent_id, kind, group.key] = group
        return group

    # --- classes of a year ---

    def _place_below_years(self, names, people):
        years = {name: self._on_top(YEAR, name.year) for name in names}
        missing = []
        for name, year in years.items():
            group = self._known.get((year.pk, name.kind, key(name.name)))
            if group:
                self._found[name] = group
            else:
                missing.append(name)
        for name in missing:
            self._found[name] = self._moved(name, years[name], people) or self._make(years[name], name.kind, name.name)

    def _moved(self, name, year, people):
        """The class of this name that everybody in it leaves for this year, now below it; None where there is none."""
        named = {group.pk for group in self._found.values()}
        elsewhere = [group for group in self._namesakes(name) if group.pk not in named]
        going = Counter({group: self._going(group, name, people) for group in elsewhere})
        group, number = next(iter(going.most_common(1)), (None, -1))
        if number < 0:
            return None
        before = str(group)
        del self._known[group.parent_id, group.kind, group.key]
        group.parent = year
        group.save()
        self._known[year.pk, group.kind, group.key] = group
        self.moved.append(f"{before} → {year.name}{BETWEEN}{group.name}")
        return group

    def _going(self, group, name, people):
        """How many of a class's pupils the file puts into the one named; -1 where the class does not move."""
        pupils = list(Membership.objects.filter(pupils_here("person__"), group=group).values_list("person", flat=True))
        if not pupils:
            return -1 if group.parent else 0
        if not all(pk in people for pk in pupils):
            return -1
        return sum(name in people[pk].groups for pk in pupils) or -1

    # --- classes named without a year ---

    def _place_alone(self, names, rows):
        problems = []
        for name in names:
            groups = self._namesakes(name)
            if len(groups) > 1:
                problems += self._unclear(name, groups, rows)
            else:
                self._found[name] = groups[0] if groups else self._make(None, name.kind, name.name)
        if problems:
            raise ImportRefused(sorted(problems, key=lambda problem: problem.row))

    def _namesakes(self, name):
        wanted = (name.kind, key(name.name))
        return [group for group in self._known.values() if (group.kind, group.key) == wanted]

    def _unclear(self, name, groups, rows):
        parent = next(group.parent for group in groups if group.parent)
        sentence = _("There is more than one “%(name)s”. Write whose it is, as “%(kind)s=%(year)s · %(name)s”.") % {
            "name": name.name,
            "kind": name.kind,
            "year": parent.name,
        }
        return [Problem(row.number, "groups", sentence) for row in rows if name in row.groups]


def _is_below_a_year(name):
    return name.kind in Group.BELOW_A_YEAR
