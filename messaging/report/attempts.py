"""Every call that was made for a message, for those who run the connection: it names nobody and says no text."""

from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.csv_files import download
from portal.heavy import DOWNLOAD, one_at_a_time
from portal.menu import requires
from portal.paging import page_behind
from portal.reading import read_id

from ..models import Attempt, Message

SIZE = 50


def _page(message, after):
    """The page behind the attempt with the id `after`, by batch and attempt: a page costs the same however far down."""
    calls, last = _calls_of(message), Attempt.objects.select_related("batch").filter(pk=after).first()
    if last is not None:
        number = last.batch.number
        calls = calls.filter(Q(batch__number=number, number__gt=last.number) | Q(batch__number__gt=number))
        calls = calls.filter(batch__number__gte=number)  # said twice: so that the index is entered at the place
    return page_behind(calls, last, SIZE)


def _calls_of(message):
    calls = (
        Attempt.objects.filter(batch__message=message).select_related("batch").defer("batch__body", "batch__content")
    )
    return calls.order_by("batch__number", "number", "pk")


def _message(pk):
    return get_object_or_404(Message.objects.listed(), pk=pk)


@requires("wechat_admin.view_account")
@never_cache
def attempts(request, pk):
    message = _message(pk)
    page = _page(message, read_id(request.GET.get("after")))
    return render(request, "messaging/report/attempts.html", {"message": message, "page": page})


@requires("wechat_admin.view_account")
@one_at_a_time(DOWNLOAD)
def attempts_csv(request, pk):
    message = _message(pk)
    header = [_("Batch"), _("People"), _("Attempt"), _("Time"), _("What became of it"), _("Code"), _("Milliseconds")]
    rows = map(_line, _calls_of(message).iterator(chunk_size=500))
    return download(request, f"attempts-of-message-{message.pk}.csv", [*header, _("Process")], rows)


def _line(call):
    time = f"{localtime(call.at):%Y-%m-%d %H:%M:%S}"
    return [
        call.batch.number,
        call.batch.size,
        call.number,
        time,
        call.in_words,
        call.codes,
        call.milliseconds,
        call.process,
    ]
