"""What a person was sent: that they were stays, with the numbers; what was said to them alone goes."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.people.one_person.parts import Part, part

from .models import STATE_LABELS, Batch, Delivery, Message, PupilMissed
from .report.words import said_to


@part
class Messages(Part):
    name = "messages"
    models = ("messaging.Delivery",)
    stays = ("messaging.PupilMissed",)

    def refusal(self, person, by):
        waiting = Delivery.objects.filter(person=person).on_their_way()
        if waiting.exists() or Message.objects.filter(status=Message.Status.PREPARING).exists():
            return _("A message to them is on its way, or one is being prepared. Try again when it is finished.")
        return ""

    def export(self, rows):
        deliveries = Delivery.objects.filter(person__in=rows).with_every_part().select_related("message", "batch")
        deliveries = deliveries.order_by("pk")
        missed = PupilMissed.objects.filter(pupil__in=rows).order_by("pk")
        return {
            gettext_noop("What they were sent"): [_line(delivery) for delivery in deliveries.iterator(chunk_size=500)],
            gettext_noop("Messages about them that reached nobody"): [
                {"message": row.message_id, "why": str(row.get_gap_display())} for row in missed
            ],
        }

    def losses(self, rows):
        return [
            _("The texts that were written for them alone. That they were sent a message stays, without their name."),
            _("Texts for others that name them, as a parent's names a child, stay as long as texts are kept."),
        ]

    def erase(self, rows, by):
        alone = Batch.objects.filter(deliveries__person__in=[row.pk for row in rows], size=1).exclude(content="")
        Batch.objects.filter(pk__in=list(alone.values_list("pk", flat=True))).update(content="…", body=None)


def _line(delivery):
    said = said_to(delivery)
    return {
        "message": delivery.message_id,
        "at": str(delivery.shown_at or ""),
        "from": str(delivery.message.author),
        "title": said.title if said else "",
        "text": said.text if said else "",
        "files": ", ".join(file.name for file in said.following) if said else "",
        "became": str(STATE_LABELS[delivery.state]),
        "member": delivery.userid,
    }
