"""A copy to try things on asks nothing whatever of WeCom, until a person has released it."""

import pytest
from django.db.models.functions import Now

from portal.ledger import mark
from portal.ledger.models import Mark
from wechat_admin.connection.clients import address_book_client, application_client
from wechat_admin.demo import make_account
from wechat_admin.models import Token
from wechat_admin.wecom.errors import NoToken
from wechat_admin.wecom.faults import Fault

pytestmark = pytest.mark.django_db


def test_a_copy_asks_nothing_of_wecom_even_with_a_token_that_lives(simulator):
    account = make_account()
    application_client(account).departments()
    assert Token.objects.filter(expires_at__gt=Now()).exists()
    before = simulator.state()["calls"]
    mark.hold(Mark.Held.STAGING)
    for client in (application_client(account), address_book_client(account)):
        with pytest.raises(NoToken) as refused:
            client.departments()
        assert refused.value.fault == Fault.COPY
    assert simulator.state()["calls"] == before


def test_once_released_it_speaks_to_wecom(simulator):
    account = make_account()
    mark.hold(Mark.Held.STAGING)
    mark.release(Mark.objects.get().name)
    application_client(account).departments()
    assert simulator.calls("department/simplelist") or simulator.calls("department/list")
