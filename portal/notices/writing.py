"""Notices leave: by one letter a person that holds everything that is due, or by one message in WeChat, or by both."""

from itertools import groupby

from django.db import transaction

from portal.causes import Way
from portal.causes import kind as kind_named
from portal.mail.actions import post_to_many

from .letters import TOLD
from .models import Choice, Note, Telling
from .notes import write_note
from .ways import reached_in_wechat


@transaction.atomic
def write_what_is_due():
    """To each person whom something is to be told now. Of two who try at once one does it."""
    due = Telling.objects.due().select_related("notice", "letter", "note", "user__person").order_by("user", "pk")
    told = list(due.select_for_update(of=("self",), skip_locked=True))
    if not told:
        return
    ways = _ways(told)
    _by_mail([telling for telling in told if ways[telling.pk] != Way.WECHAT])
    _in_wechat([telling for telling in told if ways[telling.pk].is_in_wechat])
    for telling in told:
        telling.tell_at = None if telling.read_at else telling.notice.said_again_at()
    Telling.objects.bulk_update(told, ["letter", "note", "tell_at"], batch_size=500)


def _ways(told):
    """{key of a telling: Way} as chosen; by e-mail whoever chose WeChat and is not reached there now."""
    users = {telling.user_id for telling in told}
    rows = Choice.objects.filter(user__in=users).values_list("user", "kind", "way")
    chosen = {(user, kind): Way(way) for user, kind, way in rows}
    ways = {t.pk: chosen.get((t.user_id, t.notice.kind), kind_named(t.notice.kind).way) for t in told}
    reached = reached_in_wechat({t.user_id for t in told if ways[t.pk].is_in_wechat})
    for telling in told:
        came_to_nothing = telling.note is not None and telling.note.came_to_nothing
        if ways[telling.pk].is_in_wechat and (came_to_nothing or telling.user_id not in reached):
            ways[telling.pk] = Way.MAIL
    return ways


def _by_user(told):
    return {user: list(theirs) for user, theirs in groupby(told, lambda telling: telling.user_id)}


def _by_mail(told):
    by_user = _by_user(told)
    for urgent in (True, False):
        to = [user for user, theirs in by_user.items() if _is_urgent(theirs) is urgent and _is_new(theirs)]
        letters = post_to_many(kinds=[(TOLD, user) for user in to], urgent=urgent)
        for user, letter in zip(to, letters, strict=True):
            for telling in by_user[user]:
                telling.letter = letter


def _in_wechat(told):
    """While one message waits to leave there is no second."""
    waiting = set(Note.objects.waiting().values_list("user", flat=True))
    for user, theirs in _by_user(told).items():
        if user not in waiting:
            note = write_note(theirs[0].user, [telling.notice for telling in theirs])
            for telling in theirs:
                telling.note = note


def _is_urgent(tellings):
    return any(telling.notice.urgent for telling in tellings)


def _is_new(tellings):
    """While the mail server is away the letter that waits already will say it: one a cause, not one a try."""
    return any(not telling.is_on_its_way for telling in tellings)
