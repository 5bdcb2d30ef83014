from django.utils.translation import gettext_lazy as _

from portal.audit.words import acts, labels

acts(
    "people",
    "came in with a personal code",
    "changed which years' pupils may register",
    "confirmed a number",
    "consented that a pupil registers",
    "downloaded registrations",
    "ended a registration with somebody else's number",
    "had members removed at WeCom",
    "linked somebody to the member with their number",
    "looked at a reminder",
    "looked at invitations",
    "looked at members to remove",
    "looked at the names behind a number",
    "looked at the registration of the person viewed as",
    "looked at the registrations",
    "looked at who was invited",
    "looked at whose letters would end",
    "lost the consent of a former guardian",
    "lost the member at WeCom and must register again",
    "noted who was invited by hand",
    "printed personal codes",
    "refused a number somebody gave",
    "said that no message comes",
    "sent invitations",
    "settled that no message comes to somebody",
    "started to register",
    "stopped receiving messages",
    "took invitations back",
    "took letters with personal codes",
    "withdrew the consent that a pupil registers",
)
labels(
    members=_("members"),
    people=_("people"),
    reminders=_("reminders"),
    way=_("how"),
    progress=_("progress"),
)
