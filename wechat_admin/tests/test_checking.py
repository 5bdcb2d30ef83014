"""The values at Save, and the connection: each wrong set-up ends at the right row with the right remedy."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.access.demo import make_administrator, make_sign_in
from portal.ledger import mark
from portal.people.demo import make_person
from wechat_admin import sweeps, tasks
from wechat_admin.account.check_values import Found
from wechat_admin.connection import check, clients, in_words
from wechat_admin.connection.clients import address_book_client
from wechat_admin.connection.tokens import DatabaseTokenStore
from wechat_admin.demo import SIMULATOR_VALUES, make_account, make_checks
from wechat_admin.models import CallbackEvent, Check, EnterpriseAccount, Lock, LookingUp, SendingGate, Token
from wechat_admin.models.looking_up import MOST_IN_VAIN
from wechat_admin.wecom.client import Client
from wechat_admin.wecom.codes import MEANINGS
from wechat_admin.wecom.errors import TokenBusy, TokenRefused
from wechat_admin.wecom.faults import Fault
from wechat_admin.wecom.tokens import AccessToken, token_key

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


def test_save_tries_a_refused_secret_once_a_press(client, administrator, simulator):
    for _ in range(3):
        save(client, application_secret="wrong")
    assert simulator.calls("gettoken")[40001] == 3


def test_the_right_secret_is_taken_after_the_application_was_off_for_a_minute(client, administrator, simulator):
    simulator.rule("error", call="gettoken", code=40001, times=1)
    assert "WeCom does not accept this secret" in save(client).content.decode()
    assert "Saved." in save(client).content.decode()
    assert EnterpriseAccount.objects.get().application_secret


def test_swapped_secrets_are_refused_each_at_its_field(client, administrator):
    values = SIMULATOR_VALUES
    swapped = {
        "application_secret": values["address_book_secret"],
        "address_book_secret": values["application_secret"],
    }
    response = save(client, **swapped)
    assert set(response.context["form"].errors) == {"application_secret", "address_book_secret"}
    assert "not in each other" in response.content.decode()
    assert not EnterpriseAccount.objects.exists()


def test_the_same_secret_in_both_fields_is_refused_where_it_is_wrong(client, administrator):
    response = save(client, address_book_secret=SIMULATOR_VALUES["application_secret"])
    assert list(response.context["form"].errors) == ["address_book_secret"]
    response = save(client, application_secret=SIMULATOR_VALUES["address_book_secret"])
    assert list(response.context["form"].errors) == ["application_secret"]


def test_after_save_the_rows_are_asked_again_and_say_so(client, administrator, doorbells, committed):
    make_account(registration_visible=False)
    make_checks()
    Check.objects.note(Name.TEST, State.OK, whole=True)
    with committed():
        html = save(client, application_secret="", address_book_secret="").content.decode()
    assert html.count("being checked") == len(Name) - 1 and 'hx-trigger="every 1s"' in html
    assert doorbells == [tasks.CHECK_CONNECTION]
    assert Check.objects.get(name=Name.TEST).state == State.OK, "nothing of the application has changed"


def test_what_another_company_was_shown_to_do_is_forgotten_at_save(client, administrator, monkeypatch):
    now = timezone.now()
    proofs = {
        "writing_proven_at": now,
        "callback_verified_at": now,
        "address_book_hidden_at": now,
        "address_book_hidden_by": "A. Jones",
        "qr_tried_at": now,
    }
    make_account(**proofs)
    Check.objects.note(Name.TEST, State.OK, whole=True)
    monkeypatch.setattr("wechat_admin.account.check_values.check_values", lambda account, values: Found())
    save(client, corporation_id="wwanother", confirmed="on")
    account = EnterpriseAccount.objects.get()
    assert account.corporation_id == "wwanother"
    assert {name: getattr(account, name) for name in proofs} == dict.fromkeys(proofs) | {"address_book_hidden_by": ""}
    assert not Check.objects.filter(name=Name.TEST).exists()


def test_what_the_old_secret_could_write_says_nothing_of_a_new_one(client, administrator, monkeypatch):
    make_account(writing_refused_code=48008)
    monkeypatch.setattr("wechat_admin.account.check_values.check_values", lambda account, values: Found())
    save(client, application_secret="", address_book_secret="another")
    assert EnterpriseAccount.objects.get().writing_refused_code is None


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


def rows():
    return {row.name: row for row in Check.objects.all()}


def checked():
    check.check_connection()
    return rows()


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


def test_looking_up_that_has_stopped_is_red_until_a_person_has_looked(simulator):
    found = LookingUp.objects.of(make_account())
    LookingUp.objects.filter(pk=found.pk).update(in_vain=MOST_IN_VAIN)
    assert checked()[Name.LOOKING_UP].state == State.BAD
    LookingUp.objects.filter(pk=found.pk).resume()
    assert checked()[Name.LOOKING_UP].state == State.NOT_CHECKED


def test_members_of_a_ticked_tag_are_counted(simulator):
    simulator.control("members", userid="office", mobile="+8613000000001", department=2)
    simulator.control("range", tag=["7"])
    make_account()
    assert checked()[Name.RANGE].facts == {"visible": 1, "members": 1}


def test_in_a_company_without_members_the_range_is_green_only_from_the_root_down(simulator):
    make_account()
    assert checked()[Name.RANGE].state == State.OK
    simulator.control("range", department=["2"])
    assert checked()[Name.RANGE].state == State.WARNING


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
    "narrow range": (
        {},
        ("range", {"department": ["2"]}),
        Name.RANGE,
        None,
        "The application sees 0 of 1 members. In the",
    ),
    "tagged range": ({}, ("range", {"tag": ["7"]}), Name.RANGE, None, "The application sees 0 of 1 members. In the"),
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
    assert found[row].state == State.BAD and found[row].code == code
    assert remedy in client.get(ADDRESS).content.decode()


def test_a_refusal_of_our_address_says_which_one_to_enter_in_its_own_row(simulator):
    make_account()
    simulator.switch("trusted_ip", False)
    words = in_words.finding(checked()[Name.ADDRESS_BOOK])
    assert (words.copy, words.copy_label) == ("127.0.0.1", "The address to enter:")


@pytest.mark.parametrize("name", Name)
def test_a_row_that_is_still_asked_about_has_words_too(name):
    assert isinstance(in_words.finding(Check(name=name, state=State.RUNNING, at=timezone.now())), in_words.Words)


def test_a_token_that_dies_during_a_check_is_asked_with_no_more(simulator):
    account = make_account()
    store = check.HeldToken(AccessToken("dead"))
    client = Client(clients.hurried_transport(), store, account.corporation_id, "")
    with pytest.raises(TokenRefused):
        client.application(1)
    with pytest.raises(TokenBusy):
        client.application(1)
    assert simulator.calls("agent/get") == {40014: 1}


def test_a_secret_that_is_the_other_one_is_not_green_because_wecom_gave_a_token_for_it(simulator):
    values = SIMULATOR_VALUES
    make_account(application_secret=values["address_book_secret"], address_book_secret=values["application_secret"])
    found = states(checked())
    rows = (Name.APPLICATION_TOKEN, Name.ADDRESS_BOOK_TOKEN, Name.APPLICATION, Name.ADDRESS_BOOK)
    assert [found[name] for name in rows] == [State.BAD] * 4


def test_a_token_that_died_before_its_time_is_replaced_and_condemns_nothing(simulator):
    account = make_account()
    store = DatabaseTokenStore()
    key = token_key(account.corporation_id, account.application_secret.reveal())
    assert store.may_refresh(key)
    store.save(key, "a token WeCom has forgotten", 7200)
    found = checked()
    assert found[Name.APPLICATION].state == found[Name.APPLICATION_TOKEN].state == State.OK


def test_every_red_row_says_what_to_do():
    facts = [
        {"visible": 0, "members": 381},
        {"visible": 0, "members": 381, "empty": True},
        {"name": "A", "enabled": False},
    ]
    found = [Check(name=name, state=State.BAD, code=code, at=timezone.now()) for name in Name for code in MEANINGS]
    found += [Check(name=Name.APPLICATION, state=State.BAD, code=987654, at=timezone.now())]
    found += [Check(name=Name.RANGE, state=State.BAD, facts=facts[n], at=timezone.now()) for n in (0, 1)]
    found += [Check(name=Name.APPLICATION, state=State.BAD, facts=facts[2], at=timezone.now())]
    found += [Check(name=Name.TEST, state=State.BAD, facts={"whole": False}, at=timezone.now())]
    found += [
        Check(name=name, state=State.BAD, facts={"fault": fault, "reason": "x"}, at=timezone.now())
        for name in Name
        for fault in Fault
    ]
    for check_row in found:
        words = in_words.finding(check_row)
        assert words.sentence and words.remedy, (check_row.name, check_row.code, check_row.facts)


def test_a_row_is_green_only_while_what_was_found_is_young():
    long_ago, lately = timezone.now() - timedelta(hours=27), timezone.now() - timedelta(hours=25)
    assert Check(name=Name.RANGE, state=State.OK, at=lately).standing == State.OK
    old = Check(name=Name.RANGE, state=State.OK, at=long_ago)
    assert old.standing == State.NOT_CHECKED and "too long ago" in in_words.finding(old).sentence
    assert Check(name=Name.RANGE, state=State.BAD, at=long_ago).standing == State.BAD, "bad news keeps"
    assert Check(name=Name.TEST, state=State.OK, at=long_ago).standing == State.OK
    endless = Check(name=Name.RANGE, state=State.RUNNING, at=long_ago)
    assert endless.standing == State.NOT_CHECKED and in_words.finding(endless).remedy


def test_what_is_learnt_by_doing_is_green_for_three_months(simulator):
    make_account(writing_proven_at=timezone.now() - timedelta(days=91))
    assert checked()[Name.WRITING].state == State.WARNING
    make_account(writing_proven_at=timezone.now() - timedelta(days=89))
    assert checked()[Name.WRITING].state == State.OK
    make_account(callback_verified_at=timezone.now() - timedelta(days=91))
    found = checked()
    assert found[Name.CALLBACK].state == State.WARNING
    assert "Nothing has come from WeCom since" in in_words.finding(found[Name.CALLBACK]).sentence
    CallbackEvent.objects.create(digest="a", kind="message")
    assert checked()[Name.CALLBACK].state == State.OK


def test_a_check_of_values_that_were_replaced_meanwhile_colours_nothing_and_is_made_again(simulator, monkeypatch):
    make_account(application_secret="wrong")
    after_the_first_round = {}

    def somebody_saves(account):
        """In the middle of the first round."""
        if account.version == 1:
            make_account(version=2)
            Check.objects.begin()
        return check.Finding(Name.WRITING, State.OK)

    monkeypatch.setattr(check, "_writing", somebody_saves)
    monkeypatch.setattr(Lock, "keep", lambda *args: after_the_first_round.update(states(rows())))
    found = checked()
    assert set(after_the_first_round.values()) == {State.RUNNING}
    assert found[Name.APPLICATION_TOKEN].state == State.OK


def test_a_check_that_breaks_off_leaves_no_row_running(simulator, monkeypatch):
    make_account()
    monkeypatch.setattr(check, "_callback", lambda account: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check.check_connection()
    assert not Check.objects.filter(state=State.RUNNING).exists()
    assert Lock.take(check.LOCK, check.LEASE)


def test_a_bell_that_was_lost_is_rung_again(doorbells, committed):
    make_account()
    Check.objects.begin()
    with committed():
        sweeps.ring_again_for_a_check_that_was_asked_for()
    assert doorbells == [tasks.CHECK_CONNECTION]
    doorbells.clear()
    make_checks()
    with committed():
        sweeps.ring_again_for_a_check_that_was_asked_for()
        sweeps.check_the_connection_once_a_day()
    assert doorbells == []
    Check.objects.exclude(name=Name.TEST).update(at=timezone.now() - timedelta(hours=25))
    Check.objects.note(Name.TEST, State.OK, whole=True)
    with committed():
        sweeps.check_the_connection_once_a_day()
    assert doorbells == [tasks.CHECK_CONNECTION], "an answer about the test message is not a check"


# --- no for a while ---


def press_check_now(client):
    client.post(reverse("examine-connection"))
    check.check_connection()


def test_check_now_tries_a_refused_secret_once_and_success_lifts_the_hold(client, administrator, simulator):
    make_account()
    SendingGate.objects.hold(40001)
    simulator.rule("error", call="gettoken", code=40001, times=2)
    check.check_connection()
    refused = simulator.calls("gettoken")[40001]
    check.check_connection()
    assert simulator.calls("gettoken")[40001] == refused == 2, "by itself nobody asks again"
    simulator.rule("error", call="gettoken", code=40001, times=2)
    press_check_now(client)
    assert simulator.calls("gettoken")[40001] == 4 and SendingGate.objects.get().is_held
    press_check_now(client)
    assert not SendingGate.objects.get().is_held
    assert Check.objects.standing([Name.APPLICATION_TOKEN, Name.ADDRESS_BOOK_TOKEN]) == State.OK


def test_a_refused_secret_is_tried_by_itself_every_half_hour(simulator):
    make_account()
    SendingGate.objects.hold(40001)
    simulator.rule("error", call="gettoken", code=40001, times=1)

    def five_minutes_later():
        SendingGate.objects.update(probe_at=None)
        tasks.probe()

    five_minutes_later()
    five_minutes_later()
    assert simulator.calls("gettoken") == {40001: 1} and SendingGate.objects.get().is_held
    Token.objects.update(refused_at=timezone.now() - timedelta(minutes=31))
    five_minutes_later()
    assert simulator.calls("gettoken") == {40001: 1, 0: 1} and not SendingGate.objects.get().is_held


def test_what_an_older_portal_remembered_for_ever_is_tried_again(simulator):
    account = make_account()
    key = token_key(account.corporation_id, account.application_secret.reveal())
    Token.objects.create(key=key, refused_code=40001)
    assert checked()[Name.APPLICATION_TOKEN].state == State.OK


def test_saving_while_sending_is_held_tries_and_success_lifts_the_hold(client, administrator, simulator):
    make_account()
    SendingGate.objects.hold(60020)
    simulator.control("switch", name="trusted_ip", on="0")
    html = save(client, application_secret="", address_book_secret="").content.decode()
    assert "does not trust the address" in html and "Saved." in html
    assert SendingGate.objects.get().hold_code == 60020
    simulator.control("switch", name="trusted_ip", on="1")
    save(client, application_secret="", address_book_secret="")
    assert not SendingGate.objects.get().is_held


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
    html = client.post(reverse("test-came"), {"whole": "no", "shown": account.version}, follow=True).content.decode()
    assert "always opens its home page" in html
    check.check_connection()
    assert Check.objects.get(name=Name.TEST).state == State.BAD, "a check of the connection does not forget it"
    EnterpriseAccount.objects.update(version=account.version + 1)
    html = client.post(reverse("test-came"), {"whole": "yes", "shown": account.version}, follow=True).content.decode()
    assert "This has changed since" in html and Check.objects.get(name=Name.TEST).state == State.BAD
    client.post(reverse("test-came"), {"whole": "yes", "shown": account.version + 1})
    assert Check.objects.get(name=Name.TEST).state == State.OK


def test_a_test_without_a_number_or_with_a_fault_is_said(client, simulator):
    make_account()
    client.force_login(make_administrator())
    assert "no mobile number of yours on record" in client.post(reverse("send-test"), follow=True).content.decode()
    person = make_person("staff", mobile="+8613000000001")
    client.force_login(make_sign_in(person, options=["wechat_admin.view_account", "wechat_admin.change_account"]))
    simulator.control("switch", name="trusted_ip", on="0")
    assert "does not trust the address" in client.post(reverse("send-test"), follow=True).content.decode()


def test_while_everything_is_held_no_test_leaves_either(client, simulator):
    make_account()
    person = make_person("staff", mobile="+8613000000001")
    client.force_login(make_sign_in(person, options=["wechat_admin.view_account", "wechat_admin.change_account"]))
    simulator.add_member("sp-1", mobile=person.mobile)
    simulator.scan(person.mobile)
    mark.hold()
    html = client.post(reverse("send-test"), follow=True).content.decode()
    assert "Sending is held: the portal" in html and simulator.inbox == {}
