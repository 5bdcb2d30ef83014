import pytest

from portal.access.demo import make_administrator
from wechat_admin.demo import make_account


@pytest.fixture
def administrator(client, doorbells):
    make_account()
    user = make_administrator()
    client.force_login(user)
    return user
