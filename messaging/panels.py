from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _

from portal import panels
from portal.people.models import Person
from portal.tones import Shown, Tone
from wechat_admin.models import EnterpriseAccount

from . import daily
from .judgement import own_people, why_not_release
from .models import Message
from .now import Now
from .report.of_person import got_by, sent_to
from .time_left import Going, going

MOST_IN_A_PANEL = 5  # a link leads to the others


MOST_IN_A_LIST = 5


@panels.panel(panels.WAITING, option="messaging.approve")
def to_release(request):
    """What others have sent, and only a second person lets go."""
    waiting = [message for message in _now(request).waiting if not why_not_release(message, request.user)]
    waiting.sort(key=lambda message: not message.urgent)
    return _some(waiting, _line_to_release, reverse("messaging:waiting"), _("All that wait for release"))


@panels.panel(panels.WAITING, option="messaging.write")
def stuck(request):
    return _some(_now(request).stuck, _line_stuck, reverse("messaging:sent"), _("All messages"))


@panels.panel(panels.RUNNING, option="messaging.write")
def being_sent(request):
    running = _now(request).running
    going_of = going(running[:MOST_IN_A_LIST])
    line_of = partial(_line_running, going_of=going_of)
    return _some(running, line_of, reverse("messaging:sent"), _("All messages"))


def _some(found, line_of, address, words):
    """The first of them, and a way to the others."""
    lines = [line_of(message) for message in found[:MOST_IN_A_LIST]]
    return [*lines, panels.Line(words, address)] if len(found) > MOST_IN_A_LIST else lines


def _line_to_release(message):
    state = Shown(Tone.WARN, _("urgent")) if message.urgent else Message.Status.AWAITING
    return panels.Line(message.summary, reverse("messaging:approve", args=[message.pk]), state, at=message.sent_at)


def _line_stuck(message):
    why = message.get_paused_reason_display()
    return panels.Line(message.summary, message.get_absolute_url(), message.standing, detail=why)


def _line_running(message, going_of):
    its = going_of.get(message.pk, Going())
    return panels.Line(
        message.summary,
        message.get_absolute_url(),
        message.standing,
        its.time_left,
        part=message.recipients - its.waiting,
        whole=message.recipients,
    )


def _now(request):
    """The messages of the dashboard: one question for all its panels."""
    if not hasattr(request, "messages_now"):
        request.messages_now = Now.of(request.user)
    return request.messages_now


@panels.panel(panels.DASHBOARD, option="messaging.write")
def messages_of_mine(request):
    recent = _now(request).recent
    return "messaging/dashboard_panel.html", {"account": EnterpriseAccount.objects.the(), "recent": recent}


@panels.panel(panels.PICTURES, option="messaging.report")
def weeks_of_messages(request):
    """From the facts of the day."""
    drawn = daily.by_week()
    return ("messaging/weeks_panel.html", {"weeks": drawn}) if drawn else None


@panels.panel(panels.PERSON, option="messaging.write")
def what_they_were_sent(request, person):
    """Of people whose names the reader may read."""
    if not Person.objects.readable(own_people(request.user)).filter(pk=person.pk).exists():
        return None
    deliveries = list(sent_to(person, request.user).order_by("-pk")[: MOST_IN_A_PANEL + 1])
    context = {
        "person": person,
        "deliveries": deliveries[:MOST_IN_A_PANEL],
        "has_more": len(deliveries) > MOST_IN_A_PANEL,
    }
    return "messaging/report/person_panel.html", context


@panels.panel(panels.MY_DETAILS)
def what_i_was_sent(request, person):
    deliveries = list(got_by(person).order_by("-pk")[: MOST_IN_A_PANEL + 1])
    if not deliveries:
        return None
    context = {"deliveries": deliveries[:MOST_IN_A_PANEL], "has_more": len(deliveries) > MOST_IN_A_PANEL}
    return "messaging/report/my_panel.html", context
