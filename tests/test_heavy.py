"""A person has one heavy download, one search and few pages at a time, and few of all people's run at once in one process."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from messaging.demo import make_message
from portal import heavy
from portal.access.demo import make_administrator, make_sign_in
from portal.heavy import DOWNLOAD, IN_HAND, SEARCH, Turn, in_hand
from portal.people.demo import make_person
from portal.people.models import Import
from wechat_admin.demo import make_account

pytestmark = pytest.mark.django_db
EXPORT = "/application-setup/registrations/export.csv"


@pytest.fixture(autouse=True)
def a_school(monkeypatch):
    monkeypatch.setattr(heavy, "PATIENCE", 0.1)
    make_account()
    cache.clear()
    for _ in range(3):
        make_person("pupil")


@pytest.fixture
def office():
    return make_sign_in(make_person("staff"), options=["registration.view", "people.view"])


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_second_download_waits_for_the_first_ones_last_line(office):
    first = signed_in(office).get(EXPORT)
    lines = iter(first.streaming_content)
    next(lines)
    second = signed_in(office).get(EXPORT)
    html = second.content.decode()
    assert second.status_code == 429 and second.headers["Retry-After"] == "3"
    assert "go one after the other" in html and f'href="{EXPORT}"' in html
    list(lines)
    assert signed_in(office).get(EXPORT).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_whoever_breaks_off_a_download_may_begin_another(office):
    first = signed_in(office).get(EXPORT)
    next(iter(first.streaming_content))
    first.close()
    assert signed_in(office).get(EXPORT).status_code == 200


def test_a_table_that_nobody_reads_keeps_nobody_waiting(office):
    unread = [signed_in(office).get(EXPORT) for _ in range(4)]
    assert [answer.status_code for answer in unread] == [200] * 4


def test_a_download_that_fails_keeps_nobody_waiting(office, monkeypatch):
    def fails(*args):
        raise RuntimeError

    monkeypatch.setattr("registration.overview.views._row", fails)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            list(signed_in(office).get(EXPORT).streaming_content)


def test_viewing_as_somebody_gives_no_second_turn(office):
    administrator = make_administrator()
    turn = Turn(DOWNLOAD, administrator)
    assert turn.take()
    client = signed_in(administrator)
    assert client.get(EXPORT).status_code == 429
    turn.end()


def test_a_second_search_is_kept_to_be_sent_again_and_other_pages_are_open(office):
    client, turn = signed_in(office), Turn(SEARCH, office)
    assert turn.take()
    refused = client.post(reverse("people"), {"q": "Ada & Bo"}, HTTP_ORIGIN="http://testserver")
    assert refused.status_code == 429 and 'name="q" value="Ada &amp; Bo"' in refused.content.decode()
    assert client.get(reverse("people")).status_code == 200
    assert client.get(EXPORT).status_code == 200
    turn.end()
    assert client.post(reverse("people"), {"q": "Ada"}).status_code == 200


@pytest.mark.parametrize("page", ["people", "accounts", "registration:people", "messaging:new", "messaging:reach"])
def test_every_search_of_people_has_its_turn(page):
    administrator = make_administrator()
    turn = Turn(SEARCH, administrator)
    assert turn.take()
    assert signed_in(administrator).post(reverse(page), {"q": "Ada", "do": "find"}).status_code == 429
    turn.end()


def answers(addresses, user, method="get"):
    return {getattr(signed_in(user), method)(address).status_code for address in addresses}


def test_every_page_that_works_out_whom_it_is_about_has_its_turn():
    administrator = make_administrator()
    draft, waiting = (make_message(administrator, status=status) for status in ("draft", "waiting"))
    names = ["messaging:audiences", "registration:remind", "registration:invitations", "registration:personal-codes"]
    pages = [reverse("messaging:check", args=[draft.pk]), reverse("messaging:approve", args=[waiting.pk])]
    pages += [reverse("registration:registrations") + "?now=1", *map(reverse, names)]
    turn = Turn(SEARCH, administrator)
    assert turn.take()
    assert answers(pages, administrator) == {429}
    assert answers([reverse("registration:print-letters")], administrator, "post") == {429}
    assert answers([reverse("registration:registrations")], administrator) == {200}, "these are figures that are kept"
    turn.end()


def test_every_file_that_is_made_for_a_download_has_its_turn():
    administrator = make_administrator()
    rows = Import.objects.create(name="people.csv", size=1, headings=["name"])
    person = make_person("contact")
    files = [reverse("import-problems", args=[rows.pk]), reverse("download-held", args=[person.pk])]
    turn = Turn(DOWNLOAD, administrator)
    assert turn.take()
    assert answers(files, administrator) == {429}
    turn.end()


def test_a_person_has_few_pages_at_a_time_whichever_they_are(office):
    assert all(in_hand.take(office.pk) for _ in range(IN_HAND))
    refused = signed_in(office).get("/my-details/")
    others = signed_in(make_sign_in(make_person("staff"))).get("/my-details/")
    in_hand.give_back(office.pk)
    again = signed_in(office).get("/my-details/")
    for _ in range(IN_HAND - 1):
        in_hand.give_back(office.pk)
    assert (refused.status_code, others.status_code, again.status_code) == (429, 200, 200)
    assert refused.headers["Retry-After"] == "3" and not in_hand.numbers


def test_a_press_waits_a_moment_for_what_its_page_still_loads(office, monkeypatch):
    monkeypatch.setattr(heavy, "PATIENCE", 5)
    assert all(in_hand.take(office.pk) for _ in range(IN_HAND))
    one_ends = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: in_hand.give_back(office.pk))
    monkeypatch.setattr(heavy, "time", one_ends)
    pressed = signed_in(office).post("/my-details/", {})
    for _ in range(IN_HAND - 1):
        in_hand.give_back(office.pk)
    assert pressed.status_code != 429 and not in_hand.numbers


def test_a_page_that_fails_is_not_in_hand_for_ever(office, monkeypatch):
    monkeypatch.setattr("registration.overview.views._people", lambda request: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        signed_in(office).get(EXPORT)
    assert not in_hand.numbers


def test_the_pictures_of_one_page_come_together(office):
    assert all(in_hand.take(office.pk) for _ in range(IN_HAND))
    picture = signed_in(office).get(reverse("messaging:article-picture", args=["none"]))
    for _ in range(IN_HAND):
        in_hand.give_back(office.pk)
    assert picture.status_code == 404


def test_a_search_for_whom_to_leave_out_has_its_turn_too():
    administrator = make_administrator()
    turn = Turn(SEARCH, administrator)
    assert turn.take()
    fields = {"q_not": "Ada", "do": "find-not"}
    assert signed_in(administrator).post(reverse("messaging:new"), fields).status_code == 429
    turn.end()


def test_a_draft_is_saved_while_a_search_is_at_work():
    administrator = make_administrator()
    turn = Turn(SEARCH, administrator)
    assert turn.take()
    saved = signed_in(administrator).post(reverse("messaging:new"), {"q": "Ada", "do": "save", "text": "Hello"})
    turn.end()
    assert saved.status_code == 302


def test_a_process_does_few_of_all_peoples_at_once(office):
    turns = [Turn(DOWNLOAD, make_sign_in(make_person("staff"))) for _ in range(3)]
    assert [turn.take() for turn in turns] == [True, True, False]
    assert signed_in(office).get(EXPORT).status_code == 429
    for turn in turns:
        turn.end()
    assert signed_in(office).get(EXPORT).status_code == 200


def test_whoever_searches_on_before_the_answer_came_waits_a_moment(office, monkeypatch):
    monkeypatch.setattr(heavy, "PATIENCE", 5)
    turn = Turn(SEARCH, office)
    assert turn.take()
    monkeypatch.setattr(heavy, "time", SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: turn.end()))
    assert signed_in(office).post(reverse("people"), {"q": "Ada"}).status_code == 200


def test_few_may_wait(office, monkeypatch):
    turn, waited = Turn(SEARCH, office), threading.Event()
    assert turn.take()
    # Its own clock only: other threads of the tests sleep as well.
    monkeypatch.setattr(heavy, "time", SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: waited.set()))
    with heavy._waiting:
        assert signed_in(office).post(reverse("people"), {"q": "Ada"}).status_code == 429
    assert not waited.is_set()
    turn.end()


def test_a_process_that_was_killed_keeps_nobody_waiting_for_long(office):
    cache.add(f"heavy-download-{office.pk}", "a process that is gone", heavy.LEASE)
    assert not Turn(DOWNLOAD, office).take()
    cache.touch(f"heavy-download-{office.pk}", 0)
    turn = Turn(DOWNLOAD, office)
    assert turn.take()
    turn.end()


def test_what_ends_late_does_not_end_anothers_turn(office):
    late, other = Turn(DOWNLOAD, office), Turn(DOWNLOAD, office)
    assert late.take()
    cache.delete(late.key)
    assert other.take()
    late.end()
    assert not Turn(DOWNLOAD, office).take()
    other.end()
