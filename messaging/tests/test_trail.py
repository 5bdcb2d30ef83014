"""What the trail keeps of lists that were taken away, and of work that is gone."""

import pytest

from messaging.audience.actions import save_audience
from messaging.demo import make_message
from messaging.models import Message
from portal.access.demo import make_administrator
from portal.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def acts():
    return list(AuditEvent.objects.order_by("id").values_list("act", "subject"))


def test_who_downloads_a_report_or_deletes_a_draft_is_written_down(client):
    user = make_administrator()
    client.force_login(user)
    sent, draft = make_message(user), make_message(user, status=Message.Status.DRAFT)
    client.get(f"/messaging/{sent.pk}/report.csv")
    client.post(f"/messaging/{draft.pk}/delete/")
    assert acts() == [("downloaded a report", f"message {sent.pk}"), ("deleted a draft", f"message {draft.pk}")]


def test_a_saved_audience_that_is_replaced_is_written_down():
    user = make_administrator()
    save_audience(name="Choir", rule={"roles": []}, by=user)
    assert acts() == []
    save_audience(name="Choir", rule={"roles": ["staff"]}, by=user)
    assert acts() == [("replaced a saved audience", "Choir")]
