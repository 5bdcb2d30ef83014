"""The report's bar speaks of everybody chosen, and every reason says what can be done."""

import pytest
from django.urls import reverse

from messaging.demo import make_message
from messaging.models import STATE_LABELS, Batch, Delivery, Message, State
from messaging.report.outcomes import OUTCOMES, stretches
from messaging.report.remedies import REMEDIES
from messaging.sending.preparing import prepare
from portal.access.demo import make_administrator, make_sign_in
from portal.notices.looking import look
from portal.notices.models import Telling
from portal.people.demo import make_person
from registration.models import Invitation

from .desk import address, registered, said

pytestmark = pytest.mark.django_db
ROLE = {"include": [{"role": "contacts"}]}


def test_every_state_is_of_one_outcome():
    states = [state for outcome in OUTCOMES for state in outcome.states]
    assert sorted(states) == sorted(STATE_LABELS)


def test_the_bar_is_as_long_as_everybody_chosen():
    bar = stretches({State.ACCEPTED: 39, Delivery.Problem.NOT_REGISTERED: 60, Delivery.Problem.MAY_NOT_RECEIVE: 8})
    assert [(str(s.outcome), s.people) for s in bar] == [("got", 39), ("not-reached", 60), ("not-meant", 8)]
    assert bar[0].width == pytest.approx(100 * 39 / 107, abs=0.01)
    assert sum(stretch.width for stretch in bar) == pytest.approx(100, abs=0.05)


def test_finished_is_not_green_where_not_everybody_got_it(client, sender):
    counts = {"accepted": 39, "not_registered": 60, "may_not_receive": 8}
    message = make_message(sender, status="finished", recipients=107, final_counts=counts, frozen_digest="x")
    assert message.standing.tone == "warn"
    for page in ("/messaging/", address("message", message)):
        assert "finished: 39 of 107" in said(client.get(page))
    message.final_counts = {"accepted": 99, "may_not_receive": 8}
    assert (message.standing.tone, message.standing.label) == ("ok", "finished: 99 of 107")
    message.final_counts = {"accepted": 107}
    assert message.standing == Message.Status.FINISHED


def test_an_outcome_shows_the_people_of_all_its_states(client, sender, school):
    message = frozen(sender)
    page = client.get(address("message", message), {"show": "not-meant"}).context["page"]
    assert [delivery.person.given_name for delivery in page.rows] == ["Barred"]
    assert len(client.get(address("message", message), {"show": "waits"}).context["page"].rows) == 3


def frozen(author, **fields):
    message = make_message(author, rule=ROLE, **fields)
    prepare(message.pk)
    message.refresh_from_db()
    return message


def ended(author):
    message = frozen(author)
    Message.objects.update(status="finished")
    return message


def test_whoever_may_invite_does_it_for_exactly_those_of_a_reason(client, sender):
    registered()
    missed = make_person("contact", email="missed@school.example")
    message = ended(sender)
    make_person("contact")  # has come to the school since
    assert "Invite them</a>" not in said(client.get(address("message", message)))
    options = ["messaging.write", "messaging.report", "registration.invite", "registration.print_codes"]
    client.force_login(make_sign_in(make_person("staff"), options=options))
    html = said(client.get(address("message", message)))
    invitations, letters = "/application-setup/invitations/", "/application-setup/personal-codes/"
    query = f"those=report-{message.pk}-not_registered"
    assert f"{invitations}?{query}" in html and f"{letters}?{query}" in html
    page = client.get(f"{invitations}?{query}")
    client.post(reverse("registration:send-invitations"), {"shown": page.context["shown"]})
    assert list(Invitation.objects.values_list("person", flat=True)) == [missed.pk]
    assert [person.pk for person in client.get(f"{letters}?{query}").context["press"].people] == [missed.pk]


def test_whoever_may_not_asks_the_administrators_who_find_exactly_those(client, sender):
    make_person("contact", given_name="Missed")
    registered()
    message, administrator = ended(sender), make_administrator()
    assert "Ask the administrators" in said(client.get(address("message", message)))
    for _ in range(2):
        client.post(f"/messaging/{message.pk}/ask/not_registered/")
    html = said(client.get(address("message", message)))
    assert "have been asked" in html and "Ask the administrators" not in html
    look()
    assert not Telling.objects.filter(user=sender).exists()
    telling = Telling.objects.get(user=administrator, notice__kind="messaging.asked")
    assert "Missed" not in telling.notice.sentence
    client.force_login(administrator)
    page = client.get(reverse("notice", args=[telling.notice_id]), follow=True)
    assert [delivery.person.given_name for delivery in page.context["page"].rows] == ["Missed"]
    assert f"?those=report-{message.pk}-not_registered" in said(page)
    assert not Telling.objects.shown_to(administrator).filter(notice__kind="messaging.asked").exists()


@pytest.mark.parametrize("about", ["nonsense", "accepted", "left"])
def test_nobody_is_asked_for_what_nobody_can_do(client, sender, about):
    assert client.post(f"/messaging/{ended(sender).pk}/ask/{about}/").status_code == 404


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.UNKNOWN])
def test_it_is_sent_again_to_exactly_those_of_one_reason(client, sender, state):
    these, others = registered(2), registered(3)
    message = ended(sender)
    batch = Batch.objects.get()
    other = Batch.objects.create(message=message, number=2, size=3, state=Batch.State.ACCEPTED)
    Delivery.objects.filter(person__in=others).update(batch=other)
    stored = {State.FAILED: "rejected", State.CANCELLED: "cancelled", State.UNKNOWN: "unknown"}[state]
    Batch.objects.filter(pk=batch.pk).update(state=stored, size=2)
    page = client.get(address("message", message))
    assert "Send again to these 2" in said(page)
    token = {"creation": page.context["creation"]}
    again = client.post(f"/messaging/{message.pk}/again/{state}/", token, follow=True)
    assert again.context["reachable"] == again.context["chosen"] == 2
    draft = Message.objects.latest("pk")
    prepare_of(draft)
    assert set(draft.deliveries.values_list("person", flat=True)) == {person.pk for person in these}
    client.post(f"/messaging/{message.pk}/again/{state}/", token)
    assert Message.objects.count() == 2, "a double click makes one draft"


def prepare_of(draft):
    Message.objects.filter(pk=draft.pk).update(status="preparing")
    prepare(draft.pk)


def test_two_buttons_of_one_page_make_two_drafts(client, sender):
    registered()
    message = ended(sender)
    token = {"creation": client.get(address("message", message)).context["creation"]}
    for state in ("failed", "cancelled"):
        client.post(f"/messaging/{message.pk}/again/{state}/", token)
    client.post(address("copy", message), token)
    assert Message.objects.count() == 4


@pytest.mark.parametrize("state", ["accepted", "left", "may_not_receive", "nonsense"])
def test_nobody_is_sent_again_what_they_have_or_are_not_to_have(client, sender, state):
    message = ended(sender)
    assert client.post(f"/messaging/{message.pk}/again/{state}/").status_code == 404
    assert Message.objects.count() == 1


def test_a_draft_to_these_says_in_words_whom_it_is_for(client, sender):
    registered()
    message = ended(sender)
    Batch.objects.update(state="rejected")
    html = said(client.post(f"/messaging/{message.pk}/again/failed/", follow=True))
    assert f"Those of message {message.pk}: refused by WeCom" in html


def test_a_reason_that_can_be_put_right_says_how():
    for problem in Delivery.NOT_REACHED:
        assert REMEDIES[problem].sentence
