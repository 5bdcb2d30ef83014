"""What became of e-mail, on a page; and another link for those who never chose a password."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from portal.access import actions, letter_actions
from portal.access.demo import make_administrator, make_sign_in
from portal.access.letters import WELCOME
from portal.audit.models import AuditEvent
from portal.mail.models import Letter
from portal.people.demo import make_person
from portal.people.models import Person

pytestmark = pytest.mark.django_db
PAGE, AGAIN = "/accounts-profiles/letters/", "/accounts-profiles/letters/again/"


@pytest.fixture
def administrator(client):
    user = make_administrator()
    user.set_password("chosen-long-ago")
    user.save()
    client.force_login(user)
    return user


def new_sign_in(**fields):
    return actions.create_sign_in(person=make_person("contact", email="a@family.example", **fields))


def days_pass(days):
    Letter.objects.update(posted_at=F("posted_at") - timedelta(days=days))


def test_what_failed_stands_there_with_whom_and_why(client, administrator):
    new_sign_in(family_name="Unmistakable")
    Letter.objects.update(state="failed", why="refused", smtp_code=550)
    html = client.get(PAGE).content.decode()
    assert "Unmistakable" in html and "refused by the mail server" in html and "(550)" in html
    days_pass(31)
    assert "Nothing failed." in client.get(PAGE).content.decode()


def test_letters_are_counted_by_kind(client, administrator):
    for _ in range(3):
        new_sign_in()
    Letter.objects.filter(pk=Letter.objects.first().pk).update(state="sent")
    context = client.get(PAGE).context
    assert context["counted"] == [("Link to choose a password", [1, 2, 0, 0])]


def test_whoever_never_chose_a_password_gets_the_link_again_once_the_last_one_has_run_out(client, administrator):
    forgetful, quick = new_sign_in(), new_sign_in()
    quick.set_password("harbour-in-november")
    quick.save()
    make_sign_in(make_person("contact"))
    Letter.objects.update(state="sent")
    assert client.get(PAGE).context["never_chose"] == 0, "the link still works"
    days_pass(4)
    assert client.get(PAGE).context["never_chose"] == 1
    client.post(AGAIN)
    client.post(AGAIN)
    days_pass(4)
    client.post(AGAIN)
    assert [letter.about for letter in Letter.objects.filter(state="waiting", kind=WELCOME)] == [forgetful.pk]
    assert (
        AuditEvent.objects.filter(act="sent links to choose a password again").order_by("pk").first().details["people"]
        == 1
    )


def test_whoever_has_left_gets_no_link_again(client, administrator):
    here, left, there = new_sign_in(), new_sign_in(), new_sign_in()
    Letter.objects.update(state="sent")
    days_pass(4)
    Person.objects.filter(pk=left.person.pk).end(timezone.localdate() - timedelta(days=1))
    assert letter_actions.welcome_again(by=administrator) == 2
    assert set(Letter.objects.filter(state="waiting").values_list("about", flat=True)) == {here.pk, there.pk}


def test_a_letter_that_came_to_nothing_keeps_nobody_from_another(client, administrator):
    new_sign_in()
    Letter.objects.update(state="failed", why="refused")
    assert client.get(PAGE).context["never_chose"] == 1


def test_the_number_of_statements_does_not_grow(client, administrator, django_assert_max_num_queries):
    for _ in range(20):
        new_sign_in()
    Letter.objects.update(state="failed", why="address")
    with django_assert_max_num_queries(30):
        client.get(PAGE)
