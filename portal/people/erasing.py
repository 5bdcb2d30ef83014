"""What the directory itself holds of a person."""

from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.actions import keys_of
from portal.audit.models import AuditEvent
from portal.backups.afterwards import afterwards

from .importing.facts import MENDABLE
from .models import ImportRow, Membership, Merge, Person, Proposal, Relationship, User
from .one_person.actions import erase_again
from .one_person.parts import Held, Part, part, plain
from .roles import Role


@part
class Record(Part):
    name = "record"
    models = ("people.Person", "people.Proposal", "people.ImportRow", "people.Merge")
    stays = ("people.LastDay", "people.Erasure")  # days and keys

    def export(self, rows: list[Person]) -> Held:
        return {
            gettext_noop("Record"): [self._facts(row) for row in rows],
            gettext_noop("Corrections they proposed"): plain(
                Proposal.objects.filter(person__in=rows), "what", "before", "values", "state", "made_at", "decided_at"
            ),
            gettext_noop("In the trail"): plain(AuditEvent.objects.about(keys_of(rows)), "at", "act"),
            gettext_noop("Rows of files they stood in"): plain(
                ImportRow.objects.filter(person__in=rows), "number", "reference", "name", "said"
            ),
        }

    def _facts(self, row: Person) -> dict[str, object]:
        facts = {"reference": row.reference} | {name: getattr(row, name) for name in MENDABLE if name != "reference"}
        for role in row.roles_on_record:
            facts[role.column], facts[role.last_day] = True, str(getattr(row, role.last_day) or "")
        return {name: value if isinstance(value, (bool, int)) else str(value or "") for name, value in facts.items()}

    def losses(self, rows: list[Person]) -> list[str]:
        return [
            _("Name, reference, number, e-mail address, year of birth and language."),
            _("A file that names them again makes a new person: tell whoever keeps the school's file."),
            _(
                "Backups made before today still name them, and files that were uploaded for some days. The trail keeps what "
                "they did at the desk, by a number without a name."
            ),
        ]

    def erase(self, rows: list[Person], by: User | None) -> None:
        keys = [row.pk for row in rows]
        Proposal.objects.filter(person__in=keys).delete()
        ImportRow.objects.filter(person__in=keys).delete()
        # What a merge moved is written in it, with the names: it can be taken back no more.
        merges = Merge.objects.filter(Q(kept__in=keys) | Q(gone__in=keys))
        merges.filter(undone_at=None).update(undone_at=Now())
        merges.update(joined={})
        yesterday = timezone.localdate() - timedelta(days=1)
        for row in rows:
            row.reference, row.mended, row.file_differs = f"erased-{row.pk}", {}, False
            row.given_name = row.family_name = row.chinese_name = row.email = row.mobile = row.language = ""
            row.birth_year, row.user, row.language_is_chosen = None, None, False
            for role in Role:
                if getattr(row, role.column) and row.is_now(role):
                    setattr(row, role.last_day, yesterday)
            row.save()


@part
class Belonging(Part):
    name = "belonging"
    models = ("people.Membership", "people.Relationship")

    def export(self, rows: list[Person]) -> Held:
        family = Relationship.objects.filter(Q(contact__in=rows) | Q(pupil__in=rows))
        flags = ("kind", "may_receive_messages", "may_see_data")
        return {
            gettext_noop("Groups"): plain(Membership.objects.filter(person__in=rows), "group__kind", "group__name"),
            gettext_noop("Family"): plain(family, "contact__reference", "pupil__reference", *flags),
        }

    def losses(self, rows: list[Person]) -> list[str]:
        return [_("Their groups, and who their children, parents and contacts are.")]

    def erase(self, rows: list[Person], by: User | None) -> None:
        keys = [row.pk for row in rows]
        Membership.objects.filter(person__in=keys).delete()
        Relationship.objects.filter(Q(contact__in=keys) | Q(pupil__in=keys)).delete()


@afterwards
def erased_again() -> str:
    """Whoever was erased since the backup was made."""
    again = erase_again()
    return f"{again} people who had been erased since are erased again." if again else ""
