import pytest

from wechat_admin.demo import make_account


@pytest.fixture
def account(simulator, doorbells):
    return make_account()
