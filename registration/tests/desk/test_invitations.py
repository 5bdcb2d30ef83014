"""Invitations: the texts, who gets one and who not, once a week, and what became of each."""

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import override

from portal.mail.models import Letter
from portal.mail.sending import send_due
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_registration
from registration.invitations import actions, texts
from registration.invitations.invitees import chosen
from registration.models import Invitation, Registration
from wechat_admin.models import EnterpriseAccount

from .helpers import no_seconds_to_undo, said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_seconds")]
ADDRESS = "/application-setup/invitations/"


def person(role="contact", name="Ann", **fields):
    return make_person(role, given_name=name, email=f"{name.lower()}@family.example", **fields)


@pytest.fixture
def no_seconds(db):
    no_seconds_to_undo()


def press_send(client, **audience):
    page = client.post(ADDRESS, audience)
    return page, client.post(reverse("registration:send-invitations"), {"shown": page.context["shown"]})


def test_the_texts_hold_the_addresses_of_each_site_in_three_languages(client, administrator, two_hosts):
    html = said(client.get(ADDRESS, headers={"host": "staff.example"}))
    assert "Go to http://staff.example/WeChatRegistration/Step1 and complete the registration screens." in html
    assert "go to http://families.example/WeChatRegistration/Step1 or sign in" in html
    assert "请打开 http://staff.example/WeChatRegistration/Step1" in html and "請任選一種方式" in html
    assert "INSERT YOUR URL" not in html


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_what_becomes_a_link_in_a_text_or_letter_is_exactly_the_address(administrator, language):
    letter_to = person(role="staff", language=language)
    people = chosen(["staff"], [])
    run = actions.invite(people=people, shown=actions.digest(people), by=administrator)
    assert run.invitations.get().person == letter_to
    send_due()
    with override(language):
        written = [texts.staff_text(), texts.family_text(), mail.outbox[0].body]
    found = [re.findall(r"http\S+", text) for text in written]
    [own_way_in] = found[2][1:]
    assert [addresses[:1] for addresses in found] == [["http://testserver/WeChatRegistration/Step1"]] * 3
    assert re.fullmatch(r"http://testserver/WeChatRegistration/Code#[2-9A-Z]{10}", own_way_in)


def test_the_number_comes_first_and_adds_up(client, administrator):
    person(name="Ann")
    make_registration(person(name="Bob"))
    make_person("contact", email="")
    barred = person(name="Eve")
    relate(barred, make_person("pupil"), may_receive_messages=False)
    person("staff", name="Tom")
    page = client.post(ADDRESS, {"roles": ["contacts"]})
    assert page.context["to_invite"] == 1
    assert [number for _, number in page.context["fates"]] == [1, 0, 1, 1, 0]
    assert page.context["together"] == 4
    assert mail.outbox == [] and not Invitation.objects.exists()


def test_a_form_means_its_pupils_and_their_contacts(administrator):
    ming = person("pupil", name="Ming")
    mother = person(name="Mother")
    relate(mother, ming)
    person(name="Stranger")
    year = make_group()
    form = make_group("form", "7A", parent=year, members=[ming])
    for group in (year, form):
        assert set(chosen([], [group.pk])) == {ming, mother}


def test_everybody_gets_one_letter_in_their_language_and_none_within_seven_days(client, administrator):
    person(name="Wei", language="zh-hans")
    person("staff", name="Tom")
    press_send(client, roles=["contacts", "staff"])
    send_due()
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert "http://testserver/WeChatRegistration/Step1" in letters["wei@family.example"].body
    assert "我的资料" in letters["wei@family.example"].body
    assert "My Details" not in letters["tom@family.example"].body
    page = client.post(ADDRESS, {"roles": ["contacts", "staff"]})
    assert page.context["to_invite"] == 0
    Invitation.objects.update(created_at=Now() - timedelta(days=8))
    page = client.post(ADDRESS, {"roles": ["contacts", "staff"]})
    assert page.context["to_invite"] == 2


def test_pressed_twice_everybody_gets_one_letter(client, administrator):
    person()
    page, _response = press_send(client, roles=["contacts"])
    client.post(reverse("registration:send-invitations"), {"shown": page.context["shown"]})
    send_due()
    assert len(mail.outbox) == 1


def test_what_was_shown_is_what_is_sent_and_a_forged_audience_is_not(client, administrator):
    person()
    client.post(reverse("registration:send-invitations"), {"shown": "forged"})
    assert not Invitation.objects.exists()


def test_a_letter_that_fails_is_reported_and_may_be_sent_again(client, administrator, monkeypatch):
    person()
    press_send(client, roles=["contacts"])
    refused = SMTPRecipientsRefused({"ann@family.example": (550, b"no such mailbox")})
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(refused))
    send_due()
    assert Invitation.objects.get().standing == Letter.State.FAILED
    assert client.post(ADDRESS, {"roles": ["contacts"]}).context["to_invite"] == 1


def test_the_list_says_who_has_registered_since(client, administrator):
    ann = person()
    press_send(client, roles=["contacts"])
    send_due()
    make_registration(ann)
    html = said(client.get(reverse("registration:invited")))
    assert "Ann" in html and "registered" in html.split("Ann")[1].split("</tr>")[0]


def test_hidden_registration_invites_nobody(client, administrator):
    person()
    EnterpriseAccount.objects.update(registration_visible=False)
    page, _response = press_send(client, roles=["contacts"])
    assert "so the invited would find nothing" in said(page)
    assert not Invitation.objects.exists()


def test_families_are_not_invited_without_a_word_about_the_address_book(client, administrator):
    warning = "Nobody has confirmed yet that the address book is hidden from families"
    assert warning in said(client.post(ADDRESS, {"roles": ["contacts"]}))
    assert warning not in said(client.post(ADDRESS, {"roles": ["staff"]}))
    client.post(reverse("address-book-hidden"), {"shown": EnterpriseAccount.objects.get().version})
    assert EnterpriseAccount.objects.get().address_book_hidden_by == "administrator"
    assert warning not in said(client.post(ADDRESS, {"roles": ["contacts"]}))


def test_nobody_chosen_is_named(client, administrator):
    assert "Choose for whom." in said(client.post(ADDRESS, {}))


def test_a_sheet_for_every_form_with_the_plain_address(client, administrator):
    year = make_group()
    for name in ("7A", "7B"):
        make_group("form", name, parent=year)
    html = said(client.get(reverse("registration:hand-outs")))
    assert len(re.findall('class="sheet"', html)) == 2 and "http://testserver/WeChatRegistration/Step1" in html
    assert html.count("Scan the code on this sheet and sign in.") == 2 and html.count("扫描本页的二维码并登录。") == 2
    assert client.get(reverse("registration:invitation-code")).headers["Content-Type"] == "image/png"


def test_the_task_list_speaks_from_live_facts(client, administrator):
    html = said(client.get("/"))
    for task in ("Check the connection", "Address book hidden from families", "Invite people", "Ready to send"):
        assert task in html
    person()
    press_send(client, roles=["contacts"])
    client.post(reverse("address-book-hidden"), {"shown": EnterpriseAccount.objects.get().version})
    assert said(client.get("/")).count("done") > html.count("done")


def test_counting_costs_the_same_for_one_and_many(client, administrator, django_assert_max_num_queries):
    for number in range(40):
        make_registration(person(name=f"P{number}"), Registration.Status.STARTED)
    with django_assert_max_num_queries(26):  # seven of them its turn, where the cache is in the database
        client.post(ADDRESS, {"roles": ["contacts"]})


@pytest.mark.parametrize(("way", "words"), [("copy", "Copied text"), ("print", "Hand-out")])
def test_who_was_reached_by_hand_is_noted_and_may_still_be_mailed(client, administrator, way, words):
    person(name="Ann")
    make_person("contact", given_name="Paper", email="")
    make_registration(person(name="Bob"))
    page = client.post(ADDRESS, {"roles": ["contacts"]})
    note = {"shown": page.context["shown"], "way": way}
    response = client.post(reverse("registration:note-invited"), note, follow=True)
    assert "2 people are noted as invited." in said(response) and said(response).count(f">{words}</td>") == 2
    assert mail.outbox == []
    assert client.post(ADDRESS, {"roles": ["contacts"]}).context["to_invite"] == 1


def test_whoever_came_since_the_page_was_shown_is_not_noted_as_given_the_text(client, administrator):
    person(name="Ann")
    page = client.post(ADDRESS, {"roles": ["contacts"]})
    person(name="Bob")
    note = {"shown": page.context["shown"], "way": "copy"}
    assert "This has changed since" in said(client.post(reverse("registration:note-invited"), note, follow=True))
    assert not Invitation.objects.exists()


def test_nothing_else_than_the_two_ways_by_hand_can_be_noted(client, administrator):
    person(name="Ann")
    page = client.post(ADDRESS, {"roles": ["contacts"]})
    for note in ({"shown": page.context["shown"], "way": "email"}, {"shown": "forged", "way": "copy"}, {}):
        assert client.post(reverse("registration:note-invited"), note).status_code == 302
    assert not Invitation.objects.exists()
