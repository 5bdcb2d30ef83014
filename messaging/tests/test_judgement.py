"""What was decided on one evaluation of a rule is not carried out on a later one: the frozen list is judged."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from messaging import judgement, releasing, sweeps
from messaging.audience.people import digest_of
from messaging.models import Message, SavedAudience
from messaging.sending.preparing import prepare_all
from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.people.demo import make_group, make_person
from portal.people.models import Membership, Person
from portal.school.models import SchoolSetting
from registration.demo import make_registration

from .desk import address, draft, form, press, press_send, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


def limit(people):
    SchoolSetting.objects.update_or_create(name="approval_above", defaults={"value": people})


def local(moment):
    return timezone.localtime(moment, timezone.get_default_timezone()).strftime("%Y-%m-%dT%H:%M")


def freeze(message):
    Message.objects.filter(status=Status.SCHEDULED).update(status=Status.PREPARING)
    Message.objects.filter(status=Status.PREPARING).update(start_at=Now() - timedelta(seconds=1))
    prepare_all()
    message.refresh_from_db()


def release(client, message, by):
    client.force_login(by)
    page = client.get(address("approve", message))
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    message.refresh_from_db()
    return response


def reached(message):
    return set(message.deliveries.filter(problem=None).values_list("person", flat=True))


def waits_for_a_second_person(message):
    return (message.status, message.paused_reason) == (Status.PAUSED, "second person")


@pytest.fixture
def colleague():
    options = ["messaging.write", "messaging.approve", "messaging.report"]
    return make_sign_in(make_person("staff", given_name="Colleague"), options=options)


def test_a_frozen_list_is_judged_as_it_was_frozen_whoever_came_since(client, sender):
    registered(2)
    message = draft(client)
    press_send(client, message)
    freeze(message)
    frozen = reached(message)
    registered()
    assert set(judgement.chosen_of(message).values_list("pk", flat=True)) == frozen and len(frozen) == 2


def test_a_saved_audience_kept_again_after_send_changes_nothing_of_what_was_sent(client, sender):
    limit(2)
    one = registered()
    registered(4)
    kept = SavedAudience.objects.create(owner=sender, name="Few", rule={"include": [{"person": one.pk}]})
    message = draft(client, roles=[], audiences=[kept.pk])
    press_send(client, message)
    SavedAudience.objects.update(rule={"include": [{"role": "contacts"}]})
    freeze(message)
    assert message.status == Status.SENDING and reached(message) == {one.pk}
    assert "Audience Few" in said(client.get(address("check", draft(client, roles=[], audiences=[kept.pk]))))


def test_an_audience_written_down_keeps_its_exclude_with_its_include(client, sender):
    one, other = registered(2)
    rule = {"include": [{"role": "contacts"}], "exclude": [{"person": other.pk}]}
    kept = SavedAudience.objects.create(owner=sender, name="All but one", rule=rule)
    staff = registered(role="staff")
    message = draft(client, roles=["staff"], audiences=[kept.pk])
    press_send(client, message)
    SavedAudience.objects.all().delete()
    freeze(message)
    assert reached(message) == {one.pk, staff.pk}


def test_a_list_that_passed_the_limit_by_the_time_of_freezing_waits_with_its_rows(client, sender, approver):
    limit(2)
    registered(2)
    message = draft(client)
    press_send(client, message)
    assert message.status == Status.PREPARING
    registered(2)
    freeze(message)
    assert waits_for_a_second_person(message)
    rows = reached(message)
    assert len(rows) == 4
    for verb in ("resume", "make-differ"):
        assert "who must release it" in said(press(client, verb, message))
        assert waits_for_a_second_person(message)
    registered()
    page = client.get("/messaging/waiting/")
    assert message.summary in said(page)
    response = release(client, message, approver)
    assert "The message is released." in said(response)
    assert message.status == Status.SENDING and reached(message) == rows, "exactly these rows, nothing frozen again"
    assert message.released_digest == message.frozen_digest


def test_an_old_page_does_not_send_past_the_limit(client, sender):
    limit(2)
    registered()
    message = draft(client)
    page = client.get(address("check", message))
    registered(3)
    client.post(address("send", message), {"shown": page.context["shown"]})
    message.refresh_from_db()
    assert message.status == Status.AWAITING


def test_who_left_a_group_before_the_freezing_does_not_write_to_it(client):
    teacher = make_person("staff")
    client.force_login(make_sign_in(teacher, options=["messaging.write", "messaging.own_groups"]))
    group = make_group("class", "Maths", members=[teacher, registered(role="pupil")])
    message = draft(client, roles=[], groups=[f"{group.pk}:pupils"])
    press_send(client, message)
    assert message.status == Status.PREPARING
    Membership.objects.filter(person=teacher).delete()
    freeze(message)
    assert waits_for_a_second_person(message)


def test_somebody_limited_since_does_not_go_on_by_pressing_go_on(client):
    teacher = make_person("staff")
    user = make_sign_in(teacher, options=["messaging.write"])
    client.force_login(user)
    registered()
    message = draft(client)
    press_send(client, message)
    freeze(message)
    Message.objects.update(status=Status.PAUSED, paused_reason="content")
    user.groups.get().profile.set_options(["messaging.write", "messaging.own_groups"])
    press(client, "resume", message)
    assert waits_for_a_second_person(message)


def test_who_rewrote_a_colleagues_draft_releases_it_neither_sent_by_themselves_nor_by_its_author(
    client, sender, colleague, approver
):
    registered()
    message = draft(client, urgent="on")
    client.force_login(colleague)
    client.post(address("edit", message), form(do="save", text="Rewritten", urgent="on", version=message.version))
    message.refresh_from_db()
    client.force_login(sender)
    press_send(client, message)
    response = release(client, message, colleague)
    assert "You wrote the last version of this message" in said(response) and message.status == Status.AWAITING
    client.force_login(sender)
    client.post(address("undo", message))
    client.force_login(colleague)
    message.refresh_from_db()
    press_send(client, message)
    release(client, message, colleague)
    assert message.status == Status.AWAITING
    release(client, message, approver)
    assert message.status == Status.PREPARING
    event = AuditEvent.objects.get(act="released a message")
    assert event.actor == approver
    assert (event.details["written_by"], event.details["sent_by"]) == (f"user {colleague.pk}", f"user {colleague.pk}")
    client.force_login(colleague)
    page = said(client.get(address("message", message)))
    assert f"last version by {colleague}" in page and f"sent by {colleague}" in page
    assert f"released by {approver}" in page


def test_the_groups_of_whoever_pressed_send_count(client, sender, colleague):
    SchoolSetting.objects.create(name="approval_outside_groups", value=True)
    group = make_group("class", "Maths", members=[sender.person, registered(role="pupil")])
    message = draft(client, roles=[], groups=[f"{group.pk}:pupils"])
    client.force_login(colleague)
    press_send(client, message)
    assert message.status == Status.AWAITING


def scheduled_and_released(client, approver, people=10, **fields):
    limit(5)
    registered(people)
    message = draft(client, when=local(timezone.now() + timedelta(days=1)), **fields)
    press_send(client, message)
    assert message.status == Status.AWAITING
    release(client, message, approver)
    assert message.status == Status.SCHEDULED
    client.force_login(message.author)
    return message


@pytest.mark.parametrize(("more", "goes"), [(0, True), (5, True), (6, False)])
def test_a_released_list_may_grow_by_a_few(client, sender, approver, more, goes):
    message = scheduled_and_released(client, approver)
    registered(more)
    freeze(message)
    assert waits_for_a_second_person(message) is not goes
    assert (message.status == Status.SENDING) is goes


def test_fewer_never_wait(client, sender, approver):
    message = scheduled_and_released(client, approver)
    gone = list(Person.objects.filter(is_contact=True).values_list("pk", flat=True)[:6])
    Person.objects.filter(pk__in=gone).end(timezone.localdate() - timedelta(days=1))
    freeze(message)
    assert message.status == Status.SENDING and len(reached(message)) == 4


def test_others_in_the_place_of_those_released_wait(client, sender, approver):
    message = scheduled_and_released(client, approver)
    first = Message.objects.get(pk=message.pk).shown_count
    gone = list(Person.objects.filter(is_contact=True).values_list("pk", flat=True)[:6])
    Person.objects.filter(pk__in=gone).end(timezone.localdate() - timedelta(days=1))
    registered(6)
    freeze(message)
    assert len(reached(message)) == first and waits_for_a_second_person(message), "as many, but others"


def test_a_moved_time_keeps_the_release_and_is_told(client, sender, approver):
    message = scheduled_and_released(client, approver)
    client.post(address("undo", message))
    message.refresh_from_db()
    later = local(timezone.now() + timedelta(days=2))
    client.post(address("edit", message), form(do="save", when=later, version=message.version))
    message.refresh_from_db()
    press_send(client, message)
    assert (message.status, message.released_by) == (Status.SCHEDULED, approver)
    event = AuditEvent.objects.get(act="sent a released message at another time")
    assert event.details["released_by"] == f"user {approver.pk}"
    assert "the time was moved afterwards" in said(client.get(address("message", message)))
    registered(6)
    freeze(message)
    assert waits_for_a_second_person(message), "moving the time does not let the list grow"


def test_whoever_released_it_cannot_be_its_sender_and_second_person_at_once(client, sender, approver):
    message = scheduled_and_released(client, approver)
    client.post(address("undo", message))
    message.refresh_from_db()
    shown = {"shown_count": 10, "shown_digest": digest_of(message.rule, message.account)}
    assert releasing.send(message=message, version=message.version, by=approver, **shown)
    message.refresh_from_db()
    assert (message.status, message.released_by) == (Status.AWAITING, None)


@pytest.mark.parametrize("change", [{"text": "Other words"}, {"urgent": "on"}, {"roles": ["contacts", "staff"]}])
def test_another_text_rule_or_urgency_voids_the_release(client, sender, approver, change):
    message = scheduled_and_released(client, approver)
    client.post(address("undo", message))
    message.refresh_from_db()
    when = local(timezone.now() + timedelta(days=1))
    client.post(address("edit", message), form(do="save", when=when, version=message.version, **change))
    message.refresh_from_db()
    press_send(client, message)
    assert (message.status, message.released_by) == (Status.AWAITING, None)


def test_a_page_older_than_the_list_releases_nothing(client, sender, approver):
    limit(1)
    registered(3)
    message = draft(client)
    press_send(client, message)
    client.force_login(approver)
    page = client.get(address("approve", message))
    registered()
    response = client.post(address("release", message), {"shown": page.context["shown"]}, follow=True)
    assert "The list of people has changed since you looked." in said(response)
    message.refresh_from_db()
    assert message.status == Status.AWAITING


def test_a_test_to_oneself_needs_nobody(client, sender):
    SchoolSetting.objects.create(name="approval_outside_groups", value=True)
    make_registration(sender.person)
    message = draft(client)
    client.post(address("test", message))
    test = Message.objects.get(is_test=True)
    freeze(test)
    assert test.status == Status.SENDING


def test_a_sender_whose_right_was_taken_away_sends_nothing_more(client, sender, colleague):
    registered()
    message = draft(client, when=local(timezone.now() + timedelta(days=1)))
    press_send(client, message)
    sender.groups.clear()
    Message.objects.update(start_at=Now() - timedelta(minutes=1))
    sweeps.sweep()
    freeze(message)
    assert (message.status, message.paused_reason) == (Status.PAUSED, "sender")
    client.force_login(colleague)
    assert "Whoever sent it may not send messages any more." in said(client.get("/"))
    assert "Send it in my name" in said(client.get(address("message", message)))
    press(client, "resume", message)
    assert (message.status, message.sender) == (Status.SENDING, colleague)


def test_whoever_released_a_message_and_sends_it_in_their_own_name_is_no_second_person(client, sender, colleague):
    registered()
    message = draft(client, urgent="on")
    press_send(client, message)
    release(client, message, by=colleague)
    sender.groups.clear()
    freeze(message)
    assert (message.status, message.paused_reason) == (Status.PAUSED, "sender")
    press(client, "resume", message)
    assert waits_for_a_second_person(message) and message.sender == colleague
    assert (message.released_by, message.was_released_by) == (None, colleague)
    release(client, message, by=colleague)
    assert waits_for_a_second_person(message), "nor later"
    release(client, message, by=make_sign_in(make_person("staff"), options=["messaging.approve"]))
    assert message.status == Status.SENDING
