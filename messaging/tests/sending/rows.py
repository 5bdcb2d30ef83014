"""Rows to send, and a look at them. Tests move rows, not clocks."""

import itertools
from datetime import timedelta

from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Batch
from messaging.sending.claim import claim
from messaging.sending.preparing import prepare
from portal.people.demo import make_person
from registration.demo import make_registration
from wechat_admin.connection.clients import address_book_client

TEXT = "The school closes at noon today."
AGO = timedelta(hours=1)


_numbers = itertools.count()


def registered(count, account=None):
    """So many registered contacts; with an account they are members of the simulator too, and follow."""
    people = [make_person("contact", mobile=f"+86138{next(_numbers) % 10**8:08}") for _ in range(count)]
    book = address_book_client(account) if account else None
    for person in people:
        registration = make_registration(person)
        if book:
            book.create_member(
                userid=registration.userid, name=person.name, mobile=person.mobile, department=[1], to_invite=False
            )
    return people


def follow(simulator, people):
    for person in people:
        simulator.scan(person.mobile)


def prepared(author, **fields):
    message = make_message(author, **fields)
    prepare(message.pk)
    message.refresh_from_db()
    return message


def due_now():
    Batch.objects.update(next_attempt_at=Now() - AGO)


def counts(message):
    message.refresh_from_db()
    return {str(state): people for state, people in message.counts.items()}


def claimed(account, message):
    return claim(account, 10)
