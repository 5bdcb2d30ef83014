from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import once, panels
from portal.tones import Shown, Tone

from .models import Letter, MailServer

GREEN_FOR = timedelta(hours=26)

once.fact("mail away since", lambda: MailServer.objects.filter(failures__gt=0).values("away_since")[:1])
once.fact("letters wait", lambda: once.number(Letter.objects.at_work()))
once.fact(
    "last letter left",
    lambda: (
        Letter.objects.filter(state=Letter.State.SENT, taken_at__isnull=False)
        .order_by("-taken_at")
        .values("taken_at")[:1]
    ),
)
FACTS = ["mail away since", "letters wait", "last letter left"]


@panels.panel(panels.TROUBLE, option=panels.ANY, facts=FACTS)
def mail_server_is_away(request):
    since = once.answer("mail away since")
    return ("mail/away.html", {"since": since, "waiting": once.answer("letters wait")}) if since else None


@panels.panel(panels.RUNNING, option="registration.invite", facts=FACTS)
def letters_on_their_way(request):
    number = once.answer("letters wait")
    words = ngettext("%(number)s letter is on its way", "%(number)s letters are on their way", number)
    return [panels.Line(words % {"number": number})] if number else []


@panels.panel(panels.HEALTH, option=panels.ANY, facts=FACTS)
def the_mail_server(request):
    """Nobody asks it but letters: it is green where one has left lately."""
    away, left = once.answer("mail away since"), once.answer("last letter left")
    if away:
        state = Shown(Tone.BAD, _("does not answer"))
    elif left and left > timezone.now() - GREEN_FOR:
        state = Shown(Tone.OK, _("takes mail"))
    else:
        state = Shown(Tone.PLAIN, _("not asked lately"))
    return [panels.Line(_("E-mail"), state=state, at=away or left)]
