import pytest

from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from wechat_admin.demo import make_account


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def contact(client, account):
    person = make_person("contact", mobile="+8613800138000")
    client.force_login(make_sign_in(person))
    return person
