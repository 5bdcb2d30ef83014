"""The values at Save, and the connection: each wrong set-up ends at the right row with the right remedy."""

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.people.demo import make_person
from wechat_admin.connection import check, clients
from wechat_admin.connection.clients import address_book_client
from wechat_admin.connection.tokens import DatabaseTokenStore
from wechat_admin.demo import SIMULATOR_VALUES, make_account
from wechat_admin.models import Check, EnterpriseAccount, Lock
from wechat_admin.wecom.tokens import token_key

pytestmark = pytest.mark.django_db
ADDRESS = "/application-setup/weixin-wechat/"
Name, State = Check.Name, Check.State


@pytest.fixture(autouse=True)
def against_the_simulator(simulator):
    pass


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def save(client, **fields):
    values = {
        "corporation_id": SIMULATOR_VALUES["corporation_id"],
        "application_secret": SIMULATOR_VALUES["application_secret"],
        "application_agent_id": SIMULATOR_VALUES["application_agent_id"],
        "address_book_secret": SIMULATOR_VALUES["address_book_secret"],
        "version": EnterpriseAccount.objects.the().version,
    }
    return client.post(ADDRESS, values | fields, follow=True)


# --- the values, at Save ---


def test_right_values_are_saved_with_one_gettoken_each(client, administrator, simulator):
    html = save(client).content.decode()
    assert "Saved. Still missing: QR code." in html
    assert simulator.calls("gettoken") == {0: 2}
    save(client, application_secret="", address_book_secret="")
    assert simulator.calls("gettoken") == {0: 2}, "nothing changed, nothing asked"


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"corporation_id": "ww0000000000"}, "corporation_id", "WeCom does not know this corporation id."),
        ({"application_secret": "wrong"}, "application_secret", "WeCom does not accept this secret"),
        ({"address_book_secret": "wrong"}, "address_book_secret", "WeCom does not accept this secret"),
        ({"application_agent_id": "1000003"}, "application_agent_id", "belongs to another application"),
    ],
)
def test_a_value_wecom_refuses_is_refused_at_its_field(client, administrator, wrong, field, sentence):
    response = save(client, **wrong)
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    assert sentence in html
    assert SIMULATOR_VALUES["application_secret"] not in html
    assert not EnterpriseAccount.objects.exists()


def test_a_refused_secret_is_not_tried_a_second_time(client, administrator, simulator):
    for _ in range(3):
        save(client, application_secret="wrong")
    assert simulator.calls("gettoken") == {40001: 1, 0: 1}


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (lambda s: s.rule("http500", times=-1), "reports a fault of its own"),
        (lambda s: s.rule("busy", times=-1), "WeCom is busy."),
        (lambda s: s.rule("error", call="gettoken", code=45009, times=-1), "The limit of calls"),
        (lambda s: s.control("switch", name="trusted_ip", on="0"), "WeCom does not trust the address we call from."),
        (lambda s: s.control("switch", name="application_enabled", on="0"), "The application is switched off."),
    ],
)
def test_what_says_nothing_of_the_values_is_saved_with_a_warning(client, administrator, simulator, order, sentence):
    order(simulator)
    html = save(client).content.decode()
    assert sentence in html and "Saved." in html
    assert EnterpriseAccount.objects.get().corporation_id


# --- the connection ---


def checked():
    check.check_connection()
    return {row.name: row for row in Check.objects.all()}


def states(found):
    return {name: row.state for name, row in found.items()}


def test_a_right_account_is_in_order_row_by_row(simulator):
    account = make_account()
    address_book_client(account).create_member(
        userid="sp-1", name="A", mobile="+8613000000001", department=[1], to_invite=False
    )
    found = checked()
    all_right = dict.fromkeys(set(Name.values) - {Name.TEST}, State.OK)
    assert states(found) == all_right | {
        Name.WRITING: State.WARNING,
        Name.LOOKING_UP: State.NOT_CHECKED,
        Name.CALLBACK: State.NOT_CHECKED,
    }
    assert found[Name.APPLICATION].facts["name"] == "School messages"
    assert found[Name.RANGE].facts["visible"] == found[Name.RANGE].facts["members"] == 1
    assert found[Name.OUTGOING].facts["ip"] == "127.0.0.1"


def test_members_of_a_ticked_tag_are_counted(simulator):
    simulator.control("members", userid="office", mobile="+8613000000001", department=2)
    simulator.control("range", tag=["7"])
    make_account()
    assert checked()[Name.RANGE].facts == {"visible": 1, "members": 1}


WRONG = {
    "wrong application secret": (
        {"application_secret": "x"},
        None,
        Name.APPLICATION_TOKEN,
        40001,
        "Copy the secret again",
    ),
    "wrong sync secret": ({"address_book_secret": "x"}, None, Name.ADDRESS_BOOK_TOKEN, 40001, "Copy the secret again"),
    "wrong corporation": ({"corporation_id": "ww00000000"}, None, Name.APPLICATION_TOKEN, 40013, "企业信息"),
    "wrong agent": ({"application_agent_id": 1000003}, None, Name.APPLICATION, 301002, "Copy both"),
    "swapped": (
        {
            "application_secret": SIMULATOR_VALUES["address_book_secret"],
            "address_book_secret": SIMULATOR_VALUES["application_secret"],
        },
        None,
        Name.APPLICATION,
        48002,
        "The two secrets are swapped.",
    ),
    "untrusted address": ({}, ("switch", {"name": "trusted_ip", "on": "0"}), Name.ADDRESS_BOOK, 60020, "127.0.0.1"),
    "application off": (
        {},
        ("switch", {"name": "application_enabled", "on": "0"}),
        Name.APPLICATION_TOKEN,
        50003,
        "switch the application on",
    ),
    "narrow range": ({}, ("range", {"department": ["2"]}), Name.RANGE, None, "The application sees 0 of 1 members."),
    "tagged range": ({}, ("range", {"tag": ["7"]}), Name.RANGE, None, "The application sees 0 of 1 members."),
    "empty range": ({}, ("range", {}), Name.RANGE, None, "The visible range is empty"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_set_up_ends_at_the_right_remedy(client, administrator, simulator, name):
    fields, control, row, code, remedy = WRONG[name]
    address_book_client(make_account()).create_member(
        userid="sp-1", name="A", mobile="+8613000000001", department=[1], to_invite=False
    )
    make_account(**fields)
    if control:
        simulator.control(control[0], **control[1])
    found = checked()
    assert found[row].state in (State.BAD, State.WARNING) and found[row].code == code
    assert remedy in client.get(ADDRESS).content.decode()


def test_no_connection_is_said_with_its_cause(client, administrator, settings):
    make_account()
    settings.WECOM_API_BASE = "http://127.0.0.1:1"
    clients.hurried_transport.cache_clear()
    found = checked()
    assert found[Name.ADDRESS].state == State.BAD
    assert found[Name.APPLICATION].state == State.NOT_CHECKED
    assert "No connection to WeCom. Is the network, the proxy or the address" in client.get(ADDRESS).content.decode()


def test_writing_is_proven_by_a_registration_and_told_when_refused(client, administrator):
    make_account()
    EnterpriseAccount.objects.writing_refused(48008)
    assert checked()[Name.WRITING].state == State.BAD
    assert "管理工具 → 通讯录同步 → 权限" in client.get(ADDRESS).content.decode()
    EnterpriseAccount.objects.writing_proven()
    assert checked()[Name.WRITING].state == State.OK


def test_pressing_the_button_rings_and_the_page_polls_until_it_is_done(client, administrator, doorbells, committed):
    make_account()
    with committed():
        client.post(reverse("examine-connection"))
    assert doorbells == ["wechat_admin.tasks.check_connection"]
    assert 'hx-trigger="every 1s"' in client.get(ADDRESS).content.decode()
    check.check_connection()
    html = client.get(reverse("wechat-checks")).content.decode()
    assert "hx-get" not in html and "in order" in html


def test_one_check_at_a_time_and_a_dead_one_is_not_waited_for(simulator):
    make_account()
    assert Lock.take(check.LOCK, check.LEASE)
    check.check_connection()
    assert not Check.objects.exists()
    Check.objects.begin()
    Check.objects.update(at="2020-01-01T00:00:00Z")
    assert not Check.objects.are_running()


def test_looking_needs_the_view_option_only(client, doorbells):
    make_account()
    client.force_login(make_sign_in(make_person("staff"), options=["wechat_admin.view_account"]))
    assert client.post(reverse("examine-connection")).status_code == 302


# --- what was typed is not lost ---


def test_a_secret_typed_beside_a_mistake_is_kept_on_the_server(client, administrator):
    response = save(client, application_agent_id="1000003")
    html = response.content.decode()
    assert "What you typed is kept, though not shown." in html
    assert SIMULATOR_VALUES["application_secret"] not in html
    assert SIMULATOR_VALUES["application_secret"] not in str(client.session.items())
    save(client, application_secret="", address_book_secret="")
    account = EnterpriseAccount.objects.get()
    assert account.application_secret.reveal() == SIMULATOR_VALUES["application_secret"]
    assert "typed secrets" not in client.session


def test_cancel_forgets_what_was_typed(client, administrator):
    save(client, application_agent_id="1000003")
    client.get(ADDRESS)
    assert "typed secrets" not in client.session
    assert "Still missing: Application secret" in save(client, application_secret="").content.decode()


def test_a_token_that_another_process_is_fetching_says_nothing_about_the_secret(simulator):
    account = make_account()
    secret = account.application_secret.reveal()
    assert DatabaseTokenStore().may_refresh(token_key(account.corporation_id, secret))
    found = checked()
    assert found[Name.APPLICATION_TOKEN].state == found[Name.APPLICATION].state == State.NOT_CHECKED


def test_a_secret_that_was_refused_is_not_kept(client, administrator):
    save(client, application_secret="wrong")
    response = save(client, application_secret="")
    assert "Still missing: Application secret" in response.content.decode()


# --- a test message to oneself ---


def test_a_test_arrives_and_the_administrator_says_how(client, simulator):
    account = make_account()
    person = make_person("staff", mobile="+8613000000001")
    client.force_login(make_sign_in(person, options=["wechat_admin.view_account", "wechat_admin.change_account"]))
    html = client.post(reverse("send-test"), follow=True).content.decode()
    assert "WeCom knows nobody with your number." in html
    address_book_client(account).create_member(
        userid="sp-1", name="A", mobile=person.mobile, department=[1], to_invite=False
    )
    simulator.scan(person.mobile)
    html = client.post(reverse("send-test"), follow=True).content.decode()
    assert "Did it come whole, up to its last word?" in html
    ((text, copies),) = simulator.inbox["sp-1"].items()
    assert copies == 1 and len(text.encode()) > 20
    html = client.post(reverse("test-came"), {"whole": "no"}, follow=True).content.decode()
    assert "always opens its home page" in html
    check.check_connection()
    assert Check.objects.get(name=Name.TEST).state == State.BAD, "a check of the connection does not forget it"
    client.post(reverse("test-came"), {"whole": "yes"})
    assert Check.objects.get(name=Name.TEST).state == State.OK


def test_a_test_without_a_number_or_with_a_fault_is_said(client, simulator):
    make_account()
    client.force_login(make_administrator())
    assert "no mobile number of yours on record" in client.post(reverse("send-test"), follow=True).content.decode()
    person = make_person("staff", mobile="+8613000000001")
    client.force_login(make_sign_in(person, options=["wechat_admin.view_account", "wechat_admin.change_account"]))
    simulator.control("switch", name="trusted_ip", on="0")
    assert "does not trust the address" in client.post(reverse("send-test"), follow=True).content.decode()
