"""Before a message goes: whom it reaches, what it costs, how it looks, a test."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from messaging.demo import make_message
from messaging.models import Batch, Message
from messaging.sending.preparing import prepare
from messaging.tasks import pump
from portal.access.demo import make_sign_in
from portal.people.demo import make_person
from portal.school.models import SchoolSetting
from portal.seals import seal
from registration.demo import make_registration
from wechat_admin.connection.clients import address_book_client
from wechat_admin.demo import make_account
from wechat_admin.models import EnterpriseAccount

from .desk import address, check, draft, press_send, registered, said

pytestmark = pytest.mark.django_db
Status = Message.Status


def test_a_message_goes_from_writing_to_the_report(client, sender, school):
    response = check(client, groups=[f"{school['year7'].pk}:contacts"], roles=[])
    message = Message.objects.get()
    assert response.url == f"/messaging/{message.pk}/check/"
    page = client.get(response.url)
    assert (page.context["chosen"], page.context["reachable"]) == (3, 1)
    html = said(page)
    assert "Send 1 message<" in html and "may not receive messages" in html
    names_behind = said(client.get(response.url + "?who=may_not_receive"))
    assert "Father" in names_behind and "Barred" in names_behind
    assert (
        client.post(f"/messaging/{message.pk}/send/", {"shown": page.context["shown"]}).url
        == f"/messaging/{message.pk}/"
    )
    prepare(message.pk)
    html = said(client.get(f"/messaging/{message.pk}/"))
    assert "Mother" in html and "waiting" in html and 'hx-trigger="every 2s"' in html


def test_the_same_text_to_the_same_people_is_said_before_sending(client, sender):
    registered(2)
    message = draft(client)
    press_send(client, message)
    prepare(message.pk)
    again = draft(client)
    assert "This same text went to 2 of these people at" in said(client.get(address("check", again)))
    Message.objects.filter(pk=message.pk).update(sent_at=Now() - timedelta(hours=6))
    assert "This same text" not in said(client.get(address("check", again)))


def test_a_test_goes_to_its_author_alone_marked_and_counted_nowhere(client, sender, simulator):
    make_account()
    registration = make_registration(sender.person)
    address_book_client(EnterpriseAccount.objects.the()).create_member(
        userid=registration.userid, name="S", mobile=sender.person.mobile, department=[1], to_invite=False
    )
    simulator.scan(sender.person.mobile)
    registered(3)
    message = draft(client)
    assert "counted nowhere" in said(client.post(address("test", message), follow=True))
    Message.objects.update(start_at=Now() - timedelta(seconds=1))
    pump()
    ((userid, texts),) = simulator.inbox.items()
    (text,) = texts
    assert userid == registration.userid and text.startswith("Hello [Test ")
    message.refresh_from_db()
    assert message.status == Status.DRAFT and "[Test" not in said(client.get(reverse("messaging:sent")))


def test_who_is_not_registered_cannot_be_sent_a_test(client, sender):
    message = draft(client)
    assert "You are not registered yourself" in said(client.post(address("test", message), follow=True))


def test_the_preview_shows_a_persons_own_text_and_twenty_bytes_of_it(client, sender):
    person = registered(given_name="Mona", family_name="Lee")
    message = draft(client, text="Dear ((name)), the trip is cancelled.")
    assert "<mark>((name))</mark>" in said(client.get(address("check", message)))
    page = client.get(address("check", message), {"as": person.pk})
    assert "Dear Mona Lee, the trip is cancelled." in said(page)
    assert page.context["preview"].cut == "Dear Mona Lee, the t"
    assert page.context["calls"] == 1


def test_readers_who_get_the_main_text_are_counted(client, sender):
    registered(2, language="zh-hans"), registered(3)
    registered(language="zh-hant")
    page = said(client.get(address("check", draft(client, text_zh_hant="您好"))))
    assert "2 people read 简体中文 and get the main text." in page
    assert "繁體中文 and get" not in page and "English and get" not in page
    page = said(client.get(address("check", draft(client, text="你好", main_language="zh-hans", text_zh_hant="您好"))))
    assert "3 people read English and get the main text." in page and "简体中文 and get" not in page


def test_nothing_is_missing_where_everybody_reads_the_main_text(client, sender):
    registered(3)
    page = client.get(address("check", draft(client, main_language="en", text_zh_hans="你好")))
    assert page.context["warnings"] == []


def test_calls_to_wecom_are_for_those_who_run_the_connection(client, sender):
    registered()
    message = draft(client, text="Dear ((name))")
    page = said(client.get(address("check", message)))
    assert "1 person chosen" in page and "call to WeCom" not in page and "WeCom is called" not in page
    assert "one call to WeCom each" not in said(client.get(address("edit", message)))
    runs_it = make_sign_in(
        make_person("staff"), options=["messaging.write", "messaging.report", "wechat_admin.view_account"]
    )
    client.force_login(runs_it)
    page = said(client.get(address("check", message)))
    assert "1 call to WeCom" in page and "WeCom is called once for each different text" in page
    assert "one call to WeCom each" in said(client.get(address("edit", message)))


def test_those_not_reached_can_be_downloaded(client, sender):
    registered()
    make_person("contact", reference="NEVER1")
    text = b"".join(client.get(address("missed", draft(client))).streaming_content).decode()
    assert "NEVER1" in text and "never registered" in text and text.count("\r\n") == 2


def test_nobody_reachable_offers_no_button(client, sender):
    make_person("contact")
    html = said(client.get(check(client).url))
    assert "there is nobody to send to" in html and "Send 0" not in html
    message = Message.objects.get()
    shown = seal([message.pk, 1, 0, ""], "what the sender saw before pressing Send")
    client.post(f"/messaging/{message.pk}/send/", {"shown": shown})
    message.refresh_from_db()
    assert message.status == Message.Status.DRAFT


def test_what_was_used_today_is_said_before_sending(client, sender):
    make_registration(make_person("contact"))
    message = make_message(sender)
    prepare(message.pk)
    Batch.objects.update(state=Batch.State.ACCEPTED, first_attempt_at=timezone.now())
    page = client.get(check(client).url)
    assert "Used today: 1." in said(page)
    SchoolSetting.objects.create(name="member_limit", value=500)
    assert "Used today: 1 of 100000." in said(client.get(f"/messaging/{Message.objects.latest('pk').pk}/check/"))
