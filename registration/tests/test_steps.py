"""The steps as a person meets them: where each address leads, what closed doors answer, what bad input is told."""

import time

import pytest
from django.db.models.functions import Now
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.access.middleware import SESSION_KEY
from portal.people import actions as people_actions
from portal.people import importing
from portal.people.demo import make_person, relate
from registration.demo import make_registration
from registration.models import Opened, Problem, Registration, userid_for
from registration.steps import actions
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

pytestmark = pytest.mark.django_db
Status = Registration.Status


def step(number):
    return f"/WeChatRegistration/Step{number}"


@pytest.fixture
def account():
    return make_account()


@pytest.fixture
def contact(client, account):
    person = make_person("contact", mobile="+8613800138000")
    client.force_login(make_sign_in(person))
    return person


def said(response):
    return response.content.decode()


def registration_of(person):
    return person.registrations.open().get()


def test_a_contact_goes_through_the_steps(client, contact, doorbells, committed):
    child = make_person("pupil", given_name="Ming")
    relate(contact, child)
    html = said(client.get(step(1)))
    assert "Step 1 of 4" in html and "Ming" in html and "an account of your own" in html
    assert client.post(step(1), {"agree": "on"}).url == step(2)
    assert 'value="+86 138 0013 8000"' in said(client.get(step(2)))
    with committed():
        assert client.post(step(2), {"mobile": "138 0013 8000"}).url == step(3)
    assert doorbells == ["registration.tasks.work"]
    registration = registration_of(contact)
    assert (registration.status, registration.mobile) == (Status.CONFIRMED, "+8613800138000")
    assert (registration.consent_version, registration.consent_language) == ("2026-11", "en")
    assert registration.confirmed_by == contact.user


@pytest.mark.parametrize(
    ("status", "leads_to"),
    [(None, 1), (Status.STARTED, 2), (Status.CONFIRMED, 3), (Status.IN_WECOM, 3), (Status.REGISTERED, 4)],
)
def test_every_step_leads_to_the_first_open_one(client, contact, doorbells, status, leads_to):
    if status:
        make_registration(contact, status)
    for number in (1, 2, 3, 4):
        response = client.get(step(number))
        may_change = number == 2 and status in (Status.CONFIRMED, Status.IN_WECOM)
        if number == leads_to or may_change:
            assert response.status_code == 200
        else:
            assert response.url == step(leads_to)


@pytest.mark.parametrize("number", [0, 5, 99])
def test_beyond_the_last_step_there_is_nothing(client, contact, number):
    assert client.get(step(number)).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/wechatregistration/step1",
        "/WECHATREGISTRATION/STEP1/",
        "/WeChatRegistration/",
        "/wechatregistration",
        "/WeChatRegistration/Step1/",
    ],
)
def test_any_other_case_leads_to_the_canonical_address(client, contact, address):
    assert client.get(address).url == step(1)


def test_not_signed_in_means_signing_in_and_coming_back(client, account):
    assert client.get(step(1)).url == f"/sign-in/?next={step(1)}"


# --- closed doors ---


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
        "/WeChatRegistration/Stop",
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
    left = make_person("staff", leaving_on="2020-07-31")
    barred = make_person("contact")
    relate(barred, pupil, may_receive_messages=False)
    for user, sentence in [
        (make_administrator(), "belongs to none of them"),
        (make_sign_in(left), "You have left the school"),
        (make_sign_in(barred), "The school&#x27;s records say that you do not receive messages"),
    ]:
        client.force_login(user)
        response = client.get(step(1))
        assert response.status_code == 403 and sentence in said(response)


# --- bad input ---


def test_without_consent_nothing_begins(client, contact):
    assert "Tick the box to go on." in said(client.post(step(1), {}))
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write the mobile number bound to your WeChat."),
        ("12345", "This is not a mobile number. Write it with its country code"),
        ("+86 21 1234 5678", "WeChat can only be bound to a mobile number"),
        ("+86 138 0013 8000 ext. 5", "WeChat can only be bound to a mobile number"),
    ],
)
def test_a_bad_number_is_named_and_kept(client, contact, typed, sentence):
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2), {"mobile": typed}))
    assert sentence in html
    assert not typed or f'value="{typed}"' in html
    assert registration_of(contact).status == Status.STARTED


def test_no_number_on_record_means_being_asked_for_one(client, account):
    person = make_person("pupil", mobile="")
    client.force_login(make_sign_in(person))
    client.post(step(1), {"agree": "on"})
    html = said(client.get(step(2)))
    assert 'name="mobile"' in html and "+86 138 0000 0000" in html


def test_a_number_used_by_another_is_refused_and_an_administrator_sees_the_case(client, contact):
    make_registration(make_person("contact"), mobile="+8613800138000")
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2), {"mobile": "+86 138 0013 8000"}))
    assert "This number already belongs to someone in the school&#x27;s WeChat. Check it, or ask the office" in html
    registration = registration_of(contact)
    assert (registration.status, registration.problem) == (Status.STARTED, Problem.NUMBER_TAKEN)
    client.force_login(make_administrator())
    assert contact.name in said(client.get(reverse("registration:registrations")))


def test_back_and_resubmit_make_one_registration(client, contact):
    for _ in range(2):
        assert client.post(step(1), {"agree": "on"}).url == step(2)
    for _ in range(2):
        assert client.post(step(2), {"mobile": "+8613800138000"}).url == step(3)
    assert Registration.objects.count() == 1


def test_a_second_tab_with_another_number_changes_the_number(client, contact):
    make_registration(contact, Status.CONFIRMED)
    client.post(step(2), {"mobile": "+8613800138001"})
    assert registration_of(contact).mobile == "+8613800138001"


def test_once_registered_the_number_stays(client, contact):
    registration = make_registration(contact)
    assert client.post(step(2), {"mobile": "+8613800138001"}).url == step(4)
    with pytest.raises(actions.RegistrationRefused, match="WeChat keeps the number you used first"):
        actions.confirm(registration=registration, mobile="+8613800138001", by=contact.user)


def test_a_teacher_who_is_a_parent_registers_once_by_either_door(client, account):
    person = make_person("staff", is_contact=True)
    client.force_login(make_sign_in(person))
    assert step(1) in said(client.get("/my-details/")), "the button shows, because they are a contact"
    client.post(step(1), {"agree": "on"})
    assert client.get(step(1)).url == step(2)
    assert person.registrations.count() == 1


# --- the code, and moving on ---


def test_the_code_is_one_picture_of_a_real_address(client, contact, doorbells):
    make_registration(contact, Status.IN_WECOM)
    html = said(client.get(step(3)))
    assert html.count("<img") == 1
    assert 'src="/WeChatRegistration/qr.png" width="240" height="240" alt="The QR code' in html
    assert client.get("/WeChatRegistration/qr.png").headers["Content-Type"] == "image/png"


def test_the_page_moves_on_by_itself_and_swaps_nothing_meanwhile(client, contact, doorbells):
    registration = make_registration(contact, Status.IN_WECOM)
    address = "/WeChatRegistration/Step3/state"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}?shown={registration.shown_state}").status_code == 204
    Registration.objects.update(status=Status.REGISTERED)
    assert client.get(address).headers["HX-Redirect"] == step(4)


AGENTS = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50 Language/zh_CN": "Press and hold",
    "Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537.36 wxwork/4.1 MicroMessenger/7.0": "Press and hold",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1": "Save the picture",
    "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36": "Scan the code with WeChat on your phone",
}


@pytest.mark.parametrize(("agent", "first"), AGENTS.items())
def test_what_to_do_first_depends_on_where_the_page_is_open(client, contact, doorbells, agent, first):
    make_registration(contact, Status.IN_WECOM)
    html = said(client.get(step(3), headers={"user-agent": agent}))
    assert first in html.split("<strong>")[1].split("</strong>")[0]
    assert html.count("<img") == 1 and 'data-open-after="180"' in html


def test_after_ten_minutes_the_page_waits_for_a_press(client, contact, doorbells, committed):
    registration = make_registration(contact, Status.IN_WECOM)
    long_ago = int(time.time()) - 601
    address = f"/WeChatRegistration/Step3/state?shown={registration.shown_state}&since={long_ago}"
    with committed():
        html = said(client.get(address))
    assert "hx-get" not in html and "This page has stopped asking by itself." in html
    assert doorbells == []
    assert client.get("/WeChatRegistration/Step3/state?since=nonsense").status_code == 200


def test_looking_asks_wecom_no_more_than_once_in_three_seconds(contact, doorbells, committed):
    registration = make_registration(contact, Status.IN_WECOM)
    with committed():
        actions.ask(registration=registration)
    assert doorbells == ["registration.tasks.work"]
    Registration.objects.update(checked_at="2099-01-01T00:00:00Z", next_check_at=None)
    with committed():
        actions.ask(registration=registration)
    assert len(doorbells) == 1


@pytest.mark.parametrize(
    ("problem", "offers_change"),
    [(Problem.NUMBER_TAKEN, True), (Problem.BAD_NUMBER, True), (Problem.WECOM_UNAVAILABLE, False)],
)
def test_what_went_wrong_is_said_in_words(client, contact, problem, offers_change):
    make_registration(contact, Status.CONFIRMED, problem=problem)
    main = said(client.get(step(3))).split("<main")[1]
    assert str(problem.label).replace("'", "&#x27;") in main
    assert ("Change number" in main) is offers_change


# --- stopping ---


def test_stopping_is_one_press_and_registering_again_keeps_the_history(client, contact):
    make_registration(contact)
    assert "Stop receiving messages?" in said(client.get("/WeChatRegistration/Stop"))
    client.post("/WeChatRegistration/Stop")
    assert "You no longer receive messages. Register again any time." in said(client.get("/my-details/"))
    client.post(step(1), {"agree": "on"})
    old, new = contact.registrations.order_by("pk")
    assert (old.status, new.status) == (Status.WITHDRAWN, Status.STARTED)
    assert old.userid == new.userid and new.created_by_us


# --- userids ---


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
    first, second = make_person("contact", reference="abc"), make_person("contact", reference="ABC")
    make_registration(first)
    assert userid_for(first).lower() != userid_for(second).lower()
    make_registration(second)


def test_another_company_means_registering_again(client, contact):
    make_registration(contact)
    make_account(corporation_id="ww99999999")
    assert client.get(step(1)).status_code == 200
    client.post(step(1), {"agree": "on"})
    assert sorted(contact.registrations.values_list("status", flat=True)) == ["started", "withdrawn"]


def test_a_language_switch_does_not_touch_the_registration(contact):
    make_registration(contact)
    people_actions.set_language(person=contact, language="zh-hans")
    assert registration_of(contact).consent_language == "en"


def test_an_import_leaves_a_withdrawn_registration_withdrawn(account):
    person = make_person("contact", reference="C0007")
    make_registration(person, Status.WITHDRAWN)
    line = "C0007,contact,Wei,Li,,,+8613800138000,en,,"
    people_actions.import_people(importing.read(f"{','.join(importing.COLUMNS)}\n{line}".encode()))
    assert [r.status for r in person.registrations.all()] == ["withdrawn"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"status": Status.STARTED}, "started"),
        ({"status": Status.IN_WECOM}, "not yet scanned the code"),
        ({"no_longer_at": "2026-01-01T00:00:00Z"}, "not registered any more"),
    ],
)
def test_my_details_says_how_far_one_is(client, contact, fields, word):
    make_registration(contact, **fields)
    html = said(client.get("/my-details/"))
    assert word in html and "Weixin / WeChat registration" in html


# --- an e-mail address in place of a number ---


def test_whoever_shares_a_number_gives_an_email_address_instead(client, account, doorbells, committed):
    person = make_person("contact", mobile="+8613800138000", email="wei@family.example")
    client.force_login(make_sign_in(person))
    make_registration(person, Status.STARTED)
    assert 'href="?by=email"' in said(client.get(step(2)))
    assert 'value="wei@family.example"' in said(client.get(step(2) + "?by=email"))
    with committed():
        assert client.post(step(2) + "?by=email", {"email": "wei@family.example"}).url == step(3)
    registration = registration_of(person)
    assert (registration.status, registration.mobile, registration.email) == (
        Status.CONFIRMED,
        "",
        "wei@family.example",
    )
    Registration.objects.update(status=Status.IN_WECOM)
    html = said(client.get(step(3)))
    assert "w•••@family.example" in html and "WeChat may ask for it, or may not find you by it." in html
    assert client.post(step(2) + "?by=mobile", {"mobile": "13800138000"}).url == step(3)
    registration = registration_of(person)
    assert (registration.mobile, registration.email) == ("+8613800138000", "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Write your own e-mail address."),
        ("wei", "valid email address"),
        ("a@b.c", "at least 6 characters"),
        ("w" * 60 + "@family.example", "at most 64 characters"),
    ],
)
def test_a_bad_email_address_is_named_and_kept(client, contact, typed, sentence):
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2) + "?by=email", {"email": typed}))
    assert sentence in html and (not typed or f'value="{typed}"' in html)
    assert registration_of(contact).status == Status.STARTED


def test_an_email_address_used_by_another_is_refused_in_any_case(client, contact):
    make_registration(make_person("contact"), mobile="", email="Wei@Family.example")
    make_registration(contact, Status.STARTED)
    html = said(client.post(step(2) + "?by=email", {"email": "wei@family.example"}))
    assert "This e-mail address already belongs to someone" in html and 'value="wei@family.example"' in html
    assert registration_of(contact).problem == Problem.EMAIL_TAKEN


# --- what the person is told ---


def test_the_last_step_says_that_a_first_message_is_coming_and_has_come(client, contact):
    registration = make_registration(contact)
    assert "A first message is on its way to your WeChat" in said(client.get(step(4)))
    Registration.objects.filter(pk=registration.pk).update(welcomed_at=Now())
    html = said(client.get(step(4)))
    assert "A first message has gone to your WeChat" in html
    assert "WeChat keeps the number you used first: nothing needs changing" in html and "office@harbour" in html


def test_my_details_says_what_is_kept_and_when_one_agreed(client, contact):
    make_registration(contact, userid="sp-C7")
    html = said(client.get(reverse("my-details")))
    assert "What is kept about this" in html and "sp-C7" in html and "2026-11" in html
    assert "+86 •••• 8000" in html


def test_opening_the_first_step_is_noted_once_and_never_while_impersonating(client, contact):
    administrator = make_administrator()
    client.get(step(1))
    client.get(step(1))
    assert Opened.objects.filter(person=contact).count() == 1
    other = make_sign_in(make_person("contact"))
    client.force_login(administrator)
    session = client.session
    session[SESSION_KEY] = other.pk
    session.save()
    assert client.get(step(1)).status_code == 200
    assert not Opened.objects.filter(person=other.person).exists()


def test_the_daily_limit_is_told_from_the_code_page_only(client, contact):
    registration = make_registration(contact, Status.STARTED)
    assert client.post("/WeChatRegistration/DailyLimit").url == step(2)
    registration.refresh_from_db()
    assert registration.limit_met_at is None
