"""What is asked once while a page is looked at, and asked anew as soon as it may be another."""

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from portal import once
from portal.access.demo import make_sign_in
from portal.ledger import mark
from portal.ledger.models import Mark
from portal.people.demo import make_person
from portal.people.models import User
from portal.school.models import SchoolSetting
from portal.school.table import value
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount, SendingGate

pytestmark = pytest.mark.django_db


@pytest.fixture
def answering():
    """A request begins; at the end of the test it has ended."""
    request_finished.disconnect(close_old_connections)
    request_started.disconnect(close_old_connections)
    yield lambda method: request_started.send(sender=None, environ={"REQUEST_METHOD": method})
    request_finished.send(sender=None)
    request_finished.connect(close_old_connections)
    request_started.connect(close_old_connections)


def asked(what, times=3):
    with CaptureQueriesContext(connection) as queries:
        for _ in range(times):
            what()
    return len(queries)


def test_the_account_is_asked_once_while_a_page_is_looked_at(answering):
    make_account()
    answering("GET")
    assert asked(EnterpriseAccount.objects.the) == 1
    assert asked(mark.is_held) == 1


def test_whoever_posts_and_whatever_runs_on_asks_every_time(answering):
    make_account()
    assert asked(EnterpriseAccount.objects.the) == 3
    answering("POST")
    assert asked(EnterpriseAccount.objects.the) == asked(mark.is_held) == 3


def test_what_is_written_meanwhile_is_asked_anew(answering):
    make_account()
    answering("GET")
    assert not EnterpriseAccount.objects.the().gate.paused and not mark.is_held()
    SendingGate.objects.update(paused=True)  # without a signal
    mark.hold()
    assert EnterpriseAccount.objects.the().gate.paused and mark.is_held()


def test_a_setting_is_asked_once_also_while_something_is_posted_and_anew_when_it_is_changed(answering):
    answering("POST")
    assert asked(lambda: value("approval_above")) == 1
    SchoolSetting.objects.create(name="approval_above", value=7)
    assert value("approval_above") == 7


@pytest.mark.parametrize("method", [None, "POST"])
def test_several_who_look_at_one_thing_behind_one_another_ask_once_and_nothing_outlives_it(answering, method):
    make_account()
    if method:
        answering(method)

    def look():
        with once.for_a_moment():
            EnterpriseAccount.objects.the()
            return EnterpriseAccount.objects.the()

    assert asked(look) == asked(EnterpriseAccount.objects.the) == 3
    with once.for_a_moment():
        assert not EnterpriseAccount.objects.the().gate.paused
        SendingGate.objects.update(paused=True)
        assert EnterpriseAccount.objects.the().gate.paused


def test_nothing_outlives_the_request(answering):
    make_account()
    answering("GET")
    EnterpriseAccount.objects.the()
    answering("GET")
    assert asked(EnterpriseAccount.objects.the) == 1


def test_a_connection_made_while_a_request_counts_its_statements_is_watched_for_good():
    def count(execute, *arguments):
        return execute(*arguments)

    fresh = connection.copy()
    with fresh.execute_wrapper(count):
        connection_created.send(sender=type(fresh), connection=fresh)
    assert fresh.execute_wrappers == [once._forgets_what_is_written]


def test_several_facts_are_one_statement(answering):
    once.fact("one", lambda: Mark.objects.values("number")[:1])
    once.fact("two", lambda: Mark.objects.values("held")[:1])
    Mark.objects.the()
    answering("GET")
    assert asked(lambda: once.ask("one", "two")) == 1
    assert once.ask("one", "two") == {"one": 0, "two": ""}


def test_a_request_asks_once_what_somebody_may_do():
    user = make_sign_in(make_person("staff"), options=["messaging.write", "messaging.own_groups"])
    user = User.objects.select_related("person").get(pk=user.pk)
    assert asked(lambda: user.has_perm("messaging.write")) == 1
    assert asked(lambda: user.has_perm("messaging.approve")) == 0
