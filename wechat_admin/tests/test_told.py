"""Whoever looks after the account is told what stops it, and that it is mended."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portal.access.demo import make_sign_in
from portal.ledger import mark
from portal.notices.looking import look
from portal.notices.models import Telling
from portal.people.demo import make_person
from wechat_admin.demo import make_account
from wechat_admin.models import Check, SendingGate

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    make_account()
    options = ["wechat_admin.view_account", "wechat_admin.change_account"]
    return make_sign_in(make_person("staff"), options=options)


def told(user):
    look()
    return {t.notice.subject: t.notice for t in Telling.objects.shown_to(user).select_related("notice")}


@pytest.mark.parametrize("code", [60020, 40001, 301002])
def test_a_hold_is_told_with_what_it_is_about_once_and_gone_when_it_is_lifted(keeper, code):
    SendingGate.objects.hold(code)
    Check.objects.note(Check.Name.APPLICATION_TOKEN, Check.State.BAD)
    assert list(told(keeper)) == ["open"]
    assert str(code) in told(keeper)["open"].sentence
    SendingGate.objects.all().lift_hold()
    Check.objects.note(Check.Name.APPLICATION_TOKEN, Check.State.OK)
    assert told(keeper) == {}


def test_a_check_that_failed_is_told_though_sending_goes_on(keeper):
    Check.objects.note(Check.Name.ADDRESS_BOOK_TOKEN, Check.State.BAD)
    notice = told(keeper)["address book token"]
    assert notice.sentence == "Connection to WeCom: Address book sync secret is not in order."


def test_what_nobody_has_checked_or_linked_or_paused_on_purpose_is_not_told(keeper):
    SendingGate.objects.update(paused=True)
    assert told(keeper) == {}


def test_sending_held_after_a_restore_leads_to_where_it_is_released(client, keeper):
    mark.hold()
    notice = told(keeper)["database"]
    client.force_login(keeper)
    assert client.get(notice.address).status_code == 200 and notice.urgent


def test_a_limit_is_told_while_it_lasts(keeper):
    SendingGate.objects.update(waits=2, wait_until=timezone.now() + timedelta(minutes=5))
    assert list(told(keeper)) == ["limit"]
    SendingGate.objects.update(waits=0, wait_until=None)
    assert told(keeper) == {}


def test_a_secret_that_cannot_be_read_is_told(keeper):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE wechat_admin_enterpriseaccount SET application_secret = 'damaged'")
    notice = told(keeper)["linked"]
    assert "cannot be read any more (Application secret)" in notice.sentence and notice.urgent
