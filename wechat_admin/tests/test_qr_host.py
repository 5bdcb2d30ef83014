"""A QR code to a host that WeChat does not use is shown and said to be meant, before anybody is led there."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from wechat_admin.account.qr import leads_to_wechat
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

from .test_administration import ADDRESS, TARGET, code, form, picture, said, save

pytestmark = pytest.mark.django_db
ELSEWHERE = "https://elsewhere.example/x"
MAY_SWITCH = ["wechat_admin.view_account", "wechat_admin.switch_registration"]


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def pending(response):
    return {"qr_code": None, "pending_qr": response.context["form"]["pending_qr"].value()}


def is_shown(client):
    client.force_login(make_sign_in(make_person("contact")))
    return client.get("/WeChatRegistration/Step1").status_code == 200


@pytest.mark.parametrize(
    ("target", "known"),
    [
        (TARGET, True),
        ("https://WORK.weixin.qq.com.:443/x", True),
        ("https://work.weixin.qq.com@evil.example/x", False),
        ("https://evil.example\\@work.weixin.qq.com/x", False),
        ("https://work.weixin.qq.com.evil.example/x", False),
        ("https://notweixin.qq.com/x", False),
        ("https://w\u043erk.weixin.qq.com/x", False),
    ],
)
def test_the_host_is_the_one_a_telephone_opens(target, known):
    assert leads_to_wechat(target) is known


def test_a_letter_of_another_alphabet_is_seen(client, administrator):
    response = save(client, qr_code=picture(code("https://w\u043erk.weixin.qq.com/x")))
    assert "The code leads to xn--wrk-sed.weixin.qq.com" in said(response)


def test_it_is_shown_and_neither_saved_nor_visible_until_it_is_said_to_be_meant(client, administrator):
    response = save(client, qr_code=picture(code(ELSEWHERE)), registration_visible="on")
    assert "The code leads to elsewhere.example, and not to WeChat" in said(response)
    assert f'value="{ELSEWHERE}"' in said(response) and not EnterpriseAccount.objects.exists()
    again = save(client, **pending(response), registration_visible="on", qr_host_meant=[ELSEWHERE])
    assert again.status_code == 302
    account = EnterpriseAccount.objects.get()
    assert (account.qr_target, account.qr_target_meant, account.is_registration_open) == (ELSEWHERE, ELSEWHERE, True)
    assert "qr_target_meant" in AuditEvent.objects.get(act="saved the Weixin / WeChat account").details["changed"]
    # It is asked once: later saves go on, and the page does not ask again.
    assert "qr_host_meant" not in said(client.get(ADDRESS))
    assert save(client, qr_code=None, registration_visible="on").status_code == 302
    assert is_shown(client)


def test_a_tick_counts_for_its_own_address_alone(client, administrator):
    other = "https://elsewhere.example/y"
    response = save(client, qr_code=picture(code(ELSEWHERE)))
    # Another picture is chosen while the tick stands.
    response = save(client, qr_code=picture(code(other)), qr_host_meant=[ELSEWHERE])
    assert response.status_code == 200 and not EnterpriseAccount.objects.exists()
    assert save(client, **pending(response), qr_host_meant=[other]).status_code == 302
    # And a later one is asked about anew.
    assert save(client, qr_code=picture(code(ELSEWHERE))).status_code == 200
    assert EnterpriseAccount.objects.get().qr_target == other


def test_a_code_that_stands_and_nobody_spoke_of_shows_registration_to_nobody(client, administrator):
    make_account(qr_target=ELSEWHERE)
    assert "QR code leads to another host" in said(client.get("/"))
    page = said(client.get(ADDRESS))
    assert "registration not visible" in page and f'value="{ELSEWHERE}"' in page
    response = save(client, qr_code=None, registration_visible="on")
    assert list(response.context["form"].errors) == ["registration_visible"]
    assert save(client, qr_code=None, registration_visible=None).status_code == 302
    assert not is_shown(client)
    client.force_login(administrator)
    assert save(client, qr_code=None, registration_visible="on", qr_host_meant=[ELSEWHERE]).status_code == 302
    assert is_shown(client)


def test_whoever_may_only_switch_registration_says_nothing_of_the_code(client):
    make_account(qr_target=ELSEWHERE, registration_visible=False)
    client.force_login(make_sign_in(make_person("staff"), options=MAY_SWITCH))
    assert "qr_host_meant" not in said(client.get(ADDRESS))
    response = client.post(ADDRESS, form(registration_visible="on", qr_host_meant=[ELSEWHERE], version=1))
    assert "once somebody who may change the account has said that this is meant" in said(response)
    account = EnterpriseAccount.objects.get()
    assert not account.registration_visible and not account.qr_target_meant
    EnterpriseAccount.objects.update(qr_target_meant=ELSEWHERE)
    assert client.post(ADDRESS, form(registration_visible="on", version=1)).status_code == 302
    assert client.get(reverse("wechat-qr-preview")).status_code == 200 and is_shown(client)
