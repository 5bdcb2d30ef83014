from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit.words import Thing, acts, labels, renamed, things, vocabulary

from .models import STATE_LABELS, Message, Template

acts(
    "messaging",
    "asked for release",
    "asked the administrators for help",
    "brought a draft back",
    "brought a saved audience back",
    "brought a template back",
    "changed a message before its time",
    "changed somebody else's draft",
    "checked whom a message goes to",
    "chose people for a message",
    "deleted a draft",
    "deleted a saved audience",
    "deleted a template",
    "downloaded a report",
    "downloaded the list of messages",
    "downloaded the pupils a message does not reach",
    "downloaded what a person was sent",
    "downloaded whom a message does not reach",
    "ended a share of a report",
    "looked at a message to release",
    "looked at the messages of the person viewed as",
    "looked at the messages scheduled",
    "looked at the messages sent",
    "looked at the messages to a person",
    "looked at the messages waiting",
    "looked at the pupils a message does not reach",
    "looked at the report of a message",
    "looked at their saved audiences",
    "looked at what a person was sent",
    "looked at whom a draft is for",
    "moved a message to another time",
    "recalled a message",
    "released a message",
    "replaced a saved audience",
    "resumed a message",
    "saved a template",
    "sent a message",
    "sent a message back",
    "sent a released message at another time",
    "sent a test to themselves",
    "shared a report",
    "stopped a message",
    "took a message back",
)
renamed("asked for approval", "asked for release")
labels(
    written_by=gettext_lazy("written by"),
    sent_by=gettext_lazy("sent by"),
    released_by=gettext_lazy("released by"),
    user=gettext_lazy("with"),
    about=gettext_lazy("about"),
    time=gettext_lazy("time"),
)


@vocabulary
def _reasons():
    return STATE_LABELS


@things("message", gettext_lazy("message"))
def _messages(numbers):
    """By its number: its words are for whoever may read it."""
    found = Message.objects.filter(pk__in=numbers).values_list("pk", "status")
    return {
        pk: Thing(_("message") + f" {pk}", reverse("messaging:message", args=[pk]), "messaging.report")
        for pk, status in found
        if status != Message.Status.DRAFT
    }


@things("template", gettext_lazy("template"))
def _templates(numbers):
    found = Template.objects.filter(pk__in=numbers)
    return {t.pk: Thing(t.name, reverse("messaging:edit-template", args=[t.pk]), "messaging.write") for t in found}


@things("savedaudience", gettext_lazy("saved audience"))
def _audiences(numbers):
    """By their numbers: what somebody calls theirs is for them alone."""
    return {}
