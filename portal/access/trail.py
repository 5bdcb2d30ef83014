from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.audit.words import Thing, acts, labels, things, vocabulary

from .models import Profile, Viewing

acts(
    "accounts",
    "added a second factor",
    "changed the options of a profile",
    "changed whether a profile needs a second factor",
    "chose a password",
    "copied a profile",
    "created a System Administrator",
    "created a sign-in",
    "created an administrator profile",
    "deleted a profile",
    "ended a password, as menu options were given",
    "ended sessions",
    "gave a profile",
    "handed out everything about a person",
    "had a new address count for signing in",
    "locked a sign-in",
    "looked at an administrator profile",
    "looked at everything about a person",
    "looked at letters that failed",
    "looked at somebody to view as",
    "looked at somebody's sign-in",
    "looked at the accounts",
    "looked at the administrator profiles",
    "looked at who holds a profile",
    "made new recovery codes",
    "removed a second factor",
    "removed somebody's second factors",
    "renamed a profile",
    "sent a link for a new password",
    "sent links to choose a password again",
    "signed in",
    "signed out",
    "started viewing as somebody else",
    "stopped viewing as somebody else",
    "took a password away",
    "took a profile away",
    "took a profile away from somebody who stopped working here",
    "unlocked a sign-in",
    "was given a name that nobody has",
    "was given a wrong password for",
    "was given a wrong second factor for",
    "was refused while viewing as somebody else",
)
labels(
    profile=_("profile"),
    given=_("given"),
    taken=_("taken away"),
    options=_("options"),
    of=_("of"),
    holders=_("holders"),
    sessions=_("sessions"),
    kind=_("kind"),
    needed=_("needed"),
    reason=_("reason"),
    ended=_("ended"),
)


@things("profile", _("profile"))
def _profiles(numbers):
    profiles = Profile.objects.filter(pk__in=numbers).select_related("group")
    return {p.pk: Thing(str(p), reverse("profile", args=[p.pk]), "access.manage_profiles") for p in profiles}


@things("viewing", _("viewing as"))
def _viewings(numbers):
    return {viewing.pk: Thing(viewing.reason) for viewing in Viewing.objects.filter(pk__in=numbers)}


@vocabulary
def _ends():
    return dict(Viewing.Ended.choices)
