"""Two processes on PostgreSQL do at one instant what may be done once."""

import time
import uuid
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from messaging import releasing
from messaging.audience.people import digest_of
from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.models import Attempt, Batch, Delivery, Message
from messaging.routes.outcome import OK, Outcome
from messaging.sending import recalling
from messaging.sending.claim import claim
from messaging.sending.preparing import prepare
from messaging.sending.settle import settle
from portal.access.account_actions import lock
from portal.access.actions import AccessRefused, remove_holder
from portal.access.demo import make_administrator, make_sign_in
from portal.access.models import Profile
from portal.audit.models import AuditEvent
from portal.people import importing
from portal.people.demo import make_person, relate
from portal.people.importing import actions as imports
from portal.people.importing.forms import UploadForm
from portal.people.importing.working import work_on_all
from portal.people.models import Import, Person, User
from registration.codes import actions as codes
from registration.demo import make_code, make_registration
from registration.models import PersonalCode, Registration
from registration.steps.actions import start
from registration.years import actions as years
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount
from wechat_admin.wecom.client import SendAnswer

from .at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Status = Message.Status
ROUNDS = range(3)
HEAD = ",".join(importing.COLUMNS)


@pytest.fixture(autouse=True)
def account(doorbells):
    return make_account()


@pytest.fixture
def author():
    return make_sign_in(make_person("staff"), options=["messaging.write"])


def trail(act):
    return AuditEvent.objects.filter(act=act).count()


# --- messages ---


def test_of_two_who_press_send_one_sends(author):
    make_registration(make_person("contact"))
    message = make_message(author, status=Status.DRAFT)
    seen = {"version": message.version, "shown_count": 1, "shown_digest": digest_of(message.rule, message.account)}

    def press():
        return releasing.send(message=Message.objects.get(pk=message.pk), by=author, **seen)

    assert sorted(at_once(press, press)) == [False, True]
    assert trail("sent a message") == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_an_undo_and_the_freezing_of_the_list_are_one_of_both(author, _round):
    make_registration(make_person("contact"))
    message = make_message(author)
    Message.objects.update(start_at="2099-01-01T00:00Z")  # the seconds are not over for whoever undoes
    outcomes = at_once(
        lambda: ("frozen", prepare(message.pk)),
        lambda: ("taken back", releasing.take_back(message=message, by=author)),
    )
    message.refresh_from_db()
    is_frozen = ("frozen", True) in outcomes
    assert (("taken back", True) in outcomes) is not is_frozen
    assert message.status == (Status.SENDING if is_frozen else Status.DRAFT)
    assert Delivery.objects.exists() is is_frozen


def test_of_two_who_undo_one_does(author):
    message = make_message(author, status=Status.SCHEDULED)
    outcomes = at_once(*[lambda: releasing.take_back(message=message, by=author)] * 2)
    assert sorted(outcomes) == [False, True] and trail("took a message back") == 1
    assert Message.objects.get().version == message.version + 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_who_settle_one_batch_count_whom_wecom_named_once(author, _round):
    """A worker whose lease is gone may bring proof at the moment in which the next one does."""
    people = [make_registration(make_person("contact")) for _ in range(3)]
    message = make_message(author)
    prepare(message.pk)
    (first,) = claim(EnterpriseAccount.objects.get(), 1)
    first.outcome = Outcome(OK, 0)
    first.answer = SendAnswer("m1", frozenset(), frozenset({people[0].userid.lower()}))
    second = replace(first, lease=uuid.uuid4(), attempts=2)
    at_once(lambda: settle([first]), lambda: settle([second]))
    batch = Batch.objects.get()
    assert (batch.state, batch.problems, Attempt.objects.count()) == (Batch.State.ACCEPTED, 1, 2)
    message.refresh_from_db()
    assert message.status == Status.FINISHED and message.final_counts == {"accepted": 2, "unlicensed": 1}


def test_of_two_who_recall_one_does(author):
    make_registration(make_person("contact"))
    message = make_message(author)
    prepare(message.pk)
    (claimed,) = claim(EnterpriseAccount.objects.get(), 1)
    claimed.outcome, claimed.answer = Outcome(OK, 0), SendAnswer("m1", frozenset(), frozenset())
    settle([claimed])
    press = [lambda: recalling.recall(message=message, by=author)] * 2
    assert sorted(map(str, at_once(*press, refusals=MessageRefused))) == ["MessageRefused", "None"]
    assert trail("recalled a message") == 1


# --- a file of people ---


def read_in(*lines):
    """A file that has been read and waits to be let in."""
    form = UploadForm({}, {"file": SimpleUploadedFile("people.csv", "\n".join([HEAD, *lines]).encode())})
    assert form.is_valid(), form.errors
    imported = imports.upload(form.cleaned_data["file"], form.matched, by=None)
    imports.read(imported, matched=form.matched)
    work_on_all()
    return Import.objects.get(pk=imported.pk)


def test_of_two_who_let_a_file_in_one_does():
    imported = read_in("C1,contact,Wei,Li,,,13800003001,,,")
    press = [lambda: imports.let_in(imported, by=None)] * 2
    assert sorted(map(str, at_once(*press, refusals=imports.NotNow))) == ["None", "NotNow"]


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_workers_let_a_file_in_once_and_take_it_back_once(_round):
    imported = read_in("C1,contact,Wei,Li,,,13800003001,,,", "C2,contact,Na,Li,,,13800003002,,,")
    imports.let_in(imported, by=None)
    at_once(work_on_all, work_on_all)
    imported.refresh_from_db()
    assert (imported.state, imported.counts, Person.objects.count()) == (Import.State.DONE, {"new": 2}, 2)
    assert trail("imported people") == 1
    imports.take_back(imported, by=None)
    at_once(work_on_all, work_on_all)
    imported.refresh_from_db()
    assert imported.state == Import.State.BACK and not Person.objects.exists()
    assert trail("took an import back") == 1


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_files_with_one_new_person_let_in_by_two_workers_make_one(_round):
    for number in "12":
        imports.let_in(read_in(f"C1,contact,Wei,Li,,,1380000300{number},,,"), by=None)
    at_once(work_on_all, work_on_all)
    assert Person.objects.get().reference == "C1"
    assert set(Import.objects.values_list("state", flat=True)) == {Import.State.DONE}


# --- registration ---


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_telephones_that_redeem_one_code_the_later_one_holds_it(_round):
    person = make_person("contact")
    make_code(person)
    code = PersonalCode.objects.select_related("person").get()
    came_in = at_once(*[lambda: codes.come_in(code=code)[1]] * 2)
    code.refresh_from_db()
    assert len(set(came_in)) == 2 and code.visit in came_in
    assert User.objects.get().person == person


def test_of_two_who_print_the_same_letters_one_does():
    people = [make_person("contact") for _ in range(3)]
    shown = codes.digest(people)
    press = [lambda: len(codes.print_codes(people=people, shown=shown, by=None))] * 2
    assert sorted(map(str, at_once(*press, refusals=codes.ListChanged))) == ["3", "ListChanged"]
    assert PersonalCode.objects.count() == 3


def test_who_begins_to_register_twice_is_registered_once(account):
    person = make_person("contact")
    begun = at_once(*[lambda: start(person=person, account=account, language="en", by=None).pk] * 3)
    assert set(begun) == {Registration.objects.get().pk}


def test_two_guardians_who_withdraw_at_once_end_the_registration(monkeypatch):
    """Each of them would find the other's consent standing, and none is left."""
    pupil = make_person("pupil")
    guardians = [make_person("contact") for _ in range(2)]
    for guardian in guardians:
        relate(guardian, pupil)
        years.give_consent(pupil=pupil, guardian=guardian, language="en", by=None)
    registration = make_registration(pupil)

    def withdraw(guardian):
        return lambda: years.withdraw_consent(pupil=pupil, guardian=guardian, by=None)

    monkeypatch.setattr(years, "record", lambda *args, **details: time.sleep(0.3))  # both are in the middle of it
    at_once(*map(withdraw, guardians))
    registration.refresh_from_db()
    assert registration.status == Registration.Status.WITHDRAWN
    assert trail("stopped receiving messages") == 1


# --- sign-ins ---


@pytest.mark.parametrize("_round", ROUNDS)
def test_of_two_administrators_who_end_each_other_one_stays(_round):
    one, other = make_administrator("one"), make_administrator("other")
    profile = Profile.objects.system_administrator()
    outcomes = at_once(
        lambda: lock(user=one, by=other),
        lambda: remove_holder(profile=profile, user=other, by=one),
        refusals=AccessRefused,
    )
    assert sorted(map(str, outcomes)) == ["AccessRefused", "None"]
    assert profile.holders.filter(is_active=True).count() == 1
