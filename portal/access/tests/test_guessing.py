"""How often a wrong password may be given, by whom, and what is left of it in the trail."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.db.models import F
from django.test import Client, RequestFactory

from portal.access import guesses, tries
from portal.access.demo import make_sign_in
from portal.access.models import Try
from portal.audit.models import AuditEvent
from portal.people.demo import make_person
from portal.visitors import address_of

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


@pytest.fixture
def ann():
    return make_sign_in(make_person("staff"), username="ann@school.example", password=PASSWORD)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(client, password="wrong", username="ann@school.example", address="203.0.113.1"):
    return client.post("/sign-in/", {"username": username, "password": password}, REMOTE_ADDR=address)


def guess(count, **options):
    return [sign_in(Client(), **options).status_code for _ in range(count)]


def test_ten_guesses_for_one_account_from_one_address_then_a_wait_that_is_named(ann):
    assert guess(10) == [200] * 10
    refused = sign_in(Client(), PASSWORD)
    assert refused.status_code == 429 and "Too many attempts" in refused.content.decode()
    assert 800 < int(refused.headers["Retry-After"]) <= 901
    assert sign_in(Client(), PASSWORD, address="203.0.113.2").status_code == 302


def test_after_a_quarter_of_an_hour_there_are_tries_again_and_the_old_ones_are_forgotten(ann):
    guess(10)
    Try.objects.update(at=F("at") - timedelta(minutes=16))
    assert sign_in(Client(), PASSWORD).status_code == 302
    tries.forget_old()
    assert not Try.objects.exists()


def test_right_passwords_are_not_counted(ann):
    assert [sign_in(Client(), PASSWORD).status_code for _ in range(12)] == [302] * 12
    assert not Try.objects.exists()


@pytest.mark.parametrize("username", ["ANN@school.example", " ａnn@school.example\u200b", "Ann@School.Example"])
def test_the_spelling_of_a_name_gives_no_further_guess(ann, username):
    guess(10, username=username)
    assert sign_in(Client(), PASSWORD).status_code == 429


def test_neither_does_the_spelling_of_a_name_that_nobody_has(ann):
    assert guess(10, username="nobody@school.example")[-1] == 200
    assert sign_in(Client(), username=" ＮＯＢＯＤＹ@school.example\u200b").status_code == 429


def test_no_more_letters_are_asked_for_by_another_spelling_of_an_address():
    def ask(email, address):
        guesses.begin_forgotten(RequestFactory().get("/", REMOTE_ADDR=address), email)

    for number in range(10):
        ask("ann@school.example", f"203.0.113.{number}")
    with pytest.raises(tries.TooMany):
        ask("Ａnn@SCHOOL.example", "203.0.113.99")


def test_a_name_that_only_the_database_takes_for_the_account_counts_for_it(ann):
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL makes a capital I of ı")
    make_sign_in(make_person(), username="wi@school.example", password=PASSWORD)
    guess(10, username="wı@school.example")
    assert sign_in(Client(), PASSWORD, "wi@school.example").status_code == 429


def test_an_address_has_a_hundred_guesses_whatever_the_names(ann):
    guesses_of_many = [sign_in(Client(), username=f"somebody{n}").status_code for n in range(101)]
    assert guesses_of_many == [200] * 100 + [429]
    assert sign_in(Client(), PASSWORD).status_code == 429


def test_an_account_has_fifty_guesses_from_unknown_browsers_and_its_own_browser_is_let_in(ann):
    own_browser = Client()
    sign_in(own_browser, PASSWORD)
    own_browser.post("/sign-out/")
    for number in range(5):
        assert guess(10, address=f"198.51.100.{number}") == [200] * 10
    assert guess(1, address="198.51.100.9") == [429]
    assert sign_in(Client(), PASSWORD, address="198.51.100.8").status_code == 429
    assert sign_in(own_browser, PASSWORD).status_code == 302


def test_a_known_browser_has_ten_guesses_of_its_own_and_is_unknown_to_other_accounts(ann):
    make_sign_in(make_person(), username="bo", password=PASSWORD)
    browser = Client()
    sign_in(browser, PASSWORD)
    browser.post("/sign-out/")
    assert [sign_in(browser).status_code for _ in range(11)] == [200] * 10 + [429]
    assert sign_in(Client(), PASSWORD).status_code == 302  # the strangers' count is another
    guess(10, username="bo")
    assert sign_in(browser, PASSWORD, "bo").status_code == 429


def test_a_cookie_that_somebody_wrote_themselves_is_no_known_browser(ann):
    browser = Client()
    sign_in(browser, PASSWORD)
    forged = Client()
    forged.cookies["known-browser"] = browser.cookies["known-browser"].value[:-3] + "abc"
    for _ in range(10):
        sign_in(forged)
    assert sign_in(Client(), PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "203.0.113.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (2, "198.51.100.7, 192.0.2.5", "198.51.100.7"),
        (2, "198.51.100.7", "203.0.113.1"),
        (1, "nonsense", "203.0.113.1"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_proxies_wrote_it(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.1", headers={"x-forwarded-for": forwarded})
    assert address_of(request) == address


def test_the_rows_hold_no_name_that_was_typed(ann):
    sign_in(Client(), username="my-secret-password")
    assert all("secret" not in row.counter for row in Try.objects.all())
    assert "secret" not in str(list(AuditEvent.objects.values()))


def test_the_trail_knows_who_signed_in_and_out_and_who_was_meant_by_a_wrong_password(client, ann):
    sign_in(client)
    sign_in(client, username="nobody")
    sign_in(client, PASSWORD)
    client.post("/sign-out/")
    acts = AuditEvent.objects.order_by("id").values_list("act", "actor", "subject")
    assert list(acts) == [
        ("was given a wrong password for", None, f"user {ann.pk}"),
        ("was given a name that nobody has", None, ""),
        ("signed in", ann.pk, f"user {ann.pk}"),
        ("signed out", ann.pk, f"user {ann.pk}"),
    ]


def test_tries_that_are_refused_leave_no_row(ann):
    guess(10)
    rows = Try.objects.count(), AuditEvent.objects.count()
    assert guess(5) == [429] * 5
    assert (Try.objects.count(), AuditEvent.objects.count()) == rows


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_sixty_guesses_at_one_instant_are_sixty_tries(ann, monkeypatch):
    looked_at, together = [], threading.Barrier(20)

    def slowly(*args, **kwargs):
        looked_at.append(1)
        return authenticate(*args, **kwargs)

    monkeypatch.setattr("django.contrib.auth.forms.authenticate", slowly)

    def guess_three_times(number):
        together.wait(30)
        try:
            return [sign_in(Client()).status_code for _ in range(3)]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = [status for three in pool.map(guess_three_times, range(20)) for status in three]
    assert set(answers) <= {200, 429} and len(answers) == 60
    assert len(looked_at) == answers.count(200) <= guesses.OF_AN_ACCOUNT_AND_ADDRESS
