"""The term that the demo starts with."""

from types import SimpleNamespace

import pytest

from messaging import demo
from messaging.models import Attempt, Batch, Message
from portal.access.demo import make_sign_in
from portal.facts.models import DailyFact
from portal.people.demo import make_person, relate
from registration.demo import make_registration

pytestmark = pytest.mark.django_db
LINKED = SimpleNamespace(linked=True)


@pytest.fixture
def family():
    parent, pupil = make_person("contact"), make_person("pupil")
    relate(parent, pupil)
    make_registration(parent)
    make_sign_in(make_person("staff"), username="sender", options=["messaging.write"])


def test_every_list_has_something_to_show_and_nothing_is_left_to_send(family, simulator):
    demo.fill(LINKED)
    assert Message.objects.count() == len(demo.TERM)
    assert set(Message.objects.values_list("status", flat=True)) == {Message.Status.FINISHED}
    assert not Batch.objects.open().exists() and not Attempt.objects.exists() and not simulator.inbox
    assert all(sum(message.final_counts.values()) == message.recipients for message in Message.objects.all())
    assert DailyFact.objects.filter(name="messages.sent", number__gt=0).count() == len({t[:2] for t in demo.TERM})


def test_it_is_told_once_and_not_where_nothing_is_linked(family):
    demo.fill(SimpleNamespace(linked=False))
    assert not Message.objects.exists()
    demo.fill(LINKED)
    demo.fill(LINKED)
    assert Message.objects.count() == len(demo.TERM)
