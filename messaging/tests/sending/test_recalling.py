"""A message is taken back from the WeCom app within a day; copies in WeChat stay."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now

from messaging.demo import make_message
from messaging.errors import MessageRefused
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
from messaging.sending.recalling import RECALL, recall, recall_due
from messaging.sweeps import sweep
from messaging.tasks import recall as recall_task
from portal.audit.models import AuditEvent
from wechat_admin.wecom.errors import error_for

from ..desk import address, registered, said, send_now

pytestmark = pytest.mark.django_db


def sent(author, **fields):
    """One that went to two people with a call each."""
    for _number in range(2):
        registered()
    message = make_message(author, text="Dear ((name))", rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    for number, batch in enumerate(Batch.objects.order_by("pk")):
        values = {"state": "accepted", "msgid": f"msg{number}", "first_attempt_at": Now()} | fields
        Batch.objects.filter(pk=batch.pk).update(**values)
    Message.objects.update(status="finished")
    message.refresh_from_db()
    return message


@pytest.fixture
def asked(monkeypatch):
    """The msgids WeCom was asked about; `answers` maps one to the error it gives."""
    calls, answers = [], {}

    def recall_message(client, msgid):
        calls.append(msgid)
        if msgid in answers:
            raise answers[msgid]

    monkeypatch.setattr("wechat_admin.wecom.client.Client.recall_message", recall_message)
    return SimpleNamespace(calls=calls, answers=answers)


def test_from_the_phone_it_goes_out_of_wecom_and_stays_in_wechat(client, sender, phone, simulator):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]}, status="draft")
    send_now(client, message)
    assert len(phone()) == 1
    page = said(client.get(address("recall", message)))
    assert "Copies in WeChat stay" in page and "1 person" in page
    client.post(address("recall", message))
    recall_task()
    batch = message.batches.get()
    assert (batch.recall_code, batch.recall_at) == (0, None) and batch.recalled_at is not None
    assert simulator.calls("message/recall") == {0: 1}
    assert len(phone()) == 1, "the copy in WeChat stays"
    assert "from 1 people" in said(client.get(address("message", message)))


def test_every_call_is_recalled_once_and_written_down(client, sender, asked, doorbells, committed):
    message = sent(sender)
    with committed():
        recall(message=message, by=sender)
    assert RECALL in doorbells
    recall_due()
    recall_due()
    assert asked.calls == ["msg0", "msg1"]
    assert AuditEvent.objects.get(act="recalled a message").subject == f"message {message.pk}"
    with pytest.raises(MessageRefused):
        recall(message=message, by=sender)


def test_what_wecom_refuses_is_said_and_not_asked_again(client, sender, asked):
    message = sent(sender)
    asked.answers["msg0"] = error(42052)
    recall(message=message, by=sender)
    recall_due()
    assert asked.calls == ["msg0", "msg1"]
    assert "refused by WeCom: 1." in said(client.get(address("message", message)))
    assert recall_due() is False and len(asked.calls) == 2


def error(code):
    return error_for("message/recall", code)


@pytest.mark.parametrize("code", [-1, 45009, 42001])
def test_while_wecom_is_busy_it_is_tried_again_later(client, sender, asked, code, doorbells, committed):
    message = sent(sender)
    asked.answers["msg0"] = error(code)
    recall(message=message, by=sender)
    assert recall_due() is False
    assert message.batches.filter(recall_at__gt=Now()).count() == 2, "nothing is given up"
    Batch.objects.update(recall_at=Now() - timedelta(seconds=1))
    asked.answers.clear()
    with committed():
        sweep()
    assert RECALL in doorbells
    recall_due()
    assert message.batches.exclude(recalled_at=None).count() == 2


@pytest.mark.parametrize(
    "fields",
    [{"first_attempt_at": Now() - timedelta(hours=25)}, {"state": "unknown"}, {"state": "rejected"}, {"msgid": ""}],
)
def test_nothing_else_can_be_recalled(client, sender, asked, fields):
    message = sent(sender, **fields)
    assert "Recall it" not in said(client.get(address("message", message)))
    assert "within 24 hours, once" in said(client.post(address("recall", message), follow=True))
    assert not asked.calls


def test_what_is_still_being_sent_is_stopped_first(client, sender, asked):
    message = sent(sender)
    Message.objects.update(status="sending")
    assert "Stop it first" in said(client.post(address("recall", message), follow=True))


def test_a_message_of_another_company_is_left_alone(client, sender, asked):
    message = sent(sender)
    Message.objects.update(account_key="other")
    with pytest.raises(MessageRefused):
        recall(message=message, by=sender)
    Batch.objects.update(recall_at=Now())
    recall_due()
    assert not asked.calls
