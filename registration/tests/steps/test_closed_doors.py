"""Hidden, not allowed, not their own: what closed doors answer."""

import pytest

from portal.access.demo import make_administrator, make_sign_in
from portal.access.middleware import SESSION_KEY
from portal.people.demo import make_person, relate
from registration.demo import make_registration
from registration.models import Registration
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

from .helpers import Status, registration_of, said, step

pytestmark = pytest.mark.django_db


CLOSED = (
    "Registration for Weixin / WeChat messages is not open. If you have already registered, nothing changes for you."
)


@pytest.mark.parametrize("hidden", [{"registration_visible": False}, {"address_book_secret": ""}])
def test_while_hidden_there_is_no_sign_in_and_no_form(client, hidden):
    make_account(**hidden)
    for address in (
        step(1),
        step(3),
        "/WeChatRegistration/Step3/state",
        "/WeChatRegistration/qr.png",
        step(4),
    ):
        response = client.get(address)
        assert (
            response.status_code == 404
            and CLOSED in said(response)
            and "<form method" not in said(response).split("<main")[1].split("</main")[0]
        )


def test_hidden_in_the_middle_keeps_what_was_saved(client, contact):
    client.post(step(1), {"agree": "on"})
    EnterpriseAccount.objects.update(registration_visible=False)
    response = client.post(step(2), {"mobile": "+8613800138000"})
    assert response.status_code == 404 and CLOSED in said(response)
    assert registration_of(contact).status == Status.STARTED
    EnterpriseAccount.objects.update(registration_visible=True)
    assert client.get(step(1)).url == step(2)


def test_hiding_takes_the_button_and_keeps_subscribers(client, contact):
    assert "Weixin / WeChat registration" in said(client.get("/my-details/"))
    make_registration(contact)
    EnterpriseAccount.objects.update(registration_visible=False)
    html = said(client.get("/my-details/"))
    assert "You receive the school&#x27;s messages" in html or "You receive the school's messages" in html
    assert step(1) not in html
    assert Registration.objects.reachable(EnterpriseAccount.objects.get()).count() == 1


def test_no_page_links_staff_to_registration(client, account):
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write", "wechat_admin.view_account"]))
    for address in (
        "/",
        "/my-details/",
        "/help/",
        "/messaging/",
        "/application-setup/weixin-wechat/",
        "/help/staff-registration/",
    ):
        assert 'href="/WeChatRegistration' not in said(client.get(address)), address
    assert client.get(step(1)).status_code == 200


def test_an_administrator_may_look_and_never_register_for_somebody(client, contact):
    administrator = make_administrator()
    client.force_login(administrator)
    session = client.session
    session[SESSION_KEY] = contact.user.pk
    session.save()
    html = said(client.get(step(1)))
    assert f"You are viewing as {contact}. Only {contact} can register." in html and 'name="agree"' not in html
    response = client.post(step(1), {"agree": "on"})
    assert response.status_code == 403
    assert f"You are viewing as {contact}. Only {contact} can register." in said(response)
    assert not Registration.objects.exists()
    make_registration(contact, Status.IN_WECOM, next_check_at=None)
    assert client.get("/WeChatRegistration/Step3/state").status_code == 200
    assert registration_of(contact).next_check_at is None, "looking must not have WeCom asked"
    assert client.post("/WeChatRegistration/Stop").status_code == 403
    assert registration_of(contact).status == Status.IN_WECOM


def test_who_may_not_register_is_told_why(client, account):
    pupil = make_person("pupil")
    barred = make_person("contact")
    relate(barred, pupil, may_receive_messages=False)
    for user, sentence in [
        (make_administrator(), "belongs to none of them"),
        (make_sign_in(barred), "The school&#x27;s records say that you do not receive messages"),
    ]:
        client.force_login(user)
        response = client.get(step(1))
        assert response.status_code == 403 and sentence in said(response)


def test_who_has_left_is_signed_in_no_more(client, account):
    client.force_login(make_sign_in(make_person("staff", leaving_on="2020-07-31")))
    assert client.get(step(1)).url.startswith("/sign-in/")
