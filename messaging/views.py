"""Lists of messages, and finding one's own."""

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from portal.menu import requires
from portal.paging import page_of

from .models import Message

Status = Message.Status


def _list(request, here, listed, title):
    context = {"page": page_of(listed.select_related("author__person"), request), "here": here, "title": title}
    return render(request, "messaging/list.html", context)


def _mine(request):
    return Message.objects.listed().visible_to(request.user)


@requires("messaging.write")
def sent(request):
    return _list(request, "sent", _mine(request).exclude(status__in=[Status.DRAFT, Status.SCHEDULED]), _("Sent"))


@requires("messaging.write")
def drafts(request):
    listed = Message.objects.listed().filter(author=request.user, status=Status.DRAFT)
    return render(request, "messaging/drafts.html", {"page": page_of(listed, request)})


@requires("messaging.write")
def scheduled(request):
    return _list(request, "scheduled", _mine(request).filter(status=Status.SCHEDULED), _("Scheduled"))


@requires("messaging.write")
def waiting(request):
    """What waits for a second person: everybody's for those who may release it, else one's own."""
    listed = Message.objects.listed() if request.user.has_perm("messaging.approve") else _mine(request)
    return _list(request, "waiting", listed.filter(status=Status.AWAITING), _("Waiting for approval"))


def draft_or_404(request, pk):
    """One's own message, or anybody's for those who see the reports of all."""
    return get_object_or_404(Message.objects.listed().visible_to(request.user), pk=pk)
