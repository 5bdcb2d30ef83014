from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from portal.people import typed
from portal.people.places import place_in_a_list

from .folded import FoldedField

if TYPE_CHECKING:
    from .person import Person


BETWEEN = " · "


class GroupQuerySet(models.QuerySet["Group"]):
    def and_below(self) -> "GroupQuerySet":
        """These groups and every group below them, however deep: a year with its forms."""
        try:
            start, parameters = self.order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            return self.none()
        table = Group._meta.db_table
        # UNION, not UNION ALL: groups that went round in a circle would end here all the same.
        tree = (
            f"WITH RECURSIVE tree(id) AS (SELECT * FROM ({start}) AS start UNION "
            f"SELECT below.id FROM {table} AS below JOIN tree ON below.parent_id = tree.id) SELECT id FROM tree"
        )
        return Group.objects.filter(pk__in=RawSQL(tree, parameters))

    def trees(self, kind: str) -> "dict[Group, list[int]]":
        """{group of this kind: ids of it and of every group below it}; one query."""
        every: dict[int | None, Group] = {group.pk: group for group in self}
        found: dict[Group, list] = {group: [] for group in every.values() if group.kind == kind}
        for pk, below in every.items():
            group: Group | None = below
            while group is not None and group.kind != kind:
                group = every.get(group.parent_id)
            if group is not None:
                found[group].append(pk)
        return found

    def relabel(self) -> None:
        """Have every group say which it is: 1班, or 七年级 · 1班 where another 1班 stands elsewhere; and its place in a list."""
        every = list(Group.objects.select_related("parent"))
        namesakes = Counter((group.kind, group.key) for group in every)
        changed = []
        for group in every:
            before = group.label, group.place
            group.label, group.place = group.name, place_in_a_list(group)
            if group.parent and namesakes[group.kind, group.key] > 1:
                group.label = f"{group.parent.name}{BETWEEN}{group.name}"
            if (group.label, group.place) != before:
                changed.append(group)
        Group.objects.bulk_update(changed, ["label", "place"])

    def of(self, person: "Person | None") -> Self:
        """The groups somebody belongs to; none for nobody."""
        return self.filter(memberships__person=person) if person else self.none()


class Group(models.Model):
    """Some of the school: a year, a form, a house, a class, a department or an activity; a form may stand below its year."""

    class Kind(models.TextChoices):
        YEAR = "year", _("year")
        FORM = "form", _("form")
        HOUSE = "house", _("house")
        CLASS = "class", _("class")
        DEPARTMENT = "department", _("department")
        ACTIVITY = "activity", _("activity")

    # Kinds of which a year has its own: 1班 of this year is not 1班 of that one.
    BELOW_A_YEAR = (Kind.FORM, Kind.CLASS)

    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    # One of (parent, kind, name), the name without regard to case, width and marks nobody sees.
    key = FoldedField(of=["name"], fold=typed.key)
    # Was there beside one of the same key before keys were kept; no other ever is.
    resembles_another = models.BooleanField(default=False, db_default=False)
    label = models.CharField(
        max_length=130, db_default="", editable=False
    )  # the name, and whose where that must be said

    place = models.TextField(db_default="", editable=False)  # in a list (places.py)

    objects = GroupQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ["place", "name", "parent_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "kind", "key"],
                condition=Q(resembles_another=False),
                name="a_group_is_one_of_parent_kind_and_name",
            ),
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(resembles_another=False, parent=None),
                name="a_group_without_parent_is_one_of_kind_and_name",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.name

    def save(self, *args: Any, relabel: bool = True, **kwargs: Any) -> None:
        """Whoever saves many says `relabel=False` to each and has them relabelled once."""
        super().save(*args, **kwargs)
        if not relabel:
            return
        Group.objects.relabel()
        self.refresh_from_db(fields=["label", "place"])


# Ids, or a queryset of rows or of ids.
GroupsOrIds = Collection[int] | models.QuerySet


class MembershipQuerySet(models.QuerySet["Membership"]):
    def below(self, groups: GroupsOrIds) -> Self:
        """Memberships in these groups (rows or ids) and in those below them."""
        return self.filter(group__in=Group.objects.filter(pk__in=groups).and_below())


class Membership(models.Model):
    """Somebody is in a group."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="memberships")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person", "group"], name="a_person_is_once_in_a_group")]
