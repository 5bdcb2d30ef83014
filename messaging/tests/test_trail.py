"""What the trail keeps of lists that were taken away, and of work that is gone."""

import pytest

from messaging.audience.actions import save_audience
from messaging.demo import make_message
from messaging.errors import ChangedMeanwhile
from messaging.material.actions import add_article
from messaging.models import Message
from messaging.writing.actions import save_draft
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
    assert acts() == [("replaced a saved audience", f"savedaudience {user.saved_audiences.get().pk}")]


def test_a_saved_audience_that_is_deleted_is_written_down(client):
    user = make_administrator()
    client.force_login(user)
    save_audience(name="Choir", rule={"roles": []}, by=user)
    pk = user.saved_audiences.get().pk
    client.post(f"/messaging/audiences/{pk}/delete/")
    assert acts() == [("deleted a saved audience", f"savedaudience {pk}")]


def test_who_changes_somebody_elses_draft_is_written_down_once_in_a_while():
    author, other = make_administrator(), make_administrator("other")
    draft = make_message(author, status=Message.Status.DRAFT)
    save_draft(message=draft, text="x", rule=draft.audience, by=author)
    assert acts() == []
    for text in ("y", "z"):  # it saves itself
        save_draft(message=draft, text=text, rule=draft.audience, by=other)
    article = {"title": "a", "description": "", "url": ""}
    add_article(message=draft, article=article, picture=None, by=other)
    assert acts() == [("changed somebody else's draft", f"message {draft.pk}")]
    later = make_message(author, status=Message.Status.DRAFT)
    add_article(message=later, article=article, picture=None, by=other)
    assert len(acts()) == 2


def test_a_draft_that_was_not_saved_is_not_said_to_be():
    author, other = make_administrator(), make_administrator("other")
    draft = make_message(author, status=Message.Status.DRAFT)
    with pytest.raises(ChangedMeanwhile):
        save_draft(message=draft, text="y", rule=draft.audience, by=other, version=99)
    assert acts() == []
