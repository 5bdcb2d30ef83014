from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.access.letters import address_of
from portal.addresses import Site, absolute
from portal.mail.kinds import USER, Written, letter
from portal.people.models import User
from portal.school.identity import school_name

from .models import Telling
from .whom import in_office

TOLD = "notices.told"


@letter(TOLD, _("Notices"), of=USER)
def told(row):
    """What is still so of what the letter was to say; no letter where nothing is, or its reader has gone."""
    tellings = Telling.objects.standing().filter(letter=row.pk).select_related("notice").order_by("pk")
    user = in_office(User.objects.filter(pk=row.about)).select_related("person").first()
    notices = [telling.notice for telling in tellings]
    if user is None or not notices:
        return None
    with translation.override(language_of(user)):
        lines = [(notice.sentence, _link(notice)) for notice in notices]
        context = {
            "subject": _subject(notices),
            "lines": lines,
            "is_urgent": any(notice.urgent for notice in notices),
            "choices": absolute(Site.STAFF, reverse("notice-choices")),
            "school_name": school_name(),
        }
        subject, _line, body = render_to_string("notices/email/told.txt", context).partition("\n")
    return Written(address_of(user), subject.strip(), body.strip() + "\n")


def language_of(user):
    person = getattr(user, "person", None)
    return person.reads if person else settings.LANGUAGE_CODE


def _subject(notices):
    if len(notices) == 1:
        return notices[0].sentence
    words = ngettext("%(count)s notice of the portal", "%(count)s notices of the portal", len(notices))
    return words % {"count": len(notices)}


def _link(notice):
    return absolute(Site.STAFF, reverse("notice", args=[notice.pk]))
