"""The dashboard says which of the steps of setting up comes next."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator
from registration.panels import _steps
from wechat_admin.demo import make_account
from wechat_admin.models import Check, EnterpriseAccount

pytestmark = pytest.mark.django_db


def next_of(connection=Check.State.OK, invited=True, registered=True):
    steps = _steps(EnterpriseAccount.objects.the(), connection, invited, registered)
    return next((step.words for step in steps if not step.is_done), None)


def test_before_anything_it_is_to_link_the_account(client, doorbells, all_of_us_work):
    client.force_login(make_administrator())
    page = client.get(reverse("dashboard")).content.decode()
    assert (
        "Next step" in page and "0 of 7 steps are done" in page and next_of() == "Link the school's Enterprise Account"
    )


def test_then_one_after_the_other_until_nothing_is_left(doorbells):
    account = make_account(registration_visible=False)
    assert next_of(Check.State.BAD) == "Check the connection"
    assert next_of() == "Address book hidden from families"
    EnterpriseAccount.objects.update(address_book_hidden_at=account.saved_at or "2026-01-01T00:00Z")
    assert next_of() in ("Scan the QR code once", "Make registration visible")
    EnterpriseAccount.objects.update(registration_visible=True, qr_tried_at="2026-11-28T00:00Z")
    assert next_of(invited=False, registered=False) == "Invite people"
    assert next_of(registered=False) == "First registrations"
    assert next_of() is None
