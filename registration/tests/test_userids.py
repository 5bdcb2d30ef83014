"""Userids as WeCom has them."""

import pytest

from portal.people.demo import make_person
from registration.demo import make_registration
from registration.models import userid_for
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_account()


@pytest.mark.parametrize(
    ("reference", "starts"),
    [("C0007", "sp-C0007"), ("学号 12", "sp-12-"), ("a/b", "sp-ab-"), ("x" * 40, "sp-" + "x" * 40)],
)
def test_userids_are_stable_readable_and_as_wecom_has_them(account, reference, starts):
    person = make_person("contact", reference=reference)
    userid = userid_for(person)
    assert userid.startswith(starts) and len(userid.encode()) <= 64 and userid == userid_for(person)
    make_registration(person)


def test_references_that_differ_in_case_only_get_different_userids(account):
    first, second = (
        make_person("contact", reference="abc"),
        make_person("contact", reference="ABC", resembles_another=True),
    )
    make_registration(first)
    assert userid_for(first).lower() != userid_for(second).lower()
    make_registration(second)
