"""The worker against the simulator: who is created, and what it does where WeCom says no or nothing."""

import threading

import pytest
from django.db import close_old_connections, connection

from portal.people.demo import make_person
from portal.people.models import Person
from registration.at_wecom import departments, entering
from registration.demo import make_registration
from registration.models import Problem, Registration
from registration.steps import actions
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount, Lock

from .helpers import A_MOMENT_AGO, NUMBER, Status, confirmed, enter

pytestmark = pytest.mark.django_db


def test_a_new_person_is_created_in_the_department_of_their_audience_and_not_invited(account, simulator):
    registration = enter(confirmed())
    assert (registration.status, registration.userid, registration.created_by_us) == (Status.IN_WECOM, "sp-C0007", True)
    assert registration.next_try_at is None, "there is nothing to try any more"
    member = simulator.members["sp-C0007"]
    assert (member["name"], member["mobile"], member["departments"], member["invitations"]) == (
        "Wei Li",
        NUMBER,
        [910002],
        0,
    )
    assert simulator.departments[910002] == "Portal – contacts 家长"


@pytest.mark.parametrize("effect", ["drop_after", "busy_after"])
def test_a_create_of_unknown_outcome_ends_with_one_member_of_ours(account, simulator, effect):
    simulator.rule(effect, call="user/create")
    registration = enter(confirmed())
    assert (registration.status, registration.problem) == (Status.CONFIRMED, Problem.WECOM_UNAVAILABLE)
    registration = enter(registration)
    assert (registration.status, registration.created_by_us, registration.problem) == (Status.IN_WECOM, True, "")
    assert len(simulator.members) == 1


def test_a_worker_killed_between_create_and_its_record_is_made_good(account, simulator, monkeypatch):
    registration = confirmed()
    monkeypatch.setattr(entering, "_entered", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        enter(registration)
    monkeypatch.undo()
    registration = enter(registration)
    assert (registration.status, registration.created_by_us, len(simulator.members)) == (Status.IN_WECOM, True, 1)


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (lambda s: s.control("switch", name="trusted_ip", on="0"), Problem.CONFIGURATION),
        (lambda s: s.control("switch", name="sync_read_only", on="1"), Problem.CONFIGURATION),
        (lambda s: s.control("member-limit", limit=0), Problem.FULL),
        (lambda s: s.rule("http500", times=-1), Problem.WECOM_UNAVAILABLE),
        (lambda s: s.rule("error", call="user/create", code=45009, times=-1), Problem.WECOM_UNAVAILABLE),
    ],
)
def test_a_fault_waits_and_goes_on_by_itself(account, simulator, order, problem):
    order(simulator)
    registration = enter(confirmed())
    assert (registration.status, registration.problem) == (Status.CONFIRMED, problem)
    assert registration.next_try_at is not None
    assert list(Registration.objects.to_enter()) == [], "not at once"
    simulator.control("clear")
    for name, on in (("trusted_ip", "1"), ("sync_read_only", "0")):
        simulator.control("switch", name=name, on=on)
    simulator.control("member-limit", limit=100)
    assert enter(registration).status == Status.IN_WECOM


def test_a_number_wecom_does_not_accept_is_the_persons_to_change(account, simulator):
    simulator.rule("error", call="user/create", code=60103)
    registration = enter(confirmed())
    assert registration.problem == Problem.BAD_NUMBER and registration.next_try_at is None


def test_a_number_changed_while_we_spoke_to_wecom_is_not_overwritten(account, simulator, monkeypatch):
    registration = confirmed()
    write = entering._write

    def meanwhile(row, tree):
        result = write(row, tree)
        actions.confirm(registration=row, mobile="+8613800138222", by=None)
        return result

    monkeypatch.setattr(entering, "_write", meanwhile)
    entering._enter(registration, departments.Tree(account))
    monkeypatch.undo()
    registration.refresh_from_db()
    assert registration.status == Status.CONFIRMED
    registration = enter(registration)
    assert simulator.members["sp-C0007"]["mobile"] == "+8613800138222" and len(simulator.members) == 1


def test_people_of_another_company_are_left_alone(account, simulator):
    registration = confirmed(account_key="another")
    assert enter(registration).status == Status.CONFIRMED
    assert simulator.members == {}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_write_one_after_the_other_and_nobody_twice(simulator):
    make_account()
    for n in range(12):
        person = make_person("contact", mobile=f"+86138001390{n:02}")
        make_registration(person, Status.CONFIRMED)
    simulator.rule("slow", call="user/create", seconds=0.02, times=-1)

    def work():
        try:
            entering.enter_due()
        finally:
            close_old_connections()
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    entering.enter_due()
    assert Registration.objects.filter(status=Status.IN_WECOM).count() == 12
    assert simulator.calls("user/create") == {0: 12}


def test_the_lock_of_a_dead_worker_runs_out(account):
    assert Lock.take("x", entering.LEASE) is True
    assert Lock.take("x", entering.LEASE) is False
    Lock.objects.update(until="2020-01-01T00:00:00Z")
    assert Lock.take("x", entering.LEASE) is True


def test_nothing_is_called_while_the_school_is_not_linked(simulator):
    make_account()
    confirmed()
    EnterpriseAccount.objects.update(qr_target="")
    entering.enter_due()
    assert simulator.state()["calls"] == {}


TROUBLE = {
    "the company is full": ("member-limit", {"limit": 0}, {"limit": 100}, Problem.FULL, 45024),
    "the address book may only be read": (
        "switch",
        {"name": "sync_read_only", "on": "1"},
        {"name": "sync_read_only", "on": "0"},
        Problem.CONFIGURATION,
        48008,
    ),
    "our address is no longer trusted": (
        "switch",
        {"name": "trusted_ip", "on": "0"},
        {"name": "trusted_ip", "on": "1"},
        Problem.CONFIGURATION,
        60020,
    ),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_of_the_school_is_said_and_registering_goes_on_by_itself_afterwards(account, simulator, name):
    verb, wrong, right, problem, code = TROUBLE[name]
    simulator.control(verb, **wrong)
    registration = enter(confirmed())
    assert (registration.status, registration.problem, registration.problem_code) == (Status.CONFIRMED, problem, code)
    simulator.control(verb, **right)
    registration = enter(registration)
    assert (registration.status, registration.problem) == (Status.IN_WECOM, "")


def test_a_name_of_64_emoji_is_entered_whole_and_a_longer_one_is_cut(account, simulator):
    Person.objects.all().delete()
    registration = confirmed()
    for name, kept in [("🌸" * 64, 64), ("🌸" * 70, 64)]:
        Person.objects.update(given_name=name, family_name="")
        Registration.objects.update(status=Status.CONFIRMED, next_try_at=A_MOMENT_AGO)
        enter(registration)
        assert simulator.members["sp-C0007"]["name"] == "🌸" * kept
