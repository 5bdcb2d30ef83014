"""The pupils without an adult who gets a message, and what helps: as things are, or were when its list was frozen."""

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache

from portal.audit.looking import hands_out_names, shows_names
from portal.csv_files import download
from portal.heavy import DOWNLOAD, SEARCH, one_at_a_time
from portal.menu import requires
from portal.paging import page_of
from registration.reached import Gap

from .. import judgement
from ..audience import pupils as by_pupil
from ..models import Asking, Message
from ..those import query_of_pupils


def _listed(request, pk):
    """(the message, those of its pupils missed whom the reader may read of, the Gap asked for or None)"""
    message = get_object_or_404(Message.objects.listed().to_look_at(request.user), pk=pk)
    listed = judgement.within(judgement.own_people(request.user), by_pupil.missed_pupils(message))
    asked = request.GET.get("why", "")
    if asked not in Gap.values:
        return message, listed, None
    return message, listed.filter(gap=asked), Gap(asked)


@requires("messaging.write", "messaging.approve")
@never_cache
@shows_names(gettext_noop("looked at the pupils a message does not reach"), of="message")
@one_at_a_time(SEARCH)
def pupils(request, pk):
    message, listed, gap = _listed(request, pk)
    page = page_of(listed.with_family(), request)
    for pupil in page.rows:
        pupil.gap = Gap(pupil.gap)
    context = {
        "message": message,
        "reach": by_pupil.reach_by_pupil(message, own=judgement.own_people(request.user)),
        "page": page,
        "asked": gap.label if gap else "",
        "families": query_of_pupils(message),
        "is_asked": message.askings.filter(about=Asking.PUPILS).exists(),
    }
    return render(request, "messaging/checking/pupils.html", context)


@requires("messaging.write", "messaging.approve")
@hands_out_names(gettext_noop("downloaded the pupils a message does not reach"), of="message")
@one_at_a_time(DOWNLOAD)
def pupils_csv(request, pk):
    """With the groups by which somebody goes to them, and those contacts who may get messages about them."""
    message, listed, _gap = _listed(request, pk)
    rows = listed.with_family().with_contacts().order_by("pk").iterator(chunk_size=500)
    header = [_("Reference"), _("Name"), _("Groups"), _("Why"), _("Contacts")]
    return download(request, f"pupils-of-message-{message.pk}.csv", header, map(_line, rows))


def _line(pupil):
    contacts = [f"{link.contact.name} ({link.contact.reference})" for link in pupil.with_adults]
    lists = ["; ".join(pupil.group_names), Gap(pupil.gap).label, "; ".join(contacts)]
    return [pupil.reference, pupil.name, *lists]
