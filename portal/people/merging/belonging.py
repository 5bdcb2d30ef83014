"""What the directory itself knows of two rows: facts, roles, groups, relationships, and what was merged before."""

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.people.bounds import OF_THEMSELVES, bound_groups
from portal.people.importing.excerpt import flags_of
from portal.people.importing.facts import AT_THE_DESK, MENDABLE, fill
from portal.people.models import Membership, Person, Proposal, Relationship
from portal.people.roles import Role

from ..models import Merge, User
from .parts import Joined, MergeRefused, Part, part

_ROLES = [column for role in Role for column in (role.column, role.last_day)]


@part
class Facts(Part):
    """What the kept row lacks; a role that either has goes on as long as either says."""

    name = "facts"

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        before = {name: getattr(kept, name) for name in [*MENDABLE, *_ROLES, "mended"]}
        lacking = {name: getattr(gone, name) for name in MENDABLE if not before[name] and getattr(gone, name)}
        if kept.given_name or kept.family_name:
            # Another spelling of the name is no further half of it.
            lacking = {name: value for name, value in lacking.items() if name not in ("given_name", "family_name")}
        fill(kept, lacking | {AT_THE_DESK: True})
        for role in Role:
            days = [getattr(row, role.last_day) for row in (kept, gone) if getattr(row, role.column)]
            if days:
                setattr(kept, role.column, True)
                setattr(kept, role.last_day, max(days) if all(days) else None)
        kept.save()
        return {
            name: [_plain(was), _plain(getattr(kept, name))]
            for name, was in before.items()
            if was != getattr(kept, name)
        }

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        for name, (was, became) in joined.items():
            if _plain(getattr(kept, name)) == became:
                setattr(kept, name, _read(name, was))
        kept.save()


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _read(name: str, value: object) -> object:
    (field,) = (field for field in Person._meta.fields if field.name == name)
    return field.to_python(value)


@part
class Groups(Part):
    name = "groups"

    def refusal(self, kept: Person, gone: Person, by: User) -> str:
        is_ones_own = by is not None and by.pk in (kept.user_id, gone.user_id)
        return str(OF_THEMSELVES) if is_ones_own and bound_groups(by) is not None else ""

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        own = Membership.objects.filter(person=kept).values("group")
        both = list(Membership.objects.filter(person=gone, group__in=list(own.values_list("group", flat=True))))
        moved = Membership.objects.filter(person=gone).exclude(pk__in=[one.pk for one in both])
        joined = {"moved": list(moved.values_list("pk", flat=True)), "both": [one.group_id for one in both]}
        Membership.objects.filter(pk__in=[one.pk for one in both]).delete()
        Membership.objects.filter(pk__in=joined["moved"]).update(person=kept)
        return joined

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        Membership.objects.filter(pk__in=joined["moved"], person=kept).update(person=gone)
        again = [Membership(person=gone, group_id=group) for group in joined["both"]]
        Membership.objects.bulk_create(again, ignore_conflicts=True)


@part
class Relationships(Part):
    """Where both are related to one person, whatever either may not, the one may not."""

    name = "relationships"

    def refusal(self, kept: Person, gone: Person, by: User) -> str:
        between = Q(contact=kept, pupil=gone) | Q(contact=gone, pupil=kept)
        if Relationship.objects.filter(between).exists():
            return _("One of them is a contact of the other, so they are two people.")
        return ""

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        joined: dict[str, list] = {"moved": [], "both": []}
        for side, other in (("contact", "pupil"), ("pupil", "contact")):
            theirs = {getattr(link, f"{other}_id"): link for link in Relationship.objects.filter(**{side: kept})}
            for link in Relationship.objects.filter(**{side: gone}):
                mine = theirs.get(getattr(link, f"{other}_id"))
                if mine is None:
                    Relationship.objects.filter(pk=link.pk).update(**{side: kept})
                    joined["moved"].append([side, link.pk])
                else:
                    joined["both"].append(_joined(mine, link, side))
        return joined

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        for side, pk in joined["moved"]:
            Relationship.objects.filter(pk=pk, **{side: kept}).update(**{side: gone})
        for one in joined["both"]:
            Relationship.objects.get_or_create(**one["who"], defaults=one["gone"])
            Relationship.objects.filter(pk=one["mine"], **one["became"]).update(**one["was"])


def _joined(mine: Relationship, link: Relationship, side: str) -> Joined:
    """`link` of the row that goes is over; `mine`, to the same person, says what both said."""
    was, gone = flags_of(mine), flags_of(link)
    who = {"contact_id": link.contact_id, "pupil_id": link.pupil_id}
    mine.may_receive_messages &= link.may_receive_messages
    mine.may_see_data &= link.may_see_data
    mine.save()
    link.delete()
    return {"who": who, "gone": gone, "mine": mine.pk, "was": was, "became": flags_of(mine)}


@part
class Proposals(Part):
    """A correction that waits goes on waiting, where the kept row has none of the kind."""

    name = "proposals"

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        waiting = Proposal.objects.filter(person=gone, state=Proposal.State.OPEN)
        own = list(Proposal.objects.filter(person=kept, state=Proposal.State.OPEN).values_list("what", flat=True))
        joined = {
            "moved": list(waiting.exclude(what__in=own).values_list("pk", flat=True)),
            "ended": list(waiting.filter(what__in=own).values_list("pk", flat=True)),
        }
        Proposal.objects.filter(pk__in=joined["moved"]).update(person=kept)
        Proposal.objects.filter(pk__in=joined["ended"]).update(state=Proposal.State.WITHDRAWN, decided_at=Now())
        return joined

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        moved = Proposal.objects.filter(pk__in=joined["moved"], person=kept, state=Proposal.State.OPEN)
        moved.update(person=gone)


@part
class MergedBefore(Part):
    """What was merged into the row that goes leads to the kept one now."""

    name = "merged before"

    def join(self, kept: Person, gone: Person, stays: int | None, by: User) -> Joined:
        rows = list(gone.merged(manager="everybody").values_list("pk", flat=True))
        Person.everybody.filter(pk__in=rows).update(merged_into=kept)
        return rows

    def separate(self, kept: Person, gone: Person, joined: Joined, by: User) -> None:
        Person.everybody.filter(pk__in=joined, merged_into=kept).update(merged_into=gone)


def check_can_be_two_again(merge: Merge) -> None:
    """Raises MergeRefused where a later merge stands on this one."""
    if merge.undone_at or merge.gone.merged_into_id != merge.kept_id:
        raise MergeRefused(_("This was taken back already, or another merge stands on it: take that back first."))
