"""What the office does with sign-ins: make, reset, lock, end; and everybody with their own sessions."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.access import account_actions, sessions
from portal.access.actions import AccessRefused
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import OpenSession, Profile, SignInEvent
from portal.audit.models import AuditEvent
from portal.mail.sending import send_due
from portal.people.demo import make_group, make_person
from portal.people.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"
IN_WECHAT = "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.50"


@pytest.fixture
def office(client):
    user = make_sign_in(make_person("staff"), options=["access.view_accounts", "access.manage_accounts"])
    client.force_login(user)
    return client


def signed_in(user, agent=""):
    client = Client(HTTP_USER_AGENT=agent)
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    return client


def mother(**fields):
    return make_sign_in(make_person("contact", email="ann@family.example", **fields), password=PASSWORD)


def is_in(client):
    return client.get("/my-details/").status_code == 200


def decide(client, user, what):
    return client.post(reverse("decide-about-account", args=[user.pk, what]), follow=True).content.decode()


# --- lock and unlock ---


def test_a_locked_account_ends_at_its_next_page_and_cannot_come_back_until_unlocked(office):
    user = mother()
    phone, computer = signed_in(user, IN_WECHAT), signed_in(user)
    assert is_in(phone) and is_in(computer)
    assert "The sign-in is locked." in decide(office, user, "lock")
    assert not is_in(phone) and not is_in(computer) and not is_in(signed_in(user))
    decide(office, user, "unlock")
    assert is_in(signed_in(user)) and not is_in(phone)
    acts = AuditEvent.objects.filter(subject=f"user {user.pk}").values_list("act", flat=True)
    assert {"locked a sign-in", "unlocked a sign-in"} <= set(acts)


def test_nobody_decides_about_who_may_do_more_nor_about_themselves(office):
    clerk = User.objects.get(groups__permissions__codename="manage_accounts", person__isnull=False)
    sender = make_sign_in(make_person("staff", email="s@school.example"), options=["messaging.write"])
    administrator = make_administrator("root")
    make_person("staff").user = administrator
    for what in ("lock", "reset", "end-sessions"):
        assert "They hold menu options that you do not hold." in decide(office, sender, what)
    for user, word in ((clerk, "your own"), (administrator, "Only a System Administrator")):
        with pytest.raises(AccessRefused, match=word):
            account_actions.lock(user=user, by=clerk)
    assert User.objects.filter(is_active=True).count() == 3


def test_what_somebody_locked_may_do_again_counts_when_they_are_unlocked(office):
    sender = make_sign_in(make_person("staff", email="s@school.example"), options=["messaging.write"])
    User.objects.filter(pk=sender.pk).update(is_active=False)
    assert "They hold menu options that you do not hold." in decide(office, sender, "unlock")
    assert not User.objects.get(pk=sender.pk).is_active


def test_nobody_decides_about_a_superuser_who_holds_no_profile(office):
    superuser = make_sign_in(make_person("staff"))
    User.objects.filter(pk=superuser.pk).update(is_superuser=True)
    assert "They hold menu options that you do not hold." in decide(office, superuser, "lock")


def test_a_teacher_who_stopped_is_no_administrator_who_is_left():
    """Else the parent they still are would be the last one, and hold every option again."""
    yesterday = timezone.localdate() - timedelta(days=1)
    stopped = make_sign_in(make_person("staff", is_contact=True, staff_last_day=yesterday))
    stopped.groups.add(Profile.objects.system_administrator().group)
    first, second = make_administrator("first"), make_administrator("second")
    User.objects.filter(pk=second.pk).update(is_active=False)  # by the first, in this very moment
    with pytest.raises(AccessRefused, match="at least one System Administrator"):
        account_actions.lock(user=first, by=second)


def test_the_last_system_administrator_is_never_locked():
    first, second = make_administrator("first"), make_administrator("second")
    account_actions.lock(user=second, by=first)
    third = make_sign_in(make_person("staff"), options=["access.manage_accounts"])
    third.groups.add(Profile.objects.system_administrator().group)
    account_actions.lock(user=first, by=third)
    with pytest.raises(AccessRefused):
        account_actions.lock(user=third, by=first)
    assert User.objects.get(pk=third.pk).is_active


# --- administrators who are no person of the school ---


def test_a_sign_in_of_no_person_is_listed_locked_and_its_sessions_ended(client):
    first, second = make_administrator("first"), make_administrator("second")
    make_sign_in(make_person("staff"), username="a-teacher")
    second.set_password(PASSWORD)
    second.save()
    theirs = signed_in(second)
    client.force_login(first)
    html = client.get(reverse("accounts")).content.decode()
    page = reverse("account-of-nobody", args=[second.pk])
    assert page in html and "a-teacher" not in html and "System Administrator" in html
    html = client.get(page).content.decode()
    assert "can sign in" in html and "Sign them out everywhere" in html and "signed in" in html
    open_one = sessions.open_sessions(second).get()
    answer = client.post(reverse("end-session", args=[second.pk, open_one.pk]))
    assert answer.url == page and not is_in(theirs)
    assert "The sign-in is locked." in decide(client, second, "lock") and not is_in(signed_in(second))
    assert "locked" in client.get(reverse("accounts")).content.decode()
    assert "The sign-in is unlocked." in decide(client, second, "unlock")
    decide(client, second, "reset")
    send_due()
    assert mail.outbox[-1].to == [second.email]


def test_of_two_administrators_of_the_first_day_the_last_is_kept_and_others_decide_about_neither(client, office):
    first, second = make_administrator("first"), make_administrator("second")
    assert "Only a System Administrator" in decide(office, first, "lock")
    client.force_login(first)
    decide(client, second, "lock")
    assert "your own sign-in" in decide(client, first, "lock")
    User.objects.filter(pk=second.pk).update(is_active=True)
    User.objects.filter(pk=first.pk).update(email="")
    client.force_login(second)
    assert "create_administrator" in decide(client, first, "reset")


def test_the_page_of_a_sign_in_is_that_of_its_person_where_it_has_one(office):
    user = mother()
    answer = office.get(reverse("account-of-nobody", args=[user.pk]))
    assert answer.url == reverse("account", args=[user.person.pk])


# --- a new password ---


def test_a_reset_by_email_leaves_the_old_password_until_the_new_one_which_ends_every_session(office):
    user = mother()
    stolen = signed_in(user)
    decide(office, user, "reset")
    assert is_in(signed_in(user))
    send_due()
    assert mail.outbox[0].to == ["ann@family.example"] and user.username in mail.outbox[0].body
    browser = Client()
    address = browser.get(re.search(r"http://testserver(\S*/choose-password/\S+)", mail.outbox[0].body)[1]).url
    browser.post(address, {"new_password1": "another-long-password", "new_password2": "another-long-password"})
    assert not is_in(stolen) and not OpenSession.objects.filter(user=user).exists()


def test_without_an_address_the_page_says_what_else_there_is(office):
    user = make_sign_in(make_person("contact", email=""), password=PASSWORD)
    assert "Hand them a code instead." in decide(office, user, "reset")


def test_a_password_is_taken_from_nobody_who_holds_options():
    user = make_sign_in(make_person("staff"), options=["people.view"], password=PASSWORD)
    with pytest.raises(AccessRefused, match="gets no code"):
        account_actions.forget_password(user=user, by=make_administrator())


# --- sessions ---


def test_sessions_are_listed_by_where_they_are_and_ended_one_by_one(office):
    user = mother()
    phone, computer = signed_in(user, IN_WECHAT), signed_in(user)
    page = office.get(reverse("account", args=[user.person.pk])).content.decode()
    assert "in WeChat" in page and "on a computer" in page
    in_wechat = sessions.open_sessions(user).get(browser="wechat")
    office.post(reverse("end-session", args=[user.pk, in_wechat.pk]))
    assert not is_in(phone) and is_in(computer)


def test_sign_out_everywhere_is_everywhere_and_only_oneself(client):
    user, other = mother(), make_sign_in(make_person("contact"), password=PASSWORD)
    here, there, stranger = signed_in(user), signed_in(user), signed_in(other)
    their_own = sessions.open_sessions(other).get()
    here.post(reverse("end-own-session", args=[their_own.pk]))
    assert is_in(stranger)
    assert "Sign out everywhere" in here.get("/my-details/").content.decode()
    here.post(reverse("sign-out-everywhere"))
    assert not is_in(here) and not is_in(there) and is_in(stranger)


def test_whoever_views_as_somebody_sees_no_sessions_and_ends_none(client):
    user = mother()
    phone = signed_in(user)
    client.force_login(make_administrator())
    client.post(reverse("impersonate", args=[user.pk]), {"reason": "Asks for help"})
    assert "Where you are signed in" not in client.get("/my-details/").content.decode()
    assert client.post(reverse("sign-out-everywhere")).status_code == 403 and is_in(phone)


def test_a_second_sign_in_in_one_browser_is_one_session_of_the_second(client):
    first, second = mother(), make_sign_in(make_person("contact"), password=PASSWORD)
    client.force_login(first)
    client.force_login(second)
    assert list(OpenSession.objects.values_list("user", flat=True)) == [second.pk]


# --- the history ---


def test_the_history_says_what_happened_and_where_and_of_whom(office):
    user = mother()
    make_sign_in(make_person("contact", given_name="Namesake"), username="namesake")
    phone = signed_in(user, IN_WECHAT)
    phone.post("/sign-out/")
    Client().post("/sign-in/", {"username": user.username, "password": "wrong"})
    page = office.get(reverse("account", args=[user.person.pk])).content.decode()
    words = ("a wrong password was given", "signed out", "signed in")
    assert [page.index(word, page.index("What happened")) for word in words] == sorted(
        page.index(word, page.index("What happened")) for word in words
    )
    assert SignInEvent.objects.filter(user=user).count() == 3


# --- made ---


def test_sign_ins_are_made_for_a_form_with_the_number_first_and_once(office):
    year = make_group()
    pupils = [make_person("pupil", email=f"p{n}@school.example") for n in range(3)]
    make_group("form", "7A", parent=year, members=[*pupils, make_person("pupil", email="")])
    make_person("pupil", email="other@school.example")
    page = office.post(reverse("sign-ins"), {"groups": [year.pk]})
    assert (page.context["waiting"], page.context["no_email"]) == (3, 1) and not User.objects.filter(person__in=pupils)
    for _ in range(2):
        office.post(reverse("sign-ins"), {"groups": [year.pk], "counted": 3})
    send_due()
    assert User.objects.filter(person__in=pupils).count() == 3 and len(mail.outbox) == 3


def test_one_is_made_on_the_page_of_the_person(office):
    person = make_person("contact", email="wei@family.example")
    page = office.post(reverse("make-sign-in", args=[person.pk]), follow=True).content.decode()
    assert "The sign-in is made." in page and "has not chosen a password yet" in page
    assert "None was made" in office.post(reverse("make-sign-in", args=[person.pk]), follow=True).content.decode()


def test_looking_needs_one_option_and_doing_another(client):
    user = mother()
    client.force_login(make_sign_in(make_person("staff"), options=["access.view_accounts", "people.view"]))
    page = client.get(reverse("account", args=[user.person.pk])).content.decode()
    assert "can sign in" in page and "Lock" not in page
    theirs = reverse("account", args=[user.person.pk])
    assert theirs in client.get(reverse("person", args=[user.person.pk])).content.decode()
    assert client.post(reverse("decide-about-account", args=[user.pk, "lock"])).status_code == 403
