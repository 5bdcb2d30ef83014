"""What the page before Send and Send itself cost: as much for many people as for few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.audience.people import people_of

from .desk import address, draft, registered

pytestmark = pytest.mark.django_db


def statements_of(call):
    with CaptureQueriesContext(connection) as captured:
        response = call()
    return response, [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]


def _asked(client):
    message = draft(client)
    page, checking = statements_of(lambda: client.get(address("check", message)))
    answer, sending = statements_of(lambda: client.post(address("send", message), {"shown": page.context["shown"]}))
    assert answer.status_code == 302
    message.refresh_from_db()
    assert message.is_preparing
    return page, checking, sending


def test_the_page_and_send_cost_the_same_for_three_people_and_for_thirty(client, sender):
    registered(3)
    _, checking, sending = _asked(client)
    registered(27)
    page, checking_many, sending_many = _asked(client)
    assert page.context["reachable"] == 30
    # Of the second, the first is asked whether it says the same to the same people.
    assert len(sending) == len(sending_many) <= 12
    assert len(checking_many) <= len(checking) + 1 <= 20  # five of them its turn, where the cache is in the database


def test_the_page_works_out_once_whom_the_message_reaches(client, sender):
    registered(3)
    _, checking, sending = _asked(client)
    # One question of the people; which pupils have no adult among them is the other.
    assert len([sql for sql in checking if "may_not_receive" in sql]) == 2
    # Send asks at most whether the list has grown past what needs nobody else.
    assert all("LIMIT 1" in sql for sql in sending if "may_not_receive" in sql)


def test_the_page_puts_the_question_together_once(client, sender, monkeypatch):
    """As many conditions as a rule has take longer to write down than to answer."""
    registered(3)
    message, asked = draft(client), []
    monkeypatch.setattr("messaging.checking.views.people_of", lambda *rule: asked.append(rule) or people_of(*rule))
    assert client.get(address("check", message)).status_code == 200
    assert len(asked) == 1
