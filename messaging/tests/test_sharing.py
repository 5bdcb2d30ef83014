"""A report is shared with a colleague, who reads it within their own rights and can do nothing to the message."""

import pytest

from messaging.demo import make_message
from messaging.models import Message, Share
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.audit.models import AuditEvent
from portal.notices.looking import look
from portal.notices.models import Telling
from portal.people.demo import make_group, make_person, relate

from .desk import address, png, registered, said

pytestmark = pytest.mark.django_db
WRITE = ["messaging.write"]


@pytest.fixture
def message(sender):
    registered(given_name="Ana María")
    message = make_message(sender, text="The bus is late", rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    message.refresh_from_db()
    return message


@pytest.fixture
def colleague():
    return make_sign_in(make_person("staff", given_name="Colleague"), options=WRITE)


def share(client, message, user):
    return client.post(address("share", message), {"user": user.pk}, follow=True)


def test_a_colleague_reads_it_and_finds_it_among_the_messages_sent(client, message, colleague):
    assert "Colleague" in said(client.get(address("message", message)))
    share(client, message, colleague)
    client.force_login(colleague)
    assert "The bus is late" in said(client.get("/messaging/"))
    page = said(client.get(address("message", message)))
    assert "Ana María" in page
    person = message.deliveries.get().person
    assert client.get(f"/messaging/{message.pk}/people/{person.pk}/").status_code == 200
    assert client.get(address("export", message)).status_code == 200


def test_they_are_told_and_the_notice_opens_the_report(client, message, colleague):
    share(client, message, colleague)
    look()
    telling = Telling.objects.shown_to(colleague).get()
    assert telling.notice.sentence == f"The report of message {message.pk} was shared with you."
    assert telling.notice.address == address("message", message)
    client.post(f"/messaging/{message.pk}/share/{colleague.pk}/end/")
    look()
    assert not Telling.objects.shown_to(colleague).exists()


def test_they_can_do_nothing_to_it(client, message, colleague):
    share(client, message, colleague)
    Message.objects.update(status="finished")
    client.force_login(colleague)
    page = said(client.get(address("message", message)))
    for button in ("Write a correction", "Copy into a new draft", "Recall it", "Who else may read"):
        assert button not in page
    for verb in ("copy", "correct", "again", "stop", "resume", "undo", "recall", "share", "make-differ", "start-now"):
        assert client.post(address(verb, message)).status_code == 404
    assert Message.objects.count() == 1


def test_within_their_own_groups_alone(client, message):
    teacher, pupil = make_person("staff"), make_person("pupil")
    mine = registered(given_name="Mine")
    relate(mine, pupil)
    make_group("form", "7A", members=[teacher, pupil])
    limited = make_sign_in(teacher, options=[*WRITE, "messaging.own_groups"])
    later = make_message(message.author, rule={"include": [{"role": "contacts"}]})
    prepare(later.pk)
    share(client, later, limited)
    client.force_login(limited)
    page = client.get(address("message", later))
    assert [row.person for row in page.context["page"].rows] == [mine] and "Ana María" not in said(page)


def test_it_ends_and_both_are_written_down(client, message, colleague):
    for _press in range(2):
        share(client, message, colleague)
    assert Share.objects.count() == 1
    client.post(f"/messaging/{message.pk}/share/{colleague.pk}/end/")
    acts = AuditEvent.objects.filter(act__contains="share").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["shared a report", "ended a share of a report"]
    client.force_login(colleague)
    assert client.get(address("message", message)).status_code == 404


@pytest.mark.parametrize("who", ["nobody", "contact", "left", "author"])
def test_with_whom_it_cannot_be_shared(client, message, who):
    people = {
        "nobody": lambda: None,
        "contact": lambda: make_sign_in(make_person("contact")),
        "left": lambda: make_sign_in(make_person("staff", staff_last_day="2020-01-01"), options=WRITE),
        "author": lambda: message.author,
    }
    user = people[who]()
    response = client.post(address("share", message), {"user": user.pk if user else "x"}, follow=True)
    assert "Choose with whom" in said(response) and not Share.objects.exists()


def test_a_draft_is_not_read_though_it_was_shared_once(client, message, colleague):
    share(client, message, colleague)
    Message.objects.update(status="draft", kind="image")
    message.attachments.create(name="a.png", size=1, data=png())
    client.force_login(colleague)
    for name in ("message", "edit", "file"):
        assert client.get(address(name, message)).status_code == 404
