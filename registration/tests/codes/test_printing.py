"""Letters with personal codes: for whom, in which piles, which earlier ones end, and shown once."""

import re

import pytest
from django.urls import reverse

from portal.access.demo import make_administrator, make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person, relate
from registration.demo import make_code, make_registration
from registration.models import Invitation, PersonalCode

from ..steps.helpers import said, step
from .conftest import another_phone

PAGE = "/application-setup/personal-codes/"


@pytest.fixture
def office(client, account):
    client.force_login(make_administrator())
    return client


@pytest.fixture
def year(account):
    """Two forms with a family each; the second mother has a child in both."""
    year = make_group()
    families = []
    for form in ("7A", "7B"):
        pupil = make_person("pupil", given_name=f"Child{form}", mobile="")
        make_group("form", form, parent=year, members=[pupil])
        contact = make_person("contact", given_name=f"Mother{form}", email="")
        relate(contact, pupil)
        families.append((contact, pupil))
    relate(families[1][0], families[0][1])
    return year


def press(client, **audience):
    page = client.post(PAGE, audience)
    return page, client.post(reverse("registration:print-letters"), {"shown": page.context["shown"]})


def codes_in(response):
    return re.findall(r"<code>([2-9A-Z]{5}-[2-9A-Z]{5})</code>", said(response))


def numbers(page):
    return {fate.value: number for fate, number in page.context["fates"] if number}


def test_letters_lie_by_form_a_family_has_one_and_the_code_leads_to_step_1(office, year):
    page, letters = press(office, groups=[year.pk])
    assert numbers(page) == {"letter": 2, "no number": 2} and page.context["together"] == 4
    [(pile, sheets)] = letters.context["piles"]
    assert pile == "7A" and sorted(len(sheet.pupils) for sheet in sheets) == [1, 2]
    first, second = codes_in(letters)
    assert said(another_phone(first).get(step(1))) != said(another_phone(second).get(step(1)))
    assert Invitation.objects.filter(run__way="print").count() == 2


def test_whoever_has_no_form_lies_behind_the_forms_and_colleagues_who_are_no_parents_last(office, year):
    make_person("contact", given_name="New")
    make_person("staff", given_name="Parent", is_contact=True)
    make_person("staff", given_name="Cook")
    _page, letters = press(office, roles=["contacts", "staff"])
    piles = [(pile, sorted(sheet.person.given_name for sheet in sheets)) for pile, sheets in letters.context["piles"]]
    assert piles[1:] == [("Without a form", ["New", "Parent"]), ("Staff", ["Cook"])]


def test_the_picture_holds_the_address_of_the_role_with_the_code_behind_its_fence(office, two_hosts, monkeypatch):
    drawn = []
    monkeypatch.setattr("registration.codes.printing.draw_qr", lambda text: drawn.append(text) or b"")
    make_person("contact")
    make_person("staff")
    office.defaults["HTTP_HOST"] = "staff.example"
    office.force_login(make_administrator("second"))
    _page, letters = press(office, roles=["contacts", "staff"])
    codes = {code.replace("-", "") for code in codes_in(letters)}
    assert {text.partition("#")[2] for text in drawn} == codes and len(codes) == 2
    assert {text.partition("#")[0] for text in drawn} == {
        "http://families.example/WeChatRegistration/Code",
        "http://staff.example/WeChatRegistration/Code",
    }


def test_who_needs_none_gets_none_and_the_page_says_why(office):
    make_sign_in(make_person("contact"), password="a-long-password")
    make_sign_in(make_person("contact"), options=["people.view"])
    locked = make_sign_in(make_person("contact"))
    locked.is_active = False
    locked.save()
    make_registration(make_person("contact"))
    make_person("contact", mobile="")
    make_person("contact")
    page, letters = press(office, roles=["contacts"])
    assert numbers(page) == dict.fromkeys(["letter", "registered", "option", "password", "locked", "no number"], 1)
    assert len(codes_in(letters)) == 1


def test_a_reprint_names_the_letters_that_end_by_it(office, mother):
    _page, letters = press(office, roles=["contacts"])
    [old] = codes_in(letters)
    page, letters = press(office, roles=["contacts"])
    assert "1 letter printed before ends by this" in said(page) and "Fang Wang" in said(page)
    [new] = codes_in(letters)
    assert "a newer letter" in said(another_phone_page(old)) and another_phone(new).get(step(1)).status_code == 200


def another_phone_page(code):
    return another_phone(code).post("/WeChatRegistration/Code", {"code": code})


def test_pressed_twice_or_gone_back_to_the_letters_in_the_printer_live(office, mother):
    page, letters = press(office, roles=["contacts"])
    again = office.post(reverse("registration:print-letters"), {"shown": page.context["shown"]}, follow=True)
    assert "These letters have been printed already" in said(again)
    assert another_phone(codes_in(letters)[0]).get(step(1)).status_code == 200


def test_a_code_is_shown_once_and_stands_in_no_trail(office, mother):
    _page, letters = press(office, roles=["contacts"])
    [code] = codes_in(letters)
    assert "no-store" in letters.headers["Cache-Control"], "the browser of a shared computer keeps the codes"
    event = AuditEvent.objects.get(act="printed personal codes")
    assert event.details == {"people": 1} and code not in said(office.get("/audit/"))


def test_an_e_mails_code_lives_beside_a_printed_one(mother):
    by_email = make_code(mother, way=PersonalCode.Way.EMAIL)
    make_code(mother)
    assert another_phone(by_email).get(step(1)).status_code == 200


def test_a_letter_is_in_the_language_of_its_reader_and_in_each_where_nobody_knows_it(office, account):
    make_person("contact", language="zh-hans")
    make_person("contact", language="")
    _page, letters = press(office, roles=["contacts"])
    html = said(letters)
    assert html.count("使用微信扫描") == 2 and html.count("Scan this code with WeChat") == 1


def test_printing_is_an_option_of_its_own(client, account):
    client.force_login(make_sign_in(make_person("staff"), options=["registration.invite"]))
    assert client.get(PAGE).status_code == 403
    client.force_login(make_sign_in(make_person("staff"), options=["registration.print_codes"]))
    assert client.get(PAGE).status_code == 200


def test_what_was_not_shown_is_not_printed(office, mother):
    for shown in ("", "forged"):
        assert office.post(reverse("registration:print-letters"), {"shown": shown}).url == PAGE
    assert not PersonalCode.objects.exists()


def test_what_one_press_does_not_hold_the_next_ones_print_and_nobody_is_left_out(office, monkeypatch):
    monkeypatch.setattr("registration.codes.recipients.MOST_LETTERS", 2)
    people = [make_person("contact", family_name=f"Li{number}") for number in range(5)]  # in the order of names
    page, letters = press(office, roles=["contacts"])
    assert "this one makes 2, and 3 are left for the next." in " ".join(said(page).split())
    make_registration(people[0])  # of the first press, meanwhile: the second begins where it began
    for number, left in ((2, 1), (1, 0)):
        assert letters.context["left"] == number + left
        page = office.get(letters.context["further"])
        assert (page.context["letters"], page.context["press"].left) == (number, left)
        letters = office.post(reverse("registration:print-letters"), {"shown": page.context["shown"]})
    assert letters.context["further"] == ""
    assert set(PersonalCode.objects.values_list("person", flat=True)) == {person.pk for person in people}


def test_counting_and_printing_cost_the_same_for_one_and_many(office, year, django_assert_max_num_queries):
    for number in range(30):
        pupil = make_person("pupil", mobile="")
        make_group("form", "7C", parent=year, members=[pupil])
        relate(make_person("contact", given_name=f"M{number}"), pupil)
    with django_assert_max_num_queries(60):  # with the turns, which a cache in the database keeps
        _page, letters = press(office, groups=[year.pk])
    assert len(codes_in(letters)) == 32
