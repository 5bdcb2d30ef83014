"""What became of a message, on its page and in the lists."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import Batch, Delivery, Message
from messaging.sending.preparing import prepare
from portal.access.demo import make_sign_in
from portal.health.models import Beat
from portal.people.demo import make_person
from registration.demo import make_registration
from wechat_admin.models import SendingGate

from .desk import address, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


def test_every_state_has_its_number_and_the_sum_is_shown(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.ACCEPTED)
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert "?show=accepted" in html and "?show=may_not_receive" in html
    only = client.get(f"/messaging/{message.pk}/?show=may_not_receive")
    assert [row.person.given_name for row in only.context["page"].rows] == ["Barred"]
    assert sum(count for _, count in only.context["counts"]) == only.context["total"] == 4


def test_polling_ends_when_the_sending_has_ended(client, sender):
    message = make_message(sender, status=Message.Status.FINISHED, final_counts={"accepted": 1}, recipients=1)
    assert client.get(f"/messaging/{message.pk}/progress/").headers["HX-Refresh"] == "true"
    assert "hx-get" not in said(client.get(f"/messaging/{message.pk}/")).split('id="progress"')[1].split(">")[0]


def test_while_it_can_be_undone_a_poll_exchanges_nothing_under_the_finger(client, sender):
    message = make_message(sender, start_at=timezone.now() + timedelta(seconds=20))
    page = said(client.get(address("message", message)))
    assert '<div class="notice" tabindex="-1" data-focus> <p data-seconds="20"> Starts in 20 seconds.' in page
    assert client.get(address("progress", message)).status_code == 204
    Message.objects.update(start_at=Now())
    assert client.get(address("progress", message)).status_code == 200


@pytest.mark.parametrize(("settled", "sentence"), [(0, ""), (1, ""), (2, "25 % is settled."), (5, "75 % is settled.")])
def test_how_far_it_is_is_told_at_quarters(client, sender, settled, sentence):
    registered(6)
    message = make_message(sender, text="((name))", rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    batches = message.batches.order_by("pk")[:settled].values_list("pk", flat=True)
    Batch.objects.filter(pk__in=list(batches)).update(state=Batch.State.ACCEPTED)
    assert f'data-says="{sentence}"' in said(client.get(address("progress", message)))


def test_stopping_asks_with_the_number_and_says_what_became(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    assert "About 0 have been sent. Stop the rest?" in said(client.get(f"/messaging/{message.pk}/stop/"))
    client.post(f"/messaging/{message.pk}/stop/")
    assert "stopping" in said(client.get(f"/messaging/{message.pk}/"))
    Message.objects.update(status="cancelled", final_counts={"accepted": 240, "cancelled": 371})
    assert "Stopped: 240 accepted, 371 not sent, 0 unknown." in said(client.get(f"/messaging/{message.pk}/"))


def test_why_a_message_waits_is_said(client, sender, school, all_of_us_work):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    assert "Saved. Sending starts when WeCom answers." in said(client.get(f"/messaging/{message.pk}/"))
    SendingGate.objects.hold(60020)
    assert "WeCom does not trust the address we call from." in said(client.get(f"/messaging/{message.pk}/"))
    SendingGate.objects.lift_hold()
    Message.objects.update(status="paused", paused_reason="same text")
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert "Make it differ: add the time" in html and "Leave it" in html


@pytest.mark.parametrize("process", ["worker", "sweeper"])
def test_a_message_that_one_of_us_keeps_waiting_does_not_blame_wecom(client, sender, school, all_of_us_work, process):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    Beat.objects.filter(process=process).delete()
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert f"{process} is not running" in html and "when WeCom answers" not in html
    draft = make_message(sender, rule={"include": [{"role": "contacts"}]}, status="draft")
    assert f"{process} is not running" in said(client.get(f"/messaging/{draft.pk}/check/"))


def test_unknown_offers_to_send_again_with_a_warning(client, sender, school):
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.UNKNOWN)
    Message.objects.update(status="finished")
    assert "Send again to these 3" in said(client.get(f"/messaging/{message.pk}/"))
    response = client.post(f"/messaging/{message.pk}/again/", follow=True)
    assert "Some of them may get the message twice." in said(response)
    draft = Message.objects.latest("pk")
    client.post(f"/messaging/{draft.pk}/edit/", {"do": "save", "text": "Changed"})
    draft.refresh_from_db()
    assert draft.audience == {"include": [{"unknown_of": message.pk}]}, "editing keeps who it is for"


def test_reports_of_others_need_the_option(client, sender):
    message = make_message(make_sign_in(make_person("staff"), options=["messaging.write"]))
    assert client.get(f"/messaging/{message.pk}/").status_code == 404
    client.force_login(make_sign_in(make_person("staff"), options=["messaging.write", "messaging.report"]))
    assert client.get(f"/messaging/{message.pk}/").status_code == 200


@pytest.mark.parametrize(
    "address", ["/messaging/", "/messaging/drafts/", "/", "{message}", "{message}progress/", "{draft}check/"]
)
def test_a_page_costs_the_same_for_one_and_for_many(
    client, sender, address, all_of_us_work, django_assert_max_num_queries
):
    for _ in range(30):
        make_registration(make_person("contact"))
    rule = {"include": [{"role": "contacts"}]}
    for _ in range(12):
        message = make_message(sender, rule=rule)
        draft = make_message(sender, rule=rule, status=Message.Status.DRAFT)
    prepare(message.pk)
    assert Delivery.objects.count() == 30
    with django_assert_max_num_queries(30):
        response = client.get(address.format(message=f"/messaging/{message.pk}/", draft=f"/messaging/{draft.pk}/"))
    assert response.status_code == 200


def test_lists_page_by_key(client, sender):
    for number in range(60):
        make_message(sender, text=f"number {number}")
    first = said(client.get("/messaging/"))
    assert "number 59" in first and "number 9<" not in first
    older = client.get("/messaging/").context["page"].older
    assert "number 9<" in said(client.get(f"/messaging/?before={older}"))
    assert client.get("/messaging/?before=nonsense").status_code == 200


def test_the_report_can_be_downloaded(client, sender):
    registered()
    make_person("contact", reference="NEVER1")
    message = make_message(sender, rule={"include": [{"role": "contacts"}]})
    prepare(message.pk)
    text = b"".join(client.get(address("export", message)).streaming_content).decode()
    assert "NEVER1" in text and "waiting" in text and text.count("\r\n") == 3
