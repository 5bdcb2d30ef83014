"""What somebody was sent: for the school on their page, and for themselves on My Details."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache

from portal.addresses import on_families_site
from portal.audit.looking import hands_out_names, shows_names
from portal.csv_files import download
from portal.heavy import DOWNLOAD, one_at_a_time
from portal.menu import requires
from portal.paging import page_of
from portal.people.models import Person
from portal.school.identity import school_name

from ..judgement import own_people
from ..models import STATE_LABELS, Delivery, Message, State
from .one_view import answer_with_file, answer_with_following, first_to
from .words import said_to


def sent_to(person, user):
    """The deliveries to somebody of the messages whose reports this user may read."""
    messages = Message.objects.listed().readable_by(user)
    deliveries = Delivery.objects.filter(person__in=person.every_row, message__in=messages)
    return _with_their_messages(deliveries)


def got_by(person):
    """What went to somebody, for themselves, as far as its words did: what was kept from them is no message of theirs."""
    rows = person.every_row if person else []
    deliveries = Delivery.objects.filter(person__in=rows, message__in=Message.objects.listed())
    return _with_their_messages(deliveries.in_states([State.ACCEPTED, State.UNKNOWN]))


def _with_their_messages(deliveries):
    return deliveries.with_every_part().select_related("message__author__person", "batch").defer("batch__body")


def readable_person(user, pk):
    return get_object_or_404(Person.objects.readable(own_people(user)), pk=pk)


@requires("messaging.write")
@never_cache
@shows_names(gettext_noop("looked at the messages to a person"), of="person")
def to_person(request, pk):
    if kept := Person.everybody.kept_instead_of(pk):
        return redirect("messaging:to-person", kept)
    person = readable_person(request.user, pk)
    page = page_of(sent_to(person, request.user), request)
    return render(request, "messaging/report/to_person.html", {"person": person, "page": page})


@requires("messaging.write")
@hands_out_names(gettext_noop("downloaded what a person was sent"), of="person")
@one_at_a_time(DOWNLOAD)
def to_person_csv(request, pk):
    if kept := Person.everybody.kept_instead_of(pk):
        return redirect("messaging:to-person-csv", kept)
    person = readable_person(request.user, pk)
    deliveries = sent_to(person, request.user).order_by("-pk").iterator(chunk_size=500)
    header = [_("Time"), _("Message"), _("From"), _("What became of it"), _("Code")]
    return download(request, f"person-{person.pk}.csv", header, map(_line, deliveries))


def _line(delivery):
    at = delivery.at or delivery.message.sent_at
    time = f"{localtime(at):%Y-%m-%d %H:%M}" if at else ""
    return [time, delivery.message.summary, delivery.message.author, STATE_LABELS[delivery.state], delivery.code]


# --- for themselves ---


@on_families_site
@never_cache
@shows_names(gettext_noop("looked at the messages of the person viewed as"), own=True)
def mine(request):
    page = page_of(got_by(_themselves(request)), request)
    return render(request, "messaging/report/mine.html", {"page": page})


@on_families_site
@never_cache
@shows_names(gettext_noop("looked at the messages of the person viewed as"), own=True)
def my_message(request, pk):
    """The words as they went, by the number of the message."""
    delivery = _my_delivery(request, pk)
    context = {"delivery": delivery, "preview": said_to(delivery), "school": school_name()}
    return render(request, "messaging/report/my_message.html", context)


@on_families_site
@never_cache
def my_file(request, pk):
    return answer_with_file(_my_delivery(request, pk).message)


@on_families_site
@never_cache
def my_following_file(request, pk, number):
    return answer_with_following(_my_delivery(request, pk).message, number)


def _my_delivery(request, pk):
    person = _themselves(request)
    delivery = first_to(got_by(person).filter(message=pk), person)
    if delivery is None:
        raise Http404
    return delivery


def _themselves(request):
    """Who is signed in; None where that is nobody the school knows, and nobody was ever sent anything."""
    return getattr(request.user, "person", None)
