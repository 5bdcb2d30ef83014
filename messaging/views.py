"""Lists of messages, and finding one's own."""

from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portal.audit.looking import hands_out_names, shows_names
from portal.csv_files import download
from portal.heavy import DOWNLOAD, SEARCH, one_at_a_time, searches
from portal.menu import requires
from portal.paging import page_of
from portal.reading import read_line

from .models import Message, State
from .sent_list import SentFilter

Status = Message.Status


def _list(request, listed, **words):
    """A page of messages; `words` are its title, the head of its times, and what it says when nothing is there."""
    page = page_of(listed.select_related("author__person"), request)
    return render(request, "messaging/list.html", words | {"page": page})


def _mine(request):
    return Message.objects.listed().visible_to(request.user)


@requires("messaging.write")
@shows_names(gettext_noop("looked at the messages sent"))
@one_at_a_time(SEARCH, when=searches)
def sent(request):
    listed = Message.objects.listed().readable_by(request.user)
    listed = listed.exclude(status__in=[Status.DRAFT, Status.SCHEDULED])
    form = SentFilter(request, listed)
    found = form.of(listed)
    nothing = _("No message matches.") if form.is_narrow else _("Nothing has been sent yet.")
    return _list(request, found, title=_("Sent"), when=_("Sent"), nothing=nothing, form=form)


@requires("messaging.write")
@hands_out_names(gettext_noop("downloaded the list of messages"))
@one_at_a_time(DOWNLOAD)
def sent_csv(request):
    """The same as a table to download."""
    listed = Message.objects.listed().readable_by(request.user)
    listed = listed.exclude(status__in=[Status.DRAFT, Status.SCHEDULED])
    found = SentFilter(request, listed).of(listed).select_related("author__person").order_by("-pk")
    header = [_("Sent"), _("Message"), _("From"), _("State"), _("Chosen"), _("accepted by WeCom")]
    return download(request, "messages.csv", header, map(_line, found.iterator(chunk_size=500)))


def _line(message):
    time = f"{localtime(message.sent_at):%Y-%m-%d %H:%M}" if message.sent_at else ""
    accepted = (message.final_counts or {}).get(State.ACCEPTED, "" if message.final_counts is None else 0)
    chosen = message.recipients or message.shown_count
    return [time, message.summary, message.author, message.standing.label, chosen, accepted]


@requires("messaging.write")
def drafts(request):
    listed = Message.objects.listed().filter(author=request.user, status=Status.DRAFT)
    deleted = Message.deleted.filter(author=request.user).order_by("-deleted_at")
    return render(request, "messaging/drafts.html", {"page": page_of(listed, request), "deleted": deleted})


@requires("messaging.write")
@shows_names(gettext_noop("looked at the messages scheduled"))
def scheduled(request):
    listed = _mine(request).filter(status=Status.SCHEDULED)
    return _list(request, listed, title=_("Scheduled"), when=_("Goes out"), nothing=_("Nothing is scheduled."))


@requires("messaging.write", "messaging.approve")
@shows_names(gettext_noop("looked at the messages waiting"))
def waiting(request):
    """What waits for a second person: everybody's for those who may release it, else one's own."""
    may_release = request.user.has_perm("messaging.approve")
    listed = (Message.objects.listed() if may_release else _mine(request)).to_release()
    title, nothing = _("Waiting for release"), _("Nothing waits for release.")
    return _list(request, listed, title=title, when=_("Sent"), nothing=nothing, leads_to_release=may_release)


def read_token(request, button=""):
    """What makes a button, pressed twice, make one thing. Of a page with several each says which it is."""
    token = read_line(request.POST.get("creation"))[:32]
    return f"{token[:22]}-{button}"[:32] if token and button else token


def draft_or_404(request, pk):
    """One's own message, or anybody's for those who see the reports of all."""
    return get_object_or_404(Message.objects.listed().visible_to(request.user), pk=pk)
