"""Members of people who have left or stopped: listed with why, removed one by one, and never somebody else's."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from portal.access.demo import make_sign_in
from portal.people.demo import leave, make_person
from portal.people.merging.actions import merge
from portal.people.models import Person
from registration.at_wecom import removing
from registration.cases.causes import causes
from registration.demo import make_registration
from registration.models import Problem, Registration, userid_for
from registration.removal import actions
from registration.steps.actions import start, withdraw
from wechat_admin.callback.receiving import member_changed
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.codes import meaning

from .helpers import NUMBER, Status, confirmed, enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = make_sign_in(make_person("staff"), options=["registration.remove_members", "registration.view"])
    client.force_login(user)
    return user


def listed():
    return [row.userid for row in Registration.objects.to_remove(EnterpriseAccount.objects.the())]


def remove_all(client):
    address = reverse("registration:members-to-remove")
    asked = client.post(address)
    assert "Remove" in asked.content.decode()
    client.post(address, {"shown": asked.context["shown"], "confirmed": "yes"})
    removing.remove_due()


def gone(registration):
    """They leave, and the sweep has seen it."""
    leave(registration.person)
    actions.end_registrations_of_leavers()
    registration.refresh_from_db()
    return registration


def test_whoever_leaves_is_registered_no_more_and_comes_back_by_consenting_anew(account):
    registration = gone(make_registration(make_person("contact")))
    assert registration.status == Status.WITHDRAWN and listed() == [registration.userid]
    Person.objects.end(None)
    person = Person.objects.get()
    assert not Registration.objects.open().exists()
    again = start(person=person, account=account, language="en", by=None)
    assert again.pk != registration.pk and listed() == [], "nobody is removed who is on the way back"


def test_a_last_day_to_come_ends_nothing_yet(account):
    registration = make_registration(make_person("contact"))
    Person.objects.end(timezone.localdate() + timedelta(days=1))
    actions.end_registrations_of_leavers()
    registration.refresh_from_db()
    assert registration.is_registered


def test_only_members_whom_we_made_are_listed_each_once(account, desk):
    ours = make_registration(make_person("contact"))
    withdraw(registration=ours, by=None)
    second = make_registration(ours.person)
    withdraw(registration=second, by=None)
    theirs = make_registration(make_person("contact"), created_by_us=False)
    withdraw(registration=theirs, by=None)
    make_registration(make_person("contact"))
    assert listed() == [ours.userid]


def test_one_press_confirmed_removes_them_at_wecom(client, account, desk, simulator):
    registration = gone(enter(confirmed()))
    assert registration.userid in simulator.members
    page = client.get(reverse("registration:members-to-remove")).content.decode()
    assert "left the school" in page and registration.userid in page
    client.post(reverse("registration:members-to-remove"))
    removing.remove_due()
    assert registration.userid in simulator.members, "the first press asks"
    remove_all(client)
    assert registration.userid not in simulator.members and listed() == []
    registration.refresh_from_db()
    assert registration.removed_at


def test_whoever_stopped_since_the_page_was_shown_is_not_removed_by_its_press(client, account, desk):
    later, one = make_registration(make_person("contact")), make_registration(make_person("contact"))
    withdraw(registration=one, by=None)
    address = reverse("registration:members-to-remove")
    asked = client.post(address)
    withdraw(registration=later, by=None)
    client.post(address, {"shown": asked.context["shown"], "confirmed": "yes"})
    assert [row.pk for row in Registration.objects.being_removed(account)] == [one.pk]


def test_a_press_that_names_nobody_asks_first(client, account, desk):
    registration = gone(make_registration(make_person("contact")))
    page = client.post(reverse("registration:members-to-remove"), {"confirmed": "yes"})
    assert page.status_code == 200 and registration.userid in page.content.decode()
    assert not Registration.objects.being_removed(account).exists()


def test_nobody_is_removed_while_the_account_is_not_linked(client, account, desk, simulator):
    registration = gone(enter(confirmed()))
    Registration.objects.update(removal_asked_at=Now())
    make_account(address_book_secret="")
    asked = simulator.calls("user/get")
    removing.remove_due()
    assert registration.userid in simulator.members and simulator.calls("user/get") == asked
    make_account()
    removing.remove_due()
    assert registration.userid not in simulator.members


def test_who_is_gone_already_is_done_and_a_refusal_stands_in_the_row(client, account, desk, simulator):
    first = gone(enter(confirmed()))
    simulator.delete_member(first.userid)
    remove_all(client)
    assert listed() == []
    second = enter(make_registration(make_person("contact"), Status.CONFIRMED, mobile="+8613800138001"))
    gone(second)
    simulator.rule("error", call="user/delete", code=301005)
    remove_all(client)
    assert listed() == [second.userid] and second.userid in simulator.members
    second.refresh_from_db()
    assert second.removal_code == 301005


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_why_wecom_refused_to_remove_somebody_is_said_in_the_readers_language(
    client, account, desk, simulator, language
):
    gone(enter(confirmed()))
    simulator.rule("error", call="user/delete", code=301005)
    remove_all(client)
    client.cookies["django_language"] = language
    page = client.get(reverse("registration:members-to-remove"))
    with override(language):
        said = gettext(meaning(301005).sentence)
    assert said != meaning(301005).sentence and said in page.content.decode()


def test_a_leavers_number_is_a_case_that_names_them_until_wecom_says_that_they_are_gone(
    client, account, desk, simulator
):
    leaver = gone(enter(confirmed()))
    heir = make_registration(make_person("contact", given_name="Heir", mobile=NUMBER), Status.CONFIRMED, mobile=NUMBER)
    enter(heir)
    assert heir.problem == Problem.NUMBER_TAKEN and heir.userid != leaver.userid, "a member is not inherited"
    (cause,) = causes(account)
    assert cause.registrations[0].holder == leaver.person
    Registration.objects.filter(pk=heir.pk).update(linking_approved_by=desk, next_try_at=Now(), problem="")
    enter(heir)
    assert heir.problem == Problem.NUMBER_TAKEN, "not by an administrator's word either"
    remove_all(client)
    enter(heir)
    assert heir.status == Status.IN_WECOM and heir.created_by_us


def test_a_leavers_member_on_a_row_that_was_merged_into_theirs_is_nobody_elses_either(account):
    kept, merged = make_registration(make_person("contact")), make_registration(make_person("contact"))
    merge(kept=kept.person, gone=merged.person, stays={"registration": kept.person_id}, by=None)
    gone(kept)
    assert {row.pk for row in Registration.objects.of_leavers()} == {kept.pk, merged.pk}


def test_an_id_that_wecom_gave_to_somebody_else_is_not_removed_and_the_page_says_so(client, account, desk, simulator):
    registration = enter(confirmed())
    withdraw(registration=registration, by=None)
    simulator.give_userid_to_another(registration.userid, mobile="+8613800138444")
    remove_all(client)
    assert simulator.members[registration.userid]["name"] == "Somebody Else"
    assert simulator.calls("user/delete") == {}
    assert "may be somebody else" in client.get(reverse("registration:members-to-remove")).content.decode()
    assert userid_for(registration.person) != registration.userid, "nor are they entered under it again"
    asked = simulator.calls("user/getuserid")
    removing.remove_due()
    assert simulator.calls("user/getuserid") == asked, "what is found out is not asked again"


def test_a_member_whom_wecom_does_not_show_is_removed_only_once_it_does(client, account, desk, simulator):
    registration = gone(enter(confirmed()))
    simulator.visible_range(departments=[3])
    remove_all(client)
    assert registration.userid in simulator.members
    assert "nothing proves" in client.get(reverse("registration:members-to-remove")).content.decode()
    simulator.visible_range(departments=[1])
    remove_all(client)
    assert registration.userid not in simulator.members and listed() == []


def test_a_member_whose_number_the_office_has_spelled_anew_is_theirs_and_removed(client, account, desk, simulator):
    registration = gone(enter(confirmed()))
    simulator.change_member(registration.userid, mobile=f"+86 {NUMBER[3:]}")
    remove_all(client)
    assert registration.userid not in simulator.members and listed() == []


def test_whoever_got_a_leavers_id_can_register_once_it_is_found_out(client, account, desk, simulator):
    leaver = gone(enter(confirmed()))
    number = "+8613800138444"
    simulator.give_userid_to_another(leaver.userid, mobile=number)
    remove_all(client)
    heir = make_registration(make_person("contact", mobile=number), Status.CONFIRMED, mobile=number)
    assert enter(heir).userid == leaver.userid and not heir.created_by_us


def test_a_leavers_member_deleted_in_the_console_frees_the_number(account, simulator, doorbells):
    leaver = gone(enter(confirmed()))
    heir = enter(make_registration(make_person("contact", mobile=NUMBER), Status.CONFIRMED, mobile=NUMBER))
    assert heir.problem == Problem.NUMBER_TAKEN
    simulator.delete_member(leaver.userid)
    member_changed.send(None, userid=leaver.userid.upper(), kind="delete_user")
    assert listed() == [] and enter(heir).status == Status.IN_WECOM and heir.created_by_us


def test_a_case_that_names_a_leaver_leads_to_the_removal_of_their_member(client, account, desk, simulator):
    gone(enter(confirmed()))
    enter(make_registration(make_person("contact", mobile=NUMBER), Status.CONFIRMED, mobile=NUMBER))
    page = client.get(reverse("registration:registrations")).content.decode()
    assert "Remove their member first" in page
