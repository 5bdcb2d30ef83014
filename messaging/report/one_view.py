"""Did this person get it, and what did they get?"""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache

from portal.audit.looking import shows_names
from portal.menu import requires
from portal.people.models import Person

from ..checking import previews
from ..judgement import own_people
from ..models import Attempt
from .views import readable_or_404
from .why import why
from .words import may_name_others, said_to


@requires("messaging.write")
@never_cache
@shows_names(gettext_noop("looked at what a person was sent"), of="person")
def one(request, message_pk, pk):
    """Of anybody whose names this user may read, chosen or not: *why not* is a question, too."""
    message = readable_or_404(request, message_pk)
    if kept := Person.everybody.kept_instead_of(pk):
        return redirect("messaging:one", message.pk, kept)
    own = own_people(request.user)
    person = get_object_or_404(Person.objects.readable(own).with_family(own), pk=pk)
    delivery = delivery_of(message, person)
    names_others = delivery is not None and may_name_others(delivery, own)
    context = {
        "message": message,
        "person": person,
        "delivery": delivery,
        "names_others": names_others,
        "preview": previews.of(message, person.language) if names_others else delivery and said_to(delivery),
        "why": why(message, person, delivery, own),
        "calls": _calls(request.user, delivery),
    }
    return render(request, "messaging/report/one.html", context)


def delivery_of(message, person):
    delivery = first_to(message.deliveries.filter(person__in=person.every_row).select_related("batch"), person)
    if delivery and delivery.batch:
        delivery.batch.message = message
    return delivery


def first_to(deliveries, person):
    """Of one message: what went to their own row, else to one that was merged into it."""
    return min(deliveries, key=lambda delivery: delivery.person_id != person.pk, default=None)


def _calls(user, delivery):
    """What was tried for them, for those who run the connection."""
    if delivery is None or delivery.batch is None or not user.has_perm("wechat_admin.view_account"):
        return []
    return Attempt.objects.filter(batch__in=delivery.batches).order_by("pk")


@requires("messaging.write")
@never_cache
def file(request, pk):
    """The picture, video or file of a message, for those who may read its report."""
    return answer_with_file(readable_or_404(request, pk))


@requires("messaging.write")
@never_cache
def following_file(request, pk, number):
    """The first, second … file that follows a message, for the same."""
    return answer_with_following(readable_or_404(request, pk), number)


def answer_with_file(message):
    if not message.shape.has_file or message.file is None:
        raise Http404
    return _answer_with(message.file)


def answer_with_following(message, number):
    if not 1 <= number <= len(message.following):
        raise Http404
    return _answer_with(message.following[number - 1])


def _answer_with(file):
    """Shown in the page where a browser can show it and run nothing; anything else is for saving."""
    content_type = _SHOWN.get(file.name.rpartition(".")[2].lower(), "application/octet-stream")
    disposition = content_disposition_header(content_type == "application/octet-stream", file.name)
    headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
    return HttpResponse(bytes(file.data), content_type=content_type, headers=headers)


_SHOWN = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "mp4": "video/mp4"}
