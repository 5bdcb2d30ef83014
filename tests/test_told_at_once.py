"""Two sweepers, or a sweeper and a press, at the same instant on PostgreSQL: one notice, one telling, one letter."""

import pytest
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.models import Message
from messaging.notices import TO_RELEASE
from portal.access.demo import make_sign_in
from portal.mail.models import Letter
from portal.notices.looking import look
from portal.notices.models import Notice, Telling
from portal.notices.writing import write_what_is_due
from portal.people.demo import make_person
from wechat_admin.demo import make_account

from .at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def approvers():
    make_account()
    writer, *others = (make_sign_in(make_person("staff"), options=["messaging.approve"]) for _ in range(12))
    make_message(writer, status=Message.Status.AWAITING, urgent=True)
    return {user.pk for user in others}


def test_many_who_look_at_once_tell_each_once(approvers):
    at_once(*[lambda: look(TO_RELEASE)] * 6)
    assert Notice.objects.filter(kind=TO_RELEASE).count() == 1
    told = Telling.objects.filter(notice__kind=TO_RELEASE).values_list("user", flat=True)
    assert sorted(told) == sorted(approvers)


def test_many_who_write_at_once_write_each_one_letter(approvers):
    look(TO_RELEASE)
    for _ in range(3):
        Letter.objects.all().delete()
        Telling.objects.update(tell_at=Now(), letter=None)
        at_once(*[write_what_is_due] * 8)
        assert sorted(Letter.objects.values_list("about", flat=True)) == sorted(approvers)
