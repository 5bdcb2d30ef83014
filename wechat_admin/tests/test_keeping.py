"""What WeCom told us is kept for a month; that it was heard of, for ever."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from portal.school.keeping import kinds
from wechat_admin.models import CallbackEvent

pytestmark = pytest.mark.django_db


def told(number, *, days, is_worked_on=True):
    event = CallbackEvent.objects.create(
        digest=str(number), kind="subscribe", processed_at=Now() if is_worked_on else None
    )
    CallbackEvent.objects.filter(pk=event.pk).update(received_at=F("received_at") - timedelta(days=days))


def test_callbacks_go_but_for_the_last_and_those_nobody_has_worked_on():
    told(1, days=40)
    told(2, days=40, is_worked_on=False)
    told(3, days=20)
    told(4, days=35)
    (kind,) = (kind for kind in kinds() if kind.name == "callbacks")
    kind.forget(kind.kept_for)
    assert list(CallbackEvent.objects.order_by("pk").values_list("digest", flat=True)) == ["2", "3", "4"]
