"""What somebody was told, who worked here."""

from django.utils.translation import gettext_noop

from portal.people.one_person.parts import Part, part, plain

from .models import Absence, Choice, Note, Telling


@part
class Told(Part):
    name = "told"

    def export(self, rows):
        users = [row.user_id for row in rows if row.user_id]
        return {
            gettext_noop("What they were told"): plain(
                Note.objects.filter(user__in=users), "text", "written_at", "sent_at"
            ),
            gettext_noop("How they are told"): plain(Choice.objects.filter(user__in=users), "kind", "way"),
        }

    def erase(self, rows, by):
        users = [row.user_id for row in rows if row.user_id]
        for model in (Telling, Note, Choice, Absence):
            model.objects.filter(user__in=users).delete()
