"""Letters about a sign-in: to today's address, without a word on who is known, and none that a page waits for."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.access import actions
from portal.access.demo import make_administrator, make_sign_in
from portal.access.letters import ADDRESS_CHANGED
from portal.mail.actions import post
from portal.mail.models import Letter
from portal.mail.sending import send_due
from portal.people.demo import make_person
from portal.people.models import User

pytestmark = pytest.mark.django_db
HEADER = "reference,roles,given_name,family_name,chinese_name,email,mobile,language,groups,pupils\n"


def ask(client, email):
    return client.post(reverse("forgotten"), {"email": email})


def addressees():
    return [letter.to for letter in mail.outbox]


@pytest.fixture
def imported(tmp_path):
    def import_row(email):
        path = tmp_path / "people.csv"
        row = f"C0901,contact,Wei,Li,李伟,{email},+86 130 0000 2901,zh-hans,,\n"
        path.write_text(HEADER + row, encoding="utf-8")
        call_command("import_people", str(path))

    return import_row


def test_no_letter_goes_to_an_address_the_school_has_replaced(client, imported):
    imported("old.address@family.example")
    call_command("create_sign_ins")
    send_due()
    mail.outbox.clear()
    imported("new.address@family.example")
    for email in ("new.address@family.example", "old.address@family.example"):
        ask(client, email)
    send_due()
    assert addressees() == [["new.address@family.example"]]


def test_a_sign_in_that_waited_while_the_address_was_replaced_goes_to_the_new_one(imported):
    imported("old.address@family.example")
    call_command("create_sign_ins")
    imported("new.address@family.example")
    send_due()
    assert addressees() == [["new.address@family.example"]]


def test_a_known_and_an_unknown_address_cost_the_same_and_nobody_is_looked_for(client):
    make_sign_in(make_person("contact", email="ann@family.example"))
    ask(client, "somebody@family.example")  # the first letter of all makes the server's row
    asked = []
    for email in ("ann@family.example", "nobody@family.example"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, email)
        asked.append((answer.status_code, answer.url, answer.content, len(queries)))
        assert not [query["sql"] for query in queries if "people_" in query["sql"]]
    assert asked[0] == asked[1]


def test_a_mail_server_that_is_away_is_no_fault_of_the_page_and_the_letter_comes_later(client, monkeypatch):
    make_sign_in(make_person("contact", email="ann@family.example"))
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(ConnectionError))
        assert [ask(client, f"{name}@family.example").status_code for name in ("ann", "nobody")] == [302, 302]
        send_due()
    connection.cursor().execute("UPDATE mail_mailserver SET ask_again_at = NULL")
    send_due()
    assert addressees() == [["ann@family.example"]]


def test_one_letter_in_a_quarter_of_an_hour_however_the_address_is_typed(client):
    make_sign_in(make_person("contact", email="ann@family.example"))
    for email in ("ann@family.example", "Ann@Family.Example", "ann@family.example "):
        ask(client, email)
        send_due()
    assert len(mail.outbox) == 1
    Letter.objects.update(posted_at=F("posted_at") - timedelta(minutes=16))
    ask(client, "ann@family.example")
    send_due()
    assert len(mail.outbox) == 2


def test_somebody_of_two_sign_ins_has_both_in_one_letter(client):
    for name in ("ann", "anna"):
        make_sign_in(make_person("contact", email="ann@family.example"), username=name)
    ask(client, "ann@family.example")
    send_due()
    [letter] = mail.outbox
    assert len(re.findall("/choose-password/", letter.body)) == 2


def test_no_link_stands_in_a_row_and_leavers_and_those_switched_off_get_none(client):
    make_sign_in(make_person("contact", email="ann@family.example"))
    left = make_sign_in(
        make_person("staff", email="left@school.example", last_day=timezone.localdate() - timedelta(days=1))
    )
    off = make_sign_in(make_person("staff", email="off@school.example"))
    User.objects.filter(pk=off.pk).update(is_active=False)
    for email in ("ann@family.example", left.person.email, off.person.email):
        ask(client, email)
    for row in Letter.objects.values_list():
        assert "http" not in str(row) and "choose-password" not in str(row)
    send_due()
    assert addressees() == [["ann@family.example"]]


def test_of_a_new_address_nobody_is_told_whose_sign_in_is_locked():
    user = make_sign_in(make_person("staff", email="new@school.example"))
    post(kind=ADDRESS_CHANGED, about=user.pk, address="old@school.example")
    User.objects.filter(pk=user.pk).update(is_active=False)
    send_due()
    assert addressees() == []


# --- the first administrator ---


def links(text):
    return re.findall(r"http://testserver(/choose-password/\S+)", text)


def test_the_first_administrators_link_can_be_printed_and_works_without_a_mail_server(client, capsys):
    call_command("create_administrator", "root", "root@school.example", "--print-link")
    [link] = links(capsys.readouterr().out)
    assert not Letter.objects.exists()
    page = client.get(link, follow=True)
    chosen = {"new_password1": "a-long-password", "new_password2": "a-long-password"}
    client.post(page.redirect_chain[-1][0], chosen)
    assert client.login(username="root", password="a-long-password")


def test_a_second_call_is_the_same_as_the_first(capsys):
    for _ in range(2):
        call_command("create_administrator", "root", "root@school.example")
    first, second = capsys.readouterr().out.split("root is a")[1:]
    assert first == second and User.objects.count() == 1
    call_command("create_administrator", "Root", "ROOT@school.example", "--print-link")
    assert links(capsys.readouterr().out)


def test_a_second_call_takes_nobody_elses_sign_in():
    make_sign_in(make_person("staff", email="ann@school.example"), username="ann")
    actions.create_administrator(username="root", email="root@school.example")
    for name, email in (("ann", "ann@school.example"), ("root", "another@school.example")):
        with pytest.raises(CommandError, match="somebody else's"):
            call_command("create_administrator", name, email)


# --- the dashboard ---


def test_the_dashboard_says_that_the_mail_server_is_away_to_those_who_work_here(client, monkeypatch):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda self: (_ for _ in ()).throw(ConnectionError))
    ask(client, "ann@family.example")
    make_sign_in(make_person("contact", email="ann@family.example"))
    send_due()
    for user, is_told in ((make_administrator(), True), (make_sign_in(make_person("staff")), False)):
        client.force_login(user)
        html = client.get("/").content.decode()
        assert ("The mail server does not answer." in html and "1 letter waits." in html) is is_told


@pytest.mark.parametrize("email", ["ann@family.example", "nobody@family.example"])
def test_who_asks_too_often_waits_whether_somebody_has_the_address_or_not(client, email):
    make_sign_in(make_person("contact", email="ann@family.example"))
    assert {ask(client, spelled).status_code for spelled in [email, email.upper()] * 5} == {302}
    refused = client.post(reverse("forgotten"), {"email": email}, REMOTE_ADDR="203.0.113.9")
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 901
    html = refused.content.decode()
    assert "Too many attempts. Wait 15 minutes" in html and f'value="{email}"' in html
    assert ask(client, "another@family.example").status_code == 302


def test_one_visitor_asks_for_fifty_addresses_and_then_waits(client):
    assert {ask(client, f"p{number}@family.example").status_code for number in range(50)} == {302}
    assert ask(client, "p51@family.example").status_code == 429
    assert not Letter.objects.filter(address="p51@family.example").exists()
    other = client.post(reverse("forgotten"), {"email": "p51@family.example"}, REMOTE_ADDR="203.0.113.9")
    assert other.status_code == 302


def test_an_address_longer_than_any_on_record_is_said_beside_its_field(client):
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.example"
    assert "email" in client.post("/forgotten-password/", {"email": long}).context["form"].errors
