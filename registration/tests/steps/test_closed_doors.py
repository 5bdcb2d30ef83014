"""Hidden, not allowed, not their own: what closed doors answer."""

import re

import pytest
from django.urls import reverse

from portal import menu
from portal.access.demo import make_administrator, make_sign_in, make_viewing
from portal.help.pages import pages_for
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


def test_no_page_links_staff_to_registration(client, account, doorbells):
    """Whatever options they hold: dashboard, menu and all it leads to, own and others' pages, help."""
    options = menu.options()
    user = make_sign_in(make_person("staff"), options=[option.permission for option in options])
    make_registration(user.person, Status.STARTED)
    client.force_login(user)
    own = [reverse(name, args=[user.person.pk]) for name in ("person", "change-person", "account")]
    of_menu = {reverse(option.url_name) for option in options if option.url_name}
    of_help = [reverse("help-page", args=[page.slug]) for page in pages_for(user)]
    assert len(of_menu) > 12 and len(of_help) > 2
    for address in ["/", "/my-details/", "/help/", *own, *sorted(of_menu), *of_help]:
        page = client.get(address, follow=True)
        assert page.status_code == 200, address
        assert not re.search(r'(href|action)="[^"]*WeChatRegistration', said(page), re.IGNORECASE), address
    assert client.get(step(1), follow=True).status_code == 200


def test_an_administrator_may_look_and_never_register_for_somebody(client, contact):
    administrator = make_administrator()
    client.force_login(administrator)
    session = client.session
    session.update(make_viewing(contact.user, by=administrator))
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
    client.force_login(make_sign_in(make_person("staff", last_day="2020-07-31")))
    assert client.get(step(1)).url.startswith("/sign-in/")
