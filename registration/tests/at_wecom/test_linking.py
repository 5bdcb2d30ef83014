"""People who were there before us are linked where they are surely the same, and never changed."""

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now

from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from registration.at_wecom import entering
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions
from wechat_admin.connection import actions as connection
from wechat_admin.connection.check import check_connection
from wechat_admin.models import Check, LookingUp

from .helpers import A_MOMENT_AGO, NUMBER, Status, check, confirmed, enter

pytestmark = pytest.mark.django_db


def old_member(simulator, userid="WeiLi", **fields):
    simulator.control("members", userid=userid, name="Li Wei (office)", mobile=NUMBER, department=2, **fields)


def test_a_member_with_the_number_on_record_is_linked_and_never_changed(account, simulator):
    old_member(simulator)
    registration = enter(confirmed())
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "WeiLi", False)
    actions.withdraw(registration=registration, by=None)
    again = actions.start(person=registration.person, account=account, language="en", by=None)
    actions.confirm(registration=again, mobile=NUMBER, by=None)
    assert enter(again).status == Status.IN_WECOM
    member = simulator.members["WeiLi"]
    assert (member["name"], member["departments"], member["ours"]) == ("Li Wei (office)", [2], False)
    assert list(simulator.members) == ["WeiLi"] and simulator.calls("user/update") == {}


def test_another_number_than_the_one_on_record_is_never_linked(account, simulator):
    old_member(simulator)
    registration = enter(confirmed(record="+8613800138999"))
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.NUMBER_TAKEN)
    assert registration.userid == "" and registration.next_try_at is None


def test_a_member_somebody_else_is_linked_to_is_never_linked_again(account, simulator):
    old_member(simulator)
    other = make_person("contact")
    make_registration(other, mobile="+8613800138111", userid="weili", created_by_us=False)
    assert enter(confirmed()).problem == Problem.NUMBER_TAKEN


# --- a number is found by the spelling it was typed in ---


@pytest.mark.parametrize("typed", ["13800138000", "+86 13800138000"])
def test_a_member_typed_in_another_spelling_is_found_and_the_spelling_is_kept(account, simulator, typed):
    simulator.add_member("WeiLi", mobile=typed, department=2)
    assert enter(confirmed()).userid == "WeiLi"
    asked = sum(simulator.calls("user/getuserid").values())
    simulator.add_member("XinLi", mobile=typed[:-1] + "1", department=2)
    person = make_person("contact", reference="C0008", mobile=NUMBER[:-1] + "1")
    assert enter(make_registration(person, Status.CONFIRMED)).userid == "XinLi"
    assert sum(simulator.calls("user/getuserid").values()) == asked + 1, "the one that answered is asked first"


def test_numbers_of_other_countries_have_two_spellings(account, simulator):
    simulator.add_member("ChanTaiMan", mobile="+852 91234567", department=2)
    assert enter(confirmed(mobile="+85291234567", record="+85291234567")).userid == "ChanTaiMan"
    assert simulator.calls("user/getuserid") == {46004: 1, 0: 1}


def test_after_five_answers_in_vain_it_stops_asking_and_an_administrator_is_told(account, simulator):
    simulator.visible_range(departments=[3])  # who is out of sight is not found, however it is spelled
    for n in range(4):
        simulator.add_member(f"office{n}", mobile=f"1380013800{n}", department=2)
        person = make_person("contact", mobile=f"+861380013800{n}")
        registration = enter(make_registration(person, Status.CONFIRMED))
        assert registration.problem == Problem.NUMBER_TAKEN
    assert simulator.calls("user/getuserid") == {46004: 5}
    assert Check.objects.get(name=Check.Name.LOOKING_UP).state == Check.State.BAD
    simulator.visible_range(departments=[1])
    person = make_sign_in(make_person("staff"))
    connection.check_connection(by=person)
    registration.linking_approved_by = person
    registration.next_try_at = Now()
    registration.save()
    assert enter(registration).userid == "office3", "a person has looked, and it is asked again"
    check_connection()
    assert Check.objects.get(name=Check.Name.LOOKING_UP).state == Check.State.OK


def test_an_answer_begins_the_count_anew(account, simulator):
    LookingUp.objects.create(corporation_id=account.corporation_id, in_vain=4)
    old_member(simulator)
    assert enter(confirmed()).userid == "WeiLi"
    assert LookingUp.objects.get().in_vain == 0


# --- and is not guessed at ---


def test_a_member_out_of_sight_is_not_guessed_at(account, simulator):
    old_member(simulator)
    simulator.control("range", department=["3"])
    assert enter(confirmed()).problem == Problem.NUMBER_TAKEN


def test_changing_the_number_goes_on_where_it_stuck(account, simulator):
    old_member(simulator)
    registration = enter(confirmed(record="+8613800138999"))
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert (registration.status, registration.userid, registration.problem) == (Status.IN_WECOM, "sp-C0007", "")


def test_a_linked_person_who_gives_another_number_gets_a_member_of_their_own(account, simulator):
    old_member(simulator)
    registration = enter(confirmed())
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert (registration.userid, registration.created_by_us) == ("sp-C0007", True)
    assert simulator.members["WeiLi"]["mobile"] == NUMBER


def test_the_number_of_a_member_we_made_is_updated(account, simulator):
    registration = enter(confirmed())
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert registration.userid == "sp-C0007" and simulator.members["sp-C0007"]["mobile"] == "+8613800138222"
    assert len(simulator.members) == 1


def test_a_number_that_wecom_keeps_is_not_taken_for_changed(account, simulator):
    registration = enter(confirmed())
    simulator.scan(NUMBER)  # whoever has it follows, before the person sees that it is the wrong one
    actions.confirm(registration=registration, mobile="+8613800138222", by=None)
    registration = enter(registration)
    assert simulator.members["sp-C0007"]["mobile"] == NUMBER
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.NUMBER_KEPT)
    simulator.change_member("sp-C0007", mobile="138 0013 8222".replace(" ", ""))
    registration = enter(registration)
    assert (registration.status, registration.problem) == (Status.IN_WECOM, "")


def test_a_userid_that_is_somebody_elses_is_not_taken_for_ours(account, simulator):
    simulator.control("members", userid="sp-C0007", name="A stranger", mobile="+8613800138333")
    registration = enter(confirmed())
    assert registration.problem == Problem.REFUSED and registration.status == Status.CONFIRMED
    assert simulator.members["sp-C0007"]["name"] == "A stranger"


def test_a_member_deleted_at_wecom_is_made_again(account, simulator):
    registration = make_registration(make_person("contact", reference="C1"), Status.IN_WECOM)
    actions.confirm(registration=registration, mobile=NUMBER, by=None)
    assert enter(registration).status == Status.IN_WECOM
    assert simulator.members["sp-C1"]["mobile"] == NUMBER


EMAIL = "li.wei@family.example"


def confirmed_by_email(record=EMAIL, **fields):
    person = make_person("contact", reference="C0007", given_name="Wei", family_name="Li", mobile="", email=record)
    return make_registration(person, Status.CONFIRMED, mobile="", email=EMAIL, **fields)


def test_somebody_without_a_number_of_their_own_is_entered_by_email(account, simulator):
    registration = enter(confirmed_by_email())
    member = simulator.members["sp-C0007"]
    assert (registration.status, member["mobile"], member["email"]) == (Status.IN_WECOM, "", EMAIL)
    simulator.scan(EMAIL)
    assert check(registration).is_registered


def test_where_wechat_does_not_match_by_email_nobody_is_registered(account, simulator):
    registration = enter(confirmed_by_email())
    simulator.control("switch", name="email_matches", on="0")
    assert simulator.scan(EMAIL) == "unknown"
    assert not check(registration).is_registered


def test_a_member_with_the_email_on_record_is_linked_and_never_changed(account, simulator):
    simulator.control("members", userid="WeiLi", name="Li Wei (office)", email=EMAIL, department=2)
    registration = enter(confirmed_by_email(record=EMAIL.upper()))
    assert (registration.userid, registration.created_by_us) == ("WeiLi", False)
    assert simulator.calls("user/update") == {} and simulator.calls("user/get_userid_by_email") == {0: 1}


def test_an_email_of_somebody_else_is_never_linked(account, simulator):
    simulator.control("members", userid="WeiLi", name="Li Wei (office)", email=EMAIL, department=2)
    registration = enter(confirmed_by_email(record="another@family.example"))
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.EMAIL_TAKEN)


def test_the_same_person_created_by_hand_meanwhile_is_linked(account, simulator):
    registration = confirmed()
    simulator.control("members", userid="by.hand", name="Wei Li", mobile=NUMBER, department=2)
    registration = enter(registration)
    assert (registration.userid, registration.created_by_us) == ("by.hand", False)
    assert list(simulator.members) == ["by.hand"]


# --- a number two people share, one after the other ---


def registers(client, person, number):
    """Somebody presses through the steps until the code is scanned. Returns the last page they saw."""
    client.force_login(person.user or make_sign_in(person))
    client.post("/WeChatRegistration/Step1", {"agree": "on"})
    page = client.post("/WeChatRegistration/Step2", {"mobile": number}, follow=True)
    entering.enter_due()
    return page


def follows(person, simulator, number):
    registration = person.registrations.open().get()
    simulator.scan(number)
    assert check(registration).is_registered


def test_a_father_whose_number_the_mother_took_over_begins_again_and_is_told_so(client, account, simulator):
    father, mother = (make_person("contact", reference=f"C070{n}", mobile=NUMBER) for n in (1, 2))
    registers(client, father, NUMBER)
    follows(father, simulator, NUMBER)
    client.post("/WeChatRegistration/Stop")
    registers(client, mother, NUMBER)
    follows(mother, simulator, NUMBER)
    page = registers(client, father, NUMBER)
    html = page.content.decode()
    assert page.status_code == 200 and "already belongs to someone" in html and "?by=email" in html
    again = father.registrations.open().get()
    assert (again.status, again.problem, again.userid) == (Status.STARTED, Problem.NUMBER_TAKEN, "")
    assert mother.registrations.open().get().is_registered
    registers(client, father, "+8613800138222")
    follows(father, simulator, "+8613800138222")
    assert mother.registrations.open().get().is_registered and len(simulator.members) == 2


def test_what_the_database_refuses_for_another_reason_is_not_taken_for_a_taken_number(account, simulator, monkeypatch):
    monkeypatch.setattr(entering, "_write", lambda registration, account: ("not a userid!", "contacts"))
    registration = confirmed()
    with pytest.raises(IntegrityError):
        enter(registration)
    registration.refresh_from_db()
    assert registration.problem == "" and registration.status == Status.CONFIRMED


def test_somebody_whom_nobody_can_enter_does_not_stand_in_the_way_of_the_next(account, simulator, monkeypatch):
    stuck, write = confirmed(), entering._write
    other = make_registration(make_person("contact", reference="C0008", mobile="+8613800138001"), Status.CONFIRMED)
    Registration.objects.filter(pk=stuck.pk).update(next_try_at=A_MOMENT_AGO)

    def unforeseen(registration, account):
        if registration.pk == stuck.pk:
            raise ValueError("nobody foresaw this")
        return write(registration, account)

    monkeypatch.setattr(entering, "_write", unforeseen)
    with pytest.raises(ValueError, match="nobody foresaw"):
        entering.enter_due()
    entering.enter_due()
    other.refresh_from_db()
    assert other.status == Status.IN_WECOM
