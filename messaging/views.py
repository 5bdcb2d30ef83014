"""Lists of messages, and finding one's own."""

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from portal.menu import requires
from portal.paging import page_of
from portal.reading import read_line

from .models import Message

Status = Message.Status


def _list(request, listed, **words):
    """A page of messages; `words` are its title, the head of its times, and what it says when nothing is there."""
    page = page_of(listed.select_related("author__person"), request)
    return render(request, "messaging/list.html", words | {"page": page})


def _mine(request):
    return Message.objects.listed().visible_to(request.user)


@requires("messaging.write")
def sent(request):
    listed = _mine(request).exclude(status__in=[Status.DRAFT, Status.SCHEDULED])
    return _list(request, listed, title=_("Sent"), when=_("Sent"), nothing=_("Nothing has been sent yet."))


@requires("messaging.write")
def drafts(request):
    listed = Message.objects.listed().filter(author=request.user, status=Status.DRAFT)
    return render(request, "messaging/drafts.html", {"page": page_of(listed, request)})


@requires("messaging.write")
def scheduled(request):
    listed = _mine(request).filter(status=Status.SCHEDULED)
    return _list(request, listed, title=_("Scheduled"), when=_("Goes out"), nothing=_("Nothing is scheduled."))


@requires("messaging.write")
def waiting(request):
    """What waits for a second person: everybody's for those who may release it, else one's own."""
    may_release = request.user.has_perm("messaging.approve")
    listed = (Message.objects.listed() if may_release else _mine(request)).to_release()
    title, nothing = _("Waiting for approval"), _("Nothing waits for approval.")
    return _list(request, listed, title=title, when=_("Sent"), nothing=nothing, leads_to_release=may_release)


def read_token(request):
    """What makes a button, pressed twice, make one thing."""
    return read_line(request.POST.get("creation"))[:32]


def draft_or_404(request, pk):
    """One's own message, or anybody's for those who see the reports of all."""
    return get_object_or_404(Message.objects.listed().visible_to(request.user), pk=pk)
