"""Messages, for the demo and the tests."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from portal.facts.models import monday_of
from portal.people.models import Group, User
from portal.people.roles import Role
from wechat_admin.models import EnterpriseAccount

from . import daily
from .models import Batch, Message, State, Template
from .sending.preparing import prepare
from .writing.occasions import add_starters


def make_message(
    author, *, text="The school closes at noon today.", rule=None, status=Message.Status.PREPARING, files=(), **fields
):
    """A message as Send leaves it, to the people of `rule`, with `files` that follow it: their names."""
    message = Message.objects.create(
        author=author,
        text=text,
        audience=rule or {"include": [{"role": "registered"}]},
        status=status,
        account_key=EnterpriseAccount.objects.the().account_key,
        sent_at=None if status == Message.Status.DRAFT else timezone.now(),
        part_count=1 + len(files),
        **fields,
    )
    for place, name in enumerate(files):
        data = f"%PDF-1.7 {name}".encode()
        message.attachments.create(role="follows", place=place, name=name, size=len(data), data=data)
    return message


# What the school wrote in its last term: (weeks ago, day of the week, hour, the words, whom it is for).
TERM = [
    (14, 0, 8, "Welcome back. Lessons begin at 8.15 on Monday.", "contacts"),
    (13, 2, 15, "Photographs of the forms are taken on Thursday. Please come in uniform.", "contacts"),
    (12, 4, 12, "The swimming gala is on Friday week. The coaches leave at 7.30.", "Year 7"),
    (11, 1, 9, "Staff meeting today at 16.00 in the library.", "staff"),
    (10, 3, 14, "Year 8 visits the science museum on Tuesday. A packed lunch is needed.", "Year 8"),
    (8, 0, 7, "The school is closed today because of the typhoon. Please stay at home.", "contacts"),
    (8, 1, 16, "School is open again tomorrow. Buses run as usual.", "contacts"),
    (6, 2, 10, "Parents' evening for Year 9: please choose a time with the form teacher.", "Year 9"),
    (5, 4, 13, "Reports of the half-term are in the portal.", "contacts"),
    (3, 1, 11, "Choir practice moves to Wednesday this week.", "Year 10"),
    (2, 3, 15, "The winter concert begins at 18.00 on Thursday. Doors open at 17.30.", "contacts"),
    (1, 2, 9, "Please bring library books back before the holidays.", "Year 7"),
]


def fill(demo):
    """A term's messages, as if they had been sent: nothing leaves, as each is finished before anybody else sees it."""
    author = User.objects.filter(username="sender").first()
    if author and not Template.objects.exists():
        add_starters(by=author)
    if not demo.linked or author is None or Message.objects.exists():
        return
    for weeks, day, hour, text, whom in TERM:
        monday = monday_of(timezone.localdate()) - timedelta(weeks=weeks)
        at = timezone.make_aware(datetime.combine(monday + timedelta(days=day), time(hour)))
        _as_if_sent(author, text, _rule(whom), at)
    daily.write_down()


def _rule(whom):
    year = Group.objects.filter(kind=Group.Kind.YEAR, name=whom).first()
    role = {"role": whom if whom in Role.values else Role.CONTACT}
    return {"include": [{"group": year.pk, "who": Role.CONTACT} if year else role]}


@transaction.atomic
def _as_if_sent(author, text, rule, at):
    message = make_message(author, text=text, rule=rule, start_at=at, sent_by=author, sent_rule=rule)
    prepare(message.pk)
    message.batches.update(
        state=Batch.State.ACCEPTED, attempts=1, first_attempt_at=at, next_attempt_at=at, errcode=0, msgid="demo"
    )
    counts = message.count()
    Message.objects.filter(pk=message.pk).update(
        status=Message.Status.FINISHED,
        paused_reason="",
        created_at=at,
        saved_at=at,
        sent_at=at,
        finished_at=at + timedelta(minutes=1),
        shown_count=counts.get(State.ACCEPTED, 0),
        final_counts=counts,
    )
